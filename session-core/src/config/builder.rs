//! The builder: one setter for each decision.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Config, ConfigError, Refresh, Registered};
use crate::clock::Clock;
use crate::cookie::write::SameSite;
use crate::data::SessionData;
use crate::engine::Engine;
use crate::key::KeyRing;
use crate::store::{AnyStore, SessionStore};
use crate::token::Kind;

/// Collects the settings of a session middleware `M` and checks that they can work together.
///
/// # Examples
///
/// What an application usually sets:
///
/// ```
/// use std::time::Duration;
/// use session_core::{Builder, Engine, Key};
///
/// let engine: Engine = Builder::signed(Key::generate()).lifetime(Duration::from_secs(3600)).build()?;
/// # Ok::<(), session_core::ConfigError>(())
/// ```
///
/// Every decision, as it is where nothing is said:
///
/// ```
/// use std::time::Duration;
/// use session_core::{Builder, Engine, Key, Refresh, SameSite, SystemClock};
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
///
/// let said: Engine = Builder::signed(Key::generate())
///     .cookie_name("session")
///     .host_prefix(true)
///     .path("/")
///     .secure(true)
///     .http_only(true)
///     .same_site(SameSite::Lax)
///     .partitioned(false)
///     .max_cookie_bytes(4096)
///     .lifetime(31 * DAY)
///     .max_lifetime(400 * DAY)
///     .absolute_lifetime(Some(90 * DAY))
///     .permanent(false)
///     .refresh(Refresh::AfterTenth)
///     .scope("")
///     .commit_on_server_error(false)
///     .eager(false)
///     .store_timeout(Duration::from_secs(5))
///     .clock(SystemClock)
///     .build()?;
/// let unsaid: Engine = Builder::signed(Key::generate()).build()?;
/// assert_eq!(format!("{said:?}"), format!("{unsaid:?}"));
/// # Ok::<(), session_core::ConfigError>(())
/// ```
#[must_use = "nothing is configured until `build()` is called"]
pub struct Builder<M = Engine> {
    kind: Kind,
    pub(super) keys: KeyRing,
    store: Option<AnyStore>,
    pub(super) config: Config,
    middleware: PhantomData<fn() -> M>,
}

impl<M: From<Engine>> Builder<M> {
    /// Sessions in a cookie that its owner can read but not change.
    ///
    /// # Security
    ///
    /// The server keeps no list of such sessions: a copy of an old cookie opens the session until it expires, after a
    /// logout too, and of two requests that change the session at once the browser keeps what the last one sent.
    pub fn signed(keys: impl Into<KeyRing>) -> Self {
        Self::new(Kind::Signed, keys.into())
    }

    /// Sessions in a cookie that its owner can neither read nor change (AES-256-GCM-SIV, RFC 8452).
    ///
    /// # Security
    ///
    /// As with [`Builder::signed`], the server keeps no list of such sessions. The cookie's length still tells how much
    /// it holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::encrypted(Key::generate()).build()?;
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    #[cfg(feature = "encrypted")]
    pub fn encrypted(keys: impl Into<KeyRing>) -> Self {
        Self::new(Kind::Encrypted, keys.into())
    }

    /// Sessions that a store keeps; the cookie has no more than an id and a token.
    ///
    /// What requests change at the same time is merged field by field, counters are added up, and a session that ended stays
    /// ended. Sessions can be listed and ended by their owner. A struct may have secret fields.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::store::MemoryStore;
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build()?;
    /// assert!(engine.is_stored());
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn stored(store: impl SessionStore, keys: impl Into<KeyRing>) -> Self {
        Self { store: Some(AnyStore::new(store)), ..Self::new(Kind::Stored, keys.into()) }
    }

    pub(super) fn new(kind: Kind, keys: KeyRing) -> Self {
        Self { kind, keys, store: None, config: Config::default(), middleware: PhantomData }
    }

    /// The cookie's name, without the prefix of [`Builder::host_prefix`].
    ///
    /// # Default
    ///
    /// `session`, or `session-SCOPE` where there is a scope.
    pub fn cookie_name(self, name: impl Into<String>) -> Self {
        self.set(|config| config.cookie_name = Some(name.into()))
    }

    /// Whether the name begins with `__Host-`, with which browsers take the cookie from this very host alone.
    ///
    /// # Default
    ///
    /// `true`, and `false` after `.secure(false)`.
    pub fn host_prefix(self, prefix: bool) -> Self {
        self.set(|config| config.host_prefix = Some(prefix))
    }

