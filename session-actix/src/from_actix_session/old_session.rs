//! What actix-session kept of a visitor.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

/// Under which keys actix-identity keeps who is logged in, since when, and when they came last.
const IDENTITY: &str = "actix_identity.user_id";
const LOGGED_IN_AT: &str = "actix_identity.logged_in_at";
const LAST_VISITED_AT: &str = "actix_identity.last_visited_at";

/// When actix-identity logged a visitor out.
#[derive(Clone, Copy, Default)]
pub(super) struct Deadlines {
    pub(super) login: Option<Duration>,
    pub(super) visit: Option<Duration>,
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
pub struct OldSession(pub(super) HashMap<String, String>);

impl OldSession {
    /// A value, as `actix_session::Session::get` had it. `None` where there is none of this type.
    #[must_use]
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Option<V> {
        serde_json::from_str(self.0.get(key)?).ok()
    }

    /// Who was logged in by actix-identity, under its own key. Where the application chose another key, `get` it.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        self.get(IDENTITY)
    }

    /// Whether actix-identity would have logged the visitor out by now. As there, who is logged in without a time is too late.
    pub(super) fn is_over(&self, deadlines: &Deadlines, now: u64) -> bool {
        let is_past = |key, deadline: Option<Duration>| {
            let since = || self.get::<i64>(key).and_then(|since| u64::try_from(since).ok());
            deadline.is_some_and(|deadline| since().is_none_or(|since| now.saturating_sub(since) > deadline.as_secs()))
        };
        self.user_id().is_some()
            && (is_past(LOGGED_IN_AT, deadlines.login) || is_past(LAST_VISITED_AT, deadlines.visit))
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
