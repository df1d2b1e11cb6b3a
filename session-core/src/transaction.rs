//! One request's use of its session: a snapshot, the log of what was changed, and the cookie that comes of it.

use std::time::Duration;

use crate::change::{Change, Changes, LoginChange};
use crate::data::SessionData;
use crate::engine::{Engine, Stamp};
use crate::error::Error;
use crate::fields::Fields;
use crate::json_key;
use crate::lifetime;
use crate::payload::Payload;
use crate::reserved;
use crate::view::View;

/// The session of one request.
///
/// Views are handed out, given back, and their changes merged field by field, until the response's status is known;
/// then [`Transaction::commit`] says what cookie to send.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts about one request")]
pub struct Transaction {
    engine: Engine,
    /// The session as the request brought it.
    base: Payload,
    /// `None`: the request brought no session, or it was ended since.
    stamp: Option<Stamp>,
    /// Whether the request brought a cookie of our name, valid or not.
    cookie_sent: bool,
    prefetch: bool,
    log: Changes,
    /// How often the session was ended during the request. Views from before are outdated.
    epoch: u32,
    renew: bool,
    committed: bool,
    /// The first change that could not be recorded.
    failure: Option<Error>,
}

impl Transaction {
    pub(crate) fn new(engine: Engine, found: Option<(Payload, Stamp)>, cookie_sent: bool, prefetch: bool) -> Self {
        let (base, stamp) = found.map_or((Payload::EMPTY, None), |(base, stamp)| (base, Some(stamp)));
        Self {
            engine,
            base,
            stamp,
            cookie_sent,
            prefetch,
            log: Changes::default(),
            epoch: 0,
            renew: false,
            committed: false,
            failure: None,
        }
    }

    /// A view of the session, with what earlier views changed.
    ///
    /// # Errors
    ///
    /// The struct has a secret field, and the session is only signed.
    pub fn view<T: SessionData>(&self) -> Result<View<T>, Error> {
        self.engine.check_secrets(T::FIELDS)?;
        let decode = |payload: &Payload| T::decode_fields(&Fields::new(payload, T::FIELDS));
        let data = if self.log.is_empty() { decode(&self.base) } else { decode(&self.current()) };
        Ok(View::new(data, self.epoch))
    }

    /// Takes a view back and records what it changed.
    pub fn record<T: SessionData>(&mut self, view: &View<T>) {
        let changes = match view.changes(&self.engine.rules::<T>()) {
            Ok(changes) if changes.is_empty() => return,
            Ok(changes) => changes,
            Err(error) => {
                tracing::error!(%error, "a change to the session cannot be saved");
                self.failure.get_or_insert(error);
                return;
            }
        };
        if self.committed {
            tracing::error!(
                keys = ?changes.keys().collect::<Vec<_>>(),
                "the session was changed after the response was sent, so the change is lost; give the session back \
                 before the handler returns"
            );
        } else if view.epoch == self.epoch {
            self.add(changes);
        } else {
            tracing::warn!(
                keys = ?changes.keys().collect::<Vec<_>>(),
                "a change is dropped because the session was purged while it was made"
            );
        }
    }

