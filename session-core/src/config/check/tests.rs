use super::*;
use crate::config::Registered;
use crate::key::Key;

const SECOND: Duration = Duration::from_secs(1);

fn checked(kind: Kind, change: impl FnOnce(&mut Config)) -> Vec<String> {
    let mut config = Config::default();
    change(&mut config);
    config.check(kind, &Key::generate().into()).err().map(|error| error.faults).unwrap_or_default()
}

fn faults(change: impl FnOnce(&mut Config)) -> Vec<String> {
    checked(Kind::Signed, change)
}

#[track_caller]
fn assert_refused(part: &str, change: impl FnOnce(&mut Config)) {
    let faults = faults(change);
    assert!(matches!(&faults[..], [fault] if fault.contains(part)), "{part}: {faults:?}");
}

#[track_caller]
fn assert_taken(change: impl FnOnce(&mut Config)) {
    assert_eq!(faults(change), [""; 0]);
}

#[test]
fn the_defaults_can_work() {
    assert_taken(|_| ());
}

#[test]
fn an_error_names_all_faults_in_display_and_debug() {
    let mut config = Config { lifetime: Duration::ZERO, store_timeout: Duration::ZERO, ..Config::default() };
    config.attributes.path = "shop".into();
    config.host_prefix = Some(false);
    let error = config.check(Kind::Signed, &Key::generate().into()).unwrap_err();
    assert_eq!(error.faults().count(), 3);
    let text = format!("the session settings cannot work: {}", error.faults().collect::<Vec<_>>().join("; "));
    assert_eq!((error.to_string(), format!("{error:?}")), (text.clone(), text));
}

#[test]
fn a_cookies_name_is_a_token() {
    for name in ["", "a b", "a;b", "a=b", "a,b", "é", "a\n", "a(b)", "\"a\""] {
        assert_refused("cookie's name is empty or holds", |config| config.cookie_name = Some(name.into()));
    }
    assert_taken(|config| config.cookie_name = Some("!#$%&'*+-.^_`|~09azAZ".into()));
    assert_refused("cookie's name is empty or holds", |config| config.scope = "a b".into());
    assert_taken(|config| config.scope = "admin".into());
    // Without a prefix before it, it would be empty indeed.
    assert_refused("cookie's name is empty or holds", |config| {
        config.cookie_name = Some(String::new());
        config.host_prefix = Some(false);
    });
}

#[test]
fn a_name_with_a_prefix_keeps_the_promise_of_the_prefix() {
    for name in ["__Host-a", "__host-a", "session"] {
        let named = |config: &mut Config| {
            config.cookie_name = Some(name.into());
            config.host_prefix = Some(true);
        };
        assert_taken(named);
        assert_refused("must be secure: remove `.secure(false)`", |config| {
            named(config);
            config.attributes.secure = false;
        });
        assert_refused("has no domain", |config| {
            named(config);
            config.attributes.domain = Some("example.com".into());
        });
        assert_refused("has the path `/`", |config| {
            named(config);
            config.attributes.path = "/shop".into();
        });
    }
    let secure = |config: &mut Config| {
        config.cookie_name = Some("__SECURE-a".into());
        config.host_prefix = Some(false);
    };
    assert_taken(secure);
    assert_refused("a `__Secure-` cookie must be secure", |config| {
        secure(config);
        config.attributes.secure = false;
    });
    assert_refused("although `.host_prefix(false)` was called", |config| {
        config.cookie_name = Some("__Host-a".into());
        config.host_prefix = Some(false);
    });
    assert_taken(|config| {
        config.host_prefix = Some(false);
        config.attributes.domain = Some("example.com".into());
        config.attributes.path = "/shop".into();
    });
    assert_taken(|config| config.attributes.secure = false);
}

#[test]
fn what_browsers_refuse_without_secure_is_refused() {
    for (part, change) in [
        ("`SameSite=None`", (|config| config.attributes.same_site = Some(SameSite::None)) as fn(&mut Config)),
        ("`Partitioned`", |config| config.attributes.partitioned = true),
    ] {
        assert_taken(change);
        assert_refused(part, |config| {
            change(config);
            config.attributes.secure = false;
        });
    }
}

#[test]
fn a_domain_is_a_host_name() {
    let with = |domain: &'static str| {
        move |config: &mut Config| {
            config.host_prefix = Some(false);
            config.attributes.domain = Some(domain.into());
        }
    };
    for domain in ["", ".", "a..b", "a.", "-a.b", "a-.b", "a b", "a;b", "http://a.b", "a.b:80", "é.b", "..a"] {
        assert_refused("domain is not a host name", with(domain));
    }
    for domain in ["localhost", "example.com", ".example.com", "xn--e1a.b-c.09", "127.0.0.1"] {
        assert_taken(with(domain));
    }
}

#[test]
fn a_path_cannot_end_its_attribute() {
    for path in ["", "shop", "/a;b", "/a b", "/é", "/a\n", "/\u{7f}"] {
        assert_refused("path must begin with `/`", |config| {
            config.host_prefix = Some(false);
            config.attributes.path = path.into();
        });
    }
}

