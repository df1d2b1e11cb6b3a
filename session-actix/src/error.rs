//! The error that handlers see, and the response it makes.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use session_core::http::login_location;

/// Why a session could not be used.
///
/// As a response it is a status and an opaque body; the cause goes to the log.
///
/// # Security
///
/// It names keys, never values.
///
/// # Examples
///
/// ```
/// use actix_web::ResponseError as _;
/// use session_actix::{Session, SessionError};
///
/// async fn remember(mut session: Session) -> Result<&'static str, SessionError> {
///     session.insert("theme", "dark")?; // a 500 where it has no JSON
///     match session.get::<u32>("theme") {
///         Err(error) if error.is_decode() => Ok("it is no number"),
///         Err(error) => Err(error),
///         Ok(_) => Ok("it is one"),
///     }
/// }
/// ```
///
/// What each of them is about:
///
/// ```
/// use session_actix::SessionError;
///
/// fn about(error: &SessionError) -> &'static str {
///     match error {
///         _ if error.is_login_required() => "the visitor: nobody is logged in",
///         _ if error.is_unavailable() || error.is_conflict() => "this moment: try again",
///         _ if error.is_missing_middleware() || error.is_not_loaded() => "the application: a `.wrap(..)`, or an `.eager(true)`",
///         _ if error.is_secret() || error.is_unsupported() => "the kind of session: choose another",
///         _ if error.is_reserved() || error.is_encode() || error.is_decode() => "a key or its value",
///         _ if error.is_too_large() => "all values together",
///         _ => "see the log",
///     }
/// }
/// # let error = session_actix::Dynamic::default().insert("_created", 1).unwrap_err();
/// # assert_eq!(about(&error), "a key or its value");
/// ```
pub struct SessionError {
    /// In a box: results are moved about more often than they are errors.
    fault: Box<Fault>,
}

enum Fault {
    /// The second: whether the log has it. actix-web may ask an error for its response more than once.
    Session(session_core::Error, AtomicBool),
    NoMiddleware {
        scope: &'static str,
        data: &'static str,
    },
    NoMiddlewareAround {
        scope: String,
    },
    LoginRequired {
        location: Option<String>,
    },
}

impl SessionError {
    /// No middleware serves this scope. The log line says what to add.
    pub(crate) fn no_middleware(scope: &'static str, data: &'static str) -> Self {
        let error = Self { fault: Box::new(Fault::NoMiddleware { scope, data }) };
        tracing::error!(name: "session.middleware.missing", "{error}");
        error
    }

    /// As [`SessionError::no_middleware`], for the guard against forms of other sites.
    pub(crate) fn no_middleware_around(scope: &str) -> Self {
        let error = Self { fault: Box::new(Fault::NoMiddlewareAround { scope: scope.to_owned() }) };
        tracing::error!(name: "session.middleware.missing", "{error}");
        error
    }

    /// Nobody is logged in. A page is answered with the way to the login and back.
    pub(crate) fn login_required(request: &HttpRequest, redirect: Option<&str>) -> Self {
        let shows_a_page = matches!(*request.method(), Method::GET | Method::HEAD);
        let location = redirect.filter(|_| shows_a_page).map(|redirect| {
            let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
            login_location(redirect, next)
        });
        Self { fault: Box::new(Fault::LoginRequired { location }) }
    }

    /// Whether no session middleware was wrapped around the handler.
    #[must_use]
    pub fn is_missing_middleware(&self) -> bool {
        matches!(*self.fault, Fault::NoMiddleware { .. } | Fault::NoMiddlewareAround { .. })
    }

    /// Whether nobody is logged in.
    #[must_use]
    pub fn is_login_required(&self) -> bool {
        matches!(*self.fault, Fault::LoginRequired { .. })
    }

