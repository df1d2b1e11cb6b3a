//! Sessions that the owner of the cookie cannot read.

use std::time::Duration;

use session_actix::testing::ManualClock;
use session_actix::{KeyRing, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, key_of, logged_async, sessions, visit};

const NAME: &str = "__Host-session";
const START: u64 = 1_700_000_000;

#[derive(SessionData)]
struct Visitor {
    name: Option<String>,
    #[session(counter)]
    visits: u32,
}

#[derive(SessionData)]
struct Account {
    #[session(secret)]
    card_number: Option<String>,
}

fn encrypted(clock: &ManualClock) -> SessionMiddleware {
    SessionMiddleware::encrypted(key()).clock(clock.clone()).build().unwrap()
}

#[actix_web::test]
async fn an_encrypted_session_is_kept_and_cannot_be_read() {
    let sessions = encrypted(&ManualClock::at(START));
    let mut jar = Jar::default();
    for visits in 1..=3 {
        let seen = visit(&sessions, &mut jar, |session: &mut Session<Visitor>| {
            session.set_name("Ada Lovelace");
            session.increment_visits(1);
            session.visits()
        })
        .await;
        assert_eq!(seen.result, visits);
        assert!(seen.set_cookies[0].ends_with("; Secure; HttpOnly; Path=/; SameSite=Lax"));
    }
    let cookie = jar.get(NAME).unwrap();
    assert!(cookie.starts_with("e1.") && !cookie[3..].contains('.'), "{cookie}");
    assert_eq!(crate::tampering::payload(&cookie[3..]).filter(|text| text.contains("Ada")), None);
}

#[actix_web::test]
async fn any_single_byte_flipped_gives_an_anonymous_session() {
    let sessions = encrypted(&ManualClock::at(START));
    let cookie = sessions.cookie_for(&Visitor { name: Some("Ada Lovelace".into()), visits: 1 }).await.unwrap();
    let (_, good) = cookie.split_once('=').unwrap();
    for index in 0..good.len() {
        let mut bytes = good.as_bytes().to_vec();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = format!("{NAME}={}", String::from_utf8(bytes).unwrap());
        assert!(sessions.read::<Visitor>(&changed).await.unwrap().is_none(), "{index}");
    }
}

#[actix_web::test]
async fn the_time_inside_ends_it() {
    let clock = ManualClock::at(START);
    let sessions = encrypted(&clock);
    let cookie = sessions.cookie_for(&Visitor { name: None, visits: 1 }).await.unwrap();
    clock.advance(Duration::from_secs(31 * 86_400));
    assert!(sessions.read::<Visitor>(&cookie).await.unwrap().is_some());
    clock.advance(Duration::from_secs(1));
    assert!(sessions.read::<Visitor>(&cookie).await.unwrap().is_none());
    clock.set(START - 61);
    assert!(sessions.read::<Visitor>(&cookie).await.unwrap().is_none());
}

#[actix_web::test]
async fn a_cookie_of_the_other_kind_is_never_accepted() {
    let clock = ManualClock::at(START);
    let signed = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let ours = encrypted(&clock);
    let data = Visitor { name: Some("Ada Lovelace".into()), visits: 1 };
    let (of_signed, of_ours) = (signed.cookie_for(&data).await.unwrap(), ours.cookie_for(&data).await.unwrap());
    assert!(signed.read::<Visitor>(&of_signed).await.unwrap().is_some());
    assert!(ours.read::<Visitor>(&of_ours).await.unwrap().is_some());
    assert!(ours.read::<Visitor>(&of_signed).await.unwrap().is_none());
    assert!(signed.read::<Visitor>(&of_ours).await.unwrap().is_none());
    let disguised = of_signed.replacen('=', "=e1.", 1);
    assert!(ours.read::<Visitor>(&disguised).await.unwrap().is_none());
}

#[actix_web::test]
async fn keys_are_rotated_as_with_signed_sessions() {
    let clock = ManualClock::at(START);
    let old = SessionMiddleware::encrypted(key_of(1)).clock(clock.clone()).build().unwrap();
    let ring = KeyRing::new(key_of(2)).fallback(key_of(1));
    let rotated = SessionMiddleware::encrypted(ring).clock(clock.clone()).build().unwrap();
    let new = SessionMiddleware::encrypted(key_of(2)).clock(clock.clone()).build().unwrap();
    let mut jar = Jar::default();
    jar.set_pair(&old.cookie_for(&Visitor { name: None, visits: 7 }).await.unwrap());
    clock.advance(Duration::from_secs(1000));
    let look = |session: &mut Session<Visitor>| session.visits();
    assert_eq!(visit(&new, &mut jar.clone(), look).await.result, 0);
    let seen = visit(&rotated, &mut jar, look).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (7, 1));
    assert_eq!(visit(&new, &mut jar, look).await.result, 7);
    clock.set(START + 31 * 86_400 + 1);
    assert_eq!(visit(&new, &mut jar, look).await.result, 0, "its time of issue was kept");
}

#[test]
fn a_secret_field_in_a_signed_session_is_a_500_that_names_the_field() {
    let (status, log) = logged_async(async {
        use actix_web::test::{TestRequest, call_service, init_service};
        let handler = async |account: Session<Account>| format!("{:?}", account.card_number());
        let app =
            init_service(actix_web::App::new().wrap(sessions()).default_service(actix_web::web::to(handler))).await;
        call_service(&app, TestRequest::default().to_request()).await.status()
    });
    assert_eq!(status, 500);
    assert!(
        log.contains("card_number") && log.contains("`SessionMiddleware::stored(..)`, or `encrypted(..)`"),
        "{log}"
    );
}

#[actix_web::test]
async fn a_secret_field_is_kept_where_it_cannot_be_read_and_refused_elsewhere() {
    let error = SessionMiddleware::signed(key()).data::<Account>().build().unwrap_err();
    assert!(error.to_string().contains("card_number"), "{error}");
    assert!(sessions().cookie_for(&Account { card_number: None }).await.unwrap_err().is_secret());
    assert!(sessions().read::<Account>("").await.err().unwrap().is_secret());

    let sessions = SessionMiddleware::encrypted(key()).data::<Account>().build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |account: &mut Session<Account>| account.set_card_number("4000 0000 0000")).await;
    let number = |account: &mut Session<Account>| account.card_number().map(str::to_owned);
    assert_eq!(visit(&sessions, &mut jar, number).await.result.as_deref(), Some("4000 0000 0000"));
}
