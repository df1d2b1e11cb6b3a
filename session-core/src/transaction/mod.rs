//! One request's use of its session: a snapshot, the log of what was changed, and the cookie that comes of it.

mod commit;
mod csrf;
mod stored;

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
}

/// How often the session was ended during the request.
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
pub struct Epoch(u32);

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
        let view = View::read(&self.current(), self.epoch);
        let is_anothers = self.log.login_change(&self.base) == LoginChange::AnotherUser;
        Ok(if is_anothers { View::parted(view) } else { view })
    }

    /// Records what a view changed: the result of [`View::changes`].
    ///
    /// With an error the request saves no more than that the session ended or lost a privilege.
    pub fn record(&mut self, (mut changes, error): (Changes, Option<Error>), epoch: Epoch) {
        if changes.is_empty() && error.is_none() {
            return;
        }
        if !changes.are_parted() && self.log.login_change(&self.base) == LoginChange::AnotherUser {
            // Of a view that was made before the other user logged in, and still has what the last one had.
            changes.warn_of_derived();
            changes.drop_derived();
        }
        if self.takes(epoch, || format!("{:?}", changes.keys().collect::<Vec<_>>())) {
            self.add(changes);
            if let Some(error) = error {
                self.failure.get_or_insert(error);
            }
        }
    }

    /// Whether the request brought no session, or has ended it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.stamp.is_none()
    }

    /// Whether the request ended a session ([`Transaction::purge`]), whatever it began since.
    #[must_use]
    pub fn was_purged(&self) -> bool {
        self.epoch != Epoch::default()
    }

    /// Whether somebody is logged in, by the login field of a struct that looked at the session or is registered.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.user_of(&self.current()).is_some()
    }

    /// Who is logged in in a session, as JSON.
    fn user_of<'s>(&self, session: &'s Payload) -> Option<&'s str> {
        let registered = || self.engine.registered().iter().copied().find(|field| field.is_login());
        let user = session.get_field(self.login.get().copied().or_else(registered)?)?;
        (!self.engine.notation().is_nobody(user)).then_some(user)
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

    /// Drops every key.
    ///
    /// On a response of a server error only the privileged fields are dropped, those of `T` and of registered structs.
    pub fn clear<T: SessionData>(&mut self, epoch: Epoch) {
        if self.takes(epoch, || "clear".into()) {
            let mut changes = Changes::default();
            changes.clear(&self.engine.rules::<T>(), self.login.get().copied());
            self.add(changes);
        }
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
            self.epoch = Epoch(self.epoch.0.saturating_add(1));
            self.base = Payload::empty(self.engine.notation());
            self.stamp = None;
            self.log = Changes::default();
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
        } else if epoch != self.epoch {
            tracing::warn!(name: "session.change.outdated", change = what(), "a change is dropped because the session was purged while it was made");
        }
        !self.closed && epoch == self.epoch
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
        self.log.then(changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::config::Builder;
    use crate::dynamic::Dynamic;
    use crate::key::Key;

    pub(super) const NOW: u64 = 1_700_000_000;

    #[derive(crate::SessionData)]
    #[session(login(user), crate = crate)]
    pub(super) struct Visitor {
        pub(super) user: Option<String>,
        #[session(privileged)]
        pub(super) role: Option<String>,
        #[session(counter)]
        pub(super) visits: u32,
        pub(super) cart: Vec<u32>,
        pub(super) note: Option<String>,
        #[session(flash)]
        pub(super) notice: Option<String>,
    }

    pub(super) fn key(byte: u8) -> Key {
        Key::try_from([byte; 32].as_slice()).unwrap()
    }

    /// A site and the only browser that visits it.
    pub(super) struct Site {
        pub(super) engine: Engine,
        pub(super) clock: ManualClock,
        pub(super) cookie: String,
    }

    impl Site {
        pub(super) fn of(builder: Builder) -> Self {
            let clock = ManualClock::at(NOW);
            let engine = builder.clock(clock.clone()).build().unwrap();
            Self { engine, clock, cookie: String::new() }
        }

        pub(super) fn signed() -> Self {
            Self::of(Builder::signed(key(7)))
        }

        /// Whose browser has a session with this in it.
        pub(super) fn with(self, set: impl FnOnce(&mut Visitor)) -> Self {
            let mut site = self;
            site.answer(200, |request| request.change(set));
            site
        }

        /// The same browser on the site with other settings.
        pub(super) fn become_site(self, builder: Builder) -> Self {
            let engine = builder.clock(self.clock.clone()).build().unwrap();
            Self { engine, ..self }
        }

        pub(super) fn open(&self) -> Transaction {
            let cookie = Some(self.cookie.as_bytes()).filter(|cookie| !cookie.is_empty());
            self.engine.open(cookie.into_iter(), false)
        }

        /// A request that is answered with this status. The browser does what the cookie says.
        pub(super) fn answer(&mut self, status: u16, handle: impl FnOnce(&mut Transaction)) -> Commit {
            let mut request = self.open();
            handle(&mut request);
            let commit = request.commit(status);
            if let Some(header) = &commit.set_cookie {
                let pair = header.split(';').next().unwrap();
                self.cookie = if header.contains("Max-Age=0") { String::new() } else { pair.to_owned() };
            }
            commit
        }

        /// As [`Site::answer`] with 200, and the cookie alone.
        pub(super) fn sent(&mut self, handle: impl FnOnce(&mut Transaction)) -> Option<String> {
            let commit = self.answer(200, handle);
            assert!(commit.error.is_none(), "{commit:?}");
            commit.set_cookie
        }

        /// The session that the browser has, as JSON without its reserved keys.
        pub(super) fn session(&self) -> String {
            let request = self.open();
            let fields = request.base.iter().filter(|(key, _)| !reserved::is_reserved(key.trim_matches('"')));
            fields.map(|(key, json)| format!("{key}:{json}")).collect::<Vec<_>>().join(",")
        }

        /// When the browser's session began.
        pub(super) fn created(&self) -> Option<u64> {
            self.open().base.get(reserved::CREATED).map(|json| json.parse().unwrap())
        }

        /// When the browser's cookie was made.
        pub(super) fn issued(&self) -> u64 {
            self.open().stamp.unwrap().issued
        }
    }

    impl Transaction {
        pub(super) fn change(&mut self, change: impl FnOnce(&mut Visitor)) {
            let mut view = self.view::<Visitor>().unwrap();
            change(&mut view);
            self.record(View::changes(&view, &self.engine), View::epoch(&view));
        }
    }

    pub(super) fn log_in(name: &str) -> impl FnOnce(&mut Visitor) {
        move |visitor| visitor.user = Some(name.to_owned())
    }

    fn is_empty(request: &Transaction) -> bool {
        request.log.is_empty() && !request.renew && request.failure.is_none()
    }

    #[test]
    fn a_view_has_what_earlier_ones_changed() {
        let mut request = Site::signed().with(|visitor| visitor.visits = 3).open();
        assert!(is_empty(&request) && !request.is_new());
        request.change(|visitor| visitor.visits += 1);
        request.change(|visitor| visitor.note = Some(visitor.visits.to_string()));
        let view = request.view::<Visitor>().unwrap();
        assert_eq!((view.visits, view.note.as_deref()), (4, Some("4")));
    }

    #[test]
    fn the_data_of_one_user_is_not_the_next_ones() {
        let mut site = Site::signed().with(|visitor| {
            log_in("ada")(visitor);
            visitor.cart = vec![1];
            visitor.note = Some("ada's".into());
        });
        let handle = |request: &mut Transaction| {
            // The cart was made from the last user's.
            request.change(|visitor| {
                visitor.cart.push(2);
                visitor.role = Some("reader".into());
                log_in("bob")(visitor);
            });
            let view = request.view::<Visitor>().unwrap();
            assert_eq!((view.user.as_deref(), view.role.as_deref()), (Some("bob"), Some("reader")));
            assert!(view.cart.is_empty() && view.note.is_none());
            // What a view of a new user changes is that user's own.
            request.change(|visitor| visitor.note = Some("bob's".into()));
        };
        site.sent(handle).unwrap();
        let view = site.open().view::<Visitor>().unwrap();
        assert_eq!((view.note.as_deref(), view.cart.is_empty()), (Some("bob's"), true));
        assert!(!site.session().contains("ada"), "{}", site.session());
    }

    #[test]
    fn whoever_is_logged_in_is_known_by_a_struct_that_looked_or_is_registered() {
        let site = Site::signed().with(log_in("ada"));
        let request = site.open();
        assert!(!request.is_logged_in(), "nobody says which field it is");
        let _ = request.view::<Dynamic>().unwrap();
        assert!(!request.is_logged_in());
        let _ = request.view::<Visitor>().unwrap();
        assert!(request.is_logged_in());

        let site = site.become_site(Builder::signed(key(7)).data::<Visitor>());
        let mut request = site.open();
        assert!(request.is_logged_in());
        request.change(|visitor| visitor.user = Some(String::new()));
        assert!(!request.is_logged_in(), "nobody has an empty name");
        assert!(!Site::of(Builder::signed(key(7)).data::<Visitor>()).open().is_logged_in());
    }

    #[test]
    fn what_is_changed_too_late_or_in_an_ended_session_is_lost() {
        let site = Site::signed().with(log_in("ada"));
        let changes = || Site::signed().with(|visitor| visitor.visits = 1).open();
        let mut late = site.open();
        late.close();
        let mut outdated = site.open();
        let _ = outdated.purge();
        for request in [&mut late, &mut outdated] {
            let first = Epoch::default();
            let mut view = changes().view::<Visitor>().unwrap();
            view.visits = 9;
            request.record(View::changes(&view, &site.engine), first);
            request.record((Changes::default(), Some(Error::encode("visits"))), first);
            request.set_permanent(true, first);
            request.set_lifetime(Duration::from_secs(60), first).unwrap();
            request.renew(first);
            request.clear::<Visitor>(first);
            assert!(is_empty(request), "{request:?}");
        }
        let epoch = late.purge();
        assert!(epoch == Epoch::default() && !late.was_purged() && late.stamp.is_some());
    }

    #[test]
    fn a_purge_leaves_nothing_of_the_session_nor_of_what_was_done_to_it() {
        let site = Site::signed().with(log_in("ada"));
        let mut request = site.open();
        assert!(!request.was_purged() && !request.is_new());
        let first = Epoch::default();
        request.change(|visitor| visitor.visits = 1);
        request.renew(first);
        request.record((Changes::default(), Some(Error::encode("visits"))), first);
        assert!(request.renew && request.failure.is_some());
        let epoch = request.purge();
        assert!(is_empty(&request) && request.is_new() && request.was_purged() && epoch != first);
        assert_eq!(request.view::<Visitor>().unwrap().user, None);
        assert_ne!(request.purge(), epoch, "each ends the views that were there");
    }

    #[test]
    fn clearing_drops_every_key_and_what_was_set_before() {
        let site = Site::signed().with(log_in("ada"));
        let mut request = site.open();
        request.change(|visitor| visitor.visits = 1);
        request.clear::<Visitor>(Epoch::default());
        assert_eq!(request.keys(), ["_created"]);
        assert!(request.log.is_cleared() && request.log.is_privileged() && !request.is_new());
    }

    #[test]
    fn settings_are_those_of_the_session_as_this_request_changed_it() {
        let mut site = Site::of(Builder::signed(key(7)).permanent(true)).with(|visitor| visitor.visits = 1);
        let first = Epoch::default();
        site.sent(|request| {
            assert!(request.permanent() && request.lifetime() == Duration::from_secs(31 * 86_400));
            request.set_lifetime(Duration::from_secs(60), first).unwrap();
            request.set_permanent(false, first);
            assert!(!request.permanent() && request.lifetime() == Duration::from_secs(60));
        })
        .unwrap();
        let mut request = site.open();
        assert!(!request.permanent() && request.lifetime() == Duration::from_secs(60));
        // What begins anew begins with the site's own.
        request.clear::<Visitor>(first);
        assert!(request.permanent() && request.lifetime() == Duration::from_secs(31 * 86_400));
        request.set_permanent(false, first);
        assert!(!request.permanent());
        assert!(request.set_lifetime(Duration::ZERO, first).unwrap_err().is_lifetime());
        assert!(Site::of(Builder::signed(key(7)).permanent(true)).open().permanent());
        assert!(!Site::signed().open().permanent());
    }

    #[test]
    fn keys_are_shown_as_what_they_stand_for() {
        let site = Site::signed();
        let mut request = site.open();
        let mut view = request.view::<Dynamic>().unwrap();
        view.insert("a\"b", 1).unwrap();
        request.record(View::changes(&view, &site.engine), View::epoch(&view));
        assert_eq!(request.keys(), ["_created", "a\"b"]);
    }

    #[test]
    fn a_prefetch_takes_nothing_that_is_shown_once() {
        let site = Site::signed().with(|visitor| visitor.notice = Some("saved".into()));
        for prefetch in [false, true] {
            let mut request = site.engine.open(std::iter::once(site.cookie.as_bytes()), prefetch);
            request.change(|visitor| {
                visitor.notice = None;
                visitor.visits = 1;
            });
            let view = request.view::<Visitor>().unwrap();
            assert_eq!((view.notice.is_some(), view.visits), (prefetch, 1));
        }
    }

    #[test]
    fn a_secret_is_not_read_from_a_cookie_that_its_owner_can_read() {
        #[derive(crate::SessionData)]
        #[session(crate = crate)]
        struct Secret {
            #[session(secret)]
            token: Option<String>,
        }
        assert!(Site::signed().open().view::<Secret>().unwrap_err().is_secret());
    }

    #[test]
    fn the_first_error_of_a_request_is_the_one_that_is_told() {
        let mut request = Site::signed().open();
        for key in ["first", "second"] {
            request.record((Changes::default(), Some(Error::encode(key))), Epoch::default());
        }
        assert!(request.commit(200).error.unwrap().to_string().contains("first"));
    }

    #[test]
    fn a_list_is_the_new_users_if_the_view_that_changed_it_came_after_the_login() {
        #[derive(crate::SessionData)]
        #[session(login(user), crate = crate)]
        struct Shopper {
            user: Option<String>,
            #[session(default = vec![1])]
            wishes: Vec<u32>,
            note: Option<String>,
        }

        fn change(request: &mut Transaction, change: impl FnOnce(&mut Shopper)) {
            let mut view = request.view::<Shopper>().unwrap();
            change(&mut view);
            request.record(View::own_changes(&view), View::epoch(&view));
        }

        for (login_first, session) in [(true, r#""user":"bob","wishes":[1,2]"#), (false, r#""user":"bob""#)] {
            let mut site = Site::signed().with(log_in("ada"));
            site.sent(|request| {
                change(request, |shopper| shopper.note = Some("ada's".into()));
                if login_first {
                    change(request, |shopper| shopper.user = Some("bob".into()));
                    change(request, |shopper| shopper.note = None);
                    change(request, |shopper| shopper.wishes.push(2));
                } else {
                    change(request, |shopper| shopper.note = None);
                    change(request, |shopper| shopper.wishes.push(2));
                    change(request, |shopper| shopper.user = Some("bob".into()));
                }
            });
            assert_eq!(site.session(), session);
        }
    }

    #[test]
    fn a_list_that_the_next_user_sets_after_one_that_was_made_from_the_last_users_is_kept() {
        let mut site = Site::signed().with(|visitor| {
            log_in("ada")(visitor);
            visitor.cart = vec![1];
        });
        site.sent(|request| {
            request.change(|visitor| {
                visitor.cart.push(2);
                log_in("bob")(visitor);
            });
            request.change(|visitor| visitor.cart.push(7));
        });
        assert_eq!(site.session(), r#""user":"bob","cart":[7]"#);
    }

    #[test]
    fn a_view_from_before_the_switch_brings_nothing_of_the_last_users_list() {
        let mut site = Site::signed().with(|visitor| {
            log_in("ada")(visitor);
            visitor.cart = vec![1];
        });
        site.sent(|request| {
            let mut early = request.view::<Visitor>().unwrap();
            request.change(|visitor| {
                log_in("bob")(visitor);
            });
            request.change(|visitor| visitor.cart.push(7));
            early.cart.push(9);
            request.record(View::own_changes(&early), View::epoch(&early));
        });
        assert!(!site.session().contains("1,"), "{}", site.session());
    }
}
