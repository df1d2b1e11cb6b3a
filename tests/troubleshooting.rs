//! "Why does my session not persist?": every line of the page is produced here, and every event and figure is in its tables.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::test::TestRequest;
use actix_web::{App, HttpResponse, web};
use session_actix::csrf::{self, CsrfProtect};
use session_actix::store::{MemoryStore, Record, SessionStore as _, TokenHash, Version};
use session_actix::testing::{ManualClock, TestClient};
use session_actix::{Builder, Session, SessionData, SessionMiddleware};

use crate::faulty_store::{FaultyStore, Mood};
use crate::support::{key, key_of, logged_async, sessions};

const PAGE: &str = include_str!("../docs/troubleshooting.md");

const NOW: u64 = 1_700_000_000;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    cart: Vec<String>,
}

#[derive(SessionData)]
#[session(scope = "admin")]
struct Admin {
    name: Option<String>,
}

/// The same key with another type, as in a new release.
#[derive(SessionData)]
struct Released {
    cart: u64,
}

async fn fill(mut visitor: Session<Visitor>, size: web::Path<usize>) -> HttpResponse {
    visitor.cart.push("x".repeat(*size));
    HttpResponse::Ok().finish()
}

fn site(config: &mut web::ServiceConfig) {
    config
        .route("/fill/{size}", web::get().to(fill))
        .route("/look", web::get().to(async |visitor: Session<Visitor>| visitor.cart.len().to_string()))
        .route("/admin", web::get().to(async |admin: Session<Admin>| admin.name().unwrap_or("").to_owned()))
        .route("/released", web::get().to(async |released: Session<Released>| released.cart.to_string()))
        .route(
            "/fails",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.cart.clear();
                HttpResponse::InternalServerError().finish()
            }),
        )
        .route(
            "/purged",
            web::get().to(async |mut visitor: Session<Visitor>, mut other: Session<Visitor>| {
                visitor.cart.push("z".into());
                other.purge();
                HttpResponse::Ok().finish()
            }),
        )
        .route(
            "/switch",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.cart.push("y".into());
                visitor.set_user("bob");
                HttpResponse::Ok().finish()
            }),
        )
        .route(
            "/late",
            web::get().to(async |mut visitor: Session<Visitor>| {
                let (send, answered) = tokio::sync::oneshot::channel::<()>();
                actix_web::rt::spawn(async move {
                    let _ = answered.await;
                    visitor.cart.clear();
                });
                HttpResponse::Ok().insert_header(("x-late", "1")).body(Late(Some(send)))
            }),
        )
        .route("/form", web::post().to(HttpResponse::Ok));
}

/// A body that says when it is sent.
struct Late(Option<tokio::sync::oneshot::Sender<()>>);

impl actix_web::body::MessageBody for Late {
    type Error = std::convert::Infallible;

    fn size(&self) -> actix_web::body::BodySize {
        actix_web::body::BodySize::Stream
    }

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<web::Bytes, Self::Error>>> {
        drop(self.0.take());
        std::task::Poll::Ready(None)
    }
}

fn client(sessions: &SessionMiddleware) -> TestClient {
    TestClient::new(App::new().wrap(sessions.clone()).configure(site))
}

fn signed() -> Builder<SessionMiddleware> {
    SessionMiddleware::signed(key())
}

/// Takes a browser to another server, or to the same one after a change.
fn moved(from: &TestClient, to: &SessionMiddleware) -> TestClient {
    let mut client = client(to);
    *client.jar_mut() = from.jar().clone();
    client
}

/// Logs somebody in, in a session that somebody else is faster with.
async fn login_in_a_race(
    mut visitor: Session<Visitor>,
    store: web::Data<MemoryStore>,
    how: web::Path<String>,
) -> HttpResponse {
    let id = visitor.session_id().unwrap();
    let record = store.load(&id).await.unwrap().unwrap();
    if *how == "ended" {
        store.delete(&id).await.unwrap();
    } else {
        let (version, token_hash) = (Version::from_bytes([9; 16]), TokenHash::from_bytes([9; 32]));
        let renewed = Record::new(version, token_hash, record.expires(), None, record.data());
        store.replace(&id, &record.version(), &renewed, Duration::from_secs(60)).await.unwrap();
    }
    visitor.set_user("bob");
    HttpResponse::Ok().finish()
}

