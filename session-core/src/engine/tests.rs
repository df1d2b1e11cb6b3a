use std::sync::atomic::{AtomicU64, Ordering};

use super::log::{LOG_INTERVAL, may_log};
use super::writing::biggest_keys;
use super::*;
use crate::clock::ManualClock;
use crate::config::Builder;
use crate::dynamic::Dynamic;
use crate::key::Key;
use crate::recycled::Text;
use crate::store::{MemoryStore, Ticket};
use crate::token::Rejection;
use crate::transaction::Transaction;

const NOW: u64 = 1_700_000_000;

fn engine() -> Engine {
    let key = Key::try_from([7; 32].as_slice()).unwrap();
    Builder::signed(key).clock(ManualClock::at(NOW)).build().unwrap()
}

/// Whether a payload that we signed ourselves, at this time, opens a session.
fn opens(payload: &str, issued: u64) -> bool {
    let engine = engine();
    let mut cookie = String::from("__Host-session=");
    engine.0.codec.write(payload, issued, usize::MAX, &mut cookie).unwrap();
    let transaction = engine.open(std::iter::once(cookie.as_bytes()), false);
    assert!(transaction.view::<Dynamic>().is_ok());
    !transaction.is_new()
}

#[test]
fn a_payload_under_a_valid_signature_is_still_checked() {
    assert!(opens(r#"{"a":1}"#, NOW));
    let bomb = format!(r#"{{"a":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    for payload in [
        &bomb,
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"b":1,"\u0062":2}}"#,
        "[1]",
        "5",
        "null",
        "\"{}\"",
        "",
        "{",
        "{}}",
        r#"{"a":NaN}"#,
    ] {
        assert!(!opens(payload, NOW), "{payload}");
    }
}

