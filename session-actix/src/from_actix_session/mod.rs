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

mod old_session;
mod take_over;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::http::header::HeaderValue;
pub use old_session::OldSession;
use session_core::SessionData;
pub use take_over::TakeOver;

use self::old_session::Deadlines;
use crate::boxed::Boxed;
use crate::session::Session;

/// The name of actix-session's cookie, where the application gave it no other.
const DEFAULT_NAME: &str = "id";

type Loader = Arc<dyn Fn(String) -> Boxed<'static, Option<HashMap<String, String>>> + Send + Sync>;

/// What an application told actix-session: its key, and how its cookie was made.
#[derive(Clone)]
pub struct OldSessions {
    key: Key,
    private: bool,
    name: String,
    path: String,
    domain: Option<String>,
    deadlines: Deadlines,
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
        let deadlines = Deadlines::default();
        Self { key, private: true, name: DEFAULT_NAME.into(), path: "/".into(), domain: None, deadlines, load: None }
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

    /// The cookie's path, where it was not `/`.
    ///
    /// # Security
    ///
    /// A browser lets a cookie go only by its path and domain. One that stays undoes a logout: its session is taken over once more.
    /// A log line (`session.takeover.returned`) tells where it does.
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

    /// The cookie's domain, where it had one.
    ///
    /// # Security
    ///
    /// As with [`path`](Self::path): with a wrong one the old cookie stays, and undoes a logout.
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

    /// The `login_deadline` of actix-identity, where the application had one: who logged in longer ago is not taken over.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_web::cookie::Key;
    /// use session_actix::from_actix_session::OldSessions;
    ///
    /// let day = Duration::from_secs(86_400);
    /// let old = OldSessions::private(Key::generate()).login_deadline(30 * day).visit_deadline(7 * day);
    /// ```
    #[must_use]
    pub fn login_deadline(mut self, deadline: Duration) -> Self {
        self.deadlines.login = Some(deadline);
        self
    }

    /// The `visit_deadline` of actix-identity, where the application had one: who came last longer ago is not taken over.
    #[must_use]
    pub fn visit_deadline(mut self, deadline: Duration) -> Self {
        self.deadlines.visit = Some(deadline);
        self
    }

    /// Sessions that were kept in Redis or another store: how to load the state that belongs to the key in the cookie. `None` where there is no
    /// such session or the store does not answer: the old cookie stays then, and the next request tries again.
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

    /// The middleware, which goes inside of the session middleware. `copy` is called once for each old session (or, where
    /// requests bring it at once, for each of those), with the session of the visitor: a new one, or one in which nobody logged in yet. Who logged in
    /// here since keeps what they have.
    ///
    /// The old cookie goes with the response that saves the copy, and stays where that cannot be saved. A session into which an old one was copied
    /// says when, under the key `_taken_over`.
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
        TakeOver::new(self, copy)
    }

    /// What the cookie holds, where it is genuine.
    fn verify(&self, cookie: Cookie<'static>) -> Option<String> {
        let mut jar = CookieJar::new();
        jar.add_original(cookie);
        let verified =
            if self.private { jar.private(&self.key).get(&self.name) } else { jar.signed(&self.key).get(&self.name) };
        Some(verified?.value().to_owned())
    }

    /// The old session that a genuine cookie holds or leads to.
    async fn read(&self, state: String) -> Option<OldSession> {
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
