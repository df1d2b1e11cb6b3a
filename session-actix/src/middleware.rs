//! The middleware: a slot for the session on the way in, its cookie on the way out.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready as ready_or_return};

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderMap;
use actix_web::{Error, HttpMessage as _, ResponseError as _};
use pin_project_lite::pin_project;
use session_core::store::SessionId;
use session_core::{Builder, Engine, Finding, KeyRing, SessionData};

use crate::error::SessionError;
use crate::headers;
use crate::slot::{Lease, Pool, Slots};

/// Gives the handlers inside of it their sessions. Make one before the server and clone it into each `App`.
///
/// A request whose handler takes no session passes through untouched: no cookie is read and no header is written.
///
/// Wrap it around everything that uses the session; other middleware that does so goes inside, which in actix-web is
/// *before* it in the chain of `.wrap(..)` calls.
///
/// # Examples
///
/// ```no_run
/// use actix_web::{App, HttpServer};
/// use session_actix::{Key, SessionMiddleware};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = SessionMiddleware::signed(Key::from_env("SECRET_KEY")?).build()?;
/// HttpServer::new(move || App::new().wrap(sessions.clone())).bind(("127.0.0.1", 8080))?.run().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SessionMiddleware {
    engine: Engine,
}

impl SessionMiddleware {
    /// Sessions in a cookie that its owner can read but not change, as in Flask.
    ///
    /// # Security
    ///
    /// The server keeps no list of such sessions: a copy of an old cookie opens the session until it expires, after a
    /// logout too, and of two requests that change the session at once the browser keeps what the last one sent.
    pub fn signed(keys: impl Into<KeyRing>) -> Builder<Self> {
        Builder::signed(keys)
    }

    /// Sessions in a cookie that its owner can neither read nor change (AES-256-GCM-SIV, RFC 8452).
    ///
    /// # Security
    ///
    /// As with [`SessionMiddleware::signed`], the server keeps no list of such sessions. The cookie's length still tells
    /// how much it holds.
    #[cfg(feature = "encrypted")]
    pub fn encrypted(keys: impl Into<KeyRing>) -> Builder<Self> {
        Builder::encrypted(keys)
    }

    /// Sessions that a Flask application reads and writes too: one login for both, so that a site can move to Rust one
    /// route at a time. The secret is Flask's `SECRET_KEY`, a text in UTF-8.
    ///
    /// Flask's rules and defaults hold: the cookie is called `session`, has no attribute but `HttpOnly` and `Path=/`, lives for
    /// 31 days, is sent with every response that looked at a permanent session, and also with responses of a server
    /// error. With `.eager(true)` a permanent session is refreshed by responses that did not look at it too, as in Flask.
    ///
    /// # Security
    ///
    /// As with [`SessionMiddleware::signed`], the server keeps no list of such sessions. Flask's cookie is neither bound to
    /// its name nor secure by default: set `.secure(true)` and `.same_site(SameSite::Lax)` here and
    /// `SESSION_COOKIE_SECURE` and `SESSION_COOKIE_SAMESITE` there.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::{Session, SessionData, SessionMiddleware};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(user_id, redirect = "/login"))]
    /// struct Visitor {
    ///     user_id: Option<i64>, // session["user_id"] = 42
    /// }
    ///
    /// let sessions = SessionMiddleware::flask("the SECRET_KEY of the Flask application").build()?;
    /// # Ok::<(), session_actix::ConfigError>(())
    /// ```
    #[cfg(feature = "flask")]
    pub fn flask(secret: impl Into<Vec<u8>>) -> Builder<Self> {
        Builder::flask(secret)
    }

    /// The `name=value` of a new session's cookie, as a `Cookie` header carries it, for tests.
    ///
    /// # Errors
    ///
    /// A field has no JSON, or the cookie would be too large.
    #[allow(clippy::unused_async, reason = "a store will have to be waited for")]
    pub async fn cookie_for<T: SessionData>(&self, data: &T) -> Result<String, SessionError> {
        Ok(self.engine.cookie_for(data)?)
    }

    /// The session in the text of a `Cookie` header, for tests: `None` where there is none that counts.
    ///
    /// # Errors
    ///
    /// The struct has a secret field, and sessions are only signed.
    #[allow(clippy::unused_async, reason = "a store will have to be waited for")]
    pub async fn read<T: SessionData>(&self, cookie: &str) -> Result<Option<T>, SessionError> {
        Ok(self.engine.read(cookie)?)
    }

