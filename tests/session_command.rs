//! The command `session`. It is a test of session-actix, which has the program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "it is a test")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const KEY: &str = "of-the-test-alone-and-of-thirty-two-bytes";

fn session(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_session"))
        .args(arguments)
        .env_remove("SECRET_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    command.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = command.wait_with_output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn output(arguments: &[&str]) -> String {
    let (status, output, error) = session(arguments, "");
    assert_eq!(status, Some(0), "{arguments:?}: {error}");
    output.trim_end().to_owned()
}

fn sign(kind: &str, json: &str) -> String {
    output(&["sign", "--key", KEY, "--kind", kind, json])
}

#[test]
fn a_key_is_good_and_another_one_each_time() {
    let (one, another) = (output(&["keygen"]), output(&["keygen", "--bytes", "64"]));
    assert_eq!((one.len(), another.len()), (64, 128));
    assert!(session_core::Key::from_hex(&one).is_ok() && output(&["keygen"]) != one);
    assert_eq!(session(&["keygen", "--bytes", "31"], "").0, Some(2));
}

#[test]
fn what_is_signed_is_found_in_any_header_and_verified() {
    for kind in ["signed", "encrypted", "flask"] {
        let cookie = sign(kind, r#"{"username":"Ada","n":[1,2]}"#);
        let (name, value) = cookie.split_once('=').unwrap();
        for text in [
            cookie.clone(),
            format!("Cookie: theme=dark; {cookie}; other=1"),
            format!("set-cookie: {cookie}; Path=/; Secure; HttpOnly"),
        ] {
            let shown = output(&["inspect", "--key", KEY, &text]);
            assert!(shown.contains("verified  yes\n"), "{shown}");
            assert!(shown.contains(&format!("cookie    {name}\nkind      {kind}, ")), "{shown}");
            assert!(shown.contains("username     5 bytes  \"Ada\""), "{shown}");
            assert!(shown.contains(" seconds ago") || shown.contains(" 1 second ago"), "{shown}");
        }
        let json = output(&[
            "inspect",
            "--json",
            "--key",
            "another-key-of-at-least-32-bytes-0",
            "--key",
            KEY,
            "--name",
            name,
            value,
        ]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["verified"], &json["values"]["n"]), (&true.into(), &serde_json::json!([1, 2])));
        assert_eq!(session(&["inspect", "--key", KEY, "-"], &cookie).0, Some(0));
    }
}

#[test]
fn a_cookie_that_no_key_made_is_told_by_the_status_too() {
    let cookie = sign("signed", r#"{"username":"Ada"}"#);
    let other = "another-key-of-at-least-32-bytes-0";
    for wrong in [
        &["inspect", "--key", other, &cookie][..],
        &["inspect", "--key", KEY, "--scope", "admin", &cookie],
        &["inspect", "--key", KEY, &cookie.replace("__Host-session", "session")],
        &["inspect", "--key", KEY, &format!("{cookie}A").replace("AA", "BA")],
    ] {
        let (status, shown, error) = session(wrong, "");
        assert!(status == Some(1) && shown.contains("verified  NO") || status == Some(2), "{wrong:?} {shown} {error}");
    }
    assert_eq!(session(&["inspect", "--quiet", "--key", other, &cookie], ""), (Some(1), String::new(), String::new()));
    assert_eq!(session(&["inspect", "-q", "--key", KEY, &cookie], ""), (Some(0), String::new(), String::new()));
}

#[test]
fn a_number_is_signed_as_it_is_written() {
    for number in ["123456789012345678901234567890", "1.10", "1e400", "-0.0"] {
        for kind in ["signed", "encrypted"] {
            let shown = output(&["inspect", "--key", KEY, &sign(kind, &format!(r#"{{"n":{number}}}"#))]);
            assert!(
                shown.contains(&format!(" bytes  {number}\n")) || shown.ends_with(&format!(" bytes  {number}")),
                "{shown}"
            );
        }
    }
}

/// An application reads `SECRET_KEY` as a text or, with `Key::from_hex`, as the bytes that its digits stand for.
#[test]
fn a_key_of_digits_is_tried_in_both_readings() {
    let digits = output(&["keygen"]);
    let by_text = output(&["sign", "--key", &digits, "{\"a\":1}"]);
    let by_hex = output(&["sign", "--hex", "--key", &digits, "{\"a\":1}"]);
    assert!(output(&["inspect", "--key", &digits, &by_text]).contains("verified  yes\n"));
    assert!(
        output(&["inspect", "--key", &digits, &by_hex])
            .contains("verified  yes, by key 1, as `Key::from_hex` reads it\n")
    );

    let engine: session_core::Engine =
        session_core::Builder::signed(session_core::Key::from_hex(&digits).unwrap()).build().unwrap();
    let (_, value) = by_hex.split_once('=').unwrap();
    assert!(engine.inspect(value).is_some(), "as an application has it");
}

/// As long as what stands in a store's cookie.
#[test]
fn a_session_of_48_bytes_is_not_taken_for_a_ticket() {
    for length in 0..20 {
        let cookie = sign("signed", &format!(r#"{{"a":"{}"}}"#, "x".repeat(length)));
        assert!(output(&["inspect", "--key", KEY, &cookie]).contains("signed, which"), "{length}");
    }
}

#[test]
fn without_a_key_nothing_is_verified_and_what_is_concealed_stays_so() {
    let shown = output(&["inspect", &sign("signed", r#"{"username":"Ada"}"#)]);
    assert!(shown.contains("verified  not asked for") && shown.contains("\"Ada\""), "{shown}");
    let shown = output(&["inspect", &sign("encrypted", r#"{"username":"Ada"}"#)]);
    assert!(shown.contains("encrypted") && !shown.contains("Ada") && !shown.contains("made"), "{shown}");
}

/// Flask made these, with the secrets that its own tests use.
#[test]
fn cookies_of_flasks_are_read_too() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("flask/vectors.json")).unwrap();
    let text = cases.to_string();
    let values = text.split('"').filter(|text| text.starts_with("eyJ") && text.split('.').count() == 3);
    let read = values.filter(|value| session(&["inspect", value], "").0 == Some(0)).count();
    assert!(read > 20, "{read}");
}

#[test]
fn a_cookie_of_a_store_shows_its_session_and_never_its_token() {
    let engine: session_core::Engine = session_core::Builder::stored(
        session_core::store::MemoryStore::new(),
        session_core::Key::try_from(KEY.as_bytes()).unwrap(),
    )
    .build()
    .unwrap();
    let mut data = <session_core::Dynamic as session_core::SessionData>::empty();
    data.insert("username", "Ada").unwrap();
    let mut made = std::pin::pin!(engine.cookie_for(&data));
    let waker = std::task::Waker::noop();
    let std::task::Poll::Ready(cookie) = made.as_mut().poll(&mut std::task::Context::from_waker(waker)) else {
        panic!("a store in memory answers at once")
    };
    let cookie = cookie.unwrap();
    for arguments in [&["inspect", &cookie][..], &["inspect", "--key", KEY, &cookie]] {
        let shown = output(arguments);
        assert!(shown.contains("kind      stored") && shown.contains("in the store"), "{shown}");
        assert!(!shown.contains("Ada") && !shown.contains(&cookie[40..80]), "{shown}");
    }
    assert!(output(&["inspect", "--key", KEY, &cookie]).contains("verified  yes"));
}

/// Whoever sends a cookie must not write on the terminal of whoever looks at it.
#[test]
fn what_a_stranger_wrote_into_a_cookie_does_not_reach_the_terminal() {
    let cookie = sign("signed", "{\"a\\u001b[2J\":\"b\u{9b}2J\\u001b\",\"c\u{202e}\":1}");
    let shown = output(&["inspect", &cookie]);
    let json = output(&["inspect", "--json", &cookie]);
    for shown in [&shown, &json] {
        assert!(
            shown.chars().all(|letter| letter == '\n' || !letter.is_control()) && !shown.contains('\u{202e}'),
            "{shown:?}"
        );
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["values"]["a\u{1b}[2J"], "b\u{9b}2J\u{1b}");
    assert_eq!(json["values"]["c\u{202e}"], 1);
}

#[test]
fn mistakes_are_said_without_the_key() {
    for (arguments, said) in [
        (&["inspect", "nonsense"][..], "this is no cookie of a session"),
        (&["inspect", "a=b; c=d"], "there is no session in these cookies"),
        (&["inspect", "--key", "short", "__Host-session=e30.AA.AA"], "this is no cookie of a session"),
        (&["sign", "--key", "short", "{}"], "at least 32 are needed"),
        (&["sign", "--key", KEY, "--kind", "stored", "{}"], "cannot be made from outside"),
        (&["sign", "--key", KEY, "[1]"], "expected a map"),
        (&["sign", "--key", KEY, r#"{"_created":1}"#], "is reserved"),
        (&["sign", "{}"], "--key <KEY>"),
        (&["inspect", "--quiet", "a.b.c"], "--key <KEY>"),
        (&["sign", "--key", KEY, r#"{"a":1,"b":2,"\u0061":3}"#], "the key \"a\" is there twice"),
        (&["sign", "--key", KEY, r#"{"a":{"b":1,"b":2}}"#], "is not JSON that a session can hold"),
        (&["sign", "--hex", "--key", KEY, "{}"], "hexadecimal"),
        (&["sign", "--hex", "--kind", "flask", "--key", &"0f".repeat(32), "{}"], "leave out --hex"),
    ] {
        let (status, output, error) = session(arguments, "");
        assert_eq!((status, output.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(error.contains(said) && !error.contains(KEY), "{error}");
    }
}

#[test]
fn a_scope_has_a_cookie_of_its_own() {
    let cookie = output(&["sign", "--key", KEY, "--scope", "admin", r#"{"username":"Ada"}"#]);
    let (name, value) = cookie.split_once('=').unwrap();
    assert_eq!(name, "__Host-session-admin");
    let beside = format!("Cookie: {}; {cookie}", sign("signed", "{\"n\":1}"));
    for text in [&cookie, value, &beside] {
        let shown = output(&["inspect", "--key", KEY, "--scope", "admin", text]);
        assert!(shown.contains("verified  yes\n") && shown.contains("__Host-session-admin"), "{shown}");
    }
    let own = session(&["inspect", "--key", KEY, value], "").0;
    assert_eq!(own, Some(1), "it is no session of the application's own scope");
}

#[test]
fn a_secure_name_of_flasks_is_known() {
    let cookie = output(&["sign", "--key", KEY, "--kind", "flask", "--name", "__Secure-session", r#"{"n":1}"#]);
    let shown = output(&["inspect", "--key", KEY, &cookie]);
    assert!(shown.contains("verified  yes\n") && shown.contains("__Secure-session"), "{shown}");
    assert!(sign("flask", "{\"n\":1}").starts_with("session="));
}
