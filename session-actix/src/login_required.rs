//! The login guard for whole scopes.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready as ready_or_return};

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, ResponseError as _};
use pin_project_lite::pin_project;
use session_core::Login;

use crate::ext::{SessionExt as _, SessionFuture};
use crate::logged_in::check_login;

/// Middleware for a scope whose every page needs a login, with the answers of [`LoggedIn`](crate::LoggedIn).
///
/// It goes inside of the session middleware.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use session_actix::{Key, SessionData, SessionMiddleware, login_required};
///
/// #[derive(SessionData)]
/// #[session(login(username, redirect = "/login"))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// let sessions = SessionMiddleware::signed(Key::generate()).build()?;
/// let app = App::new()
///     .service(web::scope("/admin").wrap(login_required::<Visitor>()))
///     .wrap(sessions);
/// # Ok::<(), session_actix::ConfigError>(())
/// ```
#[must_use = "wrap it around a scope"]
pub fn login_required<T: Login>() -> LoginRequired<T> {
    LoginRequired(PhantomData)
}

/// The middleware of [`login_required`], under a name that a function can return.
///
/// # Examples
///
/// ```
/// use session_actix::{LoginRequired, SessionData, login_required};
///
/// #[derive(SessionData)]
/// #[session(login(username, redirect = "/login"))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// fn guard() -> LoginRequired<Visitor> {
///     login_required()
/// }
/// ```
pub struct LoginRequired<T>(PhantomData<fn() -> T>);

impl<T> Clone for LoginRequired<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T> fmt::Debug for LoginRequired<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginRequired")
    }
}

impl<S, B, T> Transform<S, ServiceRequest> for LoginRequired<T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    T: Login,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = LoginRequiredService<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(LoginRequiredService { service: Rc::new(service), data: PhantomData }))
    }
}

/// A service behind a login, made by [`LoginRequired`].
pub struct LoginRequiredService<S, T> {
    service: Rc<S>,
    data: PhantomData<fn() -> T>,
}

impl<S, B, T> Service<ServiceRequest> for LoginRequiredService<S, T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    T: Login,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LoginRequiredFuture<S, S::Future, T>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let session = request.session();
        LoginRequiredFuture { step: Step::Loading { session, inner: Some((Rc::clone(&self.service), request)) } }
    }
}

impl<S, T> fmt::Debug for LoginRequiredService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequiredService").finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits for the session, and then for the response.
    #[must_use = "futures do nothing unless awaited"]
    pub struct LoginRequiredFuture<S, F, T: Login> {
        #[pin]
        step: Step<S, F, T>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<S, F, T: Login> {
        Loading { session: SessionFuture<T>, inner: Option<(Rc<S>, ServiceRequest)> },
        Calling { #[pin] response: F },
    }
}

impl<S, B, T> Future for LoginRequiredFuture<S, S::Future, T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    T: Login,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            match step.as_mut().project() {
                StepProjection::Loading { session, inner } => {
                    let session = ready_or_return!(Pin::new(session).poll(context));
                    // They are there until the step below replaces this one.
                    let Some((service, request)) = inner.take() else { return Poll::Pending };
                    let checked = session.and_then(|session| check_login(&session, request.request()));
                    if let Err(error) = checked {
                        let response = request.into_response(error.error_response());
                        return Poll::Ready(Ok(response.map_into_right_body()));
                    }
                    step.set(Step::Calling { response: service.call(request) });
                }
                StepProjection::Calling { response } => {
                    let response = ready_or_return!(response.poll(context));
                    return Poll::Ready(response.map(ServiceResponse::map_into_left_body));
                }
            }
        }
    }
}

impl<S, F, T: Login> fmt::Debug for LoginRequiredFuture<S, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequiredFuture").finish_non_exhaustive()
    }
}
