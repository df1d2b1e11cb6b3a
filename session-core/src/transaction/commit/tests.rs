use std::time::Duration;

use super::super::tests::{NOW, Site, Visitor, key, log_in};
use super::super::{Epoch, Transaction};
use crate::config::{Builder, Refresh};

const FIRST: Epoch = Epoch { purges: 0, users: 0 };
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
    assert!(
        site.sent(|request| {
            let _ = request.clear::<Visitor>(FIRST);
        })
        .unwrap()
        .starts_with(REMOVAL)
    );
    for handle in [
        |request: &mut Transaction| {
            let _ = request.clear::<Visitor>(FIRST);
        },
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
        assert!(
            site.sent(|request| {
                let _ = request.clear::<Visitor>(FIRST);
            })
            .unwrap()
            .contains("Max-Age=0")
        );
    }

    #[test]
    fn clearing_takes_away_a_cookie_that_opened_no_session_too() {
        let clear = |request: &mut Transaction| {
            let _ = request.clear::<Visitor>(FIRST);
        };
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
