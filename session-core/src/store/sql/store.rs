//! The stores themselves: one body for three engines.

use std::fmt;
use std::time::Duration;

use super::again::until_done;
use super::cleaning::Cleaning;
use super::dialect::{self, Dialect};
use super::error::failed;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use super::error::not_connected;
use super::row;
use crate::hex;
use crate::store::{Record, Saved, SessionId, SessionStore, StoreError, Version, known};

/// Most rows that are dropped by one statement, so that none holds its locks for long.
const CLEANING_BATCH: u64 = 1000;

/// The statements of one store, written once.
struct Statements {
    load: String,
    create: String,
    replace: String,
    extend: String,
    delete: String,
    list: String,
    revoke: String,
    clean: String,
}

impl Statements {
    fn new(dialect: &Dialect) -> Self {
        let in_words = |text: &str| dialect.statement(text);
        Self {
            load: in_words("SELECT version, token_hash, expires, owner, data FROM sessions WHERE id = ?"),
            create: in_words(
                "INSERT INTO sessions (id, version, token_hash, expires, owner, owner_hash, data, deadline) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ),
            replace: in_words(
                "UPDATE sessions SET version = ?, token_hash = ?, expires = ?, owner = ?, owner_hash = ?, data = ?, \
                 deadline = ? WHERE id = ? AND version = ?",
            ),
            extend: in_words("UPDATE sessions SET expires = ?, deadline = ? WHERE id = ? AND version = ?"),
            delete: in_words("DELETE FROM sessions WHERE id = ?"),
            list: in_words("SELECT id FROM sessions WHERE owner_hash = ? AND deadline >= ?"),
            revoke: in_words("DELETE FROM sessions WHERE owner_hash = ?"),
            // MySQL takes a limit in a subquery only behind another one. Asked twice, since a row may get another end in between.
            clean: in_words(
                "DELETE FROM sessions WHERE deadline < ? AND id IN \
                 (SELECT id FROM (SELECT id FROM sessions WHERE deadline < ? LIMIT ?) AS old)",
            ),
        }
    }
}

macro_rules! sql_store {
    ($(#[$doc:meta])* $store:ident, $pool:ty, $dialect:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $store {
            pool: $pool,
            statements: std::sync::Arc<Statements>,
            cleaning: std::sync::Arc<Cleaning>,
        }

        impl $store {
            /// A store on a pool of the application's own, with its table, which is made where it is not there. What expired is dropped
            /// every ten minutes.
            ///
            /// # Errors
            ///
            /// The table cannot be made.
            pub async fn with_pool(pool: $pool) -> Result<Self, StoreError> {
                for statement in $dialect.schema {
                    // Two applications that start at once may both make the table: the second finds it.
                    let made = sqlx::raw_sql(*statement).execute(&pool).await;
                    if made.is_err() {
                        sqlx::raw_sql(*statement).execute(&pool).await.map_err(|error| failed(&error))?;
                    }
                }
                let statements = std::sync::Arc::new(Statements::new(&$dialect));
                let (rows, words) = (pool.clone(), std::sync::Arc::clone(&statements));
                let cleaning = Cleaning::start(move || {
                    let (rows, words) = (rows.clone(), std::sync::Arc::clone(&words));
                    async move { Self::clean_rows(&rows, &words).await }
                });
                Ok(Self { pool, statements, cleaning: std::sync::Arc::new(cleaning) })
            }

            /// Leaves it to the application to drop what expired, by [`clean`](Self::clean) or by a job of the database's. Sessions end
            /// all the same; their rows stay.
            #[must_use]
            pub fn without_cleaning(self) -> Self {
                self.cleaning.stop();
                self
            }

            /// Drops what expired, a thousand rows at a time, and says how many.
            ///
            /// # Errors
            ///
            /// The database does not answer.
            pub async fn clean(&self) -> Result<u64, StoreError> {
                Self::clean_rows(&self.pool, &self.statements).await
            }

            async fn clean_rows(pool: &$pool, statements: &Statements) -> Result<u64, StoreError> {
                let mut dropped = 0;
                loop {
                    let now = row::seconds(row::now());
                    let batch = until_done(|| {
                        sqlx::query(sqlx::AssertSqlSafe(statements.clean.as_str()))
                            .bind(now)
                            .bind(now)
                            .bind(row::seconds(CLEANING_BATCH))
                            .execute(pool)
                    })
                    .await
                    .map_err(|error| failed(&error))?
                    .rows_affected();
                    dropped += batch;
                    if batch < CLEANING_BATCH {
                        return Ok(dropped);
                    }
                }
            }

            async fn read(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
                let row = until_done(|| {
                    sqlx::query_as(sqlx::AssertSqlSafe(self.statements.load.as_str()))
                        .bind(id.to_string())
                        .fetch_optional(&self.pool)
                })
                .await;
                let record = match row {
                    Ok(None) => return Ok(None),
                    Ok(Some(row)) => row::record(row),
                    // SQLite keeps values of any type in a column.
                    Err(sqlx::Error::ColumnDecode { .. }) => Err(row::damaged()),
                    Err(error) => return Err(failed(&error)),
                };
                Ok(known(record))
            }

            /// What became of a write that touched so many rows.
            async fn saved(&self, id: &SessionId, rows: u64) -> Result<Saved, StoreError> {
                if rows > 0 {
                    return Ok(Saved::Saved);
                }
                Ok(self.read(id).await?.map_or(Saved::Gone, Saved::Conflict))
            }
        }

        impl SessionStore for $store {
            async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
                self.read(id).await
            }

            async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
                let created = until_done(|| {
                    sqlx::query(sqlx::AssertSqlSafe(self.statements.create.as_str()))
                        .bind(id.to_string())
                        .bind(record.version().to_string())
                        .bind(hex::encode(record.token_hash().as_bytes()))
                        .bind(row::seconds(record.expires()))
                        .bind(record.owner().map(row::owner_text))
                        .bind(record.owner().map(row::owner_hash))
                        .bind(record.data())
                        .bind(row::deadline(ttl))
                        .execute(&self.pool)
                })
                .await;
                created.map(|_| ()).map_err(|error| {
                    let duplicate = error.as_database_error().is_some_and(|error| error.is_unique_violation());
                    if duplicate { StoreError::duplicate() } else { failed(&error) }
                })
            }

            async fn replace(
                &self,
                id: &SessionId,
                expected: &Version,
                record: &Record,
                ttl: Duration,
            ) -> Result<Saved, StoreError> {
                let rows = until_done(|| {
                    sqlx::query(sqlx::AssertSqlSafe(self.statements.replace.as_str()))
                        .bind(record.version().to_string())
                        .bind(hex::encode(record.token_hash().as_bytes()))
                        .bind(row::seconds(record.expires()))
                        .bind(record.owner().map(row::owner_text))
                        .bind(record.owner().map(row::owner_hash))
                        .bind(record.data())
                        .bind(row::deadline(ttl))
                        .bind(id.to_string())
                        .bind(expected.to_string())
                        .execute(&self.pool)
                })
                .await
                .map_err(|error| failed(&error))?
                .rows_affected();
                self.saved(id, rows).await
            }

            async fn extend(
                &self,
                id: &SessionId,
                expected: &Version,
                expires: u64,
                ttl: Duration,
            ) -> Result<Saved, StoreError> {
                let rows = until_done(|| {
                    sqlx::query(sqlx::AssertSqlSafe(self.statements.extend.as_str()))
                        .bind(row::seconds(expires))
                        .bind(row::deadline(ttl))
                        .bind(id.to_string())
                        .bind(expected.to_string())
                        .execute(&self.pool)
                })
                .await
                .map_err(|error| failed(&error))?
                .rows_affected();
                self.saved(id, rows).await
            }

            async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
                let deleted = until_done(|| {
                    sqlx::query(sqlx::AssertSqlSafe(self.statements.delete.as_str()))
                        .bind(id.to_string())
                        .execute(&self.pool)
                })
                .await;
                deleted.map(|_| ()).map_err(|error| failed(&error))
            }

