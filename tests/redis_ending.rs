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

fn record(version: u8) -> Record {
    let (version, token_hash) = (Version::from_bytes([version; 16]), TokenHash::from_bytes([2; 32]));
    Record::new(version, token_hash, 3, Some(OWNER.to_owned()), "{}".to_owned())
}

/// A store with five sessions of one owner.
async fn five(redis: &Engine) -> RedisStore {
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    for number in 0..5 {
        store.create(&id(number), &record(number), Duration::from_secs(60)).await.unwrap();
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
    let stats = redis.ask(&["info", "commandstats"]);
    // By the script's hash, and by its text, which the server had not heard yet. The others are not waited for in vain.
    assert!(stats.contains("cmdstat_wait:calls=2,"), "{stats}");
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

/// For how many seconds an owner's index names a session, and that the session knows.
fn named_for(redis: &Engine, id: SessionId) -> u64 {
    let now: u64 = redis.ask(&["time"]).lines().next().unwrap().parse().unwrap();
    let deadline = redis.ask(&["zscore", &format!("sessions-of:{OWNER}"), &id.to_string()]);
    assert_eq!(redis.ask(&["hget", &format!("session:{id}"), "i"]), deadline);
    deadline.trim().parse::<u64>().unwrap().div_ceil(1000) - now
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn an_index_names_a_session_for_longer_than_it_lives() {
    let redis = Engine::redis(&[]);
    let store = five(&redis).await;
    assert!((100..=121).contains(&named_for(&redis, id(1))));
    // Long enough is left as it is,
    store.extend(&id(1), &record(1).version(), 3, Duration::from_secs(70)).await.unwrap();
    assert!((100..=121).contains(&named_for(&redis, id(1))));
    // what is soon too short is renewed after the write, and what is too short before it.
    for seconds in [100, 300] {
        store.extend(&id(1), &record(1).version(), 3, Duration::from_secs(seconds)).await.unwrap();
        store.replace(&id(2), &record(2).version(), &record(2), Duration::from_secs(seconds)).await.unwrap();
        for number in [1, 2] {
            let named = named_for(&redis, id(number));
            assert!((2 * seconds - 20..=2 * seconds + 1).contains(&named), "{named} of {seconds}");
        }
    }
}
