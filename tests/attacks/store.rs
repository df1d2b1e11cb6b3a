//! What a store holds, for whoever can read it or write to it, and what requests do to it at once.

use std::time::Duration;

use session_actix::SessionMiddleware;
use session_actix::store::{MemoryStore, Record, SessionId, SessionStore as _, TokenHash, Version};
use session_actix::testing::ManualClock;

use crate::site::{NAME, START, Tally, Visitor, ada, client, is_refused, key, with_cookies};

/// Id and token of the session in [`cookie`].
const ID: [u8; 16] = [1; 16];
/// The SHA-256 of the token.
const HASH: [u8; 32] = [
    0x75, 0x87, 0x7b, 0xb4, 0x1d, 0x39, 0x3b, 0x5f, 0xb8, 0x45, 0x5c, 0xe6, 0x0e, 0xcd, 0x8d, 0xda, 0x00, 0x1d, 0x06,
    0x31, 0x64, 0x96, 0xb1, 0x4d, 0xfa, 0x7f, 0x89, 0x56, 0x56, 0xee, 0xca, 0x4a,
];

/// A cookie that our key signed, for a session of any content.
fn cookie() -> String {
    let text = "AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC.ZVPxAA.IznkLnzMzCi-Zvr8qGGqpqbnnLQCAgKqlmfAa21N56Y";
    format!("{NAME}={text}")
}

async fn stored(hash: [u8; 32], expires: u64, data: &str) -> SessionMiddleware {
    let store = MemoryStore::new();
    let record = Record::new(Version::from_bytes([9; 16]), TokenHash::from_bytes(hash), expires, None, data);
    store.create(&SessionId::from_bytes(ID), &record, Duration::from_secs(1 << 30)).await.unwrap();
    middleware(store)
}

fn middleware(store: MemoryStore) -> SessionMiddleware {
    SessionMiddleware::stored(store, key(7)).clock(ManualClock::at(START)).data::<Visitor>().build().unwrap()
}

/// Whoever can write to the store can be anybody, but stops nobody else: what is no session is none.
#[actix_web::test]
async fn the_store_holds_garbage() {
    let good = format!(r#"{{"username":"ada","_created":{START}}}"#);
    assert_eq!(with_cookies(&stored(HASH, START + 60, &good).await, &[&cookie()]).await.text(), "ada");
    let mut tally = Tally::default();
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let mut garbage: Vec<String> = (0..good.len()).map(|at| good[..at].to_owned()).collect();
    garbage.extend([
        "null".into(),
        "[]".into(),
        "\u{0}".into(),
        "x".repeat(1_000_000),
        nested,
        format!(r#"{{"username":"ada","username":"bob","_created":{START}}}"#),
        format!(r#"{{"username":7,"_created":{START}}}"#),
        format!(r#"{{"username":"","_created":{START}}}"#),
        format!(r#"{{"username":"ada","role":[],"_created":{START}}}"#),
    ]);
    for data in garbage {
        let response = with_cookies(&stored(HASH, START + 60, &data).await, &[&cookie()]).await;
        tally.add(response.status() == 200 && response.text() == "nobody", || {
            format!("{data:.80} is {}", response.text())
        });
    }
    tally.report("the_store_holds_garbage");
}

/// With all that the store holds of a session nobody makes its cookie.
#[actix_web::test]
async fn the_stores_content_leaks() {
    let store = MemoryStore::new();
    let sessions = middleware(store.clone());
    let browser = ada(&sessions).await;
    let id = sessions.sessions_of("ada").await.unwrap()[0];
    let record = store.load(&id).await.unwrap().unwrap();
    let genuine = browser.jar().get(NAME).unwrap();
    let mut tally = Tally::default();
    let (hash, version) = (record.token_hash(), record.version());
    let base64 = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
    for token in [hash.as_bytes().as_slice(), version.as_bytes(), id.as_bytes(), record.data().as_bytes(), &[0; 32]] {
        let ticket = base64(&[id.as_bytes().as_slice(), token].concat());
        for tail in
            [genuine.split_once('.').unwrap().1.to_owned(), format!("ZVPxAA.{}", base64(&[0; 32])), String::new()]
        {
            let cookie = format!("{NAME}={ticket}.{tail}");
            tally.add(is_refused(&with_cookies(&sessions, &[&cookie]).await), || cookie.clone());
        }
    }
    assert!(!record.data().contains(genuine) && !format!("{record:?}").contains("ada"));
    tally.report("the_stores_content_leaks");
}

/// A record under our cookie's id that another token opens, or none; and one that ended by our clock.
#[actix_web::test]
async fn a_token_is_tried_on_another_session() {
    let mut tally = Tally::default();
    let data = format!(r#"{{"username":"ada","_created":{START}}}"#);
    for bit in 0..256 {
        let mut hash = HASH;
        hash[bit / 8] ^= 1 << (bit % 8);
        let response = with_cookies(&stored(hash, START + 60, &data).await, &[&cookie()]).await;
        tally.add(is_refused(&response), || format!("another hash, by bit {bit}"));
    }
    for expires in [0, START - 1, START - 86_400] {
        let response = with_cookies(&stored(HASH, expires, &data).await, &[&cookie()]).await;
        tally.add(is_refused(&response), || format!("ended at {expires}"));
    }
    tally.report("a_token_is_tried_on_another_session");
}

/// Whatever a second window does with the cookie that it still has: the session stays ended.
#[actix_web::test]
async fn a_logout_is_undone_by_a_request_in_flight() {
    let mut tally = Tally::default();
    for step in ["/theme", "/login", "/logout"] {
        let sessions = middleware(MemoryStore::new());
        let mut browser = ada(&sessions).await;
        let copy = format!("{NAME}={}", browser.jar().get(NAME).unwrap());
        let mut other = client(&sessions);
        other.jar_mut().set_pair(&copy);
        browser.post("/logout", ()).await;
        let value = if step == "/login" { "eve" } else { "ada" };
        other.post(step, &[("value", value)]).await;
        tally.add(is_refused(&with_cookies(&sessions, &[&copy]).await), || step.into());
        tally.add(sessions.sessions_of("ada").await.unwrap().is_empty(), || format!("{step}: ada has a session"));
    }
    tally.report("a_logout_is_undone_by_a_request_in_flight");
}

/// Who put a cookie into a browser before the login does not have the session after it.
#[actix_web::test]
async fn a_session_is_fixed_by_somebody_before_the_login() {
    let mut tally = Tally::default();
    let sessions = middleware(MemoryStore::new());
    let mut eve = client(&sessions);
    eve.post("/theme", &[("value", "dark")]).await;
    let planted = format!("{NAME}={}", eve.jar().get(NAME).unwrap());
    let mut victim = client(&sessions);
    victim.jar_mut().set_pair(&planted);
    victim.post("/login", &[("value", "ada")]).await;
    assert_eq!(victim.get("/who").await.text(), "ada");
    tally.add(is_refused(&with_cookies(&sessions, &[&planted]).await), || "the planted cookie".into());
    tally.add(eve.get("/who").await.text() == "nobody", || "the browser that planted it".into());
    tally.report("a_session_is_fixed_by_somebody_before_the_login");
}
