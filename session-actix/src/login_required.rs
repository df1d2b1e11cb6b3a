//! The login guard for whole scopes.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use session_core::Login;

use crate::ext::SessionExt as _;
use crate::guard::{First, Guard, Guarded};
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
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
    T: Login,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let guard = Guard {
            first: Box::new(|request| match request.session_now::<T>() {
                Err(error) if error.is_not_loaded() => First::Wait,
                Err(error) => First::Refuse(error.into()),
                Ok(session) => check_login(&session, request.request())
                    .map_or_else(|error| First::Refuse(error.into()), |_| First::Pass),
            }),
            check: Box::new(|request| {
                Box::pin(async {
                    let session = request.session::<T>().await?;
                    check_login(&session, request.request())?;
                    Ok(())
                })
            }),
        };
        ready(Ok(Guarded::new(service, guard)))
    }
}
