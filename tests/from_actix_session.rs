//! Live sessions of actix-session itself, taken over.

use std::collections::HashMap;
use std::time::Duration;

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_web::body::BoxBody;
use actix_web::cookie::Key as OldKey;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{App, HttpResponse, web};
use session_actix::from_actix_session::{OldSession, OldSessions};
use session_actix::store::MemoryStore;
use session_actix::testing::{ManualClock, TestClient};
use session_actix::{Session, SessionData, SessionMiddleware};

use crate::support::{key, logged_async, sessions};

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    cart: Vec<u64>,
    #[session(counter)]
    taken: u32,
}

const LOGGED_IN_AT: u64 = 1_700_000_000;

fn old_key() -> OldKey {
    OldKey::from(&[9; 64])
}

/// A browser that logged in at the old application.
async fn logged_in_before(name: &'static str, security: CookieContentSecurity) -> TestClient {
    let old = actix_session::SessionMiddleware::builder(CookieSessionStore::default(), old_key())
        .cookie_name(name.into())
        .cookie_content_security(security)
        .build();
    let app = App::new().wrap(old).route(
        "/login",
        web::post().to(async |session: actix_session::Session| {
            session.insert("actix_identity.user_id", "ada lovelace; \"quoted\"").unwrap();
            session.insert("actix_identity.logged_in_at", LOGGED_IN_AT).unwrap();
            session.insert("actix_identity.last_visited_at", LOGGED_IN_AT + 50).unwrap();
            session.insert("cart", vec![1_u64, 2]).unwrap();
            HttpResponse::Ok().finish()
        }),
    );
    let mut client = TestClient::new(app);
    client.post("/login", [("a", "b")]).await;
    assert_eq!(client.jar().names().collect::<Vec<_>>(), [name]);
    client
}

fn copy(old: &OldSession, visitor: &mut Session<Visitor>) {
    if let Some(user) = old.user_id() {
        visitor.set_user(user);
    }
    if let Some(cart) = old.get("cart") {
        visitor.set_cart(cart);
    }
    visitor.taken += 1;
}

/// The same browser, at the new application.
fn moved(from: &TestClient, sessions: &SessionMiddleware, old: OldSessions) -> TestClient {
    let app = App::new()
        .wrap(old.take_over(copy))
        .wrap(sessions.clone())
        .route(
            "/",
            web::get().to(async |visitor: Session<Visitor>| {
                format!("{:?} {:?} {}", visitor.user(), visitor.cart, visitor.taken)
            }),
        )
        .route("/fails", web::get().to(HttpResponse::InternalServerError))
        .route("/add", web::get().to(async |mut visitor: Session<Visitor>| add(&mut visitor)))
        .route("/login", web::get().to(async |mut visitor: Session<Visitor>| login(&mut visitor)))
        .route(
            "/logout",
            web::post().to(async |mut visitor: Session<Visitor>| {
                visitor.purge();
                HttpResponse::Ok().finish()
            }),
        );
    let mut client = TestClient::new(app);
    *client.jar_mut() = from.jar().clone();
    client
}

fn add(visitor: &mut Session<Visitor>) -> &'static str {
    visitor.cart.push(9);
    "added"
}

fn login(visitor: &mut Session<Visitor>) -> &'static str {
    visitor.set_user("bob");
    "logged in"
}

/// A browser that was at the new application before it brings the old cookie: another path had no take-over.
async fn moved_late(from: &TestClient, path: &str) -> TestClient {
    let app = App::new()
        .wrap(sessions())
        .route("/add", web::get().to(async |mut visitor: Session<Visitor>| add(&mut visitor)))
        .route("/login", web::get().to(async |mut visitor: Session<Visitor>| login(&mut visitor)));
    let mut before = TestClient::new(app);
    *before.jar_mut() = from.jar().clone();
    before.get(path).await;
    moved(&before, &sessions(), OldSessions::private(old_key()))
}

const ADA: &str = r#"Some("ada lovelace; \"quoted\"") [1, 2] 1"#;

#[actix_web::test]
async fn an_old_session_is_taken_over_once_and_its_cookie_goes() {
    for sessions in [sessions(), SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap()] {
        for (name, security, old) in [
            ("id", CookieContentSecurity::Private, OldSessions::private(old_key())),
            ("other", CookieContentSecurity::Signed, OldSessions::signed(old_key()).cookie_name("other")),
        ] {
            let before = logged_in_before(name, security).await;
            let mut client = moved(&before, &sessions, old);
            for _ in 0..2 {
                assert_eq!(client.get("/").await.text(), ADA);
                assert_eq!(client.jar().names().collect::<Vec<_>>(), ["__Host-session"]);
            }
            client.post("/logout", [("a", "b")]).await;
            assert_eq!(client.get("/").await.text(), "None [] 0", "a logout is not undone by the old cookie");
        }
    }
}

#[actix_web::test]
async fn a_logout_as_the_very_first_request_holds() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let mut client = moved(&before, &sessions(), OldSessions::private(old_key()));
    client.post("/logout", [("a", "b")]).await;
    assert_eq!(client.jar().names().count(), 0);
    assert_eq!(client.get("/").await.text(), "None [] 0");
}

