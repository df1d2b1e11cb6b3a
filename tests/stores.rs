//! The suite that every store passes, on each of ours.
//!
//! `test.sh` starts the engines, and says in `POSTGRES_URL`, `MYSQL_URL` and `REDIS_URL` where they are.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use session_actix::store::{MySqlStore, PostgresStore, RedisStore, SqliteStore};
use sqlx::Executor as _;
use sqlx::postgres::PgConnectOptions;

/// A name that no other test of this run has, nor one of another run.
fn unique() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("sessions_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("test.sh sets {variable}"))
}

/// A store in a file of its own.
pub async fn sqlite() -> SqliteStore {
    SqliteStore::open(sqlite_path()).await.unwrap()
}

fn sqlite_path() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sqlite");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.db", unique()));
    let _ = std::fs::remove_file(&path);
    path
}

/// A store in a database of its own.
pub async fn postgres() -> PostgresStore {
    PostgresStore::connect(&postgres_database().await).await.unwrap()
}

/// The same, where the database refuses one of two writes that meet.
async fn strict_postgres() -> PostgresStore {
    let options: PgConnectOptions = postgres_database().await.parse().unwrap();
    let strict = options.options([("default_transaction_isolation", "serializable")]);
    PostgresStore::with_pool(sqlx::PgPool::connect_with(strict).await.unwrap()).await.unwrap()
}

/// The address of a new database.
async fn postgres_database() -> String {
    let (server, name) = (url("POSTGRES_URL"), unique());
    let admin = sqlx::PgPool::connect(&format!("{server}/postgres")).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    format!("{server}/{name}")
}

/// A store in a database of its own.
pub async fn mysql() -> MySqlStore {
    let (server, name) = (url("MYSQL_URL"), unique());
    let admin = sqlx::MySqlPool::connect(&format!("{server}/mysql")).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    MySqlStore::connect(&format!("{server}/{name}")).await.unwrap()
}

/// A store whose keys no other test has.
pub async fn redis() -> RedisStore {
    RedisStore::connect(&url("REDIS_URL")).await.unwrap().prefix(unique())
}

/// A store in six nodes, three of which are replicas.
pub async fn redis_cluster() -> RedisStore {
    RedisStore::cluster(url("REDIS_CLUSTER_URLS").split(' ')).await.unwrap().prefix(unique())
}

mod in_memory {
    use session_actix::store::{MemoryStore, conformance};

    conformance!(#[actix_web::test] => MemoryStore::new());
}

mod in_sqlite {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] => super::sqlite().await);
}

mod in_postgres {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] #[ignore = "needs PostgreSQL: ./test.sh starts it"] => super::postgres().await);
}

mod in_postgres_that_is_serializable {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] #[ignore = "needs PostgreSQL: ./test.sh starts it"] => super::strict_postgres().await);
}

mod in_mysql {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] #[ignore = "needs MariaDB: ./test.sh starts it"] => super::mysql().await);
}

mod in_redis {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] #[ignore = "needs Redis: ./test.sh starts it"] => super::redis().await);
}

mod in_redis_cluster {
    use session_actix::store::conformance;

    conformance!(#[actix_web::test] #[ignore = "needs Redis Cluster: ./test.sh starts it"] => super::redis_cluster().await);
}

/// A worker that made the connection may end, and others go on with it: those of a test, or of a server that was stopped and started again.
#[test]
#[ignore = "needs Redis Cluster: ./test.sh starts it"]
fn a_store_outlives_the_runtime_that_connected_it() {
    use session_actix::store::{SessionId, SessionStore};

    let store = actix_web::rt::System::new().block_on(redis_cluster());
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asked = runtime.block_on(async { store.load(&SessionId::from_bytes([7; 16])).await });
        assert_eq!(asked.unwrap(), None);
    }
}
