//! Keys are replaced without logging anybody out.

use std::time::Duration;

use session_actix::testing::ManualClock;
use session_actix::{Key, KeyRing, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key_of, visit};

#[derive(SessionData)]
struct Visitor {
    visits: u32,
}

const START: u64 = 1_700_000_000;

fn serving(clock: &ManualClock, keys: impl Into<KeyRing>) -> SessionMiddleware {
    SessionMiddleware::signed(keys).clock(clock.clone()).build().unwrap()
}

async fn looks(sessions: &SessionMiddleware, jar: &mut Jar) -> (u32, usize) {
    let seen = visit(sessions, jar, |session: &mut Session<Visitor>| session.visits()).await;
    (seen.result, seen.set_cookies.len())
}

async fn jar_of(sessions: &SessionMiddleware, visits: u32) -> Jar {
    let mut jar = Jar::default();
    visit(sessions, &mut jar, move |session: &mut Session<Visitor>| session.visits = visits).await;
    jar
}

fn old() -> Key {
    key_of(1)
}

fn new() -> Key {
    key_of(2)
}

#[actix_web::test]
async fn what_an_old_key_verified_is_signed_anew_with_the_current_one_keeping_its_times() {
    let clock = ManualClock::at(START);
    let mut jar = jar_of(&serving(&clock, old()), 7).await;
    let before = jar.get("__Host-session").unwrap().to_owned();
    clock.advance(Duration::from_secs(1000));

    let rotated = serving(&clock, KeyRing::new(new()).fallback(old()));
    assert_eq!(looks(&rotated, &mut jar).await, (7, 1), "signed anew on the first look");
    assert_eq!(looks(&rotated, &mut jar).await, (7, 0), "and only then");
    let after = jar.get("__Host-session").unwrap().to_owned();
    let (payload, signature) = (
        |text: &str| text.rsplit_once('.').unwrap().0.to_owned(),
        |text: &str| text.rsplit_once('.').unwrap().1.to_owned(),
    );
    assert_eq!(payload(&before), payload(&after), "the same content and time of issue");
    assert_ne!(signature(&before), signature(&after));

    let finished = serving(&clock, new());
    assert_eq!(looks(&finished, &mut jar).await, (7, 0), "the old key is not needed any more");
    clock.set(START + 31 * 86_400 + 1);
    assert_eq!(looks(&finished, &mut jar).await, (0, 0), "the new signature did not lengthen its life");
}

#[actix_web::test]
async fn the_browser_keeps_a_permanent_session_no_longer_than_before() {
    let clock = ManualClock::at(START);
    let permanent = SessionMiddleware::signed(old()).clock(clock.clone()).permanent(true).build().unwrap();
    let mut jar = jar_of(&permanent, 7).await;
    clock.advance(Duration::from_secs(1000));
    let rotated = serving(&clock, KeyRing::new(new()).fallback(old()));
    let seen = visit(&rotated, &mut jar, |session: &mut Session<Visitor>| session.visits()).await;
    let left = 31 * 86_400 - 1000;
    assert!(seen.set_cookies[0].contains(&format!("; Max-Age={left};")), "{:?}", seen.set_cookies);
}

#[actix_web::test]
async fn every_fallback_verifies_and_what_no_key_knows_is_absent() {
    let clock = ManualClock::at(START);
    let ring = KeyRing::new(key_of(5)).fallback(key_of(4)).fallback(key_of(3));
    let sessions = serving(&clock, ring);
    for (byte, visits) in [(5, 7), (4, 7), (3, 7), (2, 0)] {
        let mut jar = jar_of(&serving(&clock, key_of(byte)), 7).await;
        assert_eq!(looks(&sessions, &mut jar).await.0, visits, "{byte}");
    }
}

#[actix_web::test]
async fn a_fleet_half_way_through_a_rotation_logs_nobody_out_and_clears_no_cookie() {
    let clock = ManualClock::at(START);
    // First every machine learns the new key, then every machine signs with it, then the old one is forgotten.
    let steps = [
        KeyRing::new(old()),
        KeyRing::new(old()).fallback(new()),
        KeyRing::new(new()).fallback(old()),
        KeyRing::new(new()),
    ];
    for (now, next) in steps.iter().zip(steps.iter().skip(1)) {
        let fleet = [serving(&clock, now.clone()), serving(&clock, next.clone())];
        let mut jar = jar_of(&fleet[0], 0).await;
        // Before the last step all cookies were signed anew, as the step before does.
        visit(&fleet[1], &mut jar, |session: &mut Session<Visitor>| session.visits = 1).await;
        for request in 1..20u32 {
            let machine = &fleet[request as usize % 2];
            let seen = visit(machine, &mut jar, |session: &mut Session<Visitor>| {
                session.visits += 1;
                session.visits
            })
            .await;
            assert_eq!(seen.result, request + 1);
        }
    }

    // Done in the wrong order, a machine that does not know the key leaves the cookie alone.
    let mut jar = jar_of(&serving(&clock, new()), 7).await;
    assert_eq!(looks(&serving(&clock, old()), &mut jar).await, (0, 0));
    assert_eq!(looks(&serving(&clock, new()), &mut jar).await, (7, 0));
}
