//! Forms that other sites must not send.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use actix_web::{App, HttpResponse, web};
use session_actix::csrf::{self, CsrfProtect};
use session_actix::store::MemoryStore;
use session_actix::testing::TestClient;
use session_actix::{Session, SessionData, SessionError, SessionMiddleware};

use crate::support::{key, logged_async, sessions};

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    #[session(counter)]
    writes: u32,
}

#[derive(SessionData)]
#[session(scope = "admin")]
struct Admin {
    name: Option<String>,
}

#[derive(serde::Serialize, serde::Deserialize, Default)]
struct Form {
    #[serde(default)]
    user: String,
    #[serde(default)]
    csrf_token: String,
}

fn site(config: &mut web::ServiceConfig) {
    config
        .route("/token", web::get().to(async |mut visitor: Session<Visitor>| csrf::token(&mut visitor)))
        .route("/write", web::route().to(write))
        .route(
            "/login",
            web::post().to(async |mut visitor: Session<Visitor>, form: web::Form<Form>| {
                visitor.set_user(&form.user);
                csrf::token(&mut visitor) // of the session as it is now
            }),
        )
        .route(
            "/logout",
            web::post().to(async |mut visitor: Session<Visitor>| {
                visitor.clear_user();
                HttpResponse::Ok().finish()
            }),
        )
        .route(
            "/renew",
            web::post().to(async |mut visitor: Session<Visitor>| {
                visitor.renew();
                HttpResponse::Ok().finish()
            }),
        )
        .route(
            "/hook",
            web::post().to(async |visitor: Session<Visitor>, form: web::Form<Form>| {
                csrf::check(&visitor, &form.csrf_token).map(|()| "checked by hand")
            }),
        );
}

/// Says what it got, so that a form's body is seen to arrive whole.
async fn write(mut visitor: Session<Visitor>, body: web::Bytes) -> Result<String, SessionError> {
    visitor.increment_writes(1);
    Ok(format!("{} {}", visitor.writes(), String::from_utf8_lossy(&body)))
}

fn client(sessions: &SessionMiddleware) -> TestClient {
    let guard = CsrfProtect::new()
        .trust_origin("https://friend.example")
        .trust_origin("https://copied.example/") // from an address
        .exempt(|request| request.path() == "/hook");
    TestClient::new(App::new().wrap(guard).wrap(sessions.clone()).configure(site))
}

async fn token(client: &mut TestClient) -> String {
    client.get("/token").await.text().to_owned()
}

fn form(token: &str) -> Form {
    Form { csrf_token: token.into(), ..Form::default() }
}

fn backends() -> Vec<SessionMiddleware> {
    vec![
        sessions(),
        SessionMiddleware::encrypted(key()).build().unwrap(),
        SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap(),
        SessionMiddleware::flask("a secret of enough bytes").build().unwrap(),
    ]
}

async fn status(client: &mut TestClient, path: &str, token: &str) -> u16 {
    client.post(path, form(token)).await.status().as_u16()
}

#[actix_web::test]
async fn csrf_a_form_needs_a_token_of_its_own_session_on_every_backend() {
    for sessions in backends() {
        let (mut ada, mut eve) = (client(&sessions), client(&sessions));
        let (of_ada, of_eve) = (token(&mut ada).await, token(&mut eve).await);
        assert_eq!(of_ada.len(), 43);
        assert!(of_ada.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(ada.post("/write", form(&of_ada)).await.text(), format!("1 user=&csrf_token={of_ada}"));
        let almost = format!("{}{}", &of_ada[..42], if of_ada.ends_with('A') { 'E' } else { 'A' });
        for wrong in ["", "x", &of_eve, &almost, &of_ada[..42], &format!("{of_ada}A"), &"A".repeat(43)] {
            assert_eq!(status(&mut ada, "/write", wrong).await, 403, "{wrong}");
        }
        assert_eq!(status(&mut ada, "/write", &of_ada).await, 200, "what is refused changes nothing");
    }
}

#[actix_web::test]
async fn csrf_every_method_that_may_write_is_guarded_and_no_other() {
    let mut client = client(&sessions());
    let token = token(&mut client).await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "CONNECT"] {
        let request = || TestRequest::with_uri("/write").method(Method::from_bytes(method.as_bytes()).unwrap());
        assert_eq!(client.send(request()).await.status(), 403, "{method}");
        for header in [csrf::HEADER, "x-csrftoken"] {
            let request = request().insert_header((header, token.as_str()));
            assert_eq!(client.send(request).await.status(), 200, "{method} {header}");
        }
    }
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        let request = TestRequest::with_uri("/write").method(method.clone());
        assert_eq!(client.send(request).await.status(), 200, "{method}");
    }
}