#[actix_web::test]
async fn a_response_that_fails_leaves_the_old_session_for_the_next_one() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let mut client = moved(&before, &sessions(), OldSessions::private(old_key()));
    assert_eq!(client.get("/fails").await.status(), 500);
    assert_eq!(client.jar().names().collect::<Vec<_>>(), ["id"]);
    assert_eq!(client.get("/").await.text(), ADA);
}

#[actix_web::test]
async fn a_copy_that_cannot_be_saved_leaves_the_old_session() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let too_much = |_: &OldSession, visitor: &mut Session<Visitor>| visitor.set_user("x".repeat(5000));
    let app = App::new()
        .wrap(OldSessions::private(old_key()).take_over(too_much))
        .wrap(sessions())
        .route("/", web::get().to(HttpResponse::Ok));
    let mut client = TestClient::new(app);
    *client.jar_mut() = before.jar().clone();
    let response = client.get("/").await;
    assert_eq!((response.status().as_u16(), response.set_cookies().count()), (500, 0));
    assert_eq!(client.jar().names().collect::<Vec<_>>(), ["id"]);
}

#[actix_web::test]
async fn a_visitor_who_has_a_session_but_did_not_log_in_is_taken_over_too() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let mut client = moved_late(&before, "/add").await;
    assert_eq!(client.get("/").await.text(), ADA);
    assert_eq!(client.jar().names().collect::<Vec<_>>(), ["__Host-session"]);
}

#[actix_web::test]
async fn who_logged_in_since_keeps_what_they_have() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let mut client = moved_late(&before, "/login").await;
    assert_eq!(client.get("/").await.text(), r#"Some("bob") [] 0"#);
    assert_eq!(client.jar().names().collect::<Vec<_>>(), ["__Host-session"], "and the old cookie goes");
}

#[actix_web::test]
async fn whom_actix_identity_would_have_logged_out_is_not_taken_over() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let old = || OldSessions::private(old_key());
    let minute = Duration::from_secs(60);
    for (now, old, taken_over) in [
        (60, old().login_deadline(minute), true),
        (61, old().login_deadline(minute), false),
        (110, old().visit_deadline(minute), true),
        (111, old().visit_deadline(minute), false),
        (61, old().login_deadline(minute).visit_deadline(minute), false),
        (1_000_000, old(), true),
    ] {
        let clock = ManualClock::at(LOGGED_IN_AT + now);
        let sessions = SessionMiddleware::signed(key()).clock(clock).build().unwrap();
        let mut client = moved(&before, &sessions, old);
        assert_eq!(client.get("/").await.text(), if taken_over { ADA } else { "None [] 0" }, "{now}");
        assert!(!client.jar().names().any(|name| name == "id"), "a session that is over goes");
    }
}

/// A browser lets a cookie go by its path: with a wrong one, the old session would come back after every logout.
#[test]
fn a_removal_that_browsers_ignore_is_said() {
    let clock = ManualClock::at(LOGGED_IN_AT);
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let (mut client, log) = logged_async(async {
        let before = logged_in_before("id", CookieContentSecurity::Private).await;
        let mut client = moved(&before, &sessions, OldSessions::private(old_key()).path("/shop"));
        for _ in 0..3 {
            assert_eq!(client.get("/").await.text(), ADA, "once, and not at every request");
        }
        client
    });
    assert!(!log.contains("came back"), "requests that were on their way bring it rightly: {log}");
    clock.advance(Duration::from_secs(61));
    let ((), log) = logged_async(async {
        assert_eq!(client.get("/").await.text(), ADA);
        assert_eq!(client.get("/add").await.text(), "added");
        assert!(client.get("/").await.text().contains("[1, 2, 9] 1"), "nor over what changed since");
    });
    assert_eq!(log.matches("came back after it was taken over").count(), 1, "{log}");
}

#[test]
fn a_cookie_that_nobody_could_remove_is_not_taken_over() {
    let (text, log) = logged_async(async {
        let before = logged_in_before("id", CookieContentSecurity::Private).await;
        let mut client = moved(&before, &sessions(), OldSessions::private(old_key()).path("/\n"));
        client.get("/").await.text().to_owned()
    });
    assert_eq!(text, "None [] 0");
    assert!(log.contains("no cookie has such a name, path or domain"), "{log}");
}

#[actix_web::test]
async fn a_cookie_that_is_not_genuine_is_left_alone() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    for old in [
        OldSessions::private(OldKey::from(&[8; 64])),
        OldSessions::signed(old_key()),
        OldSessions::private(old_key()).cookie_name("other"),
    ] {
        let mut client = moved(&before, &sessions(), old);
        let response = client.get("/").await;
        assert_eq!((response.text(), response.set_cookies().count()), ("None [] 0", 0));
    }
}

