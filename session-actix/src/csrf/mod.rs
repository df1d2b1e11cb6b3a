//! Forms that only the application's own pages can send (CSRF; OWASP ASVS 5.0, 3.5.1).
//!
//! [`CsrfProtect`] refuses requests that would change something and come from elsewhere; [`token`] is what a page puts into its
//! forms to be let in.
//!
//! # Examples
//!
//! ```
//! use actix_web::test::TestRequest;
//! use actix_web::{App, HttpResponse, Responder, web};
//! use session_actix::csrf::{self, CsrfProtect};
//! use session_actix::testing::TestClient;
//! use session_actix::{Key, Session, SessionData, SessionError, SessionMiddleware};
//!
//! #[derive(SessionData)]
//! struct Visitor {
//!     name: Option<String>,
//! }
//!
//! async fn form(mut visitor: Session<Visitor>) -> Result<impl Responder, SessionError> {
//!     let token = csrf::token(&mut visitor)?;
//!     Ok(HttpResponse::Ok().content_type("text/html").body(format!(
//!         r#"<form method="post"><input type="hidden" name="csrf_token" value="{token}"><input name="name"></form>"#
//!     )))
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), session_actix::ConfigError> {
//! let sessions = SessionMiddleware::signed(Key::generate()).build()?;
//! let app = App::new()
//!     .wrap(CsrfProtect::new()) // inside of the sessions, which in actix-web is before them
//!     .wrap(sessions)
//!     .route("/", web::get().to(form))
//!     .route("/", web::post().to(HttpResponse::Ok))
//!     .route("/", web::delete().to(HttpResponse::NoContent));
//!
//! let mut client = TestClient::new(app);
//! assert_eq!(client.post("/", &[("name", "ada")]).await.status(), 403);
//! let page = client.get("/").await;
//! let token = page.text().split('"').nth(7).unwrap_or_default();
//! assert_eq!(client.post("/", &[("name", "ada"), (csrf::FIELD, token)]).await.status(), 200);
//! // What is no form brings it in a header.
//! let request = TestRequest::delete().uri("/").insert_header((csrf::HEADER, token));
//! assert_eq!(client.send(request).await.status(), 204);
//! # Ok(())
//! # }
//! ```

mod error;
mod origin;
mod protect;
mod sent;

pub use error::CsrfError;
pub use protect::CsrfProtect;
use session_core::SessionData;

use crate::error::SessionError;
use crate::session::Session;

/// The name of the form's field.
pub const FIELD: &str = "csrf_token";

/// The header of requests that are not forms, such as those of `fetch`. `X-CSRFToken` is taken too, as Flask-WTF does.
pub const HEADER: &str = "X-CSRF-Token";

/// A token for the forms and scripts of one page, of letters, digits, `-` and `_`. It is another one at each call, and all of
/// them hold until the session is renewed (a login, a logout, [`Session::renew`]), cleared, or ends.
///
/// Log in first, then ask: a token from before the login ends with it, and that of a view from before a [`Session::purge`] fits nothing. The first
/// token of a session makes a secret that is kept in it, under `_csrf`. Where two pages make the first one at once, a session in a cookie keeps that of
/// the last response alone, and so does a visitor without any session; in a session that a store has already, both hold.
///
/// # Errors
///
/// The operating system gives no random numbers.
///
/// # Security
///
/// The session's secret is masked anew each time, so that the length of compressed pages does not tell it (BREACH).
///
/// # Examples
///
/// As the value of a `<meta>` tag, for scripts:
///
/// ```
/// use actix_web::Responder;
/// use session_actix::{Session, SessionError, csrf};
///
/// async fn page(mut session: Session) -> Result<impl Responder, SessionError> {
///     Ok(format!(r#"<meta name="csrf-token" content="{}">"#, csrf::token(&mut session)?))
/// }
/// ```
///
/// The session of a user who logged in is taken as it is:
///
/// ```
/// use session_actix::{LoggedIn, SessionData, SessionError, csrf};
///
/// #[derive(SessionData)]
/// #[session(login(username))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// async fn account(mut visitor: LoggedIn<Visitor>) -> Result<String, SessionError> {
///     csrf::token(&mut visitor)
/// }
/// ```
pub fn token<T: SessionData>(session: &mut Session<T>) -> Result<String, SessionError> {
    session.settle();
    let epoch = session.epoch();
    let token = session.slot().with(|transaction| transaction.csrf_token(epoch));
    Ok(token.unwrap_or_else(|| Ok(String::new()))?)
}

/// Compares a token that a handler got by a way of its own, such as a field of a multipart form, in constant time.
///
/// Such routes are taken out of the guard with [`CsrfProtect::exempt`].
///
/// # Errors
///
/// It is not a token of this session.
///
/// # Security
///
/// The token alone is compared. What the browser says of the page that sends the request (`Origin`, `Sec-Fetch-Site`) is looked at by the guard, which
/// such a route is taken out of: here it is the secrecy of the token that keeps other sites out.
///
/// # Examples
///
/// ```
/// use actix_web::Error;
/// use session_actix::{Session, SessionData, csrf};
///
/// # #[derive(SessionData)]
/// # struct Visitor { uploads: u32 }
/// fn upload(visitor: &mut Session<Visitor>, csrf_token: &str) -> Result<(), Error> {
///     csrf::check(visitor, csrf_token)?;
///     visitor.uploads += 1;
///     Ok(())
/// }
/// ```
pub fn check<T: SessionData>(session: &Session<T>, token: &str) -> Result<(), CsrfError> {
    let matches = session.slot().look(|transaction| transaction.csrf_matches(token)).unwrap_or_default();
    if matches { Ok(()) } else { Err(CsrfError::of_token(token)) }
}
