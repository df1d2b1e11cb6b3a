//! What an application decides about its sessions: plain data, checked once, before anything is served.

mod builder;
mod check;
#[cfg(feature = "flask")]
pub(crate) mod flask;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use builder::Builder;
pub use check::ConfigError;

use self::check::has_prefix;

use crate::clock::{Clock, SystemClock};
use crate::cookie::write::{Attributes, SameSite};
use crate::data::Field;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Idle lifetime by default, as Flask's `PERMANENT_SESSION_LIFETIME`.
pub(crate) const DEFAULT_LIFETIME: Duration = DAY.saturating_mul(31);

/// Absolute lifetime by default.
pub(crate) const DEFAULT_ABSOLUTE_LIFETIME: Duration = DAY.saturating_mul(90);

/// How long a store may take to answer by default.
pub(crate) const DEFAULT_STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest that browsers keep a cookie (RFC 6265bis section 5.5).
pub(crate) const LONGEST_LIFETIME: Duration = DAY.saturating_mul(400);

/// Most bytes of a cookie's name and value that browsers keep (RFC 6265bis section 5.7).
pub(crate) const MAX_COOKIE_BYTES: usize = 4096;

/// When a session that was looked at but not changed is written anew, which starts its idle lifetime again.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use session_core::{Builder, Engine, Key, Refresh};
///
/// let builder = Builder::<Engine>::signed(Key::generate()).refresh(Refresh::After(Duration::from_secs(60)));
/// assert!(builder.build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refresh {
    /// Once a tenth of its lifetime has passed. The default: few responses carry a cookie, and an active user
    /// loses at most a tenth of the lifetime.
    AfterTenth,
    /// With every response, as Flask's `SESSION_REFRESH_EACH_REQUEST`.
    EveryResponse,
    /// Never: only a change writes the session.
    OnChange,
    /// Once this much time has passed since it was last written.
    After(Duration),
}

/// The settings of one session middleware. [`Builder`] documents each.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is one decision")]
pub(crate) struct Config {
    pub(crate) scope: String,
    pub(crate) cookie_name: Option<String>,
    /// `None`: as the other settings allow, where the kind of session has it.
    pub(crate) host_prefix: Option<bool>,
    pub(crate) host_prefix_by_default: bool,
    pub(crate) attributes: Attributes,
    pub(crate) lifetime: Duration,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) absolute_lifetime: Option<Duration>,
    pub(crate) permanent: bool,
    pub(crate) refresh: Refresh,
    pub(crate) max_cookie_bytes: usize,
    pub(crate) commit_on_server_error: bool,
    pub(crate) eager: bool,
    pub(crate) store_timeout: Duration,
    /// Seconds by which cookies are dated back, for hosts whose clocks lag.
    pub(crate) backdate: u64,
    /// A secret of Flask's may be short or well known.
    #[cfg(feature = "flask")]
    pub(crate) weak_secret: bool,
    /// How Flask's session is signed.
    #[cfg(feature = "flask")]
    pub(crate) signing: flask::Signing,
    /// Setters that only Flask's sessions have and that were called.
    pub(crate) flask_setters: Vec<&'static str>,
    pub(crate) registered: Vec<Registered>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A struct that the application named to the builder.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) fields: &'static [Field],
}

impl Default for Config {
    fn default() -> Self {
        Self {
            scope: String::new(),
            cookie_name: None,
            host_prefix: None,
            host_prefix_by_default: true,
            attributes: Attributes {
                domain: None,
                path: "/".into(),
                secure: true,
                http_only: true,
                same_site: Some(SameSite::Lax),
                partitioned: false,
            },
            lifetime: DEFAULT_LIFETIME,
            max_lifetime: None,
            absolute_lifetime: Some(DEFAULT_ABSOLUTE_LIFETIME),
            permanent: false,
            refresh: Refresh::AfterTenth,
            max_cookie_bytes: MAX_COOKIE_BYTES,
            commit_on_server_error: false,
            eager: false,
            store_timeout: DEFAULT_STORE_TIMEOUT,
            backdate: 0,
            #[cfg(feature = "flask")]
            weak_secret: false,
            #[cfg(feature = "flask")]
            signing: flask::Signing::default(),
            flask_setters: Vec::new(),
            registered: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Config {
    /// The cookie's name as sent.
    pub(crate) fn full_cookie_name(&self) -> String {
        let name = match &self.cookie_name {
            Some(name) => name.clone(),
            None if self.scope.is_empty() => "session".into(),
            None => format!("session-{}", self.scope),
        };
        if self.has_host_prefix() && !has_prefix(&name, HOST_PREFIX) { format!("{HOST_PREFIX}{name}") } else { name }
    }

    /// Plain http cannot have the prefix, so it goes with `Secure` unless asked for by name.
    fn has_host_prefix(&self) -> bool {
        let by_name = self.cookie_name.as_ref().is_some_and(|name| has_prefix(name, HOST_PREFIX));
        by_name || self.host_prefix.unwrap_or(self.host_prefix_by_default && self.attributes.secure)
    }

    /// The longest lifetime that a session may have, its own setting included.
    pub(crate) fn longest_lifetime(&self) -> Duration {
        self.max_lifetime.unwrap_or(LONGEST_LIFETIME)
    }
}

/// A browser takes a cookie of this name only with `Secure`, `Path=/` and no `Domain` (RFC 6265bis section 4.1.3.2).
const HOST_PREFIX: &str = "__Host-";

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("scope", &self.scope)
            .field("cookie_name", &self.full_cookie_name())
            .field("attributes", &self.attributes)
            .field("lifetime", &self.lifetime)
            .field("absolute_lifetime", &self.absolute_lifetime)
            .field("refresh", &self.refresh)
            .field("eager", &self.eager)
            .field("store_timeout", &self.store_timeout)
            .finish_non_exhaustive()
    }
}
