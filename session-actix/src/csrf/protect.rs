//! The guard.

use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};

use super::{CsrfError, origin, sent};
use crate::error::SessionError;
use crate::guard::{First, Guard, Guarded};
use crate::slot::{Slots, Wait};

/// Middleware that lets in a POST, PUT, PATCH, DELETE or any other method that may change something only where it comes from the
/// application's own pages: the browser must not say that it comes from another origin, and it must bring a
/// [`token`](super::token) of its session, as the form's field `csrf_token` or the header `X-CSRF-Token`. Otherwise the
/// answer is 403.
///
/// It goes inside of the session middleware, which in actix-web is before it in the chain of `.wrap(..)` calls. Requests that only read (GET, HEAD,
/// OPTIONS, TRACE) pass through untouched.
///
/// A token in a multipart form is not looked for: send it as a header, or take the route out and call
/// [`check`](super::check) in the handler.
///
/// A form is read up to the `PayloadConfig` of the `App` (256 KiB by default), whatever a `FormConfig` or a scope's own says; a larger one
/// is answered with 413, and so is a compressed one that was sent in more than 256 KiB. Send the token as a header there.
///
/// # Security
///
/// A GET must not change anything: it is not guarded, and neither are websockets, which begin with one.
///
/// # Examples
///
/// ```
/// use actix_web::App;
/// use session_actix::csrf::CsrfProtect;
/// use session_actix::{Key, SessionMiddleware};
///
/// let sessions = SessionMiddleware::signed(Key::generate()).build()?;
/// let guard = CsrfProtect::new()
///     .trust_origin("https://admin.example.org")
///     .exempt(|request| request.path().starts_with("/webhooks/")); // they are signed by their sender
/// let app = App::new().wrap(guard).wrap(sessions);
/// # Ok::<(), session_actix::ConfigError>(())
/// ```
#[derive(Clone)]
#[must_use = "wrap it around the application, inside of the sessions"]
pub struct CsrfProtect(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    scope: String,
    trusted: Vec<String>,
    exempt: Arc<dyn Fn(&ServiceRequest) -> bool + Send + Sync>,
}

impl CsrfProtect {
    /// A guard that trusts no other origin and guards every route inside of it.
    pub fn new() -> Self {
        Self(Arc::new(Settings { scope: String::new(), trusted: Vec::new(), exempt: Arc::new(|_| false) }))
    }

    /// The session that tokens belong to, where the application has more than one: the
    /// [`scope`](session_core::Builder::scope) of its middleware.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::{App, web};
    /// use session_actix::csrf::CsrfProtect;
    /// use session_actix::{Key, SessionMiddleware};
    ///
    /// let admins = SessionMiddleware::signed(Key::generate()).scope("admin").build()?;
    /// let app = App::new()
    ///     .service(web::scope("/admin").wrap(CsrfProtect::new().scope("admin")))
    ///     .wrap(admins);
    /// # Ok::<(), session_actix::ConfigError>(())
    /// ```
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).scope = scope.into();
        self
    }

    /// Lets forms of another origin of yours in, such as `https://admin.example.org`: scheme, host, and port where it is not
    /// the scheme's own. They need a token all the same.
    pub fn trust_origin(mut self, origin: impl Into<String>) -> Self {
        let mut origin = origin.into();
        // Copied from an address, it ends with a slash, which an origin has not (RFC 6454, section 6.2).
        origin.truncate(origin.trim_end_matches('/').len());
        Arc::make_mut(&mut self.0).trusted.push(origin);
        self
    }

    /// Takes requests out that are known by other means: signed webhooks, an API whose clients send no cookie, multipart forms
    /// whose handler calls [`check`](super::check). A second call replaces the first.
    pub fn exempt(mut self, is_exempt: impl Fn(&ServiceRequest) -> bool + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.0).exempt = Arc::new(is_exempt);
        self
    }
}

impl Default for CsrfProtect {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CsrfProtect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsrfProtect")
            .field("scope", &self.0.scope)
            .field("trusted", &self.0.trusted)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Whether a request may be one of another site's.
    fn concerns(&self, request: &ServiceRequest) -> bool {
        // RFC 9110, section 9.2.1.
        !request.method().is_safe() && !(self.exempt)(request)
    }

    /// `Err` where it is one, the session cannot be asked, or the body cannot be read.
    async fn check(&self, request: &mut ServiceRequest) -> Result<(), Error> {
        if !origin::is_own(request.head(), &self.trusted) {
            return Err(CsrfError::cross_site().into());
        }
        let slot = Slots::find(&request.extensions(), &self.scope);
        let slot = slot.ok_or_else(|| SessionError::no_middleware_around(&self.scope))?;
        slot.open(request.head());
        Wait::new(Rc::clone(&slot)).await.map_err(SessionError::from)?;
        let token = sent::token(request).await?;
        let matches = slot.look(|transaction| transaction.csrf_matches(&token)).unwrap_or_default();
        if matches { Ok(()) } else { Err(CsrfError::of_token(&token).into()) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for CsrfProtect
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let (asked, checked) = (Arc::clone(&self.0), Arc::clone(&self.0));
        let guard = Guard {
            first: Box::new(move |request| if asked.concerns(request) { First::Wait } else { First::Pass }),
            check: Box::new(move |request| {
                let settings = Arc::clone(&checked);
                Box::pin(async move { settings.check(request).await })
            }),
        };
        ready(Ok(Guarded::new(service, guard)))
    }
}
