//! The session outside of handler arguments: in middleware, guards and nested calls.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::{Extensions, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::{HttpMessage as _, HttpRequest};
use session_core::{SessionData, Transaction};

use crate::error::SessionError;
use crate::session::Session;
use crate::slot::{Slot, Slots, Wait};

/// Reaches the session from a request or a response.
///
/// In a handler, take [`Session<T>`](Session) as an argument instead.
///
/// # Examples
///
/// ```
/// use actix_web::{Error, body::MessageBody, dev::{ServiceRequest, ServiceResponse}, middleware::Next};
/// use session_actix::{Session, SessionData, SessionExt};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     pages: u32,
/// }
///
/// async fn count(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
///     request.session::<Visitor>().await?.pages += 1;
///     next.call(request).await
/// }
/// ```
pub trait SessionExt: sealed::Request {
    /// A view of the session, loaded if it must be.
    ///
    /// # Errors
    ///
    /// No middleware serves the struct's scope, or the struct has a secret field and the session is only signed; or the
    /// store does not answer ([`SessionError::is_unavailable`]).
    fn session<T: SessionData>(&self) -> SessionFuture<T> {
        SessionFuture { wait: Some(open_slot::<T, Self>(self).map(Wait::new)), data: PhantomData }
    }

    /// A view of the session without waiting, as a guard needs it.
    ///
    /// As with actix-web's own `connection_info()`, the request's extensions must not be borrowed mutably meanwhile.
    ///
    /// # Errors
    ///
    /// No middleware serves the struct's scope, or the struct has a secret field and the session is only signed; or the
    /// session is kept in a store and was not loaded yet ([`SessionError::is_not_loaded`]).
    fn session_now<T: SessionData>(&self) -> Result<Session<T>, SessionError> {
        let slot = open_slot::<T, Self>(self)?;
        slot.loaded_now()?;
        Session::new(slot)
    }

    /// Ends the session without reading it, as [`Session::purge`] does with one that was read: for a logout that removes the browser's cookie
    /// also where the store does not answer.
    ///
    /// The answer is a 503 then, and the session in the store stays until its time is over. What reads the session before the handler does, such as
    /// [`CsrfProtect`](crate::csrf::CsrfProtect), must not be around it: exempt the route, and look at `Sec-Fetch-Site` or `Origin` in the handler.
    ///
    /// Whatever else the request does to the session before it is lost, and what an open view changes after it does not count.
    ///
    /// # Errors
    ///
    /// No middleware serves the struct's scope.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::{HttpRequest, Responder, web};
    /// use session_actix::{SessionData, SessionError, SessionExt};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(username))]
    /// struct Visitor {
    ///     username: Option<String>,
    /// }
    ///
    /// async fn logout(request: HttpRequest) -> Result<impl Responder, SessionError> {
    ///     request.purge_session::<Visitor>()?;
    ///     Ok(web::Redirect::to("/").see_other())
    /// }
    /// ```
    fn purge_session<T: SessionData>(&self) -> Result<(), SessionError> {
        let slot = open_slot::<T, Self>(self)?;
        slot.with(Transaction::purge);
        Ok(())
    }
}

/// The slot that serves the struct, with the session looked for in the request's cookies.
fn open_slot<T: SessionData, R: sealed::Request + ?Sized>(request: &R) -> Result<Rc<Slot>, SessionError> {
    let slot = request.with_extensions(|extensions| Slots::find(extensions, T::SCOPE));
    let slot = slot.ok_or_else(|| SessionError::no_middleware(T::SCOPE, std::any::type_name::<T>()))?;
    slot.open(request.request_head());
    Ok(slot)
}

impl<R: sealed::Request> SessionExt for R {}

mod sealed {
    use super::{Extensions, RequestHead};

    #[allow(unnameable_types, reason = "sealed: actix-web has no other kinds of request")]
    pub trait Request {
        fn request_head(&self) -> &RequestHead;
        fn with_extensions<R>(&self, look: impl FnOnce(&Extensions) -> R) -> R;
    }
}

impl sealed::Request for HttpRequest {
    fn request_head(&self) -> &RequestHead {
        self.head()
    }

    fn with_extensions<R>(&self, look: impl FnOnce(&Extensions) -> R) -> R {
        look(&self.extensions())
    }
}

impl sealed::Request for ServiceRequest {
    fn request_head(&self) -> &RequestHead {
        self.head()
    }

    fn with_extensions<R>(&self, look: impl FnOnce(&Extensions) -> R) -> R {
        look(&self.extensions())
    }
}

impl<B> sealed::Request for ServiceResponse<B> {
    fn request_head(&self) -> &RequestHead {
        self.request().head()
    }

    fn with_extensions<R>(&self, look: impl FnOnce(&Extensions) -> R) -> R {
        look(&self.request().extensions())
    }
}

impl sealed::Request for GuardContext<'_> {
    fn request_head(&self) -> &RequestHead {
        self.head()
    }

    fn with_extensions<R>(&self, look: impl FnOnce(&Extensions) -> R) -> R {
        look(&self.req_data())
    }
}

/// Waits for a session to be loaded. One that is kept in a cookie is there at once.
#[must_use = "futures do nothing unless awaited"]
pub struct SessionFuture<T: SessionData> {
    /// `None` once it is over.
    wait: Option<Result<Wait, SessionError>>,
    data: PhantomData<fn() -> T>,
}

impl<T: SessionData> Future for SessionFuture<T> {
    type Output = Result<Session<T>, SessionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // As any future, it is not polled again after it was ready.
        let Some(wait) = self.wait.take() else { return Poll::Pending };
        let mut wait = wait?;
        if wait.slot().engine().is_stored() {
            match Pin::new(&mut wait).poll(context) {
                Poll::Pending => {
                    self.wait = Some(Ok(wait));
                    return Poll::Pending;
                }
                Poll::Ready(loaded) => loaded?,
            }
        }
        Poll::Ready(Session::new(Rc::clone(wait.slot())))
    }
}

impl<T: SessionData> fmt::Debug for SessionFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}
