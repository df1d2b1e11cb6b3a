//! Live sessions of actix-session itself, taken over.

use std::collections::HashMap;

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_web::cookie::Key as OldKey;
use actix_web::{App, HttpResponse, web};
use session_actix::from_actix_session::{OldSession, OldSessions};
use session_actix::store::MemoryStore;
use session_actix::testing::TestClient;
use session_actix::{Session, SessionData, SessionMiddleware};

use crate::support::{key, sessions};

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    cart: Vec<u64>,
    #[session(counter)]
    taken: u32,
}

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

#[actix_web::test]
async fn nothing_of_an_old_session_is_printed() {
    let old = OldSessions::private(old_key());
    let printed = format!("{old:?} {:?}", old.clone().take_over(copy));
    assert!(!printed.contains("9, 9") && printed.contains("id"), "{printed}");
}