            async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
                let rows: Vec<(String,)> = until_done(|| {
                    sqlx::query_as(sqlx::AssertSqlSafe(self.statements.list.as_str()))
                        .bind(row::owner_hash(owner))
                        .bind(row::seconds(row::now()))
                        .fetch_all(&self.pool)
                })
                .await
                .map_err(|error| failed(&error))?;
                Ok(rows.iter().filter_map(|(id,)| row::session_id(id)).collect())
            }

            async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
                let rows = until_done(|| {
                    sqlx::query(sqlx::AssertSqlSafe(self.statements.revoke.as_str()))
                        .bind(row::owner_hash(owner))
                        .execute(&self.pool)
                })
                .await
                .map_err(|error| failed(&error))?
                .rows_affected();
                Ok(usize::try_from(rows).unwrap_or(usize::MAX))
            }
        }

        impl fmt::Debug for $store {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($store)).finish_non_exhaustive()
            }
        }
    };
}

#[cfg(feature = "sqlite")]
sql_store! {
    /// Keeps sessions in a file of SQLite: for an application on one machine, whose users survive its restarts.
    ///
    /// A session that was saved outlives a crash of the process. One of the machine may lose the last moments, by SQLite's own rules
    /// (`synchronous=NORMAL` with a write-ahead log).
    /// Writers wait for each other, for five seconds at most.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use session_core::store::SqliteStore;
    /// use session_core::{Builder, Engine, Key};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = SqliteStore::open("sessions.db").await?;
    /// let engine: Engine = Builder::stored(store, Key::from_env("SECRET_KEY")?).build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// On a pool of the application's own, cleaned when it sees fit:
    ///
    /// ```
    /// use session_core::store::SqliteStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = sqlx::SqlitePool::connect("sqlite::memory:").await?;
    /// let store = SqliteStore::with_pool(pool).await?.without_cleaning();
    /// assert_eq!(store.clean().await?, 0, "nothing has expired yet");
    /// # Ok(())
    /// # }
    /// ```
    SqliteStore, sqlx::SqlitePool, dialect::SQLITE
}

