//! From a session to its cookie.

use super::Engine;
use crate::cookie::write::Age;
use crate::error::Error;
use crate::json_key;
use crate::payload::Payload;
use crate::reserved;
use crate::store::Ticket;

/// How many keys an error about size names.
const BIGGEST_KEYS: usize = 3;

impl Engine {
    /// The time that a cookie which is made now shall bear.
    pub(crate) fn issue_time(&self, now: u64) -> u64 {
        now.saturating_sub(self.0.config.backdate)
    }

    /// The value that says whether a session outlives the browser's window. Flask keeps it where it is false too.
    pub(crate) fn permanence(&self, permanent: bool) -> Option<&'static str> {
        if permanent { Some("true") } else { self.is_flask().then_some("false") }
    }

    /// The `Set-Cookie` header of a session.
    pub(crate) fn set_cookie(&self, payload: &Payload, issued: u64, now: u64) -> Result<String, Error> {
        let mut header = self.write_value(payload, issued)?;
        let permanent = payload.get(reserved::PERMANENT).is_some_and(|json| self.notation().is_true(json));
        let age = permanent.then(|| self.age(self.lifetimes().remaining(payload, issued, now), now));
        self.0.cookie.finish(&mut header, age);
        Ok(header)
    }

    #[cfg_attr(
        not(feature = "flask"),
        allow(unused_variables, clippy::unused_self, reason = "Flask alone sends a date")
    )]
    fn age(&self, seconds: u64, now: u64) -> Age {
        #[cfg(feature = "flask")]
        if self.is_flask() {
            return Age::Until(now.saturating_add(seconds));
        }
        // Zero would take the cookie away.
        Age::Seconds(seconds.max(1))
    }

    /// The `Set-Cookie` header that removes the session's cookie.
    pub(crate) fn removal_cookie(&self) -> String {
        self.0.cookie.removal()
    }

    pub(super) fn write_value(&self, payload: &Payload, issued: u64) -> Result<String, Error> {
        let json = payload.to_json();
        // Just as long as it will be, in the usual case, since what becomes of a header has no room to spare.
        let mut header = String::with_capacity(self.0.cookie.bytes() + self.0.codec.written_bytes(json.len(), issued));
        header.push_str(self.cookie_name());
        header.push('=');
        let limit = self.0.config.max_cookie_bytes;
        let room = limit.saturating_sub(self.cookie_name().len());
        self.0.codec.write(&json, issued, room, &mut header)?;
        let bytes = header.len() - "=".len();
        if bytes > limit { Err(Error::too_large(bytes, limit, biggest_keys(payload))) } else { Ok(header) }
    }

    /// The `Set-Cookie` header of a stored session.
    pub(crate) fn ticket_cookie(&self, ticket: &Ticket, session: &Payload, issued: u64, now: u64) -> String {
        let mut header = format!("{}=", self.cookie_name());
        self.0.codec.write_ticket(ticket, issued, &mut header);
        let permanent = session.get(reserved::PERMANENT).is_some_and(|json| self.notation().is_true(json));
        let age = permanent.then(|| self.age(self.lifetimes().remaining(session, issued, now), now));
        self.0.cookie.finish(&mut header, age);
        header
    }
}

pub(super) fn biggest_keys(payload: &Payload) -> Vec<(String, usize)> {
    let mut sizes: Vec<_> =
        payload.iter().map(|(key, json)| (json_key::decode(key).into_owned(), json.len())).collect();
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    sizes.truncate(BIGGEST_KEYS);
    sizes
}
