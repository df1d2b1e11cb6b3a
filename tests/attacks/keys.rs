//! Keys and settings with which nothing else would help.

use std::time::Duration;

use session_actix::{Key, KeyRing, SameSite, SessionMiddleware};

use crate::site::{Tally, key};

const TEXT: &str = "correct-horse-battery-staple-and-more";

#[test]
fn a_weak_or_mangled_key() {
    let mut tally = Tally::default();
    for length in 0..32 {
        tally.add(Key::try_from(vec![7; length].as_slice()).is_err(), || format!("{length} bytes"));
    }
    for digits in ["", "00", &"0".repeat(63), &"0g".repeat(32), &format!("{} ", "00".repeat(32)), &"0".repeat(65)] {
        tally.add(Key::from_hex(digits).is_err(), || format!("{digits:?} as hexadecimal digits"));
    }
    tally.add(Key::from_env("A_VARIABLE_THAT_IS_NOT_SET").is_err(), || "no variable".into());
    tally.report("a_weak_or_mangled_key");
}

#[test]
fn a_secret_of_flasks_that_is_short_or_stands_in_a_documentation() {
    let mut tally = Tally::default();
    for secret in [
        "",
        "dev",
        "secret",
        "password",
        "123456789012345",
        "you-will-never-guess",
        "hard to guess string",
        "change-me-in-production",
        "_5#y2L\"F4Q8z\n\u{ec}]/",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "super-secret-key",
        "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
        "YOUR_OWN_RANDOM_GENERATED_SECRET_KEY",
    ] {
        // The one of Flask's documentation is bytes, not a text.
        let bytes: Vec<u8> = secret.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
        tally.add(SessionMiddleware::flask(bytes.clone()).build().is_err(), || secret.into());
        tally.add(SessionMiddleware::flask(TEXT).fallbacks([bytes]).build().is_err(), || {
            format!("{secret:?} as a fallback")
        });
    }
    tally.report("a_secret_of_flasks_that_is_short_or_stands_in_a_documentation");
}

/// Whatever is printed, for a log or by a start that fails.
#[test]
fn a_key_in_a_log() {
    let mut tally = Tally::default();
    let bytes = || Key::try_from(TEXT.as_bytes()).unwrap();
    let ring = || KeyRing::new(bytes()).fallback(bytes());
    let sessions = SessionMiddleware::signed(ring()).build().unwrap();
    let refused = SessionMiddleware::signed(ring()).lifetime(Duration::ZERO).build().unwrap_err();
    let flask = SessionMiddleware::flask(TEXT).cookie_name("a name").build().unwrap_err();
    for text in [
        format!("{:?}", bytes()),
        format!("{:?}", ring()),
        format!("{:?}", SessionMiddleware::signed(ring())),
        format!("{sessions:?} {sessions:#?}"),
        format!("{refused} {refused:?}"),
        format!("{flask} {flask:?}"),
        format!("{:?}", SessionMiddleware::flask(TEXT)),
        format!("{:?}", Key::try_from(&TEXT.as_bytes()[..20]).unwrap_err()),
    ] {
        let digits = "636f7272"; // "corr"
        let list = TEXT.bytes().take(4).map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        let shows = text.contains(&TEXT[..8]) || text.contains(digits) || text.contains(&list);
        tally.add(!shows, || text.clone());
    }
    tally.report("a_key_in_a_log");
}

#[test]
fn settings_that_browsers_ignore() {
    let mut tally = Tally::default();
    let builder = || SessionMiddleware::signed(key(7));
    for (what, builder) in [
        ("a domain for `__Host-`", builder().domain("example.org")),
        ("a path for `__Host-`", builder().path("/shop")),
        ("`__Host-` without `Secure`", builder().secure(false).host_prefix(true)),
        ("`SameSite=None` without `Secure`", builder().secure(false).same_site(SameSite::None)),
        ("`Partitioned` without `Secure`", builder().secure(false).partitioned(true)),
        ("`__Secure-` without `Secure`", builder().secure(false).cookie_name("__Secure-session")),
        ("a name with a space", builder().cookie_name("a name")),
        ("a name with a semicolon", builder().cookie_name("a;b")),
        ("a name with `=`", builder().cookie_name("a=b")),
        ("a name with a line", builder().cookie_name("a\r\nSet-Cookie: b")),
        ("no name", builder().cookie_name("")),
        ("a path with a semicolon", builder().host_prefix(false).path("/; HttpOnly")),
        ("a domain with a line", builder().host_prefix(false).domain("a\r\nb")),
        ("a cookie of 5 kB", builder().max_cookie_bytes(5000)),
        ("a cookie of nothing", builder().max_cookie_bytes(0)),
        ("no lifetime", builder().lifetime(Duration::ZERO)),
        ("a lifetime beyond all clocks", builder().lifetime(Duration::MAX)),
        ("no absolute lifetime at all", builder().absolute_lifetime(Some(Duration::ZERO))),
    ] {
        tally.add(builder.build().is_err(), || what.into());
    }
    tally.report("settings_that_browsers_ignore");
}
