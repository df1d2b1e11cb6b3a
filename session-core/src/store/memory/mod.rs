//! Sessions in the memory of one process.

mod shelf;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::shelf::Shelf;
use super::{Record, Saved, SessionId, SessionStore, StoreError, Version};

/// Most sessions that are kept by default: of 1 kB each, 100 MB.
const DEFAULT_CAPACITY: usize = 100_000;

/// Keeps sessions in memory: for tests, and for an application of one process that may forget its users when it restarts.
///
/// It loses nothing while it runs. It holds a bounded number of sessions: what expired goes first, then sessions without an
/// owner, those that end soonest before others. Where all of them have one, a new session is refused, and nobody who is logged
/// in is logged out.
///
/// Clones share the sessions.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Engine, Key};
/// use session_core::store::MemoryStore;
///
/// let store = MemoryStore::with_capacity(10_000); // or `MemoryStore::new()`, for 100,000 sessions
/// let engine: Engine = Builder::stored(store.clone(), Key::generate()).build()?;
/// assert!(store.is_empty() && store.len() == 0);
/// # Ok::<(), session_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    shelf: Arc<Mutex<Shelf>>,
}

impl MemoryStore {
    /// A store of at most 100,000 sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// A store of at most so many sessions.
    #[must_use]
    pub fn with_capacity(sessions: usize) -> Self {
        Self { shelf: Arc::new(Mutex::new(Shelf::new(sessions))) }
    }

    /// How many sessions are kept, those that expired and were not dropped yet included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelf().len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every operation leaves the shelf whole, so one that panicked does no harm.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A time that no session reaches, where a time to live is too long for the clock.
const FAR: Duration = Duration::from_secs(1 << 32);

fn end(ttl: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(ttl).unwrap_or(now + FAR)
}

impl SessionStore for MemoryStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        Ok(self.shelf().live(id).map(|entry| entry.record.clone()))
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        self.shelf().create(*id, record.clone(), end(ttl))
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let keeps_owner = |stored: &Record| stored.owner() == record.owner();
        Ok(self.shelf().swap(*id, expected, keeps_owner, |stored| stored.clone_from(record), end(ttl)))
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        Ok(self.shelf().swap(*id, expected, |_| true, |record| record.expires = expires, end(ttl)))
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        self.shelf().remove(id);
        Ok(())
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        Ok(self.shelf().of(owner))
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        Ok(self.shelf().revoke(owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{TokenHash, conformance};

    conformance!(#[tokio::test] => MemoryStore::new());

    #[test]
    fn a_store_says_how_many_sessions_it_has() {
        let store = MemoryStore::default();
        assert_eq!((store.is_empty(), store.len()), (true, 0));
        let version = Version::from_bytes([1; 16]);
        let record = Record::new(version, TokenHash::from_bytes([2; 32]), 0, None, "{}");
        store.shelf().create(SessionId::from_bytes([1; 16]), record, end(Duration::from_secs(3600))).unwrap();
        assert!(!store.is_empty() && store.len() == 1);
        assert_eq!(format!("{store:?}"), "MemoryStore { len: 1, .. }");
        assert_eq!(store.shelf().capacity, DEFAULT_CAPACITY);
    }

    #[test]
    fn a_time_to_live_ends_after_it_and_none_is_too_long() {
        let (before, hour) = (Instant::now(), end(Duration::from_secs(3600)));
        assert!(hour >= before + Duration::from_secs(3600) && hour <= Instant::now() + Duration::from_secs(3600));
        assert!(end(Duration::MAX) > before + Duration::from_secs(3600 * 24 * 365 * 100));
    }
}
