//! The handler argument of pages that need a login.

use std::borrow::{Borrow as _, ToOwned};
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use session_core::Login;

use crate::error::SessionError;
use crate::ext::{SessionExt as _, SessionFuture};
use crate::session::Session;

/// A session in which somebody is logged in.
///
/// Where nobody is, the handler does not run: a GET or HEAD is sent to the struct's `redirect` with the way back as
/// `next` (303), anything else is answered with 401. The response is not kept by caches (`no-store`) unless the
/// application says otherwise.
///
/// # Examples
///
/// ```
/// use actix_web::{Responder, get};
/// use session_actix::{LoggedIn, SessionData};
///
/// #[derive(SessionData)]
/// #[session(login(username, redirect = "/login"))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// #[get("/account")]
/// async fn account(visitor: LoggedIn<Visitor>) -> impl Responder {
///     format!("hello {}", visitor.login_id())
/// }
/// ```
pub struct LoggedIn<T: Login> {
    session: Session<T>,
    /// A copy, so that a handler which logs the user out can still say goodbye.
    id: <T::Id as ToOwned>::Owned,
}

impl<T: Login> LoggedIn<T> {
    /// Who was logged in when the request came.
    #[must_use]
    pub fn login_id(&self) -> &T::Id {
        self.id.borrow()
    }
}

/// The session, without the name of its user.
impl<T: Login> From<LoggedIn<T>> for Session<T> {
    fn from(user: LoggedIn<T>) -> Self {
        user.session
    }
}

impl<T: Login> Deref for LoggedIn<T> {
    type Target = Session<T>;

    fn deref(&self) -> &Session<T> {
        &self.session
    }
}

impl<T: Login> DerefMut for LoggedIn<T> {
    fn deref_mut(&mut self) -> &mut Session<T> {
        &mut self.session
    }
}

impl<T: Login> fmt::Debug for LoggedIn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoggedIn").field(&self.session).finish()
    }
}

impl<T: Login> FromRequest for LoggedIn<T> {
    type Error = SessionError;
    type Future = LoggedInFuture<T>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        LoggedInFuture { request: request.clone(), session: request.session() }
    }
}

/// Waits for the session and looks who is logged in.
#[must_use = "futures do nothing unless awaited"]
pub struct LoggedInFuture<T: Login> {
    request: HttpRequest,
    session: SessionFuture<T>,
}

impl<T: Login> Future for LoggedInFuture<T> {
    type Output = Result<LoggedIn<T>, SessionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let session = ready!(Pin::new(&mut self.session).poll(context))?;
        let id = check_login(&session, &self.request)?;
        Poll::Ready(Ok(LoggedIn { session, id }))
    }
}

/// Who is logged in. The response is not for caches, whatever the answer is.
pub(crate) fn check_login<T: Login>(
    session: &Session<T>,
    request: &HttpRequest,
) -> Result<<T::Id as ToOwned>::Owned, SessionError> {
    session.forbid_storing();
    let id = session.login_id().map(ToOwned::to_owned);
    id.ok_or_else(|| SessionError::login_required(request, T::REDIRECT))
}

impl<T: Login> fmt::Debug for LoggedInFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedInFuture").finish_non_exhaustive()
    }
}