#[test]
fn a_cookie_has_at_least_one_byte_and_at_most_4096() {
    for (bytes, works) in [(0, false), (1, true), (4096, true), (4097, false)] {
        let change = |config: &mut Config| config.max_cookie_bytes = bytes;
        if works { assert_taken(change) } else { assert_refused("must lie between 1 and 4096", change) }
    }
}

#[test]
fn lifetimes_are_between_a_second_and_400_days() {
    let below = Duration::from_nanos(999_999_999);
    let without_absolute = |lifetime| {
        move |config: &mut Config| {
            config.lifetime = lifetime;
            config.absolute_lifetime = None;
        }
    };
    assert_refused("`.lifetime(..)` is below one second", without_absolute(below));
    assert_taken(without_absolute(SECOND));
    assert_taken(without_absolute(LONGEST_LIFETIME));
    assert!(faults(without_absolute(LONGEST_LIFETIME + SECOND))[0].contains("`.lifetime(..)` is over 400 days"));
    let short = |max| {
        move |config: &mut Config| {
            config.lifetime = SECOND;
            config.max_lifetime = Some(max);
        }
    };
    assert!(faults(short(below))[0].contains("`.max_lifetime(..)` is below one second"));
    assert_taken(short(SECOND));
    assert_taken(short(LONGEST_LIFETIME));
    assert_refused("`.max_lifetime(..)` is over 400 days", short(LONGEST_LIFETIME + SECOND));
}

#[test]
fn the_longest_lifetimes_are_not_below_the_usual_one() {
    let minute = 60 * SECOND;
    let absolute = |absolute| {
        move |config: &mut Config| {
            config.lifetime = minute;
            config.absolute_lifetime = Some(absolute);
        }
    };
    assert_refused("`.absolute_lifetime(..)` is below `.lifetime(..)`", absolute(59 * SECOND));
    assert_taken(absolute(minute));
    assert_taken(absolute(10 * LONGEST_LIFETIME));
    assert!(faults(absolute(Duration::ZERO))[0].contains("`.absolute_lifetime(..)` is below one second"));
    assert_refused("`.max_lifetime(..)` is below `.lifetime(..)`", |config| {
        config.lifetime = minute;
        config.max_lifetime = Some(59 * SECOND);
    });
    assert_taken(|config| {
        config.lifetime = minute;
        config.max_lifetime = Some(minute);
    });
    for (after, works) in [(59 * SECOND, true), (minute, false), (2 * minute, false)] {
        let change = |config: &mut Config| {
            config.lifetime = minute;
            config.refresh = Refresh::After(after);
        };
        if works { assert_taken(change) } else { assert_refused("`Refresh::After(..)` is not below", change) }
    }
    assert_refused("`.store_timeout(..)` is zero", |config| config.store_timeout = Duration::ZERO);
}

#[test]
fn setters_of_flask_are_for_flask_alone() {
    let change = |config: &mut Config| config.flask_setters = vec!["salt"];
    assert_refused("`salt` is for `SessionMiddleware::flask(..)` alone", change);
    #[cfg(feature = "flask")]
    assert_eq!(checked(Kind::Flask, change), [""; 0]);
}

#[cfg(feature = "flask")]
#[test]
fn with_flask_secure_is_to_be_added_and_a_domain_may_be_empty() {
    let faults = checked(Kind::Flask, |config| {
        config.attributes.secure = false;
        config.attributes.same_site = Some(SameSite::None);
        config.attributes.domain = Some(String::new());
    });
    assert!(matches!(&faults[..], [fault] if fault.contains("add `.secure(true)`")), "{faults:?}");
}

const SECRET: &[Field] = &[Field::value("token").secret()];
const NAMED: &[Field] = &[Field::value("name").aliases(&["old"])];
const VISITS: &[Field] = &[Field::counter::<u8>("visits")];
const COUNTED: &[Field] = &[Field::counter::<u8>("old")];

fn registered(name: &'static str, fields: &'static [Field]) -> Registered {
    Registered { name, scope: "", fields }
}

#[test]
fn secrets_are_only_for_sessions_that_their_owner_cannot_read() {
    let change = |config: &mut Config| config.registered = vec![registered("Visitor", SECRET)];
    assert_refused("the field \"token\" of `Visitor` is secret", change);
    assert_eq!(checked(Kind::Stored, change), [""; 0]);
}

#[test]
fn a_struct_of_another_scope_is_refused() {
    assert_refused("`Visitor` belongs to the scope \"\", the middleware has \"admin\"", |config| {
        config.scope = "admin".into();
        config.registered = vec![registered("Visitor", NAMED)];
    });
}

#[test]
fn two_structs_say_the_same_of_a_key() {
    let pair = |one, another| {
        move |config: &mut Config| config.registered = vec![registered("One", one), registered("Other", another)]
    };
    assert_taken(pair(NAMED, NAMED));
    assert_taken(pair(NAMED, VISITS));
    assert_refused("`One` and `Other` say different things of the key \"old\"", pair(NAMED, COUNTED));
    assert_refused("`One` and `Other` say different things of the key \"name\"", pair(COUNTED, NAMED));
}
