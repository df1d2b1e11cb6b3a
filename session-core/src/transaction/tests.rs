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
    /// As an adapter does for a view that stays open.
    fn settle(&mut self, view: &mut View<Visitor>) -> Result<(), Error> {
        self.record(View::changes(view, &self.engine), View::epoch(view));
        match self.next_view(view)? {
            Some(next) => *view = next,
            None => View::settle(view),
        }
        Ok(())
    }

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
    let mut site = ada_with_a_list();
    site.sent(|request| {
        request.change(|visitor| {
            visitor.cart.push(2);
            log_in("bob")(visitor);
        });
        request.change(|visitor| visitor.cart.push(7));
    });
    assert_eq!(site.session(), r#""user":"bob","cart":[7]"#);
}

fn ada_with_a_list() -> Site {
    Site::signed().with(|visitor| {
        log_in("ada")(visitor);
        visitor.cart = vec![1];
    })
}

#[test]
fn a_view_from_before_the_switch_brings_nothing_of_the_last_users_list() {
    let mut site = ada_with_a_list();
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

/// A request in which ada was logged in, and bob is now, with a list.
fn after_bob_logged_in(base: &str) -> Transaction {
    let mut site = Site::signed();
    if !base.is_empty() {
        site = site.with(|visitor| {
            log_in(base)(visitor);
            visitor.cart = vec![1];
            visitor.note = Some("the first one's".into());
        });
    }
    let mut request = site.open();
    request.change(log_in("bob"));
    request.change(|visitor| visitor.cart = vec![7]);
    request
}

/// Whom the session that is saved belongs to, with which list and note.
fn saved(mut request: Transaction) -> (String, Vec<u32>, String) {
    let header = request.commit(200).set_cookie.unwrap();
    let cookie = header.split(';').next().unwrap();
    let next = request.engine.open(std::iter::once(cookie.as_bytes()), false);
    let visitor = View::into_data(next.view::<Visitor>().unwrap());
    (visitor.user.unwrap_or_default(), visitor.cart, visitor.note.unwrap_or_default())
}

fn of_carol(cart: &[u32]) -> (String, Vec<u32>, String) {
    ("carol".into(), cart.to_vec(), String::new())
}

#[test]
fn a_users_list_goes_on_and_no_open_view_brings_it_to_the_next_user() {
    for base in ["ada", ""] {
        let mut request = after_bob_logged_in(base);
        let (mut one, mut another) = (request.view::<Visitor>().unwrap(), request.view::<Visitor>().unwrap());
        one.cart.push(8);
        request.settle(&mut one).unwrap();
        assert_eq!(request.view::<Visitor>().unwrap().cart, [7, 8], "{base}");
        another.user = Some("carol".into());
        request.settle(&mut another).unwrap();
        assert_eq!((another.user.as_deref(), another.cart.len()), (Some("carol"), 0));
        one.cart.push(9);
        request.settle(&mut one).unwrap();
        assert_eq!((one.user.as_deref(), one.cart.len()), (Some("carol"), 0), "it goes on with what is theirs");
        for entry in [1, 2] {
            another.cart.push(entry);
            request.settle(&mut another).unwrap();
        }
        one = request.view().unwrap();
        one.cart.push(3);
        request.settle(&mut one).unwrap();
        assert_eq!(saved(request), of_carol(&[1, 2, 3]), "{base}");
    }
}

#[test]
fn a_view_that_was_cleared_goes_on_as_the_one_of_whoever_is_logged_in() {
    let mut request = after_bob_logged_in("ada");
    let of_bob = request.view::<Visitor>().unwrap();
    request.change(log_in("carol"));
    let of_carol = request.view::<Visitor>().unwrap();
    let cleared = request.clear::<Visitor>(View::epoch(&of_bob));
    assert!(cleared == View::epoch(&of_carol) && cleared != View::epoch(&of_bob));
}

#[test]
fn a_view_goes_on_as_it_is_unless_it_is_another_users_of_the_same_session() {
    let mut request = after_bob_logged_in("ada");
    let of_bob = request.view::<Visitor>().unwrap();
    assert!(request.next_view(&of_bob).unwrap().is_none());
    request.change(log_in("carol"));
    assert_eq!(request.next_view(&of_bob).unwrap().unwrap().user.as_deref(), Some("carol"));
    let _ = request.purge();
    assert!(request.next_view(&of_bob).unwrap().is_none(), "what it changes does not count");
}

#[test]
fn a_view_of_the_last_user_that_logs_in_the_next_one_too_brings_nothing() {
    let mut request = after_bob_logged_in("ada");
    let mut of_bob = request.view::<Visitor>().unwrap();
    request.change(log_in("carol"));
    request.change(|visitor| visitor.cart = vec![1]);
    let visitor = &mut *of_bob;
    (visitor.user, visitor.cart) = (Some("carol".into()), vec![7, 8]);
    request.settle(&mut of_bob).unwrap();
    assert_eq!(saved(request), of_carol(&[1]));
}

#[test]
fn a_logout_between_two_users_does_not_hide_that_they_are_two() {
    let log_out = |request: &mut Transaction| request.change(|visitor| visitor.user = None);
    let clear = |request: &mut Transaction| {
        let epoch = View::epoch(&request.view::<Visitor>().unwrap());
        let _ = request.clear::<Visitor>(epoch);
    };
    for base in ["ada", "carol", ""] {
        for leave in [log_out as fn(&mut Transaction), clear] {
            let mut request = after_bob_logged_in(base);
            let mut of_bob = request.view::<Visitor>().unwrap();
            leave(&mut request);
            assert!(request.view::<Visitor>().unwrap().note.is_none(), "the first one's session is left behind");
            request.change(|visitor| visitor.cart.push(5));
            request.change(log_in("carol"));
            of_bob.cart.push(8);
            request.settle(&mut of_bob).unwrap();
            request.change(|visitor| visitor.visits = 1);
            assert_eq!(saved(request), of_carol(&[]), "{base}");
        }
    }
}

#[test]
fn whoever_logs_in_and_out_in_one_view_takes_the_last_users_session_away_too() {
    let site = ada_with_a_list();
    let mut request = site.open();
    let mut view = request.view::<Visitor>().unwrap();
    view.user = Some("bob".into());
    view.note = Some("bob's".into());
    view.user = None;
    request.settle(&mut view).unwrap();
    request.change(log_in("carol"));
    assert_eq!(saved(request), of_carol(&[]));
}

#[test]
fn what_one_view_set_for_one_user_after_another_is_the_last_ones_alone() {
    for base in ["ada", ""] {
        for logs_out in [false, true] {
            let mut request = Site::signed().open();
            if !base.is_empty() {
                request.change(log_in(base));
            }
            let mut view = request.view::<Visitor>().unwrap();
            view.user = Some("bob".into());
            view.cart.push(7);
            view.note = Some("bob's".into());
            if logs_out {
                view.user = None;
            }
            view.user = Some("carol".into());
            view.cart.push(1);
            request.settle(&mut view).unwrap();
            view.cart.push(2);
            request.settle(&mut view).unwrap();
            assert_eq!(saved(request), of_carol(&[1, 2]), "{base} {logs_out}");
        }
    }
}

#[test]
fn a_view_that_was_cleared_goes_on_for_whoever_logs_in_by_it() {
    let site = Site::signed().with(log_in("ada"));
    let mut request = site.open();
    let mut view = request.view::<Visitor>().unwrap();
    let next = request.clear::<Visitor>(View::epoch(&view));
    view = View::emptied(&view, next);
    view.user = Some("carol".into());
    for entry in [1, 2] {
        view.cart.push(entry);
        request.settle(&mut view).unwrap();
    }
    assert_eq!(saved(request), of_carol(&[1, 2]));

    let mut request = site.open();
    let mut view = request.view::<Visitor>().unwrap();
    request.change(log_in("carol"));
    let next = request.clear::<Visitor>(View::epoch(&view));
    view = View::emptied(&view, next);
    for entry in [1, 2] {
        view.cart.push(entry);
        request.settle(&mut view).unwrap();
    }
    request.change(log_in("carol"));
    assert_eq!(saved(request).1, [1, 2]);
}

#[test]
fn a_list_that_one_view_emptied_is_not_brought_to_the_next_user_by_another() {
    let mut request = ada_with_a_list().open();
    let (mut one, mut another) = (request.view::<Visitor>().unwrap(), request.view::<Visitor>().unwrap());
    one.cart.clear();
    request.settle(&mut one).unwrap();
    another.cart.push(2);
    request.settle(&mut another).unwrap();
    request.change(log_in("carol"));
    assert_eq!(saved(request), of_carol(&[]));
}

#[test]
fn the_same_user_once_more_keeps_the_list() {
    let mut request = after_bob_logged_in("ada");
    let mut session = request.view::<Dynamic>().unwrap();
    session.insert("role", 5).unwrap();
    request.record(View::own_changes(&session), View::epoch(&session));
    // What cannot be read puts the login in doubt, so bob logs in again.
    let mut view = request.view::<Visitor>().unwrap();
    assert_eq!(view.user, None);
    let users = request.epoch.users;
    view.user = Some("bob".into());
    view.cart.push(8);
    request.settle(&mut view).unwrap();
    assert_eq!(request.epoch.users, users);
    assert_eq!(saved(request), ("bob".into(), vec![7, 8], String::new()));
}
