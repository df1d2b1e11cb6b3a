//! A cookie of each format, made by another program (`golden.py`) from its description (`docs/formats.md`): what was handed out once
//! stays readable.

use std::time::Duration;

use session_actix::store::{MemoryStore, Record, SessionId, SessionStore as _, TokenHash, Version};
use session_actix::testing::ManualClock;
use session_actix::{Builder, Key, Session, SessionMiddleware, csrf};

use crate::support::{Jar, visit};

const TIME: u64 = 1_700_000_000;

fn key() -> Key {
    Key::try_from([7; 32].as_slice()).unwrap()
}

async fn visits(builder: Builder<SessionMiddleware>, cookie: &str) -> Option<u32> {
    let sessions = builder.clock(ManualClock::at(TIME)).build().unwrap();
    sessions.read::<session_actix::Dynamic>(cookie).await.unwrap()?.get("visits").unwrap()
}

#[actix_web::test]
async fn the_golden_signed_cookie_stays_readable() {
    let cookie = "__Host-session=eyJ2aXNpdHMiOjMsIl9jcmVhdGVkIjoxNzAwMDAwMDAwfQ.ZVPxAA.LG3E_-IWFQm5Ret5Li5YAWD_mrlefmrOQVYcdP_e75s";
    assert_eq!(visits(SessionMiddleware::signed(key()), cookie).await, Some(3));
}

#[actix_web::test]
async fn the_golden_cookie_of_a_scope_stays_readable_by_it_alone() {
    let value = "eyJ2aXNpdHMiOjMsIl9jcmVhdGVkIjoxNzAwMDAwMDAwfQ.ZVPxAA.f1-4qI8L1h3qERZQO-f3-kfwkFLQdH4mZAz3tDnmWiM";
    let admin = SessionMiddleware::signed(key()).scope("admin");
    assert_eq!(visits(admin, &format!("__Host-session-admin={value}")).await, Some(3));
    assert_eq!(visits(SessionMiddleware::signed(key()), &format!("__Host-session={value}")).await, None);
}

#[actix_web::test]
async fn the_golden_encrypted_cookie_stays_readable() {
    let cookie = "__Host-session=e1.AAECAwQFBgcICQoLlLHHy7RYWMQWZ1YuWDpd6Vzy8putpyD-149UZnDsdoBLp6gl";
    assert_eq!(visits(SessionMiddleware::encrypted(key()), cookie).await, Some(3));
}

#[actix_web::test]
async fn the_golden_cookie_of_a_stored_session_stays_readable() {
    let cookie = "__Host-session=AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC.ZVPxAA.IznkLnzMzCi-Zvr8qGGqpqbnnLQCAgKqlmfAa21N56Y";
    // The SHA-256 of the token in it.
    let hash = [
        0x75, 0x87, 0x7b, 0xb4, 0x1d, 0x39, 0x3b, 0x5f, 0xb8, 0x45, 0x5c, 0xe6, 0x0e, 0xcd, 0x8d, 0xda, 0x00, 0x1d,
        0x06, 0x31, 0x64, 0x96, 0xb1, 0x4d, 0xfa, 0x7f, 0x89, 0x56, 0x56, 0xee, 0xca, 0x4a,
    ];
    let store = MemoryStore::new();
    let data = format!(r#"{{"visits":3,"_created":{TIME}}}"#);
    let record = Record::new(Version::from_bytes([9; 16]), TokenHash::from_bytes(hash), TIME + 3600, None, data);
    store.create(&SessionId::from_bytes([1; 16]), &record, Duration::from_secs(3600)).await.unwrap();
    assert_eq!(visits(SessionMiddleware::stored(store, key()), cookie).await, Some(3));
}

#[actix_web::test]
async fn the_golden_token_of_a_form_stays_good() {
    let value = "eyJfY3NyZiI6IkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciLCJfY3JlYXRlZCI6MTcwMDAwMDAwMH0.ZVPxAA.o3pJCgWV1KEueuGy3QDPuRuDM5OnFCvptZ8eTJqwuTg";
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(TIME)).build().unwrap();
    let mut jar = Jar::default();
    jar.set("__Host-session", value);
    let token = "paWlpaWlpaWlpaWlpaWlpaWkp6ahoKOirayvrqmoq6o";
    let seen = visit(&sessions, &mut jar, |session: &mut Session| csrf::check(session, token)).await;
    assert_eq!(seen.result, Ok(()));
}