#[actix_web::test]
async fn csrf_a_token_is_masked_for_each_page_and_all_of_them_hold() {
    let mut client = client(&sessions());
    let tokens = [token(&mut client).await, token(&mut client).await, token(&mut client).await];
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    // A mask that were the same would leave a half of each in common.
    assert!(tokens[0][..20] != tokens[1][..20] && tokens[0][24..] != tokens[1][24..]);
    for token in tokens {
        assert_eq!(status(&mut client, "/write", &token).await, 200);
    }
}

#[actix_web::test]
async fn csrf_a_page_with_a_form_writes_the_session_once() {
    for sessions in [sessions(), SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap()] {
        let mut client = client(&sessions);
        assert_eq!(client.get("/token").await.set_cookies().count(), 1);
        assert_eq!(client.get("/token").await.set_cookies().count(), 0);
    }
}

#[actix_web::test]
async fn csrf_a_token_in_the_middle_of_a_handler_counts_nothing_twice() {
    let count_around = async |mut visitor: Session<Visitor>| {
        visitor.increment_writes(1);
        csrf::token(&mut visitor)?;
        visitor.increment_writes(1);
        csrf::token(&mut visitor)?;
        Ok::<_, SessionError>(visitor.writes().to_string())
    };
    for sessions in backends() {
        let app = App::new().wrap(sessions.clone()).route("/", web::get().to(count_around));
        let mut client = TestClient::new(app);
        assert_eq!((client.get("/").await.text(), client.get("/").await.text()), ("2", "4"));
    }
}

#[actix_web::test]
async fn csrf_a_token_from_before_a_login_a_logout_or_a_renewal_is_worth_nothing() {
    for sessions in backends() {
        let mut client = client(&sessions);
        let mut old = vec![token(&mut client).await];
        for step in ["login as ada", "renew", "login as bob", "logout"] {
            let now = old.last().unwrap().clone();
            let (path, user) = step.split_once(" as ").unwrap_or((step, ""));
            let sent = Form { user: user.into(), csrf_token: now };
            let response = client.post(&format!("/{path}"), sent).await;
            assert_eq!(response.status(), 200, "{step}");
            for token in &old {
                assert_eq!(status(&mut client, "/write", token).await, 403, "{step}");
            }
            // The one of the very response of a login is good already.
            let new = if path == "login" { response.text().to_owned() } else { token(&mut client).await };
            assert_eq!(status(&mut client, "/write", &new).await, 200, "{step}");
            old.push(new);
        }
    }
}

mod in_a_store {
    //! Requests of one stored session that overlap, step by step.

    use session_actix::store::MemoryStore;
    use session_core::{Builder, Engine, Transaction, View};

    use super::{Visitor, key};

    pub(super) struct Backend {
        pub(super) engine: Engine,
        pub(super) cookie: String,
    }

    impl Backend {
        /// A visitor's session without a secret of forms.
        pub(super) async fn new() -> Self {
            let engine: Engine = Builder::stored(MemoryStore::new(), key()).build().unwrap();
            let cookie = engine.cookie_for(&Visitor { user: None, writes: 1 }).await.unwrap();
            Self { engine, cookie }
        }

        pub(super) async fn open(&self) -> Transaction {
            let mut transaction = self.engine.open(std::iter::once(self.cookie.as_bytes()), false);
            let loaded = transaction.load().unwrap().await.unwrap();
            transaction.loaded(loaded);
            transaction
        }
    }

    pub(super) fn token(transaction: &mut Transaction) -> String {
        let epoch = View::epoch(&transaction.view::<Visitor>().unwrap());
        transaction.csrf_token(epoch).unwrap()
    }

    pub(super) async fn commit(mut transaction: Transaction) -> Option<String> {
        let commit = transaction.commit_stored(200, true).unwrap().run(|_| std::future::ready(())).await;
        assert!(commit.error.is_none());
        commit.set_cookie
    }
}

