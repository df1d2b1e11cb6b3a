//! When the cookie of a stored session is sent.

use crate::transaction::Transaction;

use super::write::time_to_live;
use super::{Found, Settings, Work};
use crate::engine::{Engine, Stamp};
use crate::measure;
use crate::payload::Payload;
use crate::reserved;
use crate::store::{Saved, Ticket, TokenHash};

impl Settings {
    pub(super) fn of(engine: &Engine, session: &Payload) -> Self {
        let permanent = session.get(reserved::PERMANENT).is_some_and(|json| engine.notation().is_true(json));
        Self { permanent, lifetime: engine.lifetimes().of(session) }
    }
}

impl Work {
    /// Puts off the end of a session that was only looked at, where it is time for it. A page that only reads must not fail.
    pub(super) async fn refresh(&self, found: &Found) -> Option<String> {
        let Transaction { engine, base, stamp, .. } = &self.transaction;
        let (now, lifetimes, stamp) = (self.now, engine.lifetimes(), (*stamp)?);
        let written = found.expires.saturating_sub(lifetimes.of(base));
        let expires = now.saturating_add(lifetimes.remaining(base, now, now));
        // Near its absolute end a session is due, but cannot be put off.
        let due = lifetimes.refresh_is_due(base, written, now) && expires > found.expires;
        let cookie = self.cookie_where_due(found, base, stamp);
        if !due && cookie.is_none() {
            return None;
        }
        // A cookie is only sent where the store still knows its token: somebody may have renewed it meanwhile.
        let expires = if due { expires } else { found.expires };
        let ttl = time_to_live(expires.saturating_sub(now));
        match self.side.store.extend(&found.ticket.id, &found.version, expires, ttl).await {
            Ok(Saved::Saved) => {
                measure::count(measure::REFRESHES);
                cookie
            }
            // Whoever wrote meanwhile put it off too, and what is gone is gone.
            Ok(Saved::Conflict(_) | Saved::Gone) => None,
            Err(error) => {
                tracing::warn!(name: "session.refresh.failed", %error, "a session cannot be refreshed");
                None
            }
        }
    }

    pub(super) fn cookie_after_write(
        &self,
        found: &Found,
        renewed: Option<&Ticket>,
        ours: TokenHash,
        session: &Payload,
    ) -> Option<String> {
        let now = self.now;
        match (renewed, self.transaction.stamp) {
            (Some(ticket), _) => Some(self.cookie(ticket, session, now)),
            (None, Some(stamp)) if found.token_hash == ours => self.cookie_where_due(found, session, stamp),
            // The browser has another token by now.
            (None, _) => None,
        }
    }

    /// The same cookie once more, where the browser should keep it for longer or a key was replaced.
    fn cookie_where_due(&self, found: &Found, session: &Payload, stamp: Stamp) -> Option<String> {
        let engine = &self.transaction.engine;
        let (now, settings) = (self.now, Settings::of(engine, session));
        let age = now.saturating_sub(stamp.issued);
        // What was written lives longer, so its cookie must count, and be kept by the browser, for as long.
        let written = !self.log.is_empty() && age >= (settings.lifetime / 10).max(1);
        if settings != self.before || written || engine.lifetimes().refresh_is_due(session, stamp.issued, now) {
            Some(self.cookie(&found.ticket, session, now))
        } else {
            stamp.by_fallback.then(|| self.cookie(&found.ticket, session, stamp.issued))
        }
    }

    pub(super) fn cookie(&self, ticket: &Ticket, session: &Payload, issued: u64) -> String {
        self.transaction.engine.ticket_cookie(ticket, session, issued, self.now)
    }

    /// The removal cookie, where the session was purged whose cookie the browser holds.
    pub(super) fn removal(&self) -> Option<String> {
        (self.side.ended && self.transaction.cookie_sent).then(|| self.transaction.engine.removal_cookie())
    }
}
