//! What stores do besides: dropping what expired, and warnings about their server.

use std::time::Duration;

use session_actix::store::{Record, RedisStore, Saved, SessionId, SessionStore, SqliteStore, TokenHash, Version};
use session_actix::{Dynamic, Session, SessionMiddleware};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Executor as _, SqlitePool};

use crate::engine::Engine;
use crate::support::{Jar, key, logged_async, visit};

/// A table with one session that lives and 2500 that ended.
async fn table() -> (SqlitePool, SqliteStore) {
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(SqliteConnectOptions::new().in_memory(true));
    let pool = pool.await.unwrap();
    let store = SqliteStore::with_pool(pool.clone()).await.unwrap();
    let sessions = SessionMiddleware::stored(store.clone(), key()).build().unwrap();
    visit(&sessions, &mut Jar::default(), |session: &mut Session| session.insert("a", 1).unwrap()).await;
    pool.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500) \
         INSERT INTO sessions SELECT 'old ' || n, version, token_hash, expires, owner, owner_hash, data, 1 FROM sessions, numbers",
    )
    .await
    .unwrap();
    (pool, store)
}

/// By whoever can write to the table: a backup that was cut off, or a colleague.
#[actix_web::test]
async fn a_row_that_is_damaged_is_no_session() {
    let damages = [
        "version = 'x'",
        "token_hash = 'ff'",
        "expires = -1",
        "owner = '{'",
        "data = '{'",
        "expires = 'x'",
        "data = X'ff'",
    ];
    for damage in damages {
        let pool =
            SqlitePoolOptions::new().max_connections(1).connect_with(SqliteConnectOptions::new().in_memory(true));
        let pool = pool.await.unwrap();
        let store = SqliteStore::with_pool(pool.clone()).await.unwrap();
        let sessions = SessionMiddleware::stored(store, key()).build().unwrap();
        let mut jar = Jar::default();
        let insert = |session: &mut Session| session.insert("a", 1).unwrap();
        visit(&sessions, &mut jar, insert).await;
        let update = sqlx::AssertSqlSafe(format!("UPDATE sessions SET {damage}"));
        sqlx::query(update).execute(&pool).await.unwrap();
        let seen = visit(&sessions, &mut jar, |session: &mut Session| session.is_new()).await;
        assert!(seen.result, "{damage}");
        visit(&sessions, &mut jar, insert).await;
        assert!(sessions.read::<Dynamic>(&jar.header()).await.unwrap().is_some(), "{damage}");
    }
}

async fn rows(pool: &SqlitePool) -> i64 {
    let (rows,): (i64,) = sqlx::query_as("SELECT count(*) FROM sessions").fetch_one(pool).await.unwrap();
    rows
}

/// Lets eleven minutes go by, and what is due then begin.
async fn eleven_minutes() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(660)).await;
    tokio::time::resume();
}

#[actix_web::test]
async fn what_expired_is_dropped_by_itself() {
    let (pool, _store) = table().await;
    assert_eq!(rows(&pool).await, 2501);
    eleven_minutes().await;
    // The one connection is free again when the clean-up is through.
    for _ in 0..1000 {
        if rows(&pool).await == 1 {
            return;
        }
    }
    panic!("{} rows are still there", rows(&pool).await);
}

