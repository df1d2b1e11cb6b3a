//! What `build()` makes of the settings and the keys.

mod log;
mod reading;
mod writing;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::log::Logged;
use crate::audit::{self, Finding};
use crate::change::Rules;
use crate::config::Config;
use crate::cookie::write::CookieTemplate;
use crate::data::{Field, SessionData};
use crate::error::Error;
use crate::key::KeyRing;
use crate::lifetime::Lifetimes;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::reserved;
use crate::store::{AnyStore, SessionId};
use crate::token::{Codec, Kind};
use crate::transaction;
use crate::view::{self, View};

/// The sessions of one middleware: its settings with the keys derived from them. Cheap to clone.
///
/// An adapter to a web framework gives it the `Cookie` headers of a request ([`Engine::open`]), hands out views of the
/// [`Transaction`](crate::Transaction) and asks that for a `Set-Cookie` header once the response's status is known.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Dynamic, Engine, Key, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let mut view = transaction.view::<Dynamic>()?;
/// view.insert("visits", 1)?;
/// transaction.record(View::changes(&view, &engine), View::epoch(&view));
/// let commit = transaction.commit(200);
/// assert!(commit.set_cookie.unwrap().starts_with("__Host-session="));
///
/// assert_eq!(engine.cookie_name(), "__Host-session");
/// assert!(engine.serves(engine.scope()) && engine.is_same(&engine.clone()) && engine.shares_cookie(&engine));
/// assert!(!engine.is_stored() && !engine.loads_eagerly());
/// assert_eq!(engine.store_timeout().as_secs(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    cookie: CookieTemplate,
    kind: Kind,
    codec: Codec,
    store: Option<AnyStore>,
    lifetimes: Lifetimes,
    registered: Vec<&'static Field>,
    logged: Logged,
}

/// What is known of the cookie that a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When it was signed, in seconds since 1970.
    pub(crate) issued: u64,
    /// Signed with a key that only verifies now.
    pub(crate) by_fallback: bool,
}

impl Engine {
    pub(crate) fn new(kind: Kind, keys: &KeyRing, store: Option<AnyStore>, config: Config) -> Self {
        let name = config.full_cookie_name();
        let codec = Codec::new(kind, keys, &config, &name);
        Self(Arc::new(Inner {
            cookie: CookieTemplate::new(name, &config.attributes),
            kind,
            codec,
            store,
            lifetimes: Lifetimes::new(&config),
            registered: config.registered.iter().flat_map(|data| data.fields).collect(),
            logged: Logged::default(),
            config,
        }))
    }

