//! The rules of a request where Flask shares the session: users, lifetimes, and values from elsewhere.

use session_actix::flask::{Bytes, Uuid, uuid};
use session_actix::testing::ManualClock;
use session_actix::{Dynamic, Session, SessionData, SessionMiddleware};
use std::time::Duration;

use crate::flask_support::{T0, answer, cookie, flask, flask_at, read, read_json, visit_once};
use crate::support::{Jar, key, visit};

const DAY: Duration = Duration::from_secs(86_400);

#[derive(SessionData)]
#[session(login(user_id))]
struct ByUuid {
    user_id: Option<Uuid>,
    name: Option<String>,
    device: Option<Uuid>,
    cart: Vec<u8>,
}

fn uuid_of(number: u128) -> Uuid {
    Uuid(uuid::Uuid::from_u128(number))
}

/// The payload of the one cookie that was set.
fn value(set_cookies: &[String]) -> &str {
    let [set_cookie] = set_cookies else { panic!("{set_cookies:?}") };
    set_cookie.split(';').next().unwrap().strip_prefix("session=").unwrap()
}

#[actix_web::test]
async fn another_users_login_counts_where_users_are_uuids_and_keeps_what_it_set() {
    let id = |number: u128| format!("{{\" u\":\"{number:032x}\"}}");
    let json = format!(r#"{{"cart":[1],"device":{},"name":"ada","user_id":{}}}"#, id(7), id(1));
    let mut jar = Jar::default();
    jar.set("session", &cookie(&json));
    let log_in = |visitor: &mut Session<ByUuid>| {
        visitor.set_user_id(uuid_of(2));
        visitor.set_name("bob");
        visitor.set_device(uuid_of(8));
        assert_eq!(visitor.user_id(), Some(&uuid_of(2)));
    };
    let seen = visit(&flask().build().unwrap(), &mut jar, log_in).await;
    let expected = cookie(&format!(r#"{{"device":{},"name":"bob","user_id":{}}}"#, id(8), id(2)));
    assert_eq!(value(&seen.set_cookies), expected);
}

#[derive(SessionData)]
#[session(login(user))]
struct ByPair {
    user: Option<(String, u32)>,
}

#[actix_web::test]
async fn another_users_login_counts_where_users_are_pairs() {
    let sessions = SessionMiddleware::signed(key()).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |visitor: &mut Session<ByPair>| visitor.set_user(("ada".into(), 1))).await;
    visit(&sessions, &mut jar, |visitor: &mut Session<ByPair>| visitor.set_user(("bob".into(), 2))).await;
    let read: ByPair = sessions.read(&jar.header()).await.unwrap().unwrap();
    assert_eq!(read.user(), Some(&("bob".to_owned(), 2)));
}

#[derive(SessionData)]
#[session(login(user))]
struct ByName {
    user: Option<String>,
}

#[actix_web::test]
async fn the_same_user_in_another_spelling_of_flasks_keeps_the_session() {
    // A template's `escape()` makes Markup of a name, and `ensure_ascii=False` leaves letters as they are.
    for (stored, name) in [(r#"{" m":"eve"}"#, "eve"), ("\"éve\"", "éve")] {
        let mut jar = Jar::default();
        jar.set("session", &cookie(&format!(r#"{{"cart":[1],"user":{stored}}}"#)));
        let sessions = flask().data::<ByName>().build().unwrap();
        let again = move |session: &mut Session| session.insert("user", name).unwrap();
        let seen = visit(&sessions, &mut jar, again).await;
        let session = read(value(&seen.set_cookies)).await.unwrap();
        assert!(session.contains_key("cart"), "{stored}");
    }
}

#[actix_web::test]
async fn the_absolute_lifetime_ends_a_session_that_flask_began() {
    let clock = ManualClock::at(T0);
    let sessions = flask_at(clock.clone()).absolute_lifetime(Some(40 * DAY)).build().unwrap();
    let mut jar = Jar::default();
    jar.set("session", &cookie(r#"{"_permanent":true,"user":"ada"}"#));
    for alive in [true, true, true, false] {
        let seen = visit(&sessions, &mut jar, |session: &mut Session| session.contains_key("user")).await;
        assert_eq!(seen.result, alive);
        clock.advance(20 * DAY);
    }
}

#[actix_web::test]
async fn a_lifetime_must_be_longer_than_cookies_are_dated_back() {
    let sessions = flask().backdate(10).build().unwrap();
    visit_once(&sessions, None, |session| {
        assert!(session.set_lifetime(Duration::from_secs(10)).is_err());
        assert!(session.set_lifetime(Duration::from_secs(11)).is_ok());
    })
    .await;
}

#[actix_web::test]
async fn clearing_removes_the_cookie_where_new_sessions_are_permanent_too() {
    let sessions = flask().permanent(true).build().unwrap();
    for json in [r#"{"_permanent":true,"a":1}"#, r#"{"a":1}"#] {
        let set_cookies = answer(&sessions, Some(&cookie(json)), Session::clear).await;
        assert_eq!(value(&set_cookies), "", "{json}");
    }
    let set_cookies = answer(&sessions, None, |session| session.insert("a", 1).unwrap()).await;
    assert_eq!(value(&set_cookies), cookie(r#"{"_permanent":true,"a":1}"#));
}

#[actix_web::test]
async fn values_without_a_session_are_translated_or_refused_and_never_lost() {
    let mut plain = Dynamic::default();
    plain.insert_raw("big", "123456789012345678901234567890").unwrap();
    plain.insert_raw("huge", "1e400").unwrap();
    plain.insert("map", std::collections::BTreeMap::from([(" m", "<b>")])).unwrap();
    let shared = flask().build().unwrap().cookie_for(&plain).await.unwrap();
    let expected = r#"{"big":123456789012345678901234567890,"huge":Infinity,"map":{" di":{" m__":"<b>"}}}"#;
    assert_eq!(shared, format!("session={}", cookie(expected)));

    let native = SessionMiddleware::signed(key()).build().unwrap();
    let flasks = read_json(r#"{"b":{" b":"YQ=="},"t":{" t":[1,{" m":"x"}]}}"#).await.unwrap();
    let moved: Dynamic = native.read(&native.cookie_for(&flasks).await.unwrap()).await.unwrap().unwrap();
    assert_eq!((moved.raw("b"), moved.raw("t")), (Some(r#"{" b":"YQ=="}"#), Some(r#"[1,{" m":"x"}]"#)));
    assert_eq!(moved.get("b").unwrap(), Some(Bytes(b"a".to_vec())));
    let nan = read_json(r#"{"n":NaN}"#).await.unwrap();
    assert!(native.cookie_for(&nan).await.unwrap_err().is_encode());
}

#[actix_web::test]
async fn a_message_is_as_long_as_its_letters() {
    let text = "ж".repeat(900);
    let mut jar = Jar::default();
    let sessions = flask().build().unwrap();
    let written = text.clone();
    visit(&sessions, &mut jar, move |session: &mut Session| session.flash("m", written)).await;
    let seen = visit(&sessions, &mut jar, |session: &mut Session| session.take_flashes()).await;
    assert_eq!(seen.result.first().map(|flash| flash.text().to_owned()), Some(text));
}

#[test]
fn what_is_refused_at_the_start_says_what_to_do_in_flasks_mode() {
    let refusal = |built: Result<SessionMiddleware, session_actix::ConfigError>| built.unwrap_err().to_string();
    for builder in
        [flask().cookie_name("__Secure-x"), flask().host_prefix(true), flask().same_site(session_actix::SameSite::None)]
    {
        let text = refusal(builder.build());
        assert!(text.contains("add `.secure(true)`") && !text.contains("BE_SECURE"), "{text}");
    }
    assert!(refusal(flask().scope("admin").build()).contains("`.salt(..)`"));
}
