//! A browser for tests, without the browser.

use std::fmt;
use std::future::IntoFuture;

use actix_web::HttpMessage as _;
use actix_web::http::header::{COOKIE, HOST, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use serde::Serialize;
use session_core::{Clock, Engine, Flash, SessionData, SystemClock};

use super::app::{IntoTestApp, TestApp};
use super::between::between;
use super::jar::CookieJar;
use super::redirect;
use super::response::TestResponse;
use crate::boxed::Boxed;
use crate::dynamic::Dynamic;
use crate::middleware::SessionMiddleware;
use crate::session::Session;

/// Longest chain of redirects that is followed, as in Firefox and Chromium.
const MOST_REDIRECTS: usize = 20;

/// The host that requests are sent to, where they name none: that of `actix_web::test`.
const TEST_HOST: &str = "localhost:8080";

/// Sends requests to an application without a server, and keeps its cookies as a browser does (Flask's
/// `app.test_client()`).
///
/// # Examples
///
/// A login, from the form to the account and out again:
///
/// ```
/// use actix_web::{App, Responder, web};
/// use session_actix::testing::TestClient;
/// use session_actix::{Flashes, Key, LoggedIn, Session, SessionData, SessionMiddleware};
///
/// #[derive(SessionData)]
/// #[session(login(username, redirect = "/login"))]
/// struct Visitor {
///     username: Option<String>,
///     #[session(flash(success))]
///     messages: Flashes,
/// }
///
/// async fn login(mut visitor: Session<Visitor>, form: web::Form<Vec<(String, String)>>) -> impl Responder {
///     visitor.set_username(&form[0].1);
///     visitor.flash_success("You were logged in");
///     web::Redirect::to("/account").see_other()
/// }
///
/// async fn account(visitor: LoggedIn<Visitor>) -> impl Responder {
///     format!("hello {}", visitor.login_id())
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), session_actix::ConfigError> {
/// let sessions = SessionMiddleware::signed(Key::generate()).build()?;
/// let app = App::new()
///     .wrap(sessions.clone())
///     .route("/login", web::post().to(login))
///     .route("/account", web::get().to(account));
/// let mut client = TestClient::new(app);
///
/// let refused = client.get("/account").await;
/// assert_eq!((refused.status().as_u16(), refused.location()), (303, Some("/login?next=%2Faccount")));
///
/// let mut client = client.following_redirects();
/// let page = client.post("/login", &[("username", "ada")]).await;
/// assert_eq!((page.path(), page.text()), ("/account", "hello ada"));
/// assert_eq!(client.flashes().await[0].text(), "You were logged in");
///
/// client.close_browser(); // nobody asked to be remembered
/// assert_eq!(client.get("/account").await.path(), "/login?next=%2Faccount");
/// # Ok(())
/// # }
/// ```
///
/// Time that the test decides, cookies from elsewhere, and other requests:
///
/// ```
/// use std::time::Duration;
/// use actix_web::test::TestRequest;
/// use actix_web::{App, HttpResponse, web};
/// use session_actix::testing::{ManualClock, TestClient};
/// use session_actix::{Key, SessionMiddleware};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), session_actix::ConfigError> {
/// let clock = ManualClock::at(1_700_000_000);
/// let sessions = SessionMiddleware::signed(Key::generate()).clock(clock.clone()).build()?;
/// let app = App::new().wrap(sessions).route("/items", web::post().to(HttpResponse::Created));
/// let mut client = TestClient::new(app).clock(clock.clone());
///
/// client.jar_mut().set("theme", "dark");
/// assert_eq!(client.post_json("/items", [1, 2]).await.status(), 201);
/// assert_eq!(client.send(TestRequest::delete().uri("/items")).await.status(), 404);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(client.jar().get("theme"), Some("dark"));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct TestClient {
    app: TestApp,
    jar: CookieJar,
    clock: Box<dyn Clock>,
    follows: bool,
    /// What made the sessions of the last response.
    engine: Option<Engine>,
}

impl TestClient {
    /// A client of an `App`, or of the service that `actix_web::test::init_service` made of one.
    ///
    /// An `App` is started by the first request, or at once where the client is awaited:
    /// `TestClient::new(app).await`.
    pub fn new<Kind>(app: impl IntoTestApp<Kind>) -> Self {
        Self {
            app: app.into_test_app(),
            jar: CookieJar::default(),
            clock: Box::new(SystemClock),
            follows: false,
            engine: None,
        }
    }