    /// The session in the text of one `Cookie` header, for tests and tools.
    ///
    /// # Errors
    ///
    /// The struct has a secret field, and sessions are only signed; or the store does not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { visits: 3 }).await?;
    /// assert_eq!(engine.read::<Visitor>(&cookie).await?.unwrap().visits, 3);
    /// assert!(engine.read::<Visitor>("__Host-session=nonsense").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read<T: SessionData>(&self, cookie: &str) -> Result<Option<T>, Error> {
        self.check_secrets(T::FIELDS)?;
        let mut transaction = self.open(std::iter::once(cookie.as_bytes()), false);
        if let Some(loading) = transaction.load() {
            transaction.loaded(loading.await?);
        }
        if transaction.is_new() {
            return Ok(None);
        }
        transaction.view().map(|view| Some(View::into_data(view)))
    }

    /// The `name=value` of a new session's cookie, as a `Cookie` header carries it, for tests and tools. A store keeps the
    /// session from then on.
    ///
    /// # Errors
    ///
    /// A field has no JSON, the cookie would be too large, or the struct has a secret field and sessions are only
    /// signed; or the store does not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// struct Visitor {
    ///     visits: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { visits: 3 }).await?;
    /// assert!(cookie.starts_with("__Host-session="));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn cookie_for<T: SessionData>(&self, data: &T) -> Result<String, Error> {
        self.check_secrets(T::FIELDS)?;
        // As a request would write it: without the fields that are at their defaults.
        let (changes, error) = view::compare(
            &view::encode(&T::empty(), self.notation()),
            &view::encode(data, self.notation()),
            &self.rules::<T>(),
        );
        error.map_or(Ok(()), Err)?;
        let Some(store) = &self.0.store else {
            let now = self.now();
            let mut payload = self.new_session(now);
            changes.apply(&mut payload);
            return self.write_value(&payload, self.issue_time(now));
        };
        transaction::create(self, store, &changes).await
    }

    /// The sessions of an owner, by the owner field as it is displayed.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody lists ([`Error::is_unsupported`]), or the store does not answer.
    pub async fn sessions_of(&self, owner: &str) -> Result<Vec<SessionId>, Error> {
        let store = self.0.store.as_ref().ok_or_else(|| Error::unsupported("listing the sessions of an owner"))?;
        store.list(owner).await.map_err(|error| transaction::unavailable(&error))
    }

    /// Ends all sessions of an owner ("log out everywhere"), and says how many.
    ///
    /// # Errors
    ///
    /// Sessions are kept in cookies, which nobody can end but their browser ([`Error::is_unsupported`]), or the store does
    /// not answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::store::MemoryStore;
    /// use session_core::{Builder, Engine, Key, SessionData};
    ///
    /// #[derive(SessionData)]
    /// #[session(login(username))]
    /// struct Visitor {
    ///     #[session(owner)]
    ///     username: Option<String>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build()?;
    /// let cookie = engine.cookie_for(&Visitor { username: Some("ada".into()) }).await?;
    /// assert_eq!(engine.sessions_of("ada").await?.len(), 1);
    /// assert_eq!(engine.revoke_owner("ada").await?, 1);
    /// assert!(engine.read::<Visitor>(&cookie).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_owner(&self, owner: &str) -> Result<usize, Error> {
        let store = self.0.store.as_ref().ok_or_else(|| Error::unsupported("ending the sessions of an owner"))?;
        store.revoke(owner).await.map_err(|error| transaction::unavailable(&error))
    }

    /// What the configuration leaves open of OWASP ASVS 5.0, chapters 3.3 and 7.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// for finding in engine.audit() {
    ///     println!("{finding}"); // `ASVS 5.0, 7.2.1: ..`
    /// }
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        let mut findings = audit::settings(&self.0.config, self.is_flask());
        findings.extend(if self.is_stored() { audit::store(&self.0.registered) } else { audit::cookie_backend() });
        findings
    }

    /// Whether this is the same middleware, and not another of the same cookie.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a browser keeps the cookies of both in one place, so that each undoes what the other one writes: they have the same name, domain
    /// and path.
    #[must_use]
    pub fn shares_cookie(&self, other: &Self) -> bool {
        let (own, others) = (&self.0.config.attributes, &other.0.config.attributes);
        let same_place = own.domain == others.domain && own.path == others.path;
        self.is_same(other) || (same_place && self.cookie_name() == other.cookie_name())
    }

    /// The cookie's name as sent.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.0.cookie.name()
    }

    /// Which of an application's independent sessions this serves.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.config.scope
    }

    /// Whether this serves a scope.
    #[must_use]
    pub fn serves(&self, scope: &str) -> bool {
        // Nearly always neither has a name. Not `==`: where both are empty, `memcmp` by AVX-512 masks a load from no valid address,
        // for which processors take 80 ns.
        let own = self.scope();
        own.len() == scope.len() && (own.is_empty() || own == scope)
    }

    /// Whether a session is looked for in every request: a stored one, so that nobody has to wait for it later; Flask's, so that
    /// a permanent one is refreshed by every response.
    #[must_use]
    pub fn loads_eagerly(&self) -> bool {
        (self.is_flask() || self.is_stored()) && self.0.config.eager
    }

    /// Refuses structs with secrets where the owner of the cookie could read them.
    pub(crate) fn check_secrets(&self, fields: &[Field]) -> Result<(), Error> {
        if self.0.kind.conceals() {
            return Ok(());
        }
        fields.iter().find(|field| field.is_secret()).map_or(Ok(()), |field| Err(Error::secret(field.key())))
    }

    /// Whether responses of a server error save all changes.
    pub(crate) fn commits_on_server_error(&self) -> bool {
        self.0.config.commit_on_server_error
    }

    /// How the values of sessions are written.
    pub(crate) fn notation(&self) -> Notation {
        self.0.kind.notation()
    }

    /// Whether a Flask application shares the sessions.
    pub(crate) fn is_flask(&self) -> bool {
        self.0.kind.is_flask()
    }

    /// The time by the clock of the configuration, in seconds since 1970.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key, ManualClock};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).clock(ManualClock::at(1_700_000_000)).build()?;
    /// assert_eq!(engine.now(), 1_700_000_000);
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.config.clock.now()
    }

    pub(crate) fn lifetimes(&self) -> &Lifetimes {
        &self.0.lifetimes
    }

    /// What is known of the fields of a struct.
    pub(crate) fn rules<T: SessionData>(&self) -> Rules<'_> {
        Rules { schema: T::FIELDS, registered: &self.0.registered, default: view::counter_default::<T> }
    }

    /// The payload of a session that begins now.
    pub(crate) fn new_session(&self, now: u64) -> Payload {
        let mut payload = Payload::with_room(self.notation());
        if self.records_creation() {
            payload.set_number(reserved::CREATED, now);
        }
        if self.0.config.permanent {
            payload.set(reserved::PERMANENT, "true");
        }
        payload
    }

    /// Whether sessions say when they began. In one that Flask shares, only where it matters.
    pub(crate) fn records_creation(&self) -> bool {
        !self.is_flask() || self.0.config.absolute_lifetime.is_some()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn codec(&self) -> &Codec {
        &self.0.codec
    }

    /// What structs that the application named say of their fields.
    pub(crate) fn registered(&self) -> &[&'static Field] {
        &self.0.registered
    }

    /// Whether a store keeps the sessions, so that they have to be waited for.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.0.store.is_some()
    }

    /// How long a store may take to answer.
    #[must_use]
    pub fn store_timeout(&self) -> Duration {
        self.0.config.store_timeout
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.0.config).finish()
    }
}

#[cfg(test)]
mod tests;
