//! How long a session lives. All times are in whole seconds; sums that would overflow saturate.

use std::time::Duration;

use crate::config::{Config, Refresh};
use crate::error::Error;
use crate::payload::Payload;
use crate::reserved;

/// The limits that the configuration sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Seconds after the last write, where a session does not say otherwise.
    idle: u64,
    /// The most that a session may say.
    longest: u64,
    /// Seconds after the session was created.
    absolute: Option<u64>,
    refresh: Refresh,
    /// Seconds by which cookies are dated back.
    backdate: u64,
}

impl Lifetimes {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            idle: config.lifetime.as_secs(),
            longest: config.longest_lifetime().as_secs(),
            absolute: config.absolute_lifetime.map(|lifetime| lifetime.as_secs()),
            refresh: config.refresh,
            backdate: config.backdate,
        }
    }

    /// Whether no session of this age can be alive, so that it need not be decoded.
    pub(crate) fn is_surely_over(&self, issued: u64, now: u64) -> bool {
        now.saturating_sub(issued) > self.longest
    }

    /// Whether the session ended. At exactly its lifetime it is still alive, as in itsdangerous.
    pub(crate) fn is_over(&self, session: &Payload, issued: u64, now: u64) -> bool {
        let idle = now.saturating_sub(issued) > self.of(session);
        let absolute = self.absolute.is_some_and(|limit| now.saturating_sub(created(session, issued)) > limit);
        idle || absolute
    }

    /// Seconds until the session ends by itself.
    pub(crate) fn remaining(&self, session: &Payload, issued: u64, now: u64) -> u64 {
        let idle_end = issued.saturating_add(self.of(session));
        let absolute_end = self.absolute.map(|limit| created(session, issued).saturating_add(limit));
        absolute_end.map_or(idle_end, |end| end.min(idle_end)).saturating_sub(now)
    }

    /// Whether a session that was only looked at should be written anew.
    pub(crate) fn refresh_is_due(&self, session: &Payload, issued: u64, now: u64) -> bool {
        let age = now.saturating_sub(issued);
        let lifetime = self.of(session);
        let due = match self.refresh {
            Refresh::AfterTenth => age >= (lifetime / 10).max(1),
            Refresh::EveryResponse => true,
            Refresh::OnChange => false,
            // A session with a shorter lifetime of its own must not end before its first refresh.
            Refresh::After(after) if after.as_secs() < lifetime => age >= after.as_secs(),
            Refresh::After(_) => age >= lifetime / 2,
        };
        // In its last second a cookie would be told to go at once.
        due && self.remaining(session, now, now) > 0
    }

    /// A session's idle lifetime in seconds.
    pub(crate) fn of(&self, session: &Payload) -> u64 {
        self.of_setting(session.get(reserved::LIFETIME))
    }

    /// As [`Lifetimes::of`], from the value that the session has under its reserved key.
    pub(crate) fn of_setting(&self, seconds: Option<&str>) -> u64 {
        seconds.and_then(|json| json.parse().ok()).unwrap_or(self.idle).min(self.longest)
    }

    /// The seconds of a lifetime that a session may have.
    pub(crate) fn check(&self, asked: Duration) -> Result<u64, Error> {
        match asked.as_secs() {
            // A cookie that is dated back must not end before it begins.
            seconds if seconds > self.backdate && seconds <= self.longest => Ok(seconds),
            _ => Err(Error::lifetime(asked, self.backdate.saturating_add(1), self.longest)),
        }
    }
}

/// Writes down when the session began.
pub(crate) fn set_created(session: &mut Payload, created: u64) {
    if session.get(reserved::CREATED).and_then(|json| json.parse().ok()) != Some(created) {
        session.set_number(reserved::CREATED, created);
    }
}

/// When the session began. One from before this was recorded began when it was last written.
pub(crate) fn created(session: &Payload, issued: u64) -> u64 {
    session.get(reserved::CREATED).and_then(|json| json.parse().ok()).unwrap_or(issued)
}
