//! All sessions of an owner end in Redis, whatever is in the way of one of them.

use std::pin::pin;
use std::time::Duration;

use futures_util::poll;
use session_actix::store::{Record, RedisStore, SessionId, SessionStore, TokenHash, Version};

use crate::engine::Engine;

const OWNER: &str = "42";

fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

/// A store with five sessions of one owner.
async fn five(redis: &Engine) -> RedisStore {
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    for number in 0..5 {
        let (version, token_hash) = (Version::from_bytes([number; 16]), TokenHash::from_bytes([2; 32]));
        let record = Record::new(version, token_hash, 3, Some(OWNER.to_owned()), "{}".to_owned());
        store.create(&id(number), &record, Duration::from_secs(60)).await.unwrap();
    }
    assert_eq!(store.list(OWNER).await.unwrap().len(), 5);
    store
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn all_end_where_no_replica_confirms_it() {
    let redis = Engine::redis(&[]);
    let store = five(&redis).await;
    let careful = store.clone().wait_replicas(1, Duration::from_millis(1));
    careful.revoke(OWNER).await.unwrap_err();
    for number in 0..5 {
        assert_eq!(store.load(&id(number)).await.unwrap(), None);
    }
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn all_end_where_one_cannot_be_read() {
    let redis = Engine::redis(&[]);
    let store = five(&redis).await;
    let key = format!("session:{}", id(0));
    redis.ask(&["del", &key]);
    redis.ask(&["set", &key, "a text"]);
    store.revoke(OWNER).await.unwrap_err();
    for number in 1..5 {
        assert_eq!(store.load(&id(number)).await.unwrap(), None);
    }
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn all_end_where_one_is_over_and_no_memory_is_left() {
    let redis = Engine::redis(&[]);
    let store = five(&redis).await;
    redis.ask(&["del", &format!("session:{}", id(0))]);
    redis.ask(&["config", "set", "maxmemory", "1"]);
    store.delete(&id(0)).await.unwrap();
    assert_eq!(store.revoke(OWNER).await.unwrap(), 4);
    for number in 1..5 {
        assert_eq!(store.load(&id(number)).await.unwrap(), None);
    }
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn all_end_where_who_asked_for_it_hangs_up() {
    let redis = Engine::redis(&[]);
    let store = five(&redis).await;
    {
        let mut revoking = pin!(store.revoke(OWNER));
        assert!(poll!(revoking.as_mut()).is_pending());
    }
    for _ in 0..10_000 {
        if store.list(OWNER).await.unwrap().is_empty() {
            return;
        }
    }
    panic!("some are left");
}