/// What goes wrong on the page, one after the other.
async fn everything_that_the_page_names() {
    let mut ada = client(&sessions());
    ada.session::<Visitor>(&sessions(), |visitor| visitor.set_user("ada")).await;
    ada.send(TestRequest::with_uri("/fill/1").insert_header(("host", "192.168.1.7:8080"))).await;

    // Another key: after a restart, or in another worker.
    let restarted = SessionMiddleware::signed(key_of(8)).build().unwrap();
    assert_eq!(moved(&ada, &restarted).get("/look").await.text(), "0");

    assert_eq!(TestClient::new(App::new().configure(site)).get("/look").await.status(), 500);
    let outside = App::new().wrap(sessions()).wrap(CsrfProtect::new()).configure(site);
    assert_eq!(TestClient::new(outside).post("/form", [("a", "b")]).await.status(), 500);
    assert_eq!(ada.get("/admin").await.status(), 500);

    assert_eq!(ada.get("/fill/5017").await.status(), 500);
    assert_eq!(ada.get("/fails").await.status(), 500);
    for path in ["/late", "/released"] {
        assert_eq!(ada.get(path).await.status(), 200);
    }
    actix_web::rt::task::yield_now().await;
    assert_eq!(ada.get("/switch").await.status(), 200);
    ada.get("/purged").await;

    let cookie = |name: &str| {
        let visitor = Visitor { user: Some(name.into()), cart: Vec::new() };
        async move { sessions().cookie_for(&visitor).await.unwrap() }
    };
    let both = format!("{}; {}", cookie("ada").await, cookie("bob").await);
    ada.send(TestRequest::with_uri("/look").insert_header(("cookie", both))).await;
    let inner = App::new().service(web::scope("").wrap(restarted.clone()).configure(site)).wrap(sessions());
    TestClient::new(inner).get("/look").await;

    let clock = ManualClock::at(NOW);
    let timed = signed().clock(clock.clone()).build().unwrap();
    let mut later = client(&timed);
    later.get("/fill/1").await;
    clock.advance(Duration::from_secs(31 * 86_400 + 1));
    assert_eq!(later.get("/look").await.text(), "0");
    clock.set(NOW - 61);
    assert_eq!(later.get("/look").await.text(), "0");

    let mut guarded = TestClient::new(
        App::new()
            .wrap(CsrfProtect::new())
            .wrap(sessions())
            .configure(site)
            .route("/token", web::get().to(async |mut visitor: Session<Visitor>| csrf::token(&mut visitor))),
    );
    let token = guarded.get("/token").await.text().to_owned();
    guarded.post("/form", [("a", "b")]).await;
    guarded.send(TestRequest::post().uri("/form").insert_header(("sec-fetch-site", "cross-site"))).await;
    guarded.session::<Visitor>(&sessions(), |visitor| visitor.set_user("ada")).await;
    assert_eq!(guarded.post("/form", [("csrf_token", &token)]).await.status(), 403);

    let store = FaultyStore::new();
    let stored = SessionMiddleware::stored(store.clone(), key()).build().unwrap();
    let raced = web::get().to(login_in_a_race);
    let site = App::new().wrap(stored).app_data(web::Data::new(store.in_memory())).configure(site);
    let mut client = TestClient::new(site.route("/raced/{how}", raced));
    for how in ["renewed", "ended"] {
        client.get("/fill/1").await;
        assert_eq!(client.get(&format!("/raced/{how}")).await.status(), 409);
    }
    client.get("/fill/1").await;
    store.be(Mood::Down);
    assert_eq!(client.get("/look").await.status(), 503);
}

#[test]
fn every_line_of_the_page_is_what_the_library_says() {
    let ((), log) = logged_async(everything_that_the_page_names());
    let lines: Vec<&str> = PAGE.split("```text\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert_eq!(lines.len(), 21);
    for line in lines {
        // The bytes of one cookie are not those of another.
        let parts = if let Some((before, after)) = line.split_once("6781") { vec![before, after] } else { vec![line] };
        assert!(parts.iter().all(|part| log.contains(part)), "the log does not say: {line}\n{log}");
    }
}

#[test]
fn a_secure_cookie_over_plain_http_is_only_said_where_it_is_lost() {
    let asked = |host: &'static str, proto: Option<&'static str>, sessions: SessionMiddleware| {
        logged_async(async move {
            let request = TestRequest::with_uri("/fill/1").insert_header(("host", host));
            let forwarded = |request: TestRequest, proto: &'static str| {
                let name = if proto.contains('=') { "forwarded" } else { "x-forwarded-proto" };
                request.insert_header((name, proto))
            };
            let request = proto.into_iter().fold(request, forwarded);
            client(&sessions).send(request).await;
        })
        .1
        .contains("was sent over plain http")
    };
    for host in ["localhost", "localhost:8080", "blog.localhost:80", "127.0.0.1:8080", "127.1.2.3", "[::1]", "[::1]:80"]
    {
        assert!(!asked(host, None, sessions()), "{host}");
    }
    for host in ["192.168.1.7:8080", "example.org", "localhost.example.org", "[fe80::1]:80"] {
        assert!(asked(host, None, sessions()), "{host}");
        for proto in ["https", "for=192.0.2.1;proto=https", "for=192.0.2.1; Proto=\"https\""] {
            assert!(!asked(host, Some(proto), sessions()), "{host} {proto}");
        }
        assert!(asked(host, Some("for=192.0.2.1;proto=http"), sessions()), "{host}");
        assert!(!asked(host, None, signed().secure(false).build().unwrap()), "{host}");
    }
}

/// Names in the sources on one side, in the tables on the other.
#[test]
fn every_event_and_figure_is_in_the_tables_and_no_other() {
    let mut sources = String::new();
    for folder in ["../session-core/src", "../session-actix/src"] {
        read_all(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    let names = |text: &str, before: &str, after: char| -> BTreeSet<String> {
        text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&sources, "name: \"session.", '"'), names(PAGE, "\n| `session.", '`'));
    assert_eq!(names(&sources, "&str = \"session_", '"'), names(PAGE, "\n| `session_", '`'));
    let macros = ["error", "warn", "info", "debug"].map(|level| sources.matches(&format!("tracing::{level}!")).count());
    assert_eq!(sources.matches("name: \"session.").count(), macros.iter().sum::<usize>(), "an event has no name");
}

fn read_all(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}