/// A browser that restores its tabs asks for several pages with forms at once, each of which makes a secret.
#[actix_web::test]
async fn csrf_the_forms_of_pages_that_were_asked_for_at_once_all_hold() {
    use in_a_store::{Backend, commit, token};

    for pages in [2, 3, 8, 9] {
        let backend = Backend::new().await;
        let mut open = Vec::new();
        for _ in 0..pages {
            open.push(backend.open().await);
        }
        let tokens: Vec<_> = open.iter_mut().map(token).collect();
        for transaction in open {
            commit(transaction).await;
        }
        let mut after = backend.open().await;
        let holding = tokens.iter().filter(|token| after.csrf_matches(token)).count();
        assert_eq!(holding, pages.min(8), "so many are kept at most");
        let next = token(&mut after);
        assert!(after.csrf_matches(&next) && after.commit_stored(200, true).is_none(), "and no further one is made");

        let mut login = backend.open().await;
        let mut view = login.view::<Visitor>().unwrap();
        view.set_user("ada");
        login.record(session_core::View::changes(&view, &backend.engine), session_core::View::epoch(&view));
        let cookie = commit(login).await.unwrap();
        let renewed = Backend { cookie: cookie.split(';').next().unwrap().to_owned(), ..backend };
        let after = renewed.open().await;
        assert!(tokens.iter().all(|token| !after.csrf_matches(token)), "a login ends them all");
    }
}

/// Session fixation, by a race: who gave the victim a session asks for a form in it while the victim logs in.
#[actix_web::test]
async fn csrf_a_form_that_was_asked_for_before_a_login_gives_nothing_after_it() {
    use in_a_store::{Backend, commit};
    use session_core::View;

    for (attacker_is_first, by_a_login) in [(false, true), (true, true), (false, false), (true, false)] {
        let given = Backend::new().await;
        let (mut attacker, mut victim) = (given.open().await, given.open().await);
        let token = in_a_store::token(&mut attacker);

        let mut view = victim.view::<Visitor>().unwrap();
        if by_a_login {
            view.set_user("ada");
        } else {
            victim.renew(View::epoch(&view));
        }
        victim.record(View::changes(&view, &given.engine), View::epoch(&view));
        let renewed = if attacker_is_first {
            commit(attacker).await;
            commit(victim).await.unwrap()
        } else {
            let renewed = commit(victim).await.unwrap();
            assert_eq!(commit(attacker).await, None);
            renewed
        };

        let after = Backend { cookie: renewed.split(';').next().unwrap().to_owned(), ..given }.open().await;
        assert_eq!(after.view::<Visitor>().unwrap().user(), by_a_login.then_some("ada"));
        assert!(!after.csrf_matches(&token), "{attacker_is_first} {by_a_login}");
    }
}

/// The documents ask for this order: log in, then ask for a token.
#[actix_web::test]
async fn csrf_a_token_that_is_asked_for_after_another_users_login_brings_nothing_of_the_last_ones() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct Diary {
        user: Option<String>,
        note: String,
        entries: Vec<u32>,
    }

    let sessions = sessions();
    let mut jar = crate::support::Jar::default();
    crate::support::visit(&sessions, &mut jar, |diary: &mut Session<Diary>| {
        diary.set_user("ada");
        diary.note = "a secret".into();
        diary.entries.push(1);
    })
    .await;
    crate::support::visit(&sessions, &mut jar, |diary: &mut Session<Diary>| {
        diary.set_user("bob");
        csrf::token(diary).unwrap();
        assert_eq!((diary.note.as_str(), diary.entries.len()), ("", 0));
        diary.note.push('!');
    })
    .await;
    let seen = crate::support::visit(&sessions, &mut jar, |diary: &mut Session<Diary>| {
        (diary.user().map(str::to_owned), diary.note.clone(), diary.entries.clone())
    })
    .await;
    assert_eq!(seen.result, (Some("bob".into()), "!".into(), vec![]));
}

#[actix_web::test]
async fn csrf_what_the_browser_says_of_the_sender_is_believed() {
    let mut client = client(&sessions());
    let token = token(&mut client).await;
    for (headers, expected) in [
        (&[][..], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "")], 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")], 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://friend.example")], 200),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://copied.example")], 200),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://friend.example.evil")], 403),
        (&[("origin", "http://localhost:8080")], 200),
        (&[("origin", "https://LOCALHOST:8080")], 200),
        (&[("origin", "http://localhost")], 403),
        (&[("origin", "http://localhost:8080.evil.example")], 403),
        (&[("origin", "http://evil.example")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "")], 403),
        (&[("origin", "localhost:8080")], 403),
    ] {
        let request = TestRequest::post().uri("/write").insert_header((csrf::HEADER, token.as_str()));
        let request = headers.iter().fold(request, |request, header| request.append_header(*header));
        let request = request.insert_header(("host", "localhost:8080"));
        assert_eq!(client.send(request).await.status().as_u16(), expected, "{headers:?}");
    }
}