#[actix_web::test]
async fn sessions_of_a_store_are_loaded_by_the_key_in_their_cookie() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    // What stands in the cookie here is a key to a store as any other text.
    let old = OldSessions::private(old_key()).load_with(|key| async move {
        key.contains("cart").then(|| HashMap::from([("cart".to_owned(), "[7]".to_owned())]))
    });
    assert_eq!(moved(&before, &sessions(), old).get("/").await.text(), "None [7] 1");
    let gone = OldSessions::private(old_key()).load_with(|_| async { None });
    assert_eq!(moved(&before, &sessions(), gone).get("/").await.text(), "None [] 0");
}

/// The store of the old sessions is away for a moment: a visitor is not logged out by that, and who logs out meanwhile stays so.
#[actix_web::test]
async fn while_an_old_session_cannot_be_loaded_its_cookie_stays_until_a_logout() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let away = || OldSessions::private(old_key()).load_with(|_| async { None });
    let mut client = moved(&before, &sessions(), away());
    client.get("/").await;
    client.get("/add").await;
    assert!(client.jar().names().any(|name| name == "id"), "it may be found again");
    client.post("/logout", [("a", "b")]).await;
    assert_eq!(client.jar().names().count(), 0);
    let mut client = moved(&client, &sessions(), OldSessions::private(old_key()));
    assert_eq!(client.get("/").await.text(), "None [] 0");
}

#[actix_web::test]
async fn nothing_of_an_old_session_is_printed() {
    let old = OldSessions::private(old_key());
    let printed = format!("{old:?} {:?}", old.clone().take_over(copy));
    assert!(!printed.contains("9, 9") && printed.contains("id"), "{printed}");
}

/// A logout that ends in an error holds all the same, and so must what is left of the old session.
#[actix_web::test]
async fn a_logout_that_fails_lets_the_old_session_go_too() {
    for fails in ["a response", "an error"] {
        let before = logged_in_before("id", CookieContentSecurity::Private).await;
        let app = App::new()
            .wrap(actix_web::middleware::from_fn(move |request: ServiceRequest, next: Next<BoxBody>| async move {
                let response: ServiceResponse<BoxBody> = next.call(request).await?;
                if fails == "an error" { Err(actix_web::error::ErrorInternalServerError("no")) } else { Ok(response) }
            }))
            .wrap(OldSessions::private(old_key()).take_over(copy))
            .wrap(sessions())
            .route(
                "/logout",
                web::post().to(async |mut visitor: Session<Visitor>| {
                    visitor.purge();
                    HttpResponse::InternalServerError().finish()
                }),
            );
        let mut client = TestClient::new(app);
        *client.jar_mut() = before.jar().clone();
        assert_eq!(client.post("/logout", [("a", "b")]).await.status(), 500);
        assert_eq!(client.jar().names().count(), 0, "{fails}");
    }
}

/// A privileged field that everybody has at its default makes nobody a user.
#[actix_web::test]
async fn a_privileged_default_is_no_login() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct Member {
        user: Option<String>,
        #[session(privileged)]
        admin: bool,
    }

    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let take_over = OldSessions::private(old_key()).take_over(|old, member: &mut Session<Member>| {
        if let Some(user) = old.user_id() {
            member.set_user(user);
        }
    });
    let show = async |member: Session<Member>| member.user().unwrap_or("nobody").to_owned();
    let app = App::new().wrap(take_over).wrap(sessions()).route("/", web::get().to(show));
    let mut client = TestClient::new(app);
    *client.jar_mut() = before.jar().clone();
    client.session::<Member>(&sessions(), |member| member.set_user("")).await;
    assert!(client.get("/").await.text().starts_with("ada"));
}

/// Without a struct nothing says who is logged in: whoever has a session keeps it.
#[actix_web::test]
async fn a_session_without_a_struct_is_not_written_over() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let take_over = OldSessions::private(old_key()).take_over(|old, session: &mut Session| {
        session.insert("user_id", old.user_id()).unwrap();
    });
    let show = async |session: Session| session.raw("user_id").unwrap_or("nobody").to_owned();
    let app = App::new().wrap(take_over).wrap(sessions()).route("/", web::get().to(show));
    let mut client = TestClient::new(app);
    *client.jar_mut() = before.jar().clone();
    client.session::<session_actix::Dynamic>(&sessions(), |session| session.insert("user_id", "bob").unwrap()).await;
    assert_eq!(client.get("/").await.text(), "\"bob\"");
}

/// As Flask does, and as `commit_on_server_error` says: then the copy is there, and the old cookie is not needed.
#[actix_web::test]
async fn where_a_server_error_saves_the_old_cookie_goes_with_it() {
    let before = logged_in_before("id", CookieContentSecurity::Private).await;
    let sessions = SessionMiddleware::signed(key()).commit_on_server_error(true).build().unwrap();
    let mut client = moved(&before, &sessions, OldSessions::private(old_key()));
    assert_eq!(client.get("/fails").await.status(), 500);
    assert_eq!(client.jar().names().collect::<Vec<_>>(), ["__Host-session"]);
    assert_eq!(client.get("/").await.text(), ADA);
}
