//! Sessions that the server keeps: what a store must do, and a store in memory.
//!
//! # Examples
//!
//! ```
//! use session_core::store::MemoryStore;
//! use session_core::{Builder, Engine, Key};
//!
//! let engine: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build()?;
//! assert!(engine.is_stored());
//! # Ok::<(), session_core::ConfigError>(())
//! ```

pub mod conformance;
mod erased;
mod error;
mod id;
mod line;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod sql;
mod ticket;

use std::fmt;
use std::future::Future;
use std::time::Duration;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use crate::__session_store_conformance as conformance;
pub(crate) use erased::AnyStore;
pub use error::StoreError;
pub use id::SessionId;
pub use memory::MemoryStore;
pub use record::{Record, TokenHash, Version};
#[cfg(feature = "mysql")]
pub use sql::MySqlStore;
#[cfg(feature = "postgres")]
pub use sql::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sql::SqliteStore;
pub(crate) use ticket::Ticket;

/// Says that a store holds something under a session's name that is none.
pub(crate) fn unreadable(error: &dyn fmt::Debug) {
    tracing::error!(name: "session.store.unreadable", ?error, "a stored session is no session");
}

/// What nobody can read is no session, and must not be an error for ever.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis", feature = "sqlite"))]
fn known<T>(read: Result<T, StoreError>) -> Option<T> {
    read.inspect_err(|error| unreadable(error)).ok()
}

/// A place where sessions are kept.
///
/// # Rules
///
/// - Every operation takes effect at once or not at all.
/// - [`replace`](Self::replace) and [`extend`](Self::extend) compare the version with the stored one and write in one step. Neither creates what is
///   gone: a session that was deleted stays deleted, whatever was in flight.
/// - An expired record may be given back; the library looks at its clock. The time to live is for dropping it later, and is
///   relative, since a store has a clock of its own.
/// - Whoever a record names as its owner is asked for by [`list`](Self::list) and [`revoke`](Self::revoke). Where owners are kept in an index of their own, the id
///   enters it before the record is written and leaves it after the record was deleted, so that no session of an owner is
///   missed.
/// - After any error but that of a duplicate, the write may have happened or not: the library loads the record to see.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use session_core::store::{Record, Saved, SessionId, SessionStore, StoreError, Version};
///
/// /// A store that says what it is asked, around another one.
/// struct Loud<S>(S);
///
/// impl<S: SessionStore> SessionStore for Loud<S> {
///     async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
///         println!("load {id}");
///         self.0.load(id).await
///     }
///     async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
///         self.0.create(id, record, ttl).await
///     }
///     async fn replace(
///         &self,
///         id: &SessionId,
///         expected: &Version,
///         record: &Record,
///         ttl: Duration,
///     ) -> Result<Saved, StoreError> {
///         self.0.replace(id, expected, record, ttl).await
///     }
///     async fn extend(
///         &self,
///         id: &SessionId,
///         expected: &Version,
///         expires: u64,
///         ttl: Duration,
///     ) -> Result<Saved, StoreError> {
///         self.0.extend(id, expected, expires, ttl).await
///     }
///     async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
///         self.0.delete(id).await
///     }
///     async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
///         self.0.list(owner).await
///     }
///     async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
///         self.0.revoke(owner).await
///     }
/// }
/// ```
pub trait SessionStore: Send + Sync + 'static {
    /// The record of a session.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn load(&self, id: &SessionId) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// Keeps a new session.
    ///
    /// # Errors
    ///
    /// The id is known already ([`StoreError::duplicate`]), or the store did not answer.
    fn create(
        &self,
        id: &SessionId,
        record: &Record,
        ttl: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes a session over the version that is expected.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> impl Future<Output = Result<Saved, StoreError>> + Send;

    /// Gives a session of the version that is expected another end. Its version stays.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> impl Future<Output = Result<Saved, StoreError>> + Send;

    /// Ends a session. One that is gone is no error.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn delete(&self, id: &SessionId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The sessions of an owner.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn list(&self, owner: &str) -> impl Future<Output = Result<Vec<SessionId>, StoreError>> + Send;

    /// Ends the sessions of an owner, and says how many there were.
    ///
    /// # Errors
    ///
    /// The store did not answer.
    fn revoke(&self, owner: &str) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// What became of a write that expects a version.
///
/// # Examples
///
/// ```
/// use session_core::store::Saved;
///
/// fn is_ours(answer: &Saved) -> bool {
///     match answer {
///         Saved::Saved => true,
///         Saved::Conflict(_newer) => false,
///         Saved::Gone => false,
///     }
/// }
/// assert!(is_ours(&Saved::Saved));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth outcome of a compare-and-swap")]
pub enum Saved {
    /// It was written.
    Saved,
    /// Somebody else wrote meanwhile: this is the record now.
    Conflict(Record),
    /// The session is no more.
    Gone,
}
