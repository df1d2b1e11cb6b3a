//! Sessions in the memory of one process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

struct Shelf {
    sessions: HashMap<SessionId, Entry>,
    /// The sessions of each owner, by a hash of theirs: a set for each would take more memory than all the rest.
    owned: BTreeSet<(u64, SessionId)>,
    hasher: RandomState,
    /// All sessions, those that end soonest first.
    by_end: BTreeSet<(Instant, SessionId)>,
    /// Those without an owner.
    ownerless: BTreeSet<(Instant, SessionId)>,
    capacity: usize,
}

struct Entry {
    record: Record,
    ends: Instant,
    /// Where the indexes have it: never after it ends. Most writes only put the end off, and need not move it.
    listed: Instant,
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
        let shelf = Shelf {
            sessions: HashMap::new(),
            owned: BTreeSet::new(),
            hasher: RandomState::new(),
            by_end: BTreeSet::new(),
            ownerless: BTreeSet::new(),
            capacity: sessions,
        };
        Self { shelf: Arc::new(Mutex::new(shelf)) }
    }

    /// How many sessions are kept, those that expired and were not dropped yet included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelf().sessions.len()
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

impl Shelf {
    fn live(&self, id: &SessionId) -> Option<&Entry> {
        self.sessions.get(id).filter(|entry| entry.ends > Instant::now())
    }

    fn of(&self, owner: &str) -> Vec<SessionId> {
        let hash = self.hasher.hash_one(owner);
        let (first, last) = (SessionId::from_bytes([0; 16]), SessionId::from_bytes([u8::MAX; 16]));
        let ids = self.owned.range((hash, first)..=(hash, last)).map(|(_, id)| *id);
        // Another owner may have the same hash.
        let is_theirs = |id: &SessionId| self.live(id).is_some_and(|entry| entry.record.owner() == Some(owner));
        ids.filter(is_theirs).collect()
    }

    fn revoke(&mut self, owner: &str) -> usize {
        let ids = self.of(owner);
        for id in &ids {
            self.remove(id);
        }
        ids.len()
    }

    fn create(&mut self, id: SessionId, record: Record, ends: Instant) -> Result<(), StoreError> {
        if self.live(&id).is_some() {
            return Err(StoreError::duplicate());
        }
        self.remove(&id);
        self.sweep();
        if self.sessions.len() >= self.capacity {
            let soonest = self.soonest_ownerless().ok_or_else(full)?;
            self.remove(&soonest);
        }
        self.insert(id, record, ends);
        Ok(())
    }

    fn swap(
        &mut self,
        id: SessionId,
        expected: &Version,
        keeps_owner: impl FnOnce(&Record) -> bool,
        change: impl FnOnce(&mut Record),
        ends: Instant,
    ) -> Saved {
        let Some(entry) = self.sessions.get_mut(&id).filter(|entry| entry.ends > Instant::now()) else {
            return Saved::Gone;
        };
        if entry.record.version() != *expected {
            return Saved::Conflict(entry.record.clone());
        }
        if keeps_owner(&entry.record) && entry.listed <= ends {
            change(&mut entry.record);
            entry.ends = ends;
            return Saved::Saved;
        }
        let was = entry.record.owner.clone();
        change(&mut entry.record);
        let is = entry.record.owner.clone();
        entry.ends = ends;
        let listed = std::mem::replace(&mut entry.listed, ends);
        self.unlist(id, was.as_deref(), listed);
        self.list(id, is.as_deref(), ends);
        Saved::Saved
    }

    fn insert(&mut self, id: SessionId, record: Record, ends: Instant) {
        self.list(id, record.owner(), ends);
        self.sessions.insert(id, Entry { record, ends, listed: ends });
    }

    fn remove(&mut self, id: &SessionId) {
        if let Some(Entry { record, listed, .. }) = self.sessions.remove(id) {
            self.unlist(*id, record.owner(), listed);
        }
    }

    /// The session without an owner that ends soonest.
    fn soonest_ownerless(&mut self) -> Option<SessionId> {
        loop {
            let (_, id) = *self.ownerless.first()?;
            if !self.was_put_off(id) {
                return Some(id);
            }
        }
    }

    /// Moves a session in the indexes to where it ends, and says whether it had to.
    fn was_put_off(&mut self, id: SessionId) -> bool {
        let Some(entry) = self.sessions.get_mut(&id).filter(|entry| entry.ends > entry.listed) else { return false };
        let (owner, ends) = (entry.record.owner.clone(), entry.ends);
        let listed = std::mem::replace(&mut entry.listed, ends);
        self.unlist(id, owner.as_deref(), listed);
        self.list(id, owner.as_deref(), ends);
        true
    }

    /// Enters a session into the indexes.
    fn list(&mut self, id: SessionId, owner: Option<&str>, ends: Instant) {
        match owner {
            Some(owner) => self.owned.insert((self.hasher.hash_one(owner), id)),
            None => self.ownerless.insert((ends, id)),
        };
        self.by_end.insert((ends, id));
    }

    fn unlist(&mut self, id: SessionId, owner: Option<&str>, ends: Instant) {
        match owner {
            Some(owner) => self.owned.remove(&(self.hasher.hash_one(owner), id)),
            None => self.ownerless.remove(&(ends, id)),
        };
        self.by_end.remove(&(ends, id));
    }

    /// Drops what expired, and looks at nothing else.
    fn sweep(&mut self) {
        let now = Instant::now();
        while let Some((_, id)) = self.by_end.first().copied().filter(|(listed, _)| *listed <= now) {
            if !self.was_put_off(id) {
                self.remove(&id);
            }
        }
    }
}

fn full() -> StoreError {
    StoreError::unavailable(
        "every session in the memory store has an owner, so none is dropped for a new one: raise \
         `MemoryStore::with_capacity(..)` or use a database",
    )
}