#[actix_web::test]
async fn what_expired_stays_where_the_application_drops_it() {
    let (pool, store) = table().await;
    let store = store.without_cleaning();
    eleven_minutes().await;
    for _ in 0..1000 {
        assert_eq!(rows(&pool).await, 2501);
    }
    assert_eq!(store.clean().await.unwrap(), 2500);
    assert_eq!((rows(&pool).await, store.clean().await.unwrap()), (1, 0));
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_hash_that_is_damaged_is_no_session() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let sessions = SessionMiddleware::stored(store, key()).build().unwrap();
    let insert = |session: &mut Session| session.insert("a", 1).unwrap();
    for damage in [&["v", "x"][..], &["t", "x"], &["e", "x"], &["d", "{"]] {
        let mut jar = Jar::default();
        visit(&sessions, &mut jar, insert).await;
        let found = redis.ask(&["--raw", "keys", "session:*"]);
        let key = found.lines().next().unwrap();
        redis.ask(&[&["hset", key], damage].concat());
        let seen = visit(&sessions, &mut jar, |session: &mut Session| session.is_new()).await;
        assert!(seen.result, "{damage:?}");
        redis.ask(&["hdel", key, "e"]);
        assert!(
            visit(&sessions, &mut jar, |session: &mut Session| session.is_new()).await.result,
            "half of it is gone"
        );
        redis.ask(&["del", key]);
    }

    // What says until when the owner's index names it is made anew.
    let mut jar = crate::stored::logged_in(&sessions).await;
    let found = redis.ask(&["--raw", "keys", "session:*"]);
    for damage in
        [&["hset", found.lines().next().unwrap(), "i", "x"][..], &["hdel", found.lines().next().unwrap(), "i"]]
    {
        redis.ask(damage);
        visit(&sessions, &mut jar, |visitor: &mut Session<crate::stored::Visitor>| visitor.visits += 1).await;
    }
    assert_eq!(sessions.read::<crate::stored::Visitor>(&jar.header()).await.unwrap().unwrap().visits, 2);
    assert_eq!(sessions.sessions_of("42").await.unwrap().len(), 1);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_user_of_redis_needs_no_more_than_the_docs_say() {
    let redis = Engine::redis(&[]);
    let docs = include_str!("../docs/stores.md");
    let line = docs.lines().find(|line| line.starts_with("ACL SETUSER shop on >password ~shop:session* ")).unwrap();
    assert_eq!(redis.ask(&line.split(' ').collect::<Vec<_>>()).trim(), "OK");
    let address = format!("redis://shop:password@127.0.0.1:{}", redis.port);
    let store = RedisStore::connect(&address).await.unwrap().prefix("shop:");
    let (version, token_hash) = (Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]));
    let record = Record::new(version, token_hash, 3, Some("42".to_owned()), "{}".to_owned());
    let ids = [3, 4].map(|number| SessionId::from_bytes([number; 16]));
    let seconds = Duration::from_secs;
    for id in &ids {
        store.create(id, &record, seconds(60)).await.unwrap();
        assert_eq!(store.extend(id, &version, 4, seconds(100)).await.unwrap(), Saved::Saved);
        assert_eq!(store.replace(id, &version, &record, seconds(300)).await.unwrap(), Saved::Saved);
        assert_eq!(store.load(id).await.unwrap(), Some(record.clone()));
    }
    let waiting = store.clone().wait_replicas(1, Duration::from_millis(1));
    let error = waiting.delete(&ids[0]).await.unwrap_err().to_string();
    assert!(error.contains("fewer replicas"), "{error}");
    assert_eq!(store.list("42").await.unwrap(), [ids[1]]);
    assert_eq!(store.revoke("42").await.unwrap(), 1);
    store.delete(&ids[1]).await.unwrap();
}

#[test]
#[ignore = "needs Redis: ./test.sh installs it"]
fn a_redis_that_may_evict_sessions_is_warned_of() {
    let redis = Engine::redis(&["--maxmemory-policy", "allkeys-lru"]);
    let (_, log) = logged_async(RedisStore::connect(&redis.url("redis")));
    assert!(log.contains("this Redis may evict sessions and so log users out"), "{log}");
    redis.ask(&["config", "set", "maxmemory-policy", "noeviction"]);
    let (_, log) = logged_async(RedisStore::connect(&redis.url("redis")));
    assert!(!log.contains("may evict"), "{log}");
}

#[test]
#[ignore = "needs Redis: ./test.sh installs it"]
fn a_cluster_that_may_evict_sessions_is_warned_of() {
    let nodes = Engine::redis_cluster();
    for node in &nodes {
        node.ask(&["config", "set", "maxmemory-policy", "allkeys-lru"]);
    }
    let (_, log) = logged_async(RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))));
    assert!(log.contains("this Redis may evict sessions and so log users out"), "{log}");
}
