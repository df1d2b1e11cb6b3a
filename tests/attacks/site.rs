//! What is attacked: a site with a login, on every kind of session.

use actix_web::test::TestRequest;
use actix_web::{App, HttpRequest, HttpResponse, Responder, web};
use session_actix::csrf::CsrfProtect;
use session_actix::store::MemoryStore;
use session_actix::testing::{ManualClock, TestClient, TestResponse};
use session_actix::{
    Builder, Flashes, Key, LoggedIn, Session, SessionData, SessionError, SessionMiddleware, safe_next,
};

pub const START: u64 = 1_700_000_000;
pub const NAME: &str = "__Host-session";

#[derive(SessionData)]
#[session(login(username, redirect = "/login"))]
pub struct Visitor {
    #[session(owner)]
    pub username: Option<String>,
    #[session(privileged)]
    pub role: Option<String>,
    pub theme: Option<String>,
    #[session(flash(success))]
    pub messages: Flashes,
}

#[derive(serde::Deserialize)]
struct Form {
    value: String,
}

async fn login(mut visitor: Session<Visitor>, form: web::Form<Form>, request: HttpRequest) -> impl Responder {
    visitor.set_username(form.value.as_str());
    web::Redirect::to(safe_next(&request).unwrap_or_else(|| "/who".into())).see_other()
}

async fn who(visitor: Session<Visitor>) -> impl Responder {
    visitor.username().filter(|name| !name.is_empty()).unwrap_or("nobody").to_owned()
}

async fn account(visitor: LoggedIn<Visitor>) -> impl Responder {
    visitor.login_id().to_owned()
}

async fn theme(mut visitor: Session<Visitor>, form: web::Form<Form>) -> impl Responder {
    visitor.set_theme(form.value.as_str());
    HttpResponse::Ok()
}

async fn logout(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.purge();
    HttpResponse::Ok()
}

async fn token(mut visitor: Session<Visitor>) -> Result<impl Responder, SessionError> {
    session_actix::csrf::token(&mut visitor)
}

/// The site without its guard against forms of others.
pub fn client(sessions: &SessionMiddleware) -> TestClient {
    TestClient::new(
        App::new()
            .wrap(sessions.clone())
            .route("/login", web::post().to(login))
            .route("/who", web::get().to(who))
            .route("/account", web::get().to(account))
            .route("/theme", web::post().to(theme))
            .route("/logout", web::post().to(logout)),
    )
}

/// The site with it, where the form may be sent by any method.
pub fn guarded(sessions: &SessionMiddleware) -> TestClient {
    TestClient::new(
        App::new()
            .wrap(CsrfProtect::new())
            .wrap(sessions.clone())
            .route("/token", web::get().to(token))
            .route("/who", web::get().to(who))
            .route("/theme", web::to(theme)),
    )
}

pub fn key(byte: u8) -> Key {
    Key::try_from([byte; 32].as_slice()).unwrap()
}

/// Every kind of session, with this key and a clock that stands still.
pub fn every_kind(byte: u8) -> Vec<(&'static str, Builder<SessionMiddleware>)> {
    let text = char::from(b'a' + byte).to_string().repeat(32);
    let kinds = vec![
        ("signed", SessionMiddleware::signed(key(byte))),
        ("encrypted", SessionMiddleware::encrypted(key(byte))),
        ("stored", SessionMiddleware::stored(MemoryStore::new(), key(byte))),
        ("flask", SessionMiddleware::flask(text).cookie_name(NAME).secure(true)),
    ];
    kinds.into_iter().map(|(kind, builder)| (kind, builder.clock(ManualClock::at(START)).data::<Visitor>())).collect()
}

/// A browser in which ada is logged in.
pub async fn ada(sessions: &SessionMiddleware) -> TestClient {
    let mut client = client(sessions);
    assert_eq!(client.post("/login", &[("value", "ada")]).await.status(), 303);
    assert_eq!(client.get("/who").await.text(), "ada");
    client
}

/// Sends these `Cookie` headers by themselves.
pub async fn with_cookies(sessions: &SessionMiddleware, cookies: &[&str]) -> TestResponse {
    let request = cookies
        .iter()
        .fold(TestRequest::with_uri("/who"), |request, cookie| request.append_header(("Cookie", (*cookie).to_owned())));
    client(sessions).send(request).await
}

/// Whether a response is that of a visitor whom nobody knows, and leaves the browser as it was.
pub fn is_refused(response: &TestResponse) -> bool {
    response.status() == 200 && response.text() == "nobody" && response.set_cookies().count() == 0
}

/// How often an attack was tried, and how often it was refused: each time, or the test fails.
#[derive(Default)]
pub struct Tally {
    tried: usize,
    through: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, is_refused: bool, attack: impl FnOnce() -> String) {
        self.tried += 1;
        if !is_refused {
            self.through.push(attack());
        }
    }

    pub fn report(self, threat: &str) {
        println!("{threat}: {} tried, {} refused", self.tried, self.tried - self.through.len());
        assert!(self.tried > 0 && self.through.is_empty(), "{threat}: {:?}", self.through);
    }
}
