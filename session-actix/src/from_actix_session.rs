//! Takes over the live sessions of an application that used actix-session, so that the change logs nobody out.
//!
//! Old cookies are read and never written: a visitor who brings one gets a new session with what you copy, and the old cookie goes. When
//! the longest old session would have ended, take this out again.
//!
//! # Examples
//!
//! ```
//! use actix_web::{App, cookie::Key as OldKey};
//! use session_actix::from_actix_session::OldSessions;
//! use session_actix::{Key, Session, SessionData, SessionMiddleware};
//!
//! #[derive(SessionData)]
//! #[session(login(user_id, redirect = "/login"))]
//! struct Visitor {
//!     user_id: Option<String>,
//!     cart: Vec<u64>,
//! }
//!
//! let sessions = SessionMiddleware::signed(Key::generate()).build()?;
//! // As `actix_session::SessionMiddleware::new(CookieSessionStore::default(), key)` had it.
//! let old = OldSessions::private(OldKey::generate());
//! let take_over = old.take_over(|old, visitor: &mut Session<Visitor>| {
//!     if let Some(user) = old.user_id() {
//!         visitor.set_user_id(user); // of actix-identity
//!     }
//!     if let Some(cart) = old.get("cart") {
//!         visitor.set_cart(cart); // session.get::<Vec<u64>>("cart")
//!     }
//! });
//! let app = App::new().wrap(take_over).wrap(sessions);
//! # Ok::<(), session_actix::ConfigError>(())
//! ```

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::EitherBody;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::{Error, ResponseError as _};
use serde::de::DeserializeOwned;
use session_core::SessionData;

use crate::ext::SessionExt as _;
use crate::session::Session;

/// The name of actix-session's cookie, where the application gave it no other.
const DEFAULT_NAME: &str = "id";

/// Under which key actix-identity keeps who is logged in.
const IDENTITY: &str = "actix_identity.user_id";

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

type Loader = Arc<dyn Fn(String) -> Boxed<Option<HashMap<String, String>>> + Send + Sync>;

/// What an application told actix-session: its key, and how its cookie was made.
#[derive(Clone)]
pub struct OldSessions {
    key: Key,
    private: bool,
    name: String,
    path: String,
    domain: Option<String>,
    load: Option<Loader>,
}

impl OldSessions {
    /// Encrypted cookies, which is what actix-session makes unless it is told otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let old = OldSessions::private(Key::generate()); // the key that the application has today
    /// ```
    #[must_use]
    pub fn private(key: Key) -> Self {
        Self { key, private: true, name: DEFAULT_NAME.into(), path: "/".into(), domain: None, load: None }
    }

    /// Signed cookies: `CookieContentSecurity::Signed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let old = OldSessions::signed(Key::generate());
    /// ```
    #[must_use]
    pub fn signed(key: Key) -> Self {
        Self { private: false, ..Self::private(key) }
    }

    /// The cookie's name, where it was not `id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let old = OldSessions::private(Key::generate()).cookie_name("shop");
    /// ```
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The cookie's path, where it was not `/`: without it, browsers do not let it go.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let old = OldSessions::private(Key::generate()).path("/shop");
    /// ```
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The cookie's domain, where it had one: without it, browsers do not let it go.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let old = OldSessions::private(Key::generate()).domain("example.org");
    /// ```
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sessions that were kept in Redis or another store: how to load the state that belongs to the key in the cookie.
    ///
    /// # Examples
    ///
    /// With the store of actix-session itself, for as long as old sessions live:
    ///
    /// ```
    /// # use session_actix::from_actix_session::OldSessions;
    /// # use actix_web::cookie::Key;
    /// # trait Store { async fn load(&self, key: &str) -> Result<Option<std::collections::HashMap<String, String>>, ()>; }
    /// # fn example(store: impl Store + Clone + Send + Sync + 'static) {
    /// let old = OldSessions::private(Key::generate()).load_with(move |session_key| {
    ///     let store = store.clone();
    ///     async move { store.load(&session_key).await.ok().flatten() } // `&session_key.try_into().ok()?` there
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn load_with<F>(mut self, load: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<HashMap<String, String>>> + 'static,
    {
        self.load = Some(Arc::new(move |key| Box::pin(load(key))));
        self
    }

    /// The middleware, which goes inside of the session middleware. `copy` is called once for each old session, with the new one.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::cookie::Key;
    /// use session_actix::Session;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let take_over = OldSessions::private(Key::generate()).take_over(|old, new: &mut Session| {
    ///     if let Some(theme) = old.get::<String>("theme") {
    ///         let _ = new.insert("theme", theme);
    ///     }
    /// });
    /// ```
    pub fn take_over<T, F>(self, copy: F) -> TakeOver<T, F>
    where
        T: SessionData,
        F: Fn(&OldSession, &mut Session<T>) + 'static,
    {
        TakeOver { old: Arc::new(self), copy: Arc::new(copy), data: PhantomData }
    }

    /// The old session of a request, where its cookie is genuine.
    async fn read(&self, cookie: Cookie<'static>) -> Option<OldSession> {
        let mut jar = CookieJar::new();
        jar.add_original(cookie);
        let verified =
            if self.private { jar.private(&self.key).get(&self.name) } else { jar.signed(&self.key).get(&self.name) };
        let state = verified?.value().to_owned();
        match &self.load {
            Some(load) => load(state).await.map(OldSession),
            None => serde_json::from_str(&state).ok().map(OldSession),
        }
    }

    fn removal(&self) -> Option<HeaderValue> {
        // Browsers take such names with the attribute alone.
        let secure = self.name.starts_with("__");
        let mut cookie =
            Cookie::build(self.name.as_str(), "").path(self.path.as_str()).secure(secure).http_only(true).finish();
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.as_str());
        }
        cookie.make_removal();
        HeaderValue::try_from(cookie.to_string()).ok()
    }
}