    /// Sends the cookie to all hosts of a domain. Goes with `.host_prefix(false)`.
    ///
    /// # Security
    ///
    /// Every host of the domain can then read and replace the cookie.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// // One login for `www.example.org` and `shop.example.org`.
    /// let engine: Engine = Builder::signed(Key::generate()).host_prefix(false).domain("example.org").build()?;
    /// assert_eq!(engine.cookie_name(), "session");
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.set(|config| config.attributes.domain = Some(domain.into()))
    }

    /// Sends the cookie only to paths below this one. Goes with `.host_prefix(false)`.
    ///
    /// # Default
    ///
    /// `/`
    pub fn path(self, path: impl Into<String>) -> Self {
        self.set(|config| config.attributes.path = path.into())
    }

    /// Whether the cookie travels by https alone. Browsers make an exception for `localhost`, so that development
    /// rarely needs `false`.
    ///
    /// # Default
    ///
    /// `true`
    pub fn secure(self, secure: bool) -> Self {
        self.set(|config| config.attributes.secure = secure)
    }

    /// Whether scripts of the page cannot see the cookie.
    ///
    /// # Default
    ///
    /// `true`
    pub fn http_only(self, http_only: bool) -> Self {
        self.set(|config| config.attributes.http_only = http_only)
    }

    /// Whether the cookie comes along when another site leads to ours.
    ///
    /// # Default
    ///
    /// [`SameSite::Lax`]
    pub fn same_site(self, same_site: SameSite) -> Self {
        self.set(|config| config.attributes.same_site = Some(same_site))
    }

    /// Whether the cookie is kept apart for each site that embeds ours (CHIPS).
    ///
    /// # Default
    ///
    /// `false`
    pub fn partitioned(self, partitioned: bool) -> Self {
        self.set(|config| config.attributes.partitioned = partitioned)
    }

    /// How long a session lives after it was last written or refreshed, whatever the browser does. Whole seconds. One that is shorter than before
    /// goes for cookies from before, too, and for a session in a store from its next write on.
    ///
    /// # Default
    ///
    /// 31 days
    pub fn lifetime(self, lifetime: Duration) -> Self {
        self.set(|config| config.lifetime = lifetime)
    }

    /// The longest lifetime that a session may give itself. No cookie that is older than this is read, those of stored sessions included.
    ///
    /// # Default
    ///
    /// 400 days, the longest that browsers keep a cookie
    pub fn max_lifetime(self, lifetime: Duration) -> Self {
        self.set(|config| config.max_lifetime = Some(lifetime))
    }

    /// How long a session lives after it began, or after its user last logged in, however active it is; `None` for no limit.
    ///
    /// Who is logged in already and logs in again goes on with the time that there is, unless `purge()` began a new session before it.
    ///
    /// # Default
    ///
    /// 90 days
    pub fn absolute_lifetime(self, lifetime: Option<Duration>) -> Self {
        self.set(|config| config.absolute_lifetime = lifetime)
    }

    /// Whether new sessions outlive the browser window ("remember me") until they say otherwise.
    ///
    /// # Default
    ///
    /// `false`
    pub fn permanent(self, permanent: bool) -> Self {
        self.set(|config| config.permanent = permanent)
    }

    /// When a session that was only read is written anew.
    ///
    /// # Default
    ///
    /// [`Refresh::AfterTenth`]
    pub fn refresh(self, refresh: Refresh) -> Self {
        self.set(|config| config.refresh = refresh)
    }

    /// Which of several independent sessions of one application this is. Structs name theirs with
    /// `#[session(scope = "..")]`.
    ///
    /// # Default
    ///
    /// The empty scope
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.set(|config| config.scope = scope.into())
    }

    /// Registers a struct, so that its rules also hold for keys that are written by name.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(username))]
    /// struct Visitor {
    ///     username: Option<String>,
    /// }
    ///
    /// // `Dynamic::insert("username", ..)` renews the session, as `set_username` does.
    /// let engine: Engine = Builder::signed(Key::generate()).data::<Visitor>().build()?;
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn data<T: SessionData>(self) -> Self {
        self.set(|config| {
            config.registered.push(Registered { name: std::any::type_name::<T>(), scope: T::SCOPE, fields: T::FIELDS });
        })
    }

    /// Most bytes of the cookie's name and value; a larger one is a 500 and not sent.
    ///
    /// # Default
    ///
    /// 4096, the most that browsers keep
    pub fn max_cookie_bytes(self, bytes: usize) -> Self {
        self.set(|config| config.max_cookie_bytes = bytes)
    }

    /// Whether a response with a status of 500 or more saves all changes. Otherwise it saves only that the session
    /// ended or lost a privilege.
    ///
    /// # Default
    ///
    /// `false`
    pub fn commit_on_server_error(self, commit: bool) -> Self {
        self.set(|config| config.commit_on_server_error = commit)
    }

    /// Whether the session is loaded before the request is routed, so that guards can look at it without waiting.
    /// A session in a cookie needs no loading, and is looked for only when somebody asks, whatever is set here; except
    /// that one which Flask shares is then refreshed by every response, as in Flask.
    ///
    /// # Default
    ///
    /// `false`
    pub fn eager(self, eager: bool) -> Self {
        self.set(|config| config.eager = eager)
    }

    /// How long a store may take to answer, before the request is answered with 503. A session in a cookie waits for
    /// nothing.
    ///
    /// # Default
    ///
    /// 5 seconds
    pub fn store_timeout(self, timeout: Duration) -> Self {
        self.set(|config| config.store_timeout = timeout)
    }

    /// Where the time comes from.
    ///
    /// # Default
    ///
    /// The system's clock
    pub fn clock(self, clock: impl Clock) -> Self {
        self.set(|config| config.clock = Arc::new(clock))
    }

    /// Checks the settings and makes the middleware.
    ///
    /// # Errors
    ///
    /// Settings that cannot work, each with what to change.
    #[cfg_attr(not(feature = "flask"), allow(unused_mut, reason = "Werkzeug rewrites some"))]
    pub fn build(mut self) -> Result<M, ConfigError> {
        #[cfg(feature = "flask")]
        if self.kind.is_flask() {
            self.config.follow_werkzeug();
        }
        self.config.check(self.kind, &self.keys)?;
        Ok(Engine::new(self.kind, &self.keys, self.store, self.config).into())
    }

    pub(super) fn set(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }
}

impl<M> fmt::Debug for Builder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("keys", &self.keys).field("config", &self.config).finish_non_exhaustive()
    }
}
