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
mod tests {
    use std::time::Duration;

    use super::super::tests::{NOW, Site, Visitor, key, log_in};
    use super::super::{Epoch, Transaction};
    use crate::config::{Builder, Refresh};

    const FIRST: Epoch = Epoch(0);
    const REMOVAL: &str = "__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0";

    /// Ada, who may do something and was here three times.
    fn ada(visitor: &mut Visitor) {
        log_in("ada")(visitor);
        visitor.role = Some("admin".into());
        visitor.visits = 3;
    }

    fn nothing(_: &mut Transaction) {}

    #[test]
    fn a_response_of_a_server_error_saves_only_what_was_given_up() {
        for (status, session) in [
            (200, r#""visits":4,"user":"ada""#),
            (499, r#""visits":4,"user":"ada""#),
            (500, r#""visits":3,"user":"ada""#),
            (599, r#""visits":3,"user":"ada""#),
        ] {
            let mut site = Site::signed().with(ada);
            site.answer(status, |request| {
                request.change(|visitor| {
                    visitor.role = None;
                    visitor.visits += 1;
                });
            });
            let (mut found, mut expected): (Vec<_>, Vec<_>) =
                (site.session().split(',').map(str::to_owned).collect(), session.split(',').collect());
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{status}");
        }
        let mut site = Site::signed().with(ada);
        let commit = site.answer(500, |request| request.change(|visitor| visitor.visits += 1));
        assert!(commit.set_cookie.is_none() && commit.error.is_none());
    }

    #[test]
    fn where_the_settings_say_so_a_server_error_saves_everything() {
        let mut site = Site::of(Builder::signed(key(7)).commit_on_server_error(true));
        site.answer(500, |request| request.change(|visitor| visitor.visits = 1));
        assert_eq!(site.session(), r#""visits":1"#);
    }

    #[test]
    fn a_request_ends_once() {
        let site = Site::signed();
        let mut request = site.open();
        request.change(ada);
        assert!(request.commit(200).set_cookie.is_some());
        request.change(|visitor| visitor.visits = 9);
        assert!(request.commit(200).set_cookie.is_none());
    }

    #[test]
    fn a_session_that_cannot_be_saved_is_an_error_and_a_lost_privilege_is_saved() {
        let large = |visitor: &mut Visitor| visitor.note = Some("x".repeat(5000));
        let mut site = Site::signed().with(ada);
        let commit = site.answer(200, |request| request.change(large));
        assert!(commit.error.unwrap().is_too_large() && commit.set_cookie.is_none());
        let commit = site.answer(200, |request| {
            request.change(|visitor| {
                visitor.user = None;
                large(visitor);
            });
        });
        assert!(commit.error.is_some() && commit.set_cookie.is_some());
        assert!(site.session().contains("visits") && !site.session().contains("ada"), "{}", site.session());
    }

    #[test]
    fn a_session_that_lost_a_privilege_and_cannot_be_saved_ends() {
        let mut site = Site::signed().with(|visitor| {
            ada(visitor);
            visitor.note = Some("x".repeat(200));
        });
        site = site.become_site(Builder::signed(key(7)).max_cookie_bytes(100));
        let commit = site.answer(200, |request| request.change(|visitor| visitor.user = None));
        assert!(commit.error.is_some() && commit.set_cookie.unwrap().starts_with(REMOVAL));
    }

    #[test]
    fn a_purge_takes_the_cookie_away_where_there_is_one() {
        let purge = |request: &mut Transaction| {
            let _ = request.purge();
        };
        for status in [200, 500] {
            let mut site = Site::signed().with(ada);
            assert!(site.answer(status, purge).set_cookie.unwrap().starts_with(REMOVAL), "{status}");
            assert!(site.answer(status, purge).set_cookie.is_none(), "{status}");
        }
        let mut site = Site::signed();
        site.cookie = "__Host-session=garbage".into();
        assert_eq!(site.sent(nothing), None, "a cookie that does not count stays");
        assert!(site.sent(purge).unwrap().starts_with(REMOVAL));
    }

    #[test]
    fn after_a_purge_a_new_session_begins_with_what_is_set_then() {
        let mut site = Site::signed().with(ada);
        site.clock.set(NOW + 5);
        site.sent(|request| {
            let _ = request.purge();
            request.change(|visitor| visitor.visits = 1);
        })
        .unwrap();
        assert_eq!((site.session().as_str(), site.created()), (r#""visits":1"#, Some(NOW + 5)));
        // Where nothing is left of that one either, the cookie goes.
        let header = site.sent(|request| {
            let epoch = request.purge();
            request.set_permanent(true, epoch);
        });
        assert!(header.unwrap().starts_with(REMOVAL));
    }

    #[test]
    fn a_session_that_lost_its_last_key_goes_and_none_begins_without_one() {
        let mut site = Site::signed().with(|visitor| visitor.visits = 1);
        assert!(site.sent(|request| request.clear::<Visitor>(FIRST)).unwrap().starts_with(REMOVAL));
        for handle in [
            |request: &mut Transaction| request.clear::<Visitor>(FIRST),
            |request: &mut Transaction| request.set_permanent(true, FIRST),
            |request: &mut Transaction| request.renew(FIRST),
        ] {
            assert_eq!(site.sent(handle), None);
            site.cookie = "__Host-session=garbage".into();
        }
        let mut site = Site::signed().with(|visitor| visitor.notice = Some("saved".into()));
        assert!(site.sent(|request| request.change(|visitor| visitor.notice = None)).unwrap().starts_with(REMOVAL));
    }

    #[test]
    fn only_a_login_begins_the_absolute_lifetime_anew() {
        for (what, handle, began) in [
            ("a change", (|request| request.change(|visitor| visitor.visits = 9)) as fn(&mut Transaction), NOW),
            ("a renewal", |request| request.renew(FIRST), NOW),
            (
                "dropping all keys",
                |request| {
                    request.clear::<Visitor>(FIRST);
                    request.change(|visitor| visitor.visits = 9);
                },
                NOW,
            ),
            ("a logout", |request| request.change(|visitor| visitor.user = None), NOW),
            ("the same user", |request| request.change(|visitor| visitor.user = Some("ada".into())), NOW),
            ("another user", |request| request.change(log_in("bob")), NOW + 5),
        ] {
            let mut site = Site::signed().with(ada);
            site.clock.set(NOW + 5);
            site.sent(handle);
            assert_eq!(site.created(), Some(began), "{what}");
        }
        let mut site = Site::signed().with(|visitor| visitor.visits = 3);
        site.clock.set(NOW + 5);
        site.sent(|request| request.change(log_in("ada")));
        assert_eq!((site.created(), site.issued()), (Some(NOW + 5), NOW + 5));
        assert!(site.session().contains(r#""visits":3"#), "who logs in keeps the cart");
    }

    #[test]
    fn settings_that_a_session_has_already_write_nothing() {
        let minute = Duration::from_secs(60);
        let mut site = Site::signed().with(ada);
        assert_eq!(site.sent(|request| request.set_permanent(false, FIRST)), None);
        assert!(site.sent(|request| request.set_permanent(true, FIRST)).unwrap().contains("Max-Age=2678400"));
        assert_eq!(site.sent(|request| request.set_permanent(true, FIRST)), None);
        assert!(site.sent(|request| request.set_lifetime(minute, FIRST).unwrap()).unwrap().contains("Max-Age=60"));
        assert_eq!(site.sent(|request| request.set_lifetime(minute, FIRST).unwrap()), None);
        assert!(site.sent(|request| request.set_permanent(false, FIRST)).is_some());
        let both = |request: &mut Transaction| {
            request.set_permanent(false, FIRST);
            request.change(|visitor| visitor.visits += 1);
        };
        assert!(site.sent(both).is_some(), "beside a change they are written");
    }

    #[test]
    fn a_session_that_is_only_read_is_written_when_its_refresh_is_due() {
        let tenth = 31 * 86_400 / 10;
        let mut site = Site::signed().with(ada);
        assert_eq!(site.sent(nothing), None);
        site.clock.set(NOW + tenth - 1);
        assert_eq!(site.sent(nothing), None);
        site.clock.set(NOW + tenth);
        assert!(site.sent(nothing).is_some());
        assert_eq!((site.issued(), site.created()), (NOW + tenth, Some(NOW)));
        assert!(site.session().contains("ada"));

        site.clock.set(NOW + tenth + 1);
        assert!(site.sent(|request| request.renew(FIRST)).is_some());
        assert_eq!(site.issued(), NOW + tenth + 1);
        assert_eq!(Site::signed().sent(nothing), None);
    }

    #[test]
    fn what_an_old_key_signed_is_signed_anew_and_does_not_live_longer_for_it() {
        use crate::key::KeyRing;

        let mut site = Site::signed().with(ada);
        site = site.become_site(Builder::signed(KeyRing::new(key(8)).fallback(key(7))));
        site.clock.set(NOW + 5);
        assert!(site.sent(nothing).is_some());
        assert_eq!(site.issued(), NOW);
        assert_eq!(site.sent(nothing), None, "once is enough");
        let site = site.become_site(Builder::signed(key(8)));
        assert!(site.session().contains("ada"));
    }

    #[test]
    fn a_page_that_only_reads_does_not_fail_where_a_limit_was_lowered() {
        let mut site = Site::signed().with(ada);
        site = site.become_site(Builder::signed(key(7)).max_cookie_bytes(50).refresh(Refresh::EveryResponse));
        assert_eq!(site.sent(nothing), None);
    }

    #[test]
    fn a_list_that_was_made_from_another_users_is_not_saved() {
        let mut site = Site::signed().with(|visitor| {
            ada(visitor);
            visitor.cart = vec![1];
        });
        site.sent(|request| {
            request.change(|visitor| {
                visitor.cart.push(2);
                log_in("bob")(visitor);
                visitor.role = None;
            });
        });
        assert_eq!(site.session(), r#""user":"bob""#);
    }

    #[test]
    fn debug_shows_no_cookie() {
        let commit = Site::signed().answer(200, |request| request.change(ada));
        assert!(!format!("{commit:?}").contains("session="), "{commit:?}");
        assert!(format!("{commit:?}").contains("error: None"), "{commit:?}");
    }

    #[cfg(feature = "flask")]
    mod shared_with_flask {
        use super::*;

        fn flask() -> Builder {
            Builder::flask("0123456789abcdef")
        }

        #[test]
        fn a_session_is_refreshed_by_every_response_if_it_is_permanent() {
            let mut site = Site::of(flask()).with(ada);
            assert_eq!(site.sent(nothing), None);
            site.sent(|request| request.set_permanent(true, FIRST)).unwrap();
            assert!(site.sent(nothing).unwrap().contains("Expires="));
            site.sent(|request| request.set_permanent(false, FIRST)).unwrap();
            assert_eq!(site.sent(nothing), None);
        }

        #[test]
        fn whether_a_session_is_permanent_is_something_in_it() {
            for permanent in [true, false] {
                let mut site = Site::of(flask());
                assert!(site.sent(|request| request.set_permanent(permanent, FIRST)).is_some(), "{permanent}");
                assert_eq!(site.sent(|request| request.set_permanent(permanent, FIRST)).is_some(), permanent);
                assert!(site.sent(|request| request.change(ada)).is_some());
                let header = site.sent(|request| {
                    request.change(|visitor| {
                        visitor.user = None;
                        visitor.role = None;
                        visitor.visits = 0;
                    });
                });
                assert!(!header.unwrap().contains("Max-Age=0"), "{permanent}");
            }
        }

        #[test]
        fn the_last_key_that_goes_leaves_what_was_said_of_permanence_and_clearing_leaves_nothing() {
            let log_out = |request: &mut Transaction| request.change(|visitor| visitor.user = None);
            let mut site = Site::of(flask()).with(log_in("ada"));
            assert!(site.sent(log_out).unwrap().contains("Max-Age=0"), "nothing is left of it");
            let mut site = Site::of(flask().permanent(true)).with(log_in("ada"));
            assert!(!site.sent(log_out).unwrap().contains("Max-Age=0"));
            let mut site = Site::of(flask().permanent(true)).with(log_in("ada"));
            assert!(site.sent(|request| request.clear::<Visitor>(FIRST)).unwrap().contains("Max-Age=0"));
        }

        #[test]
        fn clearing_takes_away_a_cookie_that_opened_no_session_too() {
            let clear = |request: &mut Transaction| request.clear::<Visitor>(FIRST);
            let mut site = Site::of(flask());
            assert_eq!(site.sent(clear), None);
            site.cookie = "session=garbage".into();
            assert!(site.sent(clear).unwrap().contains("Max-Age=0"));
        }

        #[test]
        fn what_an_old_secret_signed_stays_until_it_is_written() {
            let mut site = Site::of(flask()).with(ada);
            site = site.become_site(Builder::flask("another secret, as good").fallbacks(["0123456789abcdef"]));
            assert_eq!(site.sent(nothing), None);
            assert!(site.session().contains("ada"));
            site.sent(|request| request.change(|visitor| visitor.visits += 1)).unwrap();
            assert!(site.become_site(Builder::flask("another secret, as good")).session().contains("ada"));
        }

        #[test]
        fn when_a_session_began_is_said_where_it_matters() {
            let mut site = Site::of(flask()).with(ada);
            assert_eq!(site.created(), None);
            site = site.become_site(flask().absolute_lifetime(Some(Duration::from_secs(90 * 86_400))));
            site.clock.set(NOW + 5);
            site.sent(|request| request.renew(FIRST)).unwrap();
            assert_eq!(site.created(), Some(NOW), "or it would never end");
        }
    }
}
