//! What looks at a request before its handler does, and lets it in or answers it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};
use pin_project_lite::pin_project;

use crate::boxed::Boxed;

type Check = dyn for<'r> Fn(&'r mut ServiceRequest) -> Boxed<'r, Result<(), Error>>;

/// What the middleware asks.
pub(crate) struct Guard {
    pub(crate) first: Box<dyn Fn(&ServiceRequest) -> First>,
    /// Where the first look was not enough. `Err` is the answer in place of the handler's.
    pub(crate) check: Box<Check>,
}

/// What is known without waiting.
pub(crate) enum First {
    Pass,
    Refuse(Error),
    Wait,
}

/// A service behind one of [`login_required`](crate::login_required), [`CsrfProtect`](crate::csrf::CsrfProtect) and the like.
///
/// # Examples
///
/// ```
/// use session_actix::Guarded;
///
/// /// Of a middleware of the application's own, which puts one of them before what it does itself.
/// struct Counting<S> {
///     service: Guarded<S>,
///     requests: u64,
/// }
/// ```
pub struct Guarded<S> {
    service: Rc<S>,
    guard: Rc<Guard>,
}

impl<S> Guarded<S> {
    pub(crate) fn new(service: S, guard: Guard) -> Self {
        Self { service: Rc::new(service), guard: Rc::new(guard) }
    }
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = GuardedFuture<S::Future, Self::Response>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let step = match (self.guard.first)(&request) {
            First::Pass => Step::Passing { response: self.service.call(request) },
            First::Refuse(error) => Step::Refusing { response: Some(refuse(request, error)) },
            First::Wait => {
                let (service, guard) = (Rc::clone(&self.service), Rc::clone(&self.guard));
                let response = Box::pin(async move {
                    match (guard.check)(&mut request).await {
                        Ok(()) => service.call(request).await.map(ServiceResponse::map_into_left_body),
                        Err(error) => Ok(refuse(request, error)),
                    }
                });
                Step::Checking { response }
            }
        };
        GuardedFuture { step }
    }
}

/// A response that says its error to middleware around it, such as a log.
fn refuse<B>(request: ServiceRequest, error: Error) -> ServiceResponse<EitherBody<B>> {
    request.error_response(error).map_into_right_body()
}

impl<S> fmt::Debug for Guarded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for the response, or first for what the guard looks at.
    #[must_use = "futures do nothing unless awaited"]
    pub struct GuardedFuture<F, R> {
        #[pin]
        step: Step<F, R>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<F, R> {
        Passing { #[pin] response: F },
        Refusing { response: Option<R> },
        Checking { response: Boxed<'static, Result<R, Error>> },
    }
}

impl<F, B> Future for GuardedFuture<F, ServiceResponse<EitherBody<B>>>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().step.project() {
            StepProjection::Passing { response } => {
                response.poll(context).map(|response| response.map(ServiceResponse::map_into_left_body))
            }
            // As any future, it is not polled again after it was ready.
            StepProjection::Refusing { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            StepProjection::Checking { response } => response.as_mut().poll(context),
        }
    }
}

impl<F, R> fmt::Debug for GuardedFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFuture").finish_non_exhaustive()
    }
}
