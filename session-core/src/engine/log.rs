//! Lines that any client can cause, each at most once in some seconds.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Engine;
use crate::measure::{self, REJECTS};
use crate::token::Rejection;

/// Seconds between two log lines that any client can cause at will.
pub(super) const LOG_INTERVAL: u64 = 10;

/// When each line was last logged, in seconds since 1970.
#[derive(Default)]
pub(super) struct Logged {
    /// A bad signature.
    pub(super) rejection: AtomicU64,
    /// A signed cookie without a session.
    pub(super) unreadable: AtomicU64,
    /// A cookie that a browser will not keep.
    pub(super) plain_http: AtomicU64,
    /// Two sessions in one request.
    pub(super) ambiguity: AtomicU64,
}

impl Engine {
    /// Says that a browser will not keep the cookie of this response, where that is so: it came to this host over plain http. Only
    /// the browser's own machine counts as secure without TLS.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// engine.warn_of_plain_http("localhost:8080"); // says nothing
    /// engine.warn_of_plain_http("192.168.0.7:8080"); // logs a warning
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn warn_of_plain_http(&self, host: &str) {
        let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
        let name = name.trim_matches(['[', ']']);
        let is_local = name == "localhost" || name.ends_with(".localhost") || name.starts_with("127.") || name == "::1";
        if self.0.config.attributes.secure && !is_local && may_log(&self.0.logged.plain_http, self.now()) {
            tracing::warn!(
                name: "session.cookie.plain_http",
                cookie = self.cookie_name(),
                host,
                "a session cookie that is `Secure` was sent over plain http, where browsers do not keep it: use https, or \
                 http://localhost, or `.secure(false)` in a network that you trust. Behind a proxy with TLS, let it set \
                 `X-Forwarded-Proto`"
            );
        }
    }

    /// Whether the last line about two sessions is long enough ago for another one.
    pub(crate) fn would_log_ambiguity(&self, now: u64) -> bool {
        is_due(&self.0.logged.ambiguity, now)
    }

    pub(crate) fn log_ambiguity(&self, now: u64) {
        if may_log(&self.0.logged.ambiguity, now) {
            tracing::warn!(name: "session.cookie.ambiguous",
                cookie = self.cookie_name(),
                "a request brought two different sessions; the first one is used. Was the cookie's domain or path \
                 changed? Further ones within {LOG_INTERVAL} seconds are not logged"
            );
        }
    }

    pub(super) fn log_unreadable(&self, reason: &dyn fmt::Debug, now: u64) {
        if may_log(&self.0.logged.unreadable, now) {
            tracing::warn!(name: "session.cookie.unreadable",
                ?reason,
                cookie = self.cookie_name(),
                "a session cookie was signed by us but holds no session; the visitor counts as new. Further ones within \
                 {LOG_INTERVAL} seconds are not logged"
            );
        }
    }

    pub(super) fn log_rejection(&self, rejection: Rejection, now: u64) {
        measure::count_by(REJECTS, "reason", rejection.name());
        if rejection == Rejection::Payload {
            self.log_unreadable(&rejection, now);
        } else if may_log(&self.0.logged.rejection, now) {
            tracing::warn!(name: "session.cookie.rejected",
                reason = ?rejection,
                cookie = self.cookie_name(),
                "a session cookie was not made with any of our keys; the visitor counts as new. Was the key changed, or is one \
                 generated at each start, or in each worker? Further ones within \
                 {LOG_INTERVAL} seconds are not logged"
            );
        }
    }
}

/// Whether the last line of its kind is long enough ago. Two threads that race here write one line too many.
pub(super) fn may_log(last: &AtomicU64, now: u64) -> bool {
    let due = is_due(last, now);
    if due {
        last.store(now, Ordering::Relaxed);
    }
    due
}

fn is_due(last: &AtomicU64, now: u64) -> bool {
    now.abs_diff(last.load(Ordering::Relaxed)) >= LOG_INTERVAL
}
