//! What a session takes in an engine, and what an operation costs it: the figures of `docs/stores.md`.

use std::time::Duration;

use futures_util::future::join_all;
use session_actix::store::{PostgresStore, Record, RedisStore, Saved, SessionId, SessionStore, TokenHash, Version};

use crate::engine::Engine;

const SESSIONS: u32 = 50_000;
const CLIENTS: u32 = 32;
const TTL: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// A session of a logged-in user, 200 bytes of JSON.
fn record(number: u32, version: u8) -> Record {
    let mut bytes = [version; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let data = format!("{{\"_created\":1700000000,\"user\":{number:010},\"cart\":\"{}\"}}", "x".repeat(149));
    assert_eq!(data.len(), 200);
    let token_hash = TokenHash::from_bytes([version; 32]);
    Record::new(Version::from_bytes(bytes), token_hash, 4_000_000_000, Some(number.to_string()), data)
}

fn id(number: u32) -> SessionId {
    // Spread as random ones are.
    let spread = u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    SessionId::from_bytes(spread.to_be_bytes())
}

async fn all(run: impl AsyncFn(u32)) {
    let client = async |client: u32| {
        for number in (client..SESSIONS).step_by(CLIENTS as usize) {
            run(number).await;
        }
    };
    join_all((0..CLIENTS).map(client)).await;
}

/// `cpu` is in seconds.
async fn measure(name: &str, store: impl SessionStore, size: impl AsyncFn() -> u64, cpu: impl Fn() -> f64) {
    let empty = size().await;
    all(async |number| store.create(&id(number), &record(number, 1), TTL).await.unwrap()).await;
    println!("{name}: {} bytes a session of 200 bytes of JSON", (size().await - empty) / u64::from(SESSIONS));
    let per_operation = |begun: f64| (cpu() - begun) * 1e6 / f64::from(SESSIONS);
    let begun = cpu();
    all(async |number| assert!(store.load(&id(number)).await.unwrap().is_some())).await;
    println!("{name}: {:.1} µs of its CPU a read", per_operation(begun));
    let begun = cpu();
    let write = async |number| {
        let (expected, next) = (record(number, 1).version(), record(number, 2));
        assert_eq!(store.replace(&id(number), &expected, &next, TTL).await.unwrap(), Saved::Saved);
    };
    all(write).await;
    println!("{name}: {:.1} µs of its CPU a write", per_operation(begun));
    println!(
        "{name}: {} bytes a session after each was written once more",
        (size().await - empty) / u64::from(SESSIONS)
    );
}

#[actix_web::test]
#[ignore = "prints figures, which docs/stores.md has"]
async fn of_redis() {
    let redis = Engine::redis(&["--appendfsync", "everysec"]);
    let store = RedisStore::connect(&redis.url("redis")).await.unwrap();
    let size = async || {
        let info = redis.ask(&["info", "memory"]);
        info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
    };
    measure("Redis", store, size, || redis.cpu_seconds()).await;
}

#[actix_web::test]
#[ignore = "prints figures, which docs/stores.md has"]
async fn of_postgres() {
    let postgres = Engine::postgres();
    let url = format!("{}/postgres", postgres.url("postgres"));
    let store = PostgresStore::connect(&url).await.unwrap();
    let admin = sqlx::PgPool::connect(&url).await.unwrap();
    let size = async || {
        let size = "SELECT pg_total_relation_size('sessions')";
        let (bytes,): (i64,) = sqlx::query_as(size).fetch_one(&admin).await.unwrap();
        u64::try_from(bytes).unwrap()
    };
    measure("PostgreSQL", store, size, || postgres.cpu_seconds()).await;
}
