//! From the cookies of a request to its session.

use super::{Engine, Stamp};
use crate::cookie::read::candidates;
use crate::measure::{self, LOADS, REJECTS};
use crate::payload::Payload;
use crate::token::Rejection;
use crate::transaction::{Brought, Transaction};

/// Longest that two machines' clocks may differ, in seconds: a cookie from the near future is taken.
const CLOCK_LEEWAY: u64 = 60;

impl Engine {
    /// Finds the session in the raw `Cookie` headers of a request, if there is one.
    ///
    /// A request that a browser sent ahead of the user (`prefetch`) takes no messages from the session.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, Key};
    ///
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let header = b"theme=dark; __Host-session=nonsense";
    /// assert!(engine.open([header.as_slice()].into_iter(), false).is_new());
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn open<'a>(&self, cookies: impl Iterator<Item = &'a [u8]>, prefetch: bool) -> Transaction {
        // A request without a cookie need not know the time.
        let mut now = 0;
        let mut sent = false;
        if let Some(store) = &self.0.store {
            let now = self.now();
            let values = candidates(cookies, self.cookie_name()).inspect(|_| sent = true);
            let tickets: Vec<Brought> = values.filter_map(|value| self.read_ticket(value, now).ok()).collect();
            if !tickets.iter().any(|brought| brought.in_time) {
                measure::count_by(LOADS, "result", "absent");
            }
            return Transaction::of_store(self.clone(), store.clone(), tickets, sent, prefetch);
        }
        let mut found: Option<(Payload, Stamp)> = None;
        for value in candidates(cookies, self.cookie_name()) {
            if !std::mem::replace(&mut sent, true) {
                now = self.now();
            }
            let Ok(session) = self.read_value(value, now) else { continue };
            match &found {
                None => found = Some(session),
                Some((payload, _)) if payload.to_json() != session.0.to_json() => self.log_ambiguity(now),
                Some(_) => {}
            }
        }
        measure::count_by(LOADS, "result", if found.is_some() { "loaded" } else { "absent" });
        Transaction::new(self.clone(), found, sent, prefetch)
    }

    /// A ticket that was signed by us. One of another time opens nothing, but a logout ends its session too.
    pub(super) fn read_ticket(&self, value: &str, now: u64) -> Result<Brought, ()> {
        let read = self.0.codec.read_ticket(value);
        let (ticket, issued, by_fallback) = read.map_err(|rejection| self.log_rejection(rejection, now))?;
        let in_time = self.check_age(issued, now).is_ok();
        Ok(Brought { ticket, stamp: Stamp { issued, by_fallback }, in_time })
    }

    /// Signature, then age, then decoding, then the session's own lifetime.
    fn read_value(&self, value: &str, now: u64) -> Result<(Payload, Stamp), ()> {
        let verified = self.0.codec.read(value).map_err(|rejection| self.log_rejection(rejection, now))?;
        let issued = verified.issued;
        self.check_age(issued, now)?;
        let payload = self.notation().parse(verified.payload).map_err(|error| {
            measure::count_by(REJECTS, "reason", Rejection::Payload.name());
            self.log_unreadable(&error, now);
        })?;
        if self.lifetimes().is_over(&payload, issued, now) {
            tracing::debug!(name: "session.cookie.expired", "a session is over; the visitor counts as new");
            measure::count_by(REJECTS, "reason", "expired");
            return Err(());
        }
        Ok((payload, Stamp { issued, by_fallback: verified.by_fallback }))
    }

    pub(super) fn check_age(&self, issued: u64, now: u64) -> Result<(), ()> {
        if issued > now.saturating_add(CLOCK_LEEWAY) {
            measure::count_by(REJECTS, "reason", "future");
            tracing::warn!(name: "session.cookie.future", seconds = issued - now, "a session cookie comes from the future; do the clocks agree?");
            return Err(());
        }
        if self.lifetimes().is_surely_over(issued, now) {
            tracing::debug!(name: "session.cookie.expired", "a session is over; the visitor counts as new");
            measure::count_by(REJECTS, "reason", "expired");
            return Err(());
        }
        Ok(())
    }
}