#[test]
fn reserved_keys_of_another_type_are_as_if_they_were_not_there() {
    for value in ["null", "-1", "1.5", "\"x\"", "[]", "1e400", "99999999999999999999999999"] {
        for key in ["_created", "_lifetime", "_permanent", "_flashes"] {
            assert!(opens(&format!(r#"{{"{key}":{value},"a":1}}"#), NOW), "{key} {value}");
        }
    }
}

#[test]
fn a_session_from_before_its_beginning_was_recorded_began_when_it_was_signed() {
    let day = 86_400;
    assert!(opens(r#"{"a":1}"#, NOW - 31 * day));
    assert!(!opens(&format!(r#"{{"_created":{},"a":1}}"#, NOW - 91 * day), NOW));
}

#[test]
fn a_signed_time_from_the_ends_of_the_range_opens_nothing() {
    for issued in [0, 1, NOW + 61, 1 << 63, u64::MAX] {
        assert!(!opens(r#"{"a":1}"#, issued), "{issued}");
    }
    assert!(opens(r#"{"a":1}"#, NOW + 60));
}

/// A cookie of this engine that was made at a time, with this in it.
fn cookie_at(engine: &Engine, payload: &str, issued: u64) -> String {
    let mut cookie = format!("{}=", engine.cookie_name());
    engine.0.codec.write(payload, issued, usize::MAX, &mut cookie).unwrap();
    cookie
}

fn open(engine: &Engine, cookies: &[&str]) -> Transaction {
    engine.open(cookies.iter().map(|cookie| cookie.as_bytes()), false)
}

fn payload(json: &str) -> Payload {
    Payload::parse(Text::of(json)).unwrap()
}

fn builder() -> Builder {
    Builder::signed(Key::try_from([7; 32].as_slice()).unwrap()).clock(ManualClock::at(NOW))
}

fn last(logged: &AtomicU64) -> u64 {
    logged.load(Ordering::Relaxed)
}

#[derive(crate::SessionData)]
#[session(login(user), crate = crate)]
struct Visitor {
    #[session(owner)]
    user: Option<String>,
    note: Option<String>,
}

fn ada() -> Visitor {
    Visitor { user: Some("ada".into()), note: None }
}

#[derive(crate::SessionData)]
#[session(crate = crate)]
struct Secret {
    #[session(secret)]
    token: Option<String>,
}

#[test]
fn the_first_cookie_that_counts_is_the_session_and_another_one_is_logged() {
    let engine = engine();
    let (one, same) = (cookie_at(&engine, r#"{"a":1}"#, NOW), cookie_at(&engine, r#"{"a":1}"#, NOW - 1));
    let two = cookie_at(&engine, r#"{"a":2}"#, NOW);
    for (cookies, is_ambiguous) in [
        (vec!["__Host-session=garbage", &one], false),
        (vec![&one, &same], false),
        (vec![&format!("{one}; {two}"), &same], true),
    ] {
        engine.0.logged.ambiguity.store(0, Ordering::Relaxed);
        let request = open(&engine, &cookies);
        assert_eq!(request.view::<Dynamic>().unwrap().get::<u8>("a").unwrap(), Some(1), "{cookies:?}");
        assert_eq!(last(&engine.0.logged.ambiguity) == NOW, is_ambiguous, "{cookies:?}");
    }
}

#[test]
fn a_line_that_any_client_can_cause_is_logged_once_in_ten_seconds() {
    let logged = AtomicU64::new(0);
    assert!(may_log(&logged, NOW));
    assert!(!may_log(&logged, NOW) && !may_log(&logged, NOW + LOG_INTERVAL - 1));
    assert!(may_log(&logged, NOW + LOG_INTERVAL));
    assert!(may_log(&logged, NOW), "the clock was set back");
    assert_eq!(last(&logged), NOW);
}

#[test]
fn a_cookie_that_we_did_not_make_is_told_from_one_without_a_session() {
    for (cookie, is_ours) in [
        ("__Host-session=garbage".to_owned(), false),
        (cookie_at(&Builder::signed(Key::generate()).build().unwrap(), "{}", NOW), false),
        (cookie_at(&engine(), "[]", NOW), true),
    ] {
        let engine = engine();
        let _ = open(&engine, &[&cookie]);
        let logged = (last(&engine.0.logged.rejection) == NOW, last(&engine.0.logged.unreadable) == NOW);
        assert_eq!(logged, (!is_ours, is_ours), "{cookie}");
    }
    let engine = engine();
    engine.log_rejection(Rejection::Payload, NOW);
    assert_eq!((last(&engine.0.logged.rejection), last(&engine.0.logged.unreadable)), (0, NOW));
}

#[test]
fn a_secure_cookie_over_plain_http_is_kept_on_ones_own_machine_alone() {
    for (host, warns) in [
        ("localhost", false),
        ("localhost:8080", false),
        ("app.localhost:8080", false),
        ("127.0.0.1:8080", false),
        ("127.9.9.9", false),
        ("[::1]", false),
        ("[::1]:8080", false),
        ("192.168.0.7:8080", true),
        ("example.com", true),
        ("notlocalhost", true),
        ("localhost.example.com", true),
        ("[fe80::1]:8080", true),
        ("[2001:db8::1]", true),
    ] {
        let engine = engine();
        engine.warn_of_plain_http(host);
        assert_eq!(last(&engine.0.logged.plain_http) == NOW, warns, "{host}");
    }
    let plain: Engine = builder().secure(false).build().unwrap();
    plain.warn_of_plain_http("example.com");
    assert_eq!(last(&plain.0.logged.plain_http), 0);
}

#[test]
fn a_session_ends_by_its_own_lifetime_and_by_the_longest() {
    assert!(opens(r#"{"_lifetime":60,"a":1}"#, NOW - 60) && !opens(r#"{"_lifetime":60,"a":1}"#, NOW - 61));
    let engine: Engine =
        builder().lifetime(Duration::from_secs(60)).max_lifetime(Duration::from_secs(60)).build().unwrap();
    for (age, is_taken) in [(60, true), (61, false)] {
        assert_eq!(engine.check_age(NOW - age, NOW).is_ok(), is_taken, "{age}");
    }
}

#[test]
fn a_cookie_may_be_as_large_as_the_setting_and_no_larger() {
    let session = payload(r#"{"a":"xxxxxxxxxxxxxxxx","b":1,"c":"x","d":22}"#);
    let header = engine().set_cookie(&session, NOW, NOW).unwrap();
    assert_eq!(header.capacity(), header.len(), "it was known before how long it is");
    let header = engine().write_value(&session, NOW).unwrap();
    let bytes = header.len() - 1;
    for (limit, fits) in [(bytes, true), (bytes - 1, false)] {
        let engine: Engine = builder().max_cookie_bytes(limit).build().unwrap();
        let written = engine.write_value(&session, NOW);
        assert_eq!(written.is_ok(), fits, "{limit}");
        assert!(fits || written.unwrap_err().is_too_large());
    }
    let biggest = [("a", 18), ("c", 3), ("d", 2)].map(|(key, bytes)| (key.to_owned(), bytes));
    assert_eq!(biggest_keys(&session), biggest);
}

#[test]
fn a_permanent_session_has_an_age_and_another_one_has_none() {
    let engine = engine();
    let header = |json: &str, now| engine.set_cookie(&payload(json), NOW, now).unwrap();
    assert!(!header(r#"{"a":1}"#, NOW).contains("Max-Age"));
    assert!(header(r#"{"_permanent":true}"#, NOW).contains("; Max-Age=2678400; "));
    assert!(header(r#"{"_permanent":true,"_lifetime":60}"#, NOW + 20).contains("; Max-Age=40; "));
    assert!(header(r#"{"_permanent":true,"_lifetime":60}"#, NOW + 60).contains("; Max-Age=1; "));
    let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
    let ticket = |json: &str| stored.ticket_cookie(&Ticket::new().unwrap(), &payload(json), NOW, NOW);
    assert!(!ticket("{}").contains("Max-Age"));
    assert!(ticket(r#"{"_permanent":true}"#).contains("; Max-Age=2678400; "));
    assert!(engine.removal_cookie().contains("Max-Age=0"));
}

#[test]
fn a_new_session_has_what_the_settings_say() {
    assert_eq!(engine().new_session(NOW).to_json().as_str(), format!(r#"{{"_created":{NOW}}}"#));
    let permanent: Engine = builder().permanent(true).build().unwrap();
    assert_eq!(permanent.new_session(5).to_json().as_str(), r#"{"_created":5,"_permanent":true}"#);
    assert_eq!((permanent.permanence(true), permanent.permanence(false)), (Some("true"), None));
    assert!(!permanent.is_flask() && permanent.records_creation());
    assert_eq!(permanent.issue_time(NOW), NOW);
}

#[cfg(feature = "flask")]
#[test]
fn a_session_of_flask_follows_flask() {
    let flask = || Builder::flask("0123456789abcdef");
    let engine: Engine = flask().backdate(5).build().unwrap();
    assert!(engine.is_flask() && !engine.records_creation() && !engine.loads_eagerly());
    assert_eq!((engine.permanence(true), engine.permanence(false)), (Some("true"), Some("false")));
    assert_eq!((engine.issue_time(NOW), engine.issue_time(3)), (NOW - 5, 0));
    assert_eq!(engine.new_session(NOW).iter().count(), 0);
    assert!(flask().absolute_lifetime(Some(Duration::from_secs(90 * 86_400))).build().unwrap().records_creation());
    assert!(flask().eager(true).build().unwrap().loads_eagerly());
    let mut session = engine.new_session(NOW);
    session.set("_permanent", "true");
    let header = engine.set_cookie(&session, NOW, NOW).unwrap();
    // 31 days after 2023-11-14 22:13:20.
    assert!(header.contains("; Expires=Fri, 15 Dec 2023 22:13:20 GMT; "), "{header}");
}

#[test]
fn an_engine_says_what_it_serves() {
    let admin: Engine = builder().scope("admin").build().unwrap();
    let other = builder().scope("admin").build().unwrap();
    assert!(admin.is_same(&admin.clone()) && !admin.is_same(&other));
    assert_eq!((admin.cookie_name(), admin.scope()), ("__Host-session-admin", "admin"));
    assert!(admin.serves("admin") && !admin.serves("") && !admin.serves("admim"));
    assert!(engine().serves("") && !engine().serves("admin"));
    assert!(!admin.is_stored() && !admin.loads_eagerly() && !admin.commits_on_server_error());
    let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate())
        .store_timeout(Duration::from_secs(7))
        .commit_on_server_error(true)
        .eager(true)
        .build()
        .unwrap();
    assert!(stored.is_stored() && stored.loads_eagerly() && stored.commits_on_server_error());
    assert_eq!(stored.store_timeout(), Duration::from_secs(7));
    let eager: Engine = builder().eager(true).build().unwrap();
    assert!(!eager.loads_eagerly(), "a cookie is read when it is looked at");
    assert_eq!(admin.now(), NOW);
}

#[test]
fn an_audit_has_findings_of_the_settings_and_of_where_sessions_are_kept() {
    let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
    let (signed, stored) = (engine().audit(), stored.audit());
    assert!(!signed.is_empty() && !stored.is_empty());
    assert_ne!(format!("{signed:?}"), format!("{stored:?}"));
}

#[test]
fn secrets_are_refused_where_the_owner_of_the_cookie_could_read_them() {
    assert!(engine().check_secrets(Secret::FIELDS).unwrap_err().is_secret());
    assert!(engine().check_secrets(Visitor::FIELDS).is_ok());
    let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
    assert!(stored.check_secrets(Secret::FIELDS).is_ok());
}

#[tokio::test]
async fn a_cookie_for_a_test_is_read_again() {
    let stored = || Builder::stored(MemoryStore::new(), Key::generate());
    for engine in [engine(), stored().build().unwrap()] {
        let cookie = engine.cookie_for(&ada()).await.unwrap();
        let read = engine.read::<Visitor>(&cookie).await.unwrap().unwrap();
        assert_eq!((read.user.as_deref(), read.note), (Some("ada"), None));
        let name = engine.cookie_name();
        assert!(engine.read::<Visitor>(&format!("{name}=nonsense")).await.unwrap().is_none());
        assert!(cookie.starts_with(&format!("{name}=")) && !cookie.contains(';'));
    }
    let secret = Secret { token: Some("x".into()) };
    assert!(engine().cookie_for(&secret).await.unwrap_err().is_secret());
    assert!(engine().read::<Secret>("").await.err().unwrap().is_secret());
}

#[tokio::test]
async fn the_sessions_of_an_owner_are_known_where_a_store_keeps_them() {
    let stored: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build().unwrap();
    let cookies = [stored.cookie_for(&ada()).await.unwrap(), stored.cookie_for(&ada()).await.unwrap()];
    assert_eq!(stored.sessions_of("ada").await.unwrap().len(), 2);
    assert_eq!(stored.revoke_owner("bob").await.unwrap(), 0);
    assert_eq!(stored.revoke_owner("ada").await.unwrap(), 2);
    assert!(stored.sessions_of("ada").await.unwrap().is_empty());
    for cookie in cookies {
        assert!(stored.read::<Visitor>(&cookie).await.unwrap().is_none());
    }
    let signed = engine();
    assert!(signed.sessions_of("ada").await.unwrap_err().is_unsupported());
    assert!(signed.revoke_owner("ada").await.unwrap_err().is_unsupported());
}

#[test]
fn a_ticket_of_another_time_is_known_and_opens_nothing() {
    let engine: Engine =
        Builder::stored(MemoryStore::new(), Key::generate()).clock(ManualClock::at(NOW)).build().unwrap();
    for (issued, in_time) in [(NOW, true), (NOW + 60, true), (NOW + 61, false), (NOW - 400 * 86_400 - 1, false)] {
        let header = engine.ticket_cookie(&Ticket::new().unwrap(), &payload("{}"), issued, NOW);
        let (_, value) = header.split(';').next().unwrap().split_once('=').unwrap();
        let brought = engine.read_ticket(value, NOW).unwrap();
        assert_eq!((brought.in_time, brought.stamp.issued), (in_time, issued));
        let request = open(&engine, &[&header]);
        assert_eq!(request.needs_loading(), in_time, "{issued}");
    }
    assert!(engine.read_ticket("garbage", NOW).is_err());
}

#[test]
fn cookies_are_shared_by_one_name_in_one_place() {
    let at_admin = || builder().host_prefix(false).path("/admin");
    let one = at_admin().build().unwrap();
    for (other, shares) in [
        (at_admin(), true),
        (at_admin().cookie_name("other"), false),
        (at_admin().path("/"), false),
        (at_admin().domain("example.com"), false),
        (at_admin().cookie_name("other").path("/"), false),
    ] {
        assert_eq!(one.shares_cookie(&other.build().unwrap()), shares);
    }
    assert!(one.shares_cookie(&one.clone()) && one.is_same(&one.clone()) && !one.is_same(&at_admin().build().unwrap()));
}

#[test]
fn a_line_about_two_sessions_is_due_some_seconds_after_the_last_one() {
    let engine = engine();
    assert!(engine.would_log_ambiguity(NOW));
    engine.log_ambiguity(NOW);
    assert!(!engine.would_log_ambiguity(NOW) && engine.would_log_ambiguity(NOW + LOG_INTERVAL));
}

#[cfg(feature = "flask")]
#[test]
fn what_flask_shares_is_in_its_notation() {
    let shared: Engine = Builder::flask("0123456789abcdef").build().unwrap();
    assert!(shared.is_flask() && shared.notation() == Notation::Flask);
    assert!(!engine().is_flask() && engine().notation() == Notation::Json);
}

#[test]
fn debug_shows_settings_and_no_key() {
    let shown = format!("{:?}", engine());
    assert!(shown.starts_with("Engine(") && shown.contains("__Host-session") && !shown.contains("7, 7"), "{shown}");
}