    /// Whether the request brought no session, or has ended it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.stamp.is_none()
    }

    /// Whether the browser keeps the cookie when it closes.
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.setting(reserved::PERMANENT).as_deref() == Some("true")
    }

    /// Lets the browser keep the cookie when it closes, or not.
    pub fn set_permanent(&mut self, permanent: bool) {
        if self.permanent() != permanent {
            self.set(reserved::PERMANENT, permanent.then_some("true"));
        }
    }

    /// How long the session lives after it was last written.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.engine.lifetimes().of_setting(self.setting(reserved::LIFETIME).as_deref()))
    }

    /// Gives this session a lifetime of its own, in whole seconds.
    ///
    /// # Errors
    ///
    /// It is below one second or above the longest that the configuration allows.
    pub fn set_lifetime(&mut self, lifetime: Duration) -> Result<(), Error> {
        let seconds = self.engine.lifetimes().check(lifetime)?;
        if self.lifetime().as_secs() != seconds {
            self.set(reserved::LIFETIME, Some(&seconds.to_string()));
        }
        Ok(())
    }

    /// Drops every key.
    pub fn clear<T: SessionData>(&mut self, view: &mut View<T>) {
        view.reset(T::empty(), self.epoch);
        let mut changes = Changes::default();
        changes.clear(&self.engine.rules::<T>());
        self.add(changes);
    }

    /// Makes a new token for the session. In a cookie that is a new time of issue.
    pub fn renew(&mut self) {
        self.renew = true;
    }

    /// Ends the session. What is set afterwards begins a new one.
    pub fn purge<T: SessionData>(&mut self, view: &mut View<T>) {
        self.epoch = self.epoch.saturating_add(1);
        self.base = Payload::EMPTY;
        self.stamp = None;
        self.log = Changes::default();
        self.renew = false;
        self.failure = None;
        view.reset(T::empty(), self.epoch);
    }

    /// Says that the response is on its way already: what is changed from now on is lost, and logged.
    pub fn close(&mut self) {
        self.committed = true;
    }

    /// The keys of the session, for the log.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.current().iter().map(|(key, _)| json_key::decode(key).into_owned()).collect()
    }

    /// Ends the request's use of the session: says which `Set-Cookie` header the response carries, if any.
    ///
    /// # Errors
    ///
    /// The session is too large for a cookie, or holds a value that has no JSON. Nothing is saved then, and the
    /// response should be an error in place of what the handler answered.
    pub fn commit(&mut self, status: u16) -> Result<Option<String>, Error> {
        if std::mem::replace(&mut self.committed, true) {
            return Ok(None);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut log = std::mem::take(&mut self.log);
        let failed = status >= 500 && !self.engine.commits_on_server_error();
        if failed {
            log.keep_lost_privileges();
        }
        if log.is_empty() {
            if failed || self.was_purged() { Ok(self.removal()) } else { self.commit_unchanged() }
        } else {
            self.commit_changes(&log)
        }
    }

    fn commit_changes(&mut self, log: &Changes) -> Result<Option<String>, Error> {
        let now = self.engine.now();
        let login = log.login_change(&self.base);
        // Logging in starts the absolute lifetime again; nothing else does, dropping all keys included.
        let created = match (self.stamp, login) {
            (Some(stamp), LoginChange::None) => lifetime::created(&self.base, stamp.issued),
            _ => now,
        };
        let begins_anew = self.stamp.is_none() || log.is_cleared() || login == LoginChange::AnotherUser;
        let mut session = if begins_anew { self.engine.new_session() } else { std::mem::take(&mut self.base) };
        log.apply(&mut session);
        if !has_content(&session) {
            return Ok(if self.stamp.is_some() { Some(self.engine.removal_cookie()) } else { self.removal() });
        }
        session.set(reserved::CREATED, &created.to_string());
        let header = self.engine.set_cookie(&session, now)?;
        self.base = session;
        Ok(Some(header))
    }

    /// Writes the same session again where it is time for it.
    fn commit_unchanged(&self) -> Result<Option<String>, Error> {
        let Some(stamp) = self.stamp else {
            return Ok(None);
        };
        let now = self.engine.now();
        let issued = if self.renew || self.engine.lifetimes().refresh_is_due(&self.base, stamp.issued, now) {
            now
        } else if stamp.by_fallback {
            stamp.issued
        } else {
            return Ok(None);
        };
        self.engine.set_cookie(&self.base, issued).map(Some)
    }

    /// The removal cookie, where a session was ended whose cookie the browser holds.
    fn removal(&self) -> Option<String> {
        (self.was_purged() && self.cookie_sent).then(|| self.engine.removal_cookie())
    }

    fn was_purged(&self) -> bool {
        self.epoch > 0
    }

    fn current(&self) -> Payload {
        let mut current = if self.log.is_cleared() { Payload::EMPTY } else { self.base.clone() };
        self.log.apply(&mut current);
        current
    }

    /// A reserved key's JSON, with what this request changed.
    fn setting(&self, key: &str) -> Option<String> {
        match self.log.of(key) {
            Some(Change::Set(json)) => Some(json.clone()),
            Some(_) => None,
            None if self.stamp.is_none() || self.log.is_cleared() => {
                self.engine.new_session().get(key).map(str::to_owned)
            }
            None => self.base.get(key).map(str::to_owned),
        }
    }

    fn set(&mut self, key: &str, json: Option<&str>) {
        let mut changes = Changes::default();
        changes.set(key, json);
        self.add(changes);
    }

    fn add(&mut self, mut changes: Changes) {
        if self.prefetch {
            changes.keep_taken();
        }
        self.log.then(changes);
    }
}

fn has_content(session: &Payload) -> bool {
    session.iter().any(|(key, _)| reserved::is_content(&json_key::decode(key)))
}
