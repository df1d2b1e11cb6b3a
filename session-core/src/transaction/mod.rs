//! One request's use of its session: a snapshot, the log of what was changed, and the cookie that comes of it.

mod commit;
mod csrf;
mod stored;
mod users;

use std::sync::OnceLock;
use std::time::Duration;

pub use commit::Commit;
pub use csrf::{CSRF_KEY, CsrfDraft};
use stored::Side;
pub(crate) use stored::{Brought, create, unavailable};
pub use stored::{Loaded, Loading, Patience, StoreCommit};

use crate::change::{Change, Changes, LoginChange};
use crate::data::{Field, SessionData};
use crate::engine::{Engine, Stamp};
use crate::error::Error;
use crate::json_key;
use crate::payload::Payload;
use crate::reserved;
use crate::store::AnyStore;
use crate::view::View;

/// The session of one request.
///
/// Views are handed out, given back, and their changes merged field by field, until the response's status is known;
/// then [`Transaction::commit`] says what cookie to send.
///
/// What changes the session names the epoch of the view it is called on: a view from before the session was ended
/// changes nothing any more.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Dynamic, Engine, Key, Transaction, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction: Transaction = engine.open(std::iter::empty(), false);
/// assert!(transaction.is_new() && !transaction.is_logged_in() && !transaction.was_purged());
/// let mut view = transaction.view::<Dynamic>()?;
/// view.insert("user", "ada")?;
/// transaction.record(View::changes(&view, &engine), View::epoch(&view));
/// transaction.set_permanent(true, View::epoch(&view));
/// assert!(transaction.commit(200).set_cookie.unwrap().contains("Max-Age=2678400"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What goes for the session as a whole:
///
/// ```
/// use std::time::Duration;
/// use session_core::{Builder, Dynamic, Engine, Key, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let epoch = View::epoch(&transaction.view::<Dynamic>()?);
/// transaction.set_lifetime(Duration::from_secs(3600), epoch)?;
/// assert!(transaction.lifetime().as_secs() == 3600 && !transaction.permanent());
/// assert_eq!(transaction.keys(), ["_created", "_lifetime"]);
///
/// transaction.renew(epoch);
/// transaction.clear::<Dynamic>(epoch);
/// assert_eq!(transaction.keys(), ["_created"], "a session that began has its time");
/// transaction.close(); // what comes now is too late
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    epoch: Epoch,
    renew: bool,
    closed: bool,
    /// The first change that could not be recorded.
    failure: Option<Error>,
    /// Where the session is kept, if not in the cookie.
    stored: Option<Box<Side>>,
    /// Which field says who is logged in, by the structs that looked.
    login: OnceLock<&'static Field>,
    /// Who was logged in by the request and logged out again, as JSON.
    last_user: Option<Box<str>>,
}

/// Which of the request's sessions a view belongs to, and which of its users: how often the session was ended, and how often another user
/// logged in.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Dynamic, Engine, Epoch, Key, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let view = transaction.view::<Dynamic>()?;
/// let next: Epoch = transaction.purge();
/// assert_ne!(next, View::epoch(&view), "what that view changes no longer counts");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Epoch {
    purges: u32,
    users: u32,
}

impl Transaction {
    pub(crate) fn new(engine: Engine, found: Option<(Payload, Stamp)>, cookie_sent: bool, prefetch: bool) -> Self {
        let none = || (Payload::empty(engine.notation()), None);
        let (base, stamp) = found.map_or_else(none, |(base, stamp)| (base, Some(stamp)));
        Self {
            engine,
            base,
            stamp,
            cookie_sent,
            prefetch,
            log: Changes::default(),
            epoch: Epoch::default(),
            renew: false,
            closed: false,
            failure: None,
            stored: None,
            login: OnceLock::new(),
            last_user: None,
        }
    }

    /// Of a session that a store keeps, and that may have to be loaded.
    pub(crate) fn of_store(
        engine: Engine,
        store: AnyStore,
        tickets: Vec<Brought>,
        cookie_sent: bool,
        prefetch: bool,
    ) -> Self {
        let side = Some(Box::new(Side::new(store, tickets)));
        Self { stored: side, ..Self::new(engine, None, cookie_sent, prefetch) }
    }

    /// A view of the session, with what earlier views changed. One that a store keeps must be loaded before ([`Transaction::load`]): until
    /// then it looks like a new one.
    ///
    /// # Errors
    ///
    /// The struct has a secret field, and the session is only signed.
    pub fn view<T: SessionData>(&self) -> Result<View<T>, Error> {
        self.engine.check_secrets(T::FIELDS)?;
        if let Some(login) = T::FIELDS.iter().find(|field| field.is_login()) {
            self.login.get_or_init(|| login);
        }
        if self.log.is_empty() {
            return Ok(View::read(&self.base, self.epoch));
        }
        Ok(View::read(&self.current(), self.epoch))
    }

