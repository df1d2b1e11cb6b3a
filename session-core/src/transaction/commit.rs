//! The end of a request's use of its session: what is saved, and with which cookie.

use std::fmt;

use super::Transaction;
use crate::change::{Changes, LoginChange};
use crate::error::Error;
use crate::lifetime;
use crate::measure::{self, COMMITS, REFRESHES};
use crate::payload::Payload;
use crate::reserved;

/// What a response must say of its session.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Commit, Engine, Key};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let commit: Commit = engine.open(std::iter::empty(), false).commit(200);
/// assert!(commit.set_cookie.is_none() && commit.error.is_none(), "nothing was changed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[allow(clippy::exhaustive_structs, reason = "a header and an error are all there is to say")]
pub struct Commit {
    /// The value of a `Set-Cookie` header.
    pub set_cookie: Option<String>,
    /// Why the session could not be saved. The response should be an error in place of what the handler answered, and
    /// carry the cookie above all the same: what ends a session or takes a privilege away is saved even then.
    pub error: Option<Error>,
}

/// Without the cookie, which opens the session.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("error", &self.error).finish_non_exhaustive()
    }
}

impl Transaction {
    /// Ends the request's use of the session: says which `Set-Cookie` header the response carries, if any.
    ///
    /// A status of 500 or more saves only that the session ended or lost a privilege, unless the configuration says
    /// otherwise.
    #[must_use = "the response must carry the cookie"]
    pub fn commit(&mut self, status: u16) -> Commit {
        if std::mem::replace(&mut self.closed, true) {
            return Commit::default();
        }
        let commit = self.commit_open(status);
        let was_ended = self.was_purged() && self.stamp.is_none();
        match &commit {
            Commit { error: Some(_), .. } => measure::count_by(COMMITS, "result", "failed"),
            Commit { set_cookie: Some(_), .. } if was_ended => measure::count_by(COMMITS, "result", "ended"),
            Commit { set_cookie: Some(_), .. } => measure::count_by(COMMITS, "result", "saved"),
            Commit { set_cookie: None, .. } => {}
        }
        commit
    }

    fn commit_open(&mut self, status: u16) -> Commit {
        let mut log = std::mem::take(&mut self.log);
        let mut error = self.failure.take();
        if error.is_none() && (status < 500 || self.engine.commits_on_server_error()) {
            log.part_users(&self.base);
            self.renew_csrf(&mut log, self.renew);
            match self.save(&log) {
                Ok(set_cookie) => return Commit { set_cookie, error: None },
                Err(too_large) => error = Some(too_large),
            }
        }
        log.keep_lost_privileges_and_say_so(error.is_some());
        self.renew_csrf(&mut log, false);
        let set_cookie = if log.is_empty() {
            self.removal()
        } else {
            self.save(&log).unwrap_or_else(|error| {
                tracing::error!(name: "session.commit.ended", %error, "a session that lost a privilege cannot be saved, so it is ended");
                Some(self.engine.removal_cookie())
            })
        };
        Commit { set_cookie, error }
    }

    fn save(&mut self, log: &Changes) -> Result<Option<String>, Error> {
        if self.stamp.is_none() && log.is_empty() {
            return Ok(self.removal());
        }
        if !self.begins_anew(log) && self.changes_nothing(log) {
            return Ok(self.rewritten());
        }
        let now = self.engine.now();
        let created = self.created(log, now);
        let mut session = self.after(log, now);
        if !self.has_content(&session, log) {
            // Flask's `clear()` also takes away a cookie that opened no session.
            let cleared = self.engine.is_flask() && log.is_cleared() && self.cookie_sent;
            let removal = (cleared || self.stamp.is_some()).then(|| self.engine.removal_cookie());
            return Ok(removal.or_else(|| self.removal()));
        }
        if self.engine.records_creation() {
            lifetime::set_created(&mut session, created);
        }
        let header = self.engine.set_cookie(&session, self.engine.issue_time(now), now)?;
        self.base = session;
        Ok(Some(header))
    }

    /// When the session begins, or began. Logging in starts the absolute lifetime again; nothing else does, dropping all keys included.
    pub(super) fn created(&self, log: &Changes, now: u64) -> u64 {
        match (self.stamp, log.login_change(&self.base)) {
            (Some(stamp), LoginChange::None) => lifetime::created(&self.base, stamp.issued),
            _ => now,
        }
    }

    /// Whether all there is in the log are settings that the session has already.
    pub(super) fn changes_nothing(&self, log: &Changes) -> bool {
        log.keys().all(|key| {
            let old = self.base.get(key);
            match key {
                reserved::PERMANENT => {
                    log.value_of(key) == Some(old.filter(|json| self.engine.is_flask() || *json == "true"))
                }
                reserved::LIFETIME => log.value_of(key) == Some(old),
                _ => false,
            }
        })
    }

    /// The same session once more, where it is time for it.
    fn rewritten(&self) -> Option<String> {
        let stamp = self.stamp?;
        let now = self.engine.now();
        let lifetimes = self.engine.lifetimes();
        let may_refresh = !self.engine.is_flask() || self.permanent();
        let refresh = may_refresh && lifetimes.refresh_is_due(&self.base, stamp.issued, now);
        if refresh {
            measure::count(REFRESHES);
        }
        let issued = if self.renew || refresh {
            self.engine.issue_time(now)
        } else if stamp.by_fallback && !self.engine.is_flask() {
            stamp.issued
        } else {
            return None;
        };
        // It fitted before, so only a limit that was lowered since is in the way. A page that only reads must not fail.
        let mut session = self.base.clone();
        if self.engine.records_creation() {
            // What Flask began does not say when. From now on it does, or it would never end.
            lifetime::set_created(&mut session, lifetime::created(&self.base, stamp.issued));
        }
        self.engine
            .set_cookie(&session, issued, now)
            .inspect_err(
                |error| tracing::warn!(name: "session.refresh.failed", %error, "a session cannot be refreshed"),
            )
            .ok()
    }

    /// The removal cookie, where a session was ended whose cookie the browser holds.
    fn removal(&self) -> Option<String> {
        (self.was_purged() && self.cookie_sent).then(|| self.engine.removal_cookie())
    }

    /// Whether there is reason enough for a session to exist.
    pub(super) fn has_content(&self, session: &Payload, log: &Changes) -> bool {
        // To Flask, a session that was told whether it is permanent has something in it.
        let permanence = self.engine.is_flask()
            && (log.value_of(reserved::PERMANENT).is_some()
                || (!self.begins_anew(log) && self.base.get(reserved::PERMANENT).is_some()))
            && session.get(reserved::PERMANENT).is_some();
        permanence || session.iter().any(|(key, _)| reserved::is_content_in_quotes(key))
    }
}

#[cfg(test)]
mod tests;
