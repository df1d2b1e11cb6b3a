//! Which cookie of a request is the session: raw bytes, exact names, four candidates.

use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::test::TestRequest;
use session_actix::testing::ManualClock;
use session_actix::{Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, key_of, logged_async, sessions, set_cookies_of, visit_with};

const NAME: &str = "__Host-session";

#[derive(SessionData)]
struct Visitor {
    name: Option<String>,
}

/// The `name=value` of a session that holds this name.
async fn cookie(name: &str) -> String {
    sessions().cookie_for(&Visitor { name: Some(name.into()) }).await.unwrap()
}

/// Whom the session is, for a request with these `Cookie` headers.
async fn found(headers: &[impl AsRef<[u8]>]) -> Option<String> {
    let request = headers.iter().fold(TestRequest::default(), |request, header| {
        request.append_header((COOKIE, HeaderValue::from_bytes(header.as_ref()).unwrap()))
    });
    let step = |session: &mut Session<Visitor>| session.name().map(str::to_owned);
    let seen = visit_with(&sessions(), &mut Jar::default(), (request, 200), step).await;
    assert_eq!(seen.set_cookies, [""; 0], "reading never touches a cookie");
    seen.result
}

#[actix_web::test]
async fn the_cookie_is_found_among_others_and_in_any_header() {
    let ada = cookie("Ada the First").await;
    let expected = Some("Ada the First".to_owned());
    assert_eq!(found(&[&ada]).await, expected);
    assert_eq!(found(&[format!("a=1; {ada}; b=2")]).await, expected);
    assert_eq!(found(&[format!("a=1;{ada};b")]).await, expected);
    assert_eq!(found(&[format!(" \t{ada}\t ")]).await, expected);
    assert_eq!(found(&["a=1", &ada]).await, expected);
    assert_eq!(
        found(&[&b"a=\xff\xfe; "[..], ada.as_bytes()].concat().split(|_| false).collect::<Vec<_>>()).await,
        expected
    );
}

#[actix_web::test]
async fn a_name_that_only_looks_like_ours_is_another_cookie() {
    let ada = cookie("Ada the Second").await;
    let value = ada.strip_prefix(&format!("{NAME}=")).unwrap();
    for space in ["\u{a0}", "\u{2003}", "\u{feff}", "\u{3000}", "\u{85}"] {
        assert_eq!(found(&[format!("{space}{ada}")]).await, None, "{space:?}");
        assert_eq!(found(&[format!("a=1;{space}{ada}")]).await, None, "{space:?}");
    }
    for name in ["session", "__host-session", "__HOST-SESSION", "__Host-session ", "x__Host-session", "__Host-session2"]
    {
        assert_eq!(found(&[format!("{name}={value}")]).await, None, "{name}");
    }
    assert_eq!(found(&[format!("a=1, {ada}")]).await, None, "a comma separates nothing");
    assert_eq!(found(&[format!("{NAME}=\"{value}\"")]).await, None, "quotes are not ours");
}

#[actix_web::test]
async fn two_hundred_garbage_cookies_cost_four_looks_and_no_more() {
    let ada = cookie("Ada the Third").await;
    let garbage = format!("{NAME}=garbage; ").repeat(200);
    assert_eq!(found(&[format!("{ada}; {garbage}")]).await.as_deref(), Some("Ada the Third"));
    let three = format!("{NAME}=garbage; ").repeat(3);
    assert_eq!(found(&[format!("{three}{ada}; {garbage}")]).await.as_deref(), Some("Ada the Third"));
    assert_eq!(found(&[format!("{garbage}{ada}")]).await, None);
    let long = format!("{NAME}={}; ", "x".repeat(4097));
    assert_eq!(found(&[format!("{long}{ada}")]).await.as_deref(), Some("Ada the Third"));
}

#[actix_web::test]
async fn the_first_that_is_signed_and_in_time_is_the_session() {
    let clock = ManualClock::at(1_000_000_000);
    let old = SessionMiddleware::signed(key()).clock(clock).build().unwrap();
    let expired = old.cookie_for(&Visitor { name: Some("Ada, expired".into()) }).await.unwrap();
    let foreign = SessionMiddleware::signed(key_of(9)).build().unwrap();
    let foreign = foreign.cookie_for(&Visitor { name: Some("Ada, foreign".into()) }).await.unwrap();
    let good = cookie("Ada the Fourth").await;
    assert_eq!(found(&[format!("{expired}; {foreign}; {good}")]).await.as_deref(), Some("Ada the Fourth"));
    assert_eq!(found(&[format!("{expired}; {foreign}")]).await, None);
}

#[test]
fn two_different_live_sessions_are_a_warning() {
    let (name, log) = logged_async(async {
        let (one, two) = (cookie("Ada the Fifth").await, cookie("Ada the Sixth").await);
        found(&[format!("{one}; {two}")]).await
    });
    assert_eq!(name.as_deref(), Some("Ada the Fifth"));
    assert!(log.contains("WARN") && log.contains("two different sessions"), "{log}");

    let (_, log) = logged_async(async {
        let one = cookie("Ada the Seventh").await;
        found(&[format!("{one}; {one}; {NAME}=garbage")]).await
    });
    assert!(!log.contains("two different sessions"), "{log}");
}

#[actix_web::test]
async fn cookies_of_another_name_scope_or_key_are_absent() {
    let ada = Visitor { name: Some("Ada the Eighth".into()) };
    for other in [
        SessionMiddleware::signed(key()).cookie_name("other"),
        SessionMiddleware::signed(key()).scope("other").cookie_name("session"),
        SessionMiddleware::signed(key()).host_prefix(false),
        SessionMiddleware::signed(key_of(9)),
        SessionMiddleware::encrypted(key()),
    ] {
        let cookie = other.build().unwrap().cookie_for(&ada).await.unwrap();
        let (_, value) = cookie.split_once('=').unwrap();
        assert_eq!(found(&[format!("{NAME}={value}")]).await, None);
    }
}

#[test]
fn bad_signatures_are_logged_at_most_every_ten_seconds() {
    let ((), log) = logged_async(async {
        let clock = ManualClock::at(1_700_000_000);
        let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
        for second in 0..25 {
            clock.set(1_700_000_000 + second);
            for _ in 0..10 {
                let request = TestRequest::default().insert_header((COOKIE, format!("{NAME}=garbage.garbage.garbage")));
                set_cookies_of(&sessions, request).await;
            }
        }
    });
    assert_eq!(log.matches("not made with any of our keys").count(), 3, "{log}");
}