#[cfg(feature = "sqlite")]
impl SqliteStore {
    /// Opens a file, or makes it with its table. What expired is dropped every ten minutes.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub async fn open(path: impl AsRef<std::path::Path>) -> Result<Self, StoreError> {
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().connect_with(options).await.map_err(|error| failed(&error))?;
        Self::with_pool(pool).await
    }
}

#[cfg(feature = "postgres")]
sql_store! {
    /// Keeps sessions in `PostgreSQL`: for an application on many machines.
    ///
    /// A session that was saved is durable as PostgreSQL's `synchronous_commit` says, by default on the disk of the primary. What
    /// a primary had not sent to its replica is lost where that takes over, unless replication is synchronous.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use session_core::store::PostgresStore;
    /// use session_core::{Builder, Engine, Key};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = PostgresStore::connect("postgres://user:password@127.0.0.1/shop").await?;
    /// let engine: Engine = Builder::stored(store, Key::from_env("SECRET_KEY")?).build()?;
    /// # Ok(())
    /// # }
    /// ```
    PostgresStore, sqlx::PgPool, dialect::POSTGRES
}

#[cfg(feature = "postgres")]
impl PostgresStore {
    /// Connects, as in `postgres://user:password@host/database`, and makes the table where it is not there. What expired is
    /// dropped every ten minutes.
    ///
    /// # Errors
    ///
    /// The database does not answer, or the table cannot be made.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let pool = sqlx::PgPool::connect(url).await.map_err(|error| not_connected(&error))?;
        Self::with_pool(pool).await
    }
}

#[cfg(feature = "mysql")]
sql_store! {
    /// Keeps sessions in `MySQL` or `MariaDB`: for an application on many machines.
    ///
    /// A session that was saved is durable as `InnoDB`'s `innodb_flush_log_at_trx_commit` says, by default on the disk. What a primary had
    /// not sent to its replica is lost where that takes over.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use session_core::store::MySqlStore;
    /// use session_core::{Builder, Engine, Key};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MySqlStore::connect("mysql://user:password@127.0.0.1/shop").await?;
    /// let engine: Engine = Builder::stored(store, Key::from_env("SECRET_KEY")?).build()?;
    /// # Ok(())
    /// # }
    /// ```
    MySqlStore, sqlx::MySqlPool, dialect::MYSQL
}

#[cfg(feature = "mysql")]
impl MySqlStore {
    /// Connects, as in `mysql://user:password@host/database`, and makes the table where it is not there. What expired is
    /// dropped every ten minutes.
    ///
    /// # Errors
    ///
    /// The database does not answer, or the table cannot be made.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let pool = sqlx::MySqlPool::connect(url).await.map_err(|error| not_connected(&error))?;
        Self::with_pool(pool).await
    }
}