    /// Whether the request brought no session, or has ended it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.stamp.is_none()
    }

    /// Whether the request ended a session ([`Transaction::purge`]), whatever it began since.
    #[must_use]
    pub fn was_purged(&self) -> bool {
        self.epoch.purges > 0
    }

    /// Whether the browser keeps the cookie when it closes.
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.setting(reserved::PERMANENT).is_some_and(|json| self.engine.notation().is_true(&json))
    }

    /// Lets the browser keep the cookie when it closes, or not.
    pub fn set_permanent(&mut self, permanent: bool, epoch: Epoch) {
        self.set(reserved::PERMANENT, self.engine.permanence(permanent), epoch);
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
    pub fn set_lifetime(&mut self, lifetime: Duration, epoch: Epoch) -> Result<(), Error> {
        let seconds = self.engine.lifetimes().check(lifetime)?;
        self.set(reserved::LIFETIME, Some(&seconds.to_string()), epoch);
        Ok(())
    }

    /// Drops every key. A view that asked for it goes on without any, in the epoch that is returned.
    ///
    /// On a response of a server error only the privileged fields are dropped, those of `T` and of registered structs.
    pub fn clear<T: SessionData>(&mut self, epoch: Epoch) -> Epoch {
        if self.takes(epoch, || "clear".into()) {
            let mut changes = Changes::default();
            changes.clear(&self.engine.rules::<T>(), self.login.get().copied());
            self.add(changes);
        }
        Epoch { users: self.epoch.users, ..epoch }
    }

    /// Makes a new token for the session. In a cookie that is a new time of issue.
    pub fn renew(&mut self, epoch: Epoch) {
        if self.takes(epoch, || "renew".into()) {
            self.renew = true;
        }
    }

    /// Ends the session, whichever view asks for it. What is set on that view afterwards begins a new one, in the epoch
    /// that is returned.
    pub fn purge(&mut self) -> Epoch {
        if self.takes(self.epoch, || "purge".into()) {
            self.epoch.purges = self.epoch.purges.saturating_add(1);
            self.base = Payload::empty(self.engine.notation());
            self.stamp = None;
            self.log = Changes::default();
            self.last_user = None;
            self.renew = false;
            self.failure = None;
            if let Some(side) = &mut self.stored {
                side.end();
            }
        }
        self.epoch
    }

    /// Says that the response is on its way already: what is changed from now on is lost, and logged.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// The keys of the session, for the log.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.current().iter().map(|(key, _)| json_key::decode(key).into_owned()).collect()
    }

    /// Whether a change counts. One that comes too late or from an outdated view is logged.
    fn takes(&self, epoch: Epoch, what: impl FnOnce() -> String) -> bool {
        if self.closed {
            tracing::error!(name: "session.change.late",
                change = what(),
                "the session was changed after the response was sent or given up, so the change is lost; give the \
                 session back before the handler returns"
            );
        } else if epoch.purges != self.epoch.purges {
            tracing::warn!(name: "session.change.outdated", change = what(), "a change is dropped because the session was purged while it was made");
        }
        !self.closed && epoch.purges == self.epoch.purges
    }

    /// The session as it would be if the request ended now.
    fn current(&self) -> Payload {
        let mut log = self.log.clone();
        if log.login_change(&self.base) == LoginChange::AnotherUser {
            log.drop_derived();
        }
        self.after(&log, self.engine.now())
    }

    /// The session that the request brought, after these changes.
    fn after(&self, log: &Changes, now: u64) -> Payload {
        let mut session = if self.begins_anew(log) { self.engine.new_session(now) } else { self.base.clone() };
        log.apply(&mut session);
        session
    }

    /// Whether these changes leave nothing of the session that the request brought.
    fn begins_anew(&self, log: &Changes) -> bool {
        self.stamp.is_none() || log.is_cleared() || log.login_change(&self.base) == LoginChange::AnotherUser
    }

    /// A reserved key's JSON, with what this request changed.
    fn setting(&self, key: &str) -> Option<String> {
        match self.log.of(key) {
            Some(Change::Set(json)) => Some(json.clone()),
            Some(_) => None,
            None if self.begins_anew(&self.log) => {
                self.engine.new_session(self.engine.now()).get(key).map(str::to_owned)
            }
            None => self.base.get(key).map(str::to_owned),
        }
    }

    fn set(&mut self, key: &str, json: Option<&str>, epoch: Epoch) {
        if self.takes(epoch, || key.to_owned()) {
            let mut changes = Changes::default();
            changes.set(key, json);
            self.add(changes);
        }
    }

    /// The one way into the log.
    fn add(&mut self, mut changes: Changes) {
        if self.prefetch {
            changes.keep_taken();
        }
        if let Some((field, user)) = self.log.login()
            && changes.login().is_none()
            && (changes.is_cleared() || changes.of(field.key()).is_some())
        {
            self.last_user = Some(user.into());
        }
        self.log.then(changes);
    }
}

#[cfg(test)]
mod tests;