    /// The time by which cookies expire in this browser. Give it the clock that the middleware has.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Follows redirects of the statuses 301, 302 and 303 inside of the application, as a browser does: with a GET. Responses are
    /// then those of the last page. A 307 or 308, which would send the body again, is left to the test.
    pub fn following_redirects(mut self) -> Self {
        self.follows = true;
        self
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> TestResponse {
        self.send(TestRequest::with_uri(path)).await
    }

    /// Sends a form: a struct that derives `Serialize`, or pairs such as `&[("username", "ada")]`.
    pub async fn post(&mut self, path: &str, form: impl Serialize) -> TestResponse {
        self.send(TestRequest::post().uri(path).set_form(form)).await
    }

    /// Sends JSON.
    pub async fn post_json(&mut self, path: &str, json: impl Serialize) -> TestResponse {
        self.send(TestRequest::post().uri(path).set_json(json)).await
    }

    /// Sends any request, with the cookies of this browser.
    ///
    /// # Panics
    ///
    /// Redirects are followed, and go round in circles.
    pub async fn send(&mut self, request: TestRequest) -> TestResponse {
        let mut request = request.to_request();
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(TEST_HOST).to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let method = request.method().clone();
            let response = self.send_once(request).await;
            let Some(path) = self.next_page(&response, &host) else { return response };
            let method = if method == Method::HEAD { method } else { Method::GET };
            request = TestRequest::with_uri(&path).method(method).insert_header((HOST, host.as_str())).to_request();
        }
        panic!("redirects go round in circles, after {MOST_REDIRECTS} of them")
    }

    async fn send_once(&mut self, mut request: actix_http::Request) -> TestResponse {
        let path = request.uri().path().to_owned();
        self.jar.expire(self.clock.now());
        // A cookie that the test gave this one request goes first.
        let cookies = self.jar.header(&path).and_then(|cookies| HeaderValue::try_from(cookies).ok());
        if let Some(cookies) = cookies {
            request.headers_mut().append(COOKIE, cookies);
        }
        let handler = self.app.handler().await;
        let (response, engine) = handler(request).await;
        self.engine = engine.or(self.engine.take());
        for set_cookie in response.set_cookies() {
            self.jar.store(set_cookie, &path, self.clock.now());
        }
        response
    }

    fn next_page(&self, response: &TestResponse, host: &str) -> Option<String> {
        const FOLLOWED: [StatusCode; 3] = [StatusCode::MOVED_PERMANENTLY, StatusCode::FOUND, StatusCode::SEE_OTHER];
        let followed = self.follows && FOLLOWED.contains(&response.status());
        redirect::path_of(response.location().filter(|_| followed)?, response.path(), host)
    }

    /// Looks at the session between two requests, or sets it up (Flask's `session_transaction()`): what `step` changes is saved,
    /// as a request would.
    ///
    /// # Panics
    ///
    /// The session cannot be loaded or saved.
    ///
    /// # Examples
    ///
    /// ```
    /// # use actix_web::App;
    /// # use session_actix::{Key, SessionData, SessionMiddleware, testing::TestClient};
    /// # #[derive(SessionData)]
    /// # struct Visitor { username: Option<String>, cart: Vec<u64> }
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), session_actix::ConfigError> {
    /// # let sessions = SessionMiddleware::signed(Key::generate()).build()?;
    /// # let mut client = TestClient::new(App::new().wrap(sessions.clone()));
    /// client
    ///     .session::<Visitor>(&sessions, |visitor| {
    ///         visitor.set_username("ada");
    ///         visitor.set_permanent(true);
    ///     })
    ///     .await;
    /// client.session::<Visitor>(&sessions, |visitor| assert!(visitor.cart().is_empty())).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn session<T: SessionData>(&mut self, sessions: &SessionMiddleware, step: impl FnOnce(&mut Session<T>)) {
        let now = self.clock.now();
        self.jar.expire(now);
        let cookies = self.jar.of_all_paths();
        match between(sessions.engine(), cookies, step).await {
            Ok(Some(set_cookie)) => self.jar.store(set_cookie.to_str().unwrap_or_default(), "/", now),
            Ok(None) => {}
            Err(error) => panic!("the session between two requests: {error}"),
        }
    }

    /// The messages that wait to be shown, which stay where they are. There are none before the first request, which shows the
    /// client whose sessions the application has.
    ///
    /// # Panics
    ///
    /// The session store does not answer.
    pub async fn flashes(&mut self) -> Vec<Flash> {
        self.jar.expire(self.clock.now());
        let (Some(engine), Some(cookies)) = (&self.engine, self.jar.of_all_paths()) else { return Vec::new() };
        match engine.read::<Dynamic>(&cookies).await {
            // A copy of the session, which nobody saves.
            Ok(session) => session.map(|mut session| session.take_flashes()).unwrap_or_default(),
            Err(error) => panic!("the messages of the session: {error}"),
        }
    }

    /// The cookies of this browser.
    #[must_use]
    pub fn jar(&self) -> &CookieJar {
        &self.jar
    }

    /// The cookies of this browser, to bring some or take them away.
    pub fn jar_mut(&mut self) -> &mut CookieJar {
        &mut self.jar
    }

    /// Closes the browser and opens it again: cookies without an end are forgotten.
    pub fn close_browser(&mut self) {
        self.jar.close_browser();
    }
}

/// Starts the application now, and not with the first request.
impl IntoFuture for TestClient {
    type Output = Self;
    type IntoFuture = Boxed<'static, Self>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async {
            self.app.handler().await;
            self
        })
    }
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("jar", &self.jar).finish_non_exhaustive()
    }
}
