//! The 422 golden cases, kind by kind: those that are one cookie or one text. Scenarios are in `flask_scenarios`.
//!
//! Where we differ on purpose, [`DIFFERENCES`] says why.

use actix_web::test::TestRequest;
use serde_json::Value;
use session_actix::flask::{RememberCookie, Signer, UrlSafeTimedSerializer, session_identifier};
use session_actix::testing::ManualClock;
use session_actix::{Dynamic, Session};
use std::time::Duration;

use crate::flask_cases::{
    Anything, Ignored, Typed, count, derivation, digest, holds, inflated, of_kind, secrets, sessions, text, top_level,
};
use crate::flask_scenarios;
use crate::support::{Jar, logged_async, visit_with};

/// Cases whose outcome is another one here, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("zlib/compressed-128k", "we inflate at most 64 KiB, so we write no more either"),
    ("badp/zipbomb-1MB", "we inflate at most 64 KiB"),
    ("badp/zipbomb-2500k", "we inflate at most 64 KiB"),
    ("exp/max-age-0-next-second", "a lifetime of 0 is refused by `build()`"),
    ("exp/max-age-negative", "a lifetime below 0 is refused by `build()`"),
    ("hdr/quoted-octal-dot", "Flask sends no quotes, so no browser does; one session has one text"),
    ("hdr/empty-then-good", "every cookie of the name is tried, so that a stale one logs nobody out"),
    ("hdr/utf8-suffix", "only canonical Base64 is read"),
    ("hdr/equals-in-value", "only canonical Base64 is read"),
];

fn differs(case: &Value) -> bool {
    DIFFERENCES.iter().any(|(name, _)| case["name"] == *name)
}

/// The cookie of a case's session as our types write it.
async fn cookie_of_types(case: &Value) -> Option<String> {
    let payload = Typed(case["payload_typed"].clone());
    // Of the biggest there is only the text.
    if payload.0.is_null() {
        return None;
    }
    let fields = payload.fields().filter(|_| payload.is_rusts())?;
    // A key without a value is left out, in Flask's sessions too.
    let complete = fields.iter().all(|(_, value)| !value.is_null());
    let sessions = sessions(case, case["timestamp"].as_u64().unwrap());
    if !complete {
        return None;
    }
    Some(sessions.cookie_for(&Anything(fields)).await.unwrap())
}

