//! The middleware as an application makes it.

mod plain_http;
mod response;
mod service;

use std::future::{Future, Ready, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::rt::time::timeout;
pub use service::{SessionResponseFuture, SessionService};
use session_core::store::{SessionId, SessionStore};
use session_core::{Builder, Engine, Finding, KeyRing, SessionData};

use crate::error::SessionError;
use crate::slot::Pool;

/// How long the sessions of one owner may take to be ended: there may be thousands, and what is left would stay logged in.
const LONGEST_REVOCATION: Duration = Duration::from_secs(60);

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
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::{Key, SessionMiddleware};
    ///
    /// let sessions = SessionMiddleware::encrypted(Key::generate()).build()?;
    /// # Ok::<(), session_actix::ConfigError>(())
    /// ```
    #[cfg(feature = "encrypted")]
    pub fn encrypted(keys: impl Into<KeyRing>) -> Builder<Self> {
        Builder::encrypted(keys)
    }

    /// Sessions that a store keeps; the cookie has no more than an id and a token.
    ///
    /// What requests change at the same time is merged field by field, counters are added up, and a session that ended stays
    /// ended. Sessions can be listed and ended by their owner ([`sessions_of`](Self::sessions_of), [`revoke_owner`](Self::revoke_owner)). A struct may have
    /// secret fields.
    ///
    /// A route that takes no session asks the store for nothing. Where the store does not answer in time, the request is
    /// answered with 503, and no cookie is touched.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::store::MemoryStore;
    /// use session_actix::{Key, SessionMiddleware};
    ///
    /// let sessions = SessionMiddleware::stored(MemoryStore::new(), Key::generate()).build()?;
    /// # Ok::<(), session_actix::ConfigError>(())
    /// ```
    pub fn stored(store: impl SessionStore, keys: impl Into<KeyRing>) -> Builder<Self> {
        Builder::stored(store, keys)
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
    /// A field has no JSON, the cookie would be too large, the struct has a secret field and sessions are only signed, or the store
    /// does not answer.
    pub async fn cookie_for<T: SessionData>(&self, data: &T) -> Result<String, SessionError> {
        self.in_time(self.engine.cookie_for(data)).await
    }

    /// The session in the text of a `Cookie` header, for tests: `None` where there is none that counts.
    ///
    /// # Errors
    ///
    /// The struct has a secret field and sessions are only signed, or the store does not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_actix::{Key, SessionData, SessionMiddleware};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     visits: u32,
    /// }
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = SessionMiddleware::signed(Key::generate()).build()?;
    /// let cookie = sessions.cookie_for(&Visitor { visits: 3 }).await?;
    /// assert_eq!(sessions.read::<Visitor>(&cookie).await?.unwrap().visits, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read<T: SessionData>(&self, cookie: &str) -> Result<Option<T>, SessionError> {
        self.in_time(self.engine.read(cookie)).await
    }

    /// The sessions of an owner, by the `#[session(owner)]` field as it is displayed.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody lists ([`SessionError::is_unsupported`]), or the store does not answer
    /// ([`SessionError::is_unavailable`]).
    pub async fn sessions_of(&self, owner: &str) -> Result<Vec<SessionId>, SessionError> {
        self.in_time(self.engine.sessions_of(owner)).await
    }

    /// Ends all sessions of an owner ("log out everywhere"), and says how many.
    ///
    /// It may take a minute, longer than requests wait for a store otherwise: there may be thousands of them.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody can end but their browser ([`SessionError::is_unsupported`]), or the store does
    /// not answer ([`SessionError::is_unavailable`]): then some may have ended and others not.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::{HttpResponse, Responder, web};
    /// use session_actix::{LoggedIn, SessionData, SessionError, SessionMiddleware};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(user_id, redirect = "/login"))]
    /// struct Visitor {
    ///     #[session(owner)]
    ///     user_id: Option<u64>,
    /// }
    ///
    /// /// The sessions are `web::Data` here: `App::new().app_data(web::Data::new(sessions.clone()))`.
    /// async fn log_out_everywhere(
    ///     visitor: LoggedIn<Visitor>,
    ///     sessions: web::Data<SessionMiddleware>,
    /// ) -> Result<impl Responder, SessionError> {
    ///     let user = visitor.login_id().to_string();
    ///     println!("{} sessions", sessions.sessions_of(&user).await?.len());
    ///     sessions.revoke_owner(&user).await?;
    ///     Ok(HttpResponse::Ok())
    /// }
    /// ```
    pub async fn revoke_owner(&self, owner: &str) -> Result<usize, SessionError> {
        within(LONGEST_REVOCATION, self.engine.revoke_owner(owner)).await
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

    /// Waits for a store as long as a request does.
    async fn in_time<R>(&self, asked: impl Future<Output = Result<R, session_core::Error>>) -> Result<R, SessionError> {
        within(self.engine.store_timeout(), asked).await
    }

    #[cfg(feature = "testing")]
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
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
        ready(Ok(SessionService::new(service, Rc::new(Pool::new(self.engine.clone())))))
    }
}

async fn within<R>(
    limit: Duration,
    asked: impl Future<Output = Result<R, session_core::Error>>,
) -> Result<R, SessionError> {
    let mut asked = pin!(asked);
    // What needs no waiting needs no timer, and so no runtime.
    let answer = match poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await {
        Poll::Ready(answer) => answer,
        Poll::Pending => timeout(limit, asked).await.unwrap_or_else(|_| Err(session_core::Error::timed_out())),
    };
    Ok(answer?)
}