/// Without the key.
impl fmt::Debug for OldSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OldSessions").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What an old session holds, to be copied.
///
/// # Examples
///
/// ```
/// use session_actix::Session;
/// use session_actix::from_actix_session::OldSession;
///
/// fn copy(old: &OldSession, new: &mut Session) {
///     if let Some(theme) = old.get::<String>("theme") {
///         let _ = new.insert("theme", theme);
///     }
///     println!("{:?} had {:?}", old.user_id(), old.keys().collect::<Vec<_>>());
/// }
/// ```
pub struct OldSession(HashMap<String, String>);

impl OldSession {
    /// A value, as `actix_session::Session::get` had it. `None` where there is none of this type.
    #[must_use]
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Option<V> {
        serde_json::from_str(self.0.get(key)?).ok()
    }

    /// Who was logged in by actix-identity.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        self.get(IDENTITY)
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Key names only.
impl fmt::Debug for OldSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OldSession").field(&self.keys().collect::<Vec<_>>()).finish()
    }
}

/// The middleware, made by [`OldSessions::take_over`].
///
/// # Examples
///
/// ```
/// use actix_web::cookie::Key;
/// use session_actix::from_actix_session::{OldSession, OldSessions, TakeOver};
/// use session_actix::{Dynamic, Session};
///
/// fn copy(old: &OldSession, new: &mut Session) {
///     let _ = new.insert("theme", old.get::<String>("theme"));
/// }
///
/// type Copy = fn(&OldSession, &mut Session);
/// let middleware: TakeOver<Dynamic, Copy> = OldSessions::signed(Key::generate()).take_over(copy as Copy);
/// ```
pub struct TakeOver<T, F> {
    old: Arc<OldSessions>,
    copy: Arc<F>,
    data: PhantomData<fn() -> T>,
}

impl<T, F> Clone for TakeOver<T, F> {
    fn clone(&self) -> Self {
        Self { old: Arc::clone(&self.old), copy: Arc::clone(&self.copy), data: PhantomData }
    }
}

impl<T, F> fmt::Debug for TakeOver<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TakeOver").field(&self.old).finish()
    }
}

impl<S, B, T, F> Transform<S, ServiceRequest> for TakeOver<T, F>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
    T: SessionData,
    F: Fn(&OldSession, &mut Session<T>) + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = TakeOverService<S, T, F>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TakeOverService { service: Rc::new(service), settings: self.clone() }))
    }
}

/// A service that takes old sessions over, made by [`TakeOver`].
pub struct TakeOverService<S, T, F> {
    service: Rc<S>,
    settings: TakeOver<T, F>,
}

impl<S, B, T, F> Service<ServiceRequest> for TakeOverService<S, T, F>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
    T: SessionData,
    F: Fn(&OldSession, &mut Session<T>) + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Boxed<Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let TakeOver { old, copy, .. } = self.settings.clone();
        let Some(cookie) = request.cookie(&old.name) else {
            let response = self.service.call(request);
            return Box::pin(async { response.await.map(ServiceResponse::map_into_left_body) });
        };
        let service = Rc::clone(&self.service);
        Box::pin(async move {
            let mut session = match request.session::<T>().await {
                Ok(session) => session,
                Err(error) => return Ok(request.into_response(error.error_response()).map_into_right_body()),
            };
            // Who has a session already was taken over before, and only the old cookie is left.
            let mut is_done = !session.is_new();
            if !is_done && let Some(found) = old.read(cookie).await {
                copy(&found, &mut session);
                is_done = true;
            }
            drop(session);
            let mut response = service.call(request).await?;
            // Where the new session was not saved, the old one is still needed.
            let removal = old.removal().filter(|_| is_done && !response.status().is_server_error());
            if let Some(removal) = removal {
                response.headers_mut().append(SET_COOKIE, removal);
            }
            Ok(response.map_into_left_body())
        })
    }
}

impl<S, T, F> fmt::Debug for TakeOverService<S, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeOverService").finish_non_exhaustive()
    }
}