/// The same by the text of each field.
async fn cookie_of_texts(case: &Value) -> Option<String> {
    let tagged = case["tagged_json"].as_str()?;
    let mut fields = Vec::new();
    // A root of one key that would be taken for a tag is escaped by the library.
    let root = tagged.strip_prefix(r#"{" di":"#).and_then(|rest| rest.strip_suffix('}'));
    for (key, json) in top_level(root.unwrap_or(tagged)) {
        let key: String = serde_json::from_str(key).unwrap();
        let key = if root.is_some() { key.strip_suffix("__").unwrap().to_owned() } else { key };
        if ["_permanent", "_flashes"].contains(&key.as_str()) || json == "null" {
            return None;
        }
        fields.push((key, json.to_owned()));
    }
    let sessions = sessions(case, case["timestamp"].as_u64().unwrap());
    let insert = |session: &mut Session| {
        for (key, json) in fields {
            session.insert_raw(&key, &json).unwrap();
        }
    };
    let seen = visit_with(&sessions, &mut Jar::default(), (TestRequest::default(), 200), insert).await;
    Some(seen.set_cookies.first()?.split(';').next().unwrap().to_owned())
}

#[actix_web::test]
async fn every_session_is_written_as_flask_writes_it() {
    let mut written = 0;
    for case in of_kind("sign").into_iter().filter(|case| !differs(case)) {
        let name = text(case, "name");
        let golden = text(case, "cookie");
        for cookie in [cookie_of_types(case).await, cookie_of_texts(case).await].into_iter().flatten() {
            let cookie = cookie.strip_prefix("session=").unwrap();
            if case["encode_byte_exact"] == true {
                assert_eq!(cookie, golden, "{name}");
            } else {
                assert_eq!(inflated(cookie), inflated(golden), "{name}");
                // The signature is ours, so it is checked by reading.
                let sessions = sessions(case, case["now"].as_u64().unwrap());
                assert!(sessions.read::<Dynamic>(&format!("session={cookie}")).await.unwrap().is_some(), "{name}");
            }
            written += 1;
        }
    }
    assert!(written > 250, "{written}");
}

#[actix_web::test]
async fn every_session_is_read_and_what_nobody_touched_is_written_back_byte_for_byte() {
    for case in of_kind("sign").into_iter().filter(|case| !differs(case)) {
        let name = text(case, "name");
        let golden = text(case, "cookie");
        // A minute later, and then the same session once more.
        for now in [&case["now"], &case["timestamp"]] {
            let sessions = sessions(case, now.as_u64().unwrap());
            let mut jar = Jar::default();
            jar.set("session", golden);
            let look = |session: &mut Session| {
                session.renew();
                session.is_new()
            };
            let seen = visit_with(&sessions, &mut jar, (TestRequest::default(), 200), look).await;
            assert!(!seen.result, "{name}");
            let again = seen.set_cookies[0].split(';').next().unwrap().strip_prefix("session=").unwrap();
            if now == &case["timestamp"] && case["encode_byte_exact"] == true {
                assert_eq!(again, golden, "{name}");
            }
            assert_eq!(inflated(again), inflated(golden), "{name}");
        }
        let session = sessions(case, case["now"].as_u64().unwrap());
        let session: Dynamic = session.read(&format!("session={golden}")).await.unwrap().unwrap();
        assert!(holds(&session, &Typed(case["decoded"].clone())), "{name}");
    }
}

#[actix_web::test]
async fn every_cookie_is_taken_or_refused_as_flask_does() {
    for case in of_kind("verify").into_iter().filter(|case| !differs(case)) {
        let name = text(case, "name");
        let sessions = sessions(case, case["now"].as_u64().unwrap());
        let found = sessions.read::<Dynamic>(&format!("session={}", text(case, "cookie"))).await.unwrap();
        let loaded = found.as_ref().is_some_and(|session| !session.is_empty());
        // What Flask takes but never writes may be refused; what it answers with 500 is an empty session.
        let expected = case["flask_open_session"] == "loaded";
        let may_refuse = case["canonical"] == false;
        assert!(loaded == expected || (may_refuse && !loaded), "{name}");
        if loaded {
            assert!(holds(&found.unwrap(), &Typed(case["decoded"].clone())), "{name}");
        }
    }
}

#[test]
fn every_signature_and_age_is_judged_as_itsdangerous_does() {
    for case in of_kind("verify").into_iter().filter(|case| case["canonical"] == true) {
        let (secret, fallbacks) = secrets(case);
        let tokens = UrlSafeTimedSerializer::new(secret)
            .fallbacks(fallbacks)
            .salt(text(case, "salt"))
            .digest(digest(case))
            .key_derivation(derivation(case))
            .clock(ManualClock::at(case["now"].as_u64().unwrap()));
        // Nothing is younger than 0 seconds.
        let Ok(max_age) = u64::try_from(case["max_age"].as_i64().unwrap()) else { continue };
        let loaded = tokens.loads::<Ignored>(text(case, "cookie"), Some(Duration::from_secs(max_age)));
        let name = text(case, "name");
        match text(case, "expect") {
            "bad_signature" | "no_separator" | "bad_timestamp" => {
                assert!(loaded.unwrap_err().is_bad_signature(), "{name}");
            }
            "expired" | "future" => assert!(loaded.unwrap_err().is_expired(), "{name}"),
            // What is under the signature is the session's matter; a year from 10000 on is the future.
            "ok" | "bad_payload" => assert!(loaded.is_ok() || loaded.unwrap_err().is_payload(), "{name}"),
            other => assert!(other.starts_with("crash") && loaded.unwrap_err().is_expired(), "{name}"),
        }
    }
}

#[test]
fn every_key_is_derived_as_itsdangerous_does() {
    for case in of_kind("derive_key") {
        let signer =
            Signer::new(secrets(case).0).salt(text(case, "salt")).digest(digest(case)).key_derivation(derivation(case));
        let token = signer.sign(text(case, "value"));
        assert_eq!(token, text(case, "signed"), "{}", case["name"]);
        assert_eq!(signer.unsign(&token).unwrap(), text(case, "value"));
        assert!(signer.unsign(&token.replace("value", "other")).unwrap_err().is_bad_signature());
    }
}

#[test]
fn every_time_is_written_as_itsdangerous_does() {
    for case in of_kind("int_to_bytes") {
        let now = text(case, "value").parse().unwrap();
        let token = UrlSafeTimedSerializer::new("secret").clock(ManualClock::at(now)).dumps(&1).unwrap();
        assert_eq!(token.split('.').nth(1).unwrap(), text(case, "base64"), "{}", case["name"]);
    }
}

#[test]
fn every_cookie_header_is_read_as_werkzeug_does() {
    for case in of_kind("cookie_header").into_iter().filter(|case| !differs(case)) {
        let sessions = sessions_named(case);
        let latin1: Vec<u8> =
            text(case, "cookie_header_latin1").chars().map(|letter| u8::try_from(letter).unwrap()).collect();
        let header = actix_web::http::header::HeaderValue::from_bytes(&latin1).unwrap();
        let request = TestRequest::default().insert_header(("cookie", header));
        let expected = Typed(case["decoded"].clone());
        let look = move |session: &mut Session| {
            let empty = expected.fields().unwrap().is_empty();
            session.is_empty() == empty && (empty || holds(session, &expected))
        };
        let visit = async { visit_with(&sessions, &mut Jar::default(), (request, 200), look).await };
        let (seen, _) = logged_async(visit);
        assert!(seen.result, "{}", case["name"]);
    }
}

fn sessions_named(case: &Value) -> session_actix::SessionMiddleware {
    let name = text(case, "cookie_name");
    session_actix::SessionMiddleware::flask(secrets(case).0)
        .allow_weak_secret()
        .cookie_name(name)
        .secure(name.starts_with("__Host-"))
        .clock(ManualClock::at(case["now"].as_u64().unwrap()))
        .build()
        .unwrap()
}

#[test]
fn every_remember_cookie_is_flask_logins() {
    for case in of_kind("remember_cookie") {
        let remember =
            RememberCookie::new(text(case, "secret_key").chars().map(|letter| letter as u8).collect::<Vec<_>>());
        assert_eq!(remember.encode(text(case, "user_id")), text(case, "cookie"), "{}", case["name"]);
        assert_eq!(remember.decode(text(case, "cookie")), case["decoded"].as_str());
    }
}

#[test]
fn every_session_identifier_is_flask_logins() {
    for case in of_kind("login_session_identifier") {
        // WSGI makes one letter of each byte, so a text that is no ASCII came in other bytes than its UTF-8.
        let user_agent: Vec<u8> = text(case, "user_agent").chars().map(|letter| letter as u8).collect();
        let identifier = session_identifier(Some(text(case, "remote_addr")), Some(&user_agent));
        assert_eq!(identifier, text(case, "sha512_hex"), "{}", case["name"]);
    }
}

#[test]
fn every_csrf_token_is_flask_wtfs() {
    for case in of_kind("csrf_token") {
        let made = case["timestamp"].as_u64().unwrap();
        let limit = Some(Duration::from_secs(case["time_limit"].as_u64().unwrap()));
        let clock = ManualClock::at(made);
        let tokens =
            UrlSafeTimedSerializer::new(text(case, "secret_key")).salt(text(case, "salt")).clock(clock.clone());
        let token = tokens.dumps(text(case, "session_csrf_token")).unwrap();
        assert_eq!(token, text(case, "token"), "{}", case["name"]);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(tokens.loads::<String>(&token, limit).unwrap(), text(case, "session_csrf_token"));
        clock.advance(Duration::from_secs(1));
        assert!(tokens.loads::<String>(&token, limit).unwrap_err().is_expired());
    }
}

#[test]
fn every_signed_session_id_is_flask_sessions() {
    for case in of_kind("signed_sid") {
        let signer = Signer::new(text(case, "secret_key")).salt(text(case, "salt")).key_derivation(derivation(case));
        assert_eq!(signer.sign(text(case, "sid")), text(case, "cookie"));
        assert_eq!(signer.unsign(text(case, "cookie")).unwrap(), text(case, "sid"));
    }
}

#[test]
fn every_kind_of_case_has_a_test() {
    let kinds = [
        "sign",
        "verify",
        "derive_key",
        "int_to_bytes",
        "cookie_header",
        "remember_cookie",
        "login_session_identifier",
        "csrf_token",
        "signed_sid",
        flask_scenarios::KIND,
    ];
    assert_eq!(kinds.iter().map(|kind| of_kind(kind).len()).sum::<usize>(), count());
    assert_eq!(count(), 422);
}

#[actix_web::test]
async fn what_differs_on_purpose_does_differ() {
    for (name, _) in DIFFERENCES.iter().filter(|(name, _)| name.starts_with("badp/") || name.starts_with("zlib/")) {
        let case = of_kind("verify").into_iter().chain(of_kind("sign")).find(|case| case["name"] == *name).unwrap();
        let sessions = sessions(case, case["now"].as_u64().unwrap());
        let found = sessions.read::<Dynamic>(&format!("session={}", text(case, "cookie"))).await.unwrap();
        assert!(found.is_none(), "{name}");
    }
}