#[actix_web::test]
async fn csrf_a_route_that_is_taken_out_can_check_by_hand() {
    let mut client = client(&sessions());
    let token = token(&mut client).await;
    assert_eq!(client.post("/hook", form(&token)).await.text(), "checked by hand");
    assert_eq!(status(&mut client, "/hook", "").await, 403);
    assert_eq!(status(&mut client, "/hook", "x").await, 403);
}

#[actix_web::test]
async fn csrf_the_guard_of_another_scope_takes_that_scopes_tokens() {
    let admin = SessionMiddleware::signed(key()).scope("admin").build().unwrap();
    let app = App::new()
        .wrap(CsrfProtect::new().scope("admin"))
        .wrap(admin)
        .wrap(sessions())
        .route("/admin", web::get().to(async |mut admin: Session<Admin>| csrf::token(&mut admin)))
        .configure(site);
    let mut client = TestClient::new(app);
    let (own, other) = (client.get("/admin").await.text().to_owned(), token(&mut client).await);
    assert_eq!(status(&mut client, "/write", &own).await, 200);
    assert_eq!(status(&mut client, "/write", &other).await, 403);
}

#[test]
fn csrf_a_guard_outside_of_the_sessions_says_so() {
    let (status, log) = logged_async(async {
        let app = App::new().wrap(sessions()).wrap(CsrfProtect::new()).configure(site);
        TestClient::new(app).post("/write", form("x")).await.status().as_u16()
    });
    assert_eq!(status, 500);
    assert!(log.contains("`.wrap(CsrfProtect::new()).wrap(sessions.clone())`"), "{log}");
}

#[test]
fn csrf_a_refusal_is_opaque_and_its_reason_is_logged() {
    let (body, log) = logged_async(async {
        let mut client = client(&sessions());
        let token = token(&mut client).await;
        let response = client.post("/write", form(&format!("{token}A"))).await;
        assert!(!response.text().contains(&token));
        client.post("/write", form("")).await;
        response.text().to_owned()
    });
    assert_eq!(body, "This form is out of date. Go back, reload the page and send it again.");
    assert!(log.contains("a CSRF token of another session") && log.contains("without a CSRF token"), "{log}");
}

#[actix_web::test]
async fn csrf_a_form_that_is_too_large_to_read_is_not_let_in() {
    let mut client = client(&sessions());
    let token = token(&mut client).await;
    let large = Form { user: "x".repeat(300_000), csrf_token: token };
    assert_eq!(client.post("/write", large).await.status(), 413);
}

/// Also where an outer middleware holds a clone of the request, whose head nobody can change then.
#[actix_web::test]
async fn csrf_a_form_compressed_or_not_is_read_by_the_guard_and_by_the_handler() {
    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::middleware::{Next, from_fn};

    async fn hold(
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
        let held = request.request().clone();
        let response = next.call(request).await;
        drop(held);
        response
    }

    let site = web::resource("/write")
        .wrap(CsrfProtect::new())
        .wrap(from_fn(hold))
        .route(web::get().to(async |mut visitor: Session<Visitor>| csrf::token(&mut visitor)))
        .route(web::post().to(async |form: web::Form<Form>| form.user.clone()));
    let mut client = TestClient::new(App::new().wrap(sessions()).service(site));
    let token = client.get("/write").await.text().to_owned();
    let text = format!("user=ada&csrf_token={token}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    let compressed = gzip.finish().unwrap();
    for (encoding, body) in
        [(None, text.clone().into_bytes()), (Some("gzip"), compressed), (Some("identity"), text.into_bytes())]
    {
        let request = TestRequest::post()
            .uri("/write")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        let request = encoding.into_iter().fold(request, |all, name| all.insert_header(("content-encoding", name)));
        let response = client.send(request).await;
        assert_eq!((response.status().as_u16(), response.text()), (200, "ada"), "{encoding:?}");
    }
}
