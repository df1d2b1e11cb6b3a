//! How the store in Redis keeps its connections: one a worker, kept while it is of use, and never another's thrown away.

use std::pin::pin;
use std::time::Duration;

use futures_util::poll;
use session_actix::store::{RedisStore, SessionId, SessionStore};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;

use crate::engine::Engine;

fn nobody() -> SessionId {
    SessionId::from_bytes([7; 16])
}

/// Connections, by the numbers that the server gave them, but for the one that asks.
fn connections(redis: &Engine) -> Vec<String> {
    let list = redis.ask(&["client", "list", "type", "normal"]);
    let others = list.lines().filter(|client| !client.contains("cmd=client"));
    let mut numbers: Vec<_> = others.map(|client| client.split(' ').next().unwrap().to_owned()).collect();
    numbers.sort();
    numbers
}

async fn read(store: &RedisStore) {
    assert_eq!(store.load(&nobody()).await.unwrap(), None);
}

/// Lets time go by for what is due or idle, though not for what answers.
async fn later(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_worker_keeps_its_connection() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let first = connections(&redis);
    assert_eq!(first.len(), 1);
    for _ in 0..3 {
        read(&store).await;
        store.delete(&nobody()).await.unwrap();
    }
    assert_eq!(connections(&redis), first);
    assert_eq!(format!("{store:?}"), "RedisStore { .. }", "no address, which may have a password");
}

#[test]
#[ignore = "needs Redis: ./test.sh installs it"]
fn workers_have_connections_of_their_own() {
    let redis = Engine::redis(&[]);
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let (one, other) = (runtime(), runtime());
    let store = one.block_on(RedisStore::connect(&redis.url("redis"))).unwrap();
    let in_time = |runtime: &Runtime| runtime.block_on(async { timeout(Duration::from_secs(10), read(&store)).await });
    in_time(&other).expect("nobody else drives its connection");
    in_time(&one).unwrap();
    assert_eq!(connections(&redis).len(), 2);
}

/// A server answers nothing else on a connection whose writes wait for replicas.
#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn reads_have_a_connection_of_their_own_where_writes_wait() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap().wait_replicas(1, Duration::from_millis(1));
    read(&store).await;
    let error = store.delete(&nobody()).await.unwrap_err().to_string();
    assert!(error.contains("fewer replicas than `wait_replicas` asks for have it"), "{error}");
    assert_eq!(connections(&redis).len(), 2);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_connection_that_nobody_used_for_a_minute_is_replaced() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    read(&store).await;
    let first = connections(&redis);
    later(Duration::from_secs(50)).await;
    read(&store).await;
    later(Duration::from_secs(50)).await;
    read(&store).await;
    assert_eq!(connections(&redis), first, "it was used in between");
    later(Duration::from_secs(61)).await;
    read(&store).await;
    assert_ne!(connections(&redis), first);
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_connection_that_broke_is_replaced_and_nobody_sees_it() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    for _ in 0..3 {
        redis.ask(&["client", "kill", "type", "normal"]);
        read(&store).await;
    }
}

/// It may have been done.
#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_write_whose_connection_broke_is_not_sent_again() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    redis.ask(&["client", "kill", "type", "normal"]);
    store.delete(&nobody()).await.unwrap_err();
    store.delete(&nobody()).await.unwrap();
}

/// The driver would give up after half a second, and nobody would know whether a write was made.
#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn how_long_an_answer_may_take_is_the_requests_to_say() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    redis.hang();
    let mut asked = pin!(read(&store));
    assert!(poll!(asked.as_mut()).is_pending());
    later(Duration::from_secs(4)).await;
    redis.resume();
    asked.await;
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn a_server_that_says_nothing_is_given_up_after_half_a_second() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let first = connections(&redis);
    for (wait, is_kept) in [(200, true), (600, false)] {
        redis.hang();
        {
            let mut asked = pin!(read(&store));
            assert!(poll!(asked.as_mut()).is_pending());
            later(Duration::from_millis(wait)).await;
        }
        redis.resume();
        read(&store).await;
        assert_eq!(connections(&redis).contains(&first[0]), is_kept, "after {wait} ms");
    }
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn who_gives_up_throws_away_no_connection_that_came_after() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let both = {
        redis.hang();
        let mut last = pin!(read(&store));
        assert!(poll!(last.as_mut()).is_pending());
        {
            let mut first = pin!(read(&store));
            assert!(poll!(first.as_mut()).is_pending());
            later(Duration::from_millis(600)).await;
        }
        redis.resume();
        read(&store).await;
        connections(&redis)
    };
    read(&store).await;
    assert!(connections(&redis).iter().all(|number| both.contains(number)), "another one was made");
}

/// Nor a task: a server that is gone without a word would fill the memory with them.
#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn who_gives_up_leaves_nobody_waiting_for_a_connection() {
    let redis = Engine::redis(&[]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    redis.hang();
    {
        let mut asked = pin!(read(&store));
        assert!(poll!(asked.as_mut()).is_pending());
        later(Duration::from_millis(600)).await;
    }
    let tasks = Handle::current().metrics().num_alive_tasks();
    for _ in 0..100 {
        let mut asked = pin!(read(&store));
        assert!(poll!(asked.as_mut()).is_pending());
    }
    let more = Handle::current().metrics().num_alive_tasks() - tasks;
    assert!(more <= 2, "{more} tasks");
    redis.resume();
    read(&store).await;
}