    /// The sessions of an owner, by the `#[session(owner)]` field as it is displayed.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody lists ([`SessionError::is_unsupported`]).
    #[allow(clippy::unused_async, reason = "a store will have to be waited for")]
    pub async fn sessions_of(&self, owner: &str) -> Result<Vec<SessionId>, SessionError> {
        Ok(self.engine.sessions_of(owner)?)
    }

    /// Ends all sessions of an owner ("log out everywhere"), and says how many.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody can end but their browser ([`SessionError::is_unsupported`]).
    #[allow(clippy::unused_async, reason = "a store will have to be waited for")]
    pub async fn revoke_owner(&self, owner: &str) -> Result<usize, SessionError> {
        Ok(self.engine.revoke_owner(owner)?)
    }

    /// What this configuration leaves open of OWASP ASVS 5.0, chapters 3.3 and 7: each requirement by its number, with
    /// the call that closes it. Print it at the start of an application, or compare it in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::{Key, SessionMiddleware};
    ///
    /// let sessions = SessionMiddleware::signed(Key::generate()).absolute_lifetime(None).build()?;
    /// assert!(sessions.audit().iter().any(|finding| finding.requirement() == "7.3.2"));
    /// # Ok::<(), session_actix::ConfigError>(())
    /// ```
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        self.engine.audit()
    }
}

impl From<Engine> for SessionMiddleware {
    fn from(engine: Engine) -> Self {
        Self { engine }
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = SessionService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SessionService { service, pool: Rc::new(Pool::new(self.engine.clone())) }))
    }
}

/// A service with sessions, made by [`SessionMiddleware`].
pub struct SessionService<S> {
    service: S,
    pool: Rc<Pool>,
}

impl<S, B> Service<ServiceRequest> for SessionService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = SessionResponseFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // Not `add_data_container`, which panics where an outer middleware holds a clone of the request.
        let lease = Slots::attach(&mut request.extensions_mut(), &self.pool);
        if let Some(lease) = lease.as_ref().filter(|lease| lease.slot.engine().loads_eagerly()) {
            lease.slot.load(request.head());
        }
        SessionResponseFuture { response: self.service.call(request), lease }
    }
}

impl<S: fmt::Debug> fmt::Debug for SessionService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("service", &self.service).finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for the response and saves the session with it.
    #[must_use = "futures do nothing unless awaited"]
    pub struct SessionResponseFuture<F> {
        #[pin]
        response: F,
        // `None` where a middleware around this one serves the same cookie.
        lease: Option<Lease>,
    }
}

impl<F, B> Future for SessionResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready_or_return!(this.response.poll(context));
        Poll::Ready(match response {
            Ok(response) => Ok(commit_response(this.lease.as_ref(), response)),
            Err(error) => Err(commit_error(this.lease.as_ref(), error)),
        })
    }
}

impl<F> fmt::Debug for SessionResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionResponseFuture").finish_non_exhaustive()
    }
}

fn commit_response<B>(lease: Option<&Lease>, mut response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let Some(mut outcome) = lease.and_then(|lease| lease.slot.commit(response.status().as_u16())) else {
        return response.map_into_left_body();
    };
    let Some(failure) = outcome.error.take() else {
        headers::add(response.headers_mut(), &outcome);
        return response.map_into_left_body();
    };
    let mut replacement = SessionError::from(failure).error_response();
    headers::keep_cookies(response.headers(), replacement.headers_mut());
    headers::add(replacement.headers_mut(), &outcome);
    response.into_response(replacement).map_into_right_body()
}

/// An inner middleware gave up. What the session says goes onto the response that is made of its error.
fn commit_error(lease: Option<&Lease>, mut error: Error) -> Error {
    let Some(lease) = lease.filter(|lease| lease.slot.is_open()) else {
        return error;
    };
    // Not `status_code()`, which an error that makes its own response need not agree with.
    let response = error.error_response();
    let Some(mut outcome) = lease.slot.commit(response.status().as_u16()) else {
        return error;
    };
    let mut kept = HeaderMap::new();
    if let Some(failure) = outcome.error.take() {
        headers::keep_cookies(response.headers(), &mut kept);
        error = SessionError::from(failure).into();
    }
    error.add_response_mapper(move |mut response| {
        headers::keep_cookies(&kept, response.headers_mut());
        headers::add(response.headers_mut(), &outcome);
        response
    });
    error
}