    /// Whether a value could not be written as JSON.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_encode)
    }

    /// Whether a value has another type than it was asked for.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_decode)
    }

    /// Whether a key is one of the library's own.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_reserved)
    }

    /// Whether a field is secret and the session only signed.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_secret)
    }

    /// Whether sessions that are kept in a cookie cannot do what was asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_unsupported)
    }

    /// Whether the session store did not answer, or not in time: 503.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_unavailable)
    }

    /// Whether the session was ended or renewed by another request, which a change of privileges must not undo: 409.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_conflict)
    }

    /// Whether a stored session was asked for without waiting, before it was loaded.
    #[must_use]
    pub fn is_not_loaded(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_not_loaded)
    }

    /// Whether the cookie would be larger than browsers keep.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.core().is_some_and(session_core::Error::is_too_large)
    }

    fn core(&self) -> Option<&session_core::Error> {
        match &*self.fault {
            Fault::Session(error, _) => Some(error),
            Fault::NoMiddleware { .. } | Fault::NoMiddlewareAround { .. } | Fault::LoginRequired { .. } => None,
        }
    }
}

impl From<session_core::Error> for SessionError {
    fn from(error: session_core::Error) -> Self {
        Self { fault: Box::new(Fault::Session(error, AtomicBool::new(false))) }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.fault {
            Fault::Session(error, _) => error.fmt(f),
            Fault::NoMiddleware { scope: "", data } => write!(
                f,
                "`Session<{data}>` is used without its middleware: add `.wrap(sessions.clone())` to the `App`, or to a scope \
                 around this handler, with `let sessions = SessionMiddleware::signed(key).build()?` made once before the \
                 server. If it is there, this is outside of it: in actix-web the outermost middleware is wrapped last"
            ),
            Fault::NoMiddleware { scope, data } => write!(
                f,
                "`Session<{data}>` is used without the middleware of its scope: add `.wrap(sessions.clone())` to the `App`, or \
                 to a scope around this handler, with `let sessions = SessionMiddleware::signed(key).scope({scope:?}).build()?` \
                 made once before the server"
            ),
            Fault::NoMiddlewareAround { scope } if scope.is_empty() => f.write_str(
                "`CsrfProtect` is not inside of the session middleware, or there is none: in actix-web the inner one is wrapped \
                 first, `.wrap(CsrfProtect::new()).wrap(sessions.clone())`",
            ),
            Fault::NoMiddlewareAround { scope } => write!(
                f,
                "`CsrfProtect` is not inside of the session middleware of the scope {scope:?}, or there is none: in actix-web \
                 the inner one is wrapped first, `.wrap(CsrfProtect::new().scope({scope:?})).wrap(sessions.clone())`, with \
                 `let sessions = SessionMiddleware::signed(key).scope({scope:?}).build()?` made once before the server"
            ),
            Fault::LoginRequired { .. } => f.write_str("nobody is logged in"),
        }
    }
}

/// The sentence, as an error that reaches `main` is printed with `Debug`.
impl fmt::Debug for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SessionError {}

impl ResponseError for SessionError {
    fn status_code(&self) -> StatusCode {
        match &*self.fault {
            Fault::Session(error, _) => {
                StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Fault::NoMiddleware { .. } | Fault::NoMiddlewareAround { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Fault::LoginRequired { location: Some(_) } => StatusCode::SEE_OTHER,
            Fault::LoginRequired { location: None } => StatusCode::UNAUTHORIZED,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        match &*self.fault {
            // Those of a store are logged where they are found.
            Fault::Session(error, _) if error.is_unavailable() || error.is_conflict() => {}
            Fault::Session(error, is_logged) => {
                if !is_logged.swap(true, Ordering::Relaxed) {
                    tracing::error!(name: "session.failed", %error, "a session could not be used");
                }
            }
            // Logged where it was found, since not every such error becomes a response.
            Fault::NoMiddleware { .. } | Fault::NoMiddlewareAround { .. } => {}
            Fault::LoginRequired { location } => {
                if let Some(location) = location {
                    response.insert_header((header::LOCATION, location.as_str()));
                }
            }
        }
        response.content_type("text/plain; charset=utf-8").body(status.canonical_reason().unwrap_or_default())
    }
}
