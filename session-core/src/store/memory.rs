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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{TokenHash, conformance};

    conformance!(#[tokio::test] => MemoryStore::new());

    fn id(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    fn record(owner: Option<&str>) -> Record {
        Record::new(Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]), 0, owner.map(str::to_owned), "{}")
    }

    /// A time that is not over before the test is.
    fn later(hours: u64) -> Instant {
        Instant::now() + Duration::from_secs(3600 * hours)
    }

    impl Shelf {
        /// Lets a session end without moving it in the indexes, as a write does that puts its end off.
        fn put_off(&mut self, id: SessionId, ends: Instant) {
            self.sessions.get_mut(&id).unwrap().ends = ends;
        }

        fn assert_whole(&self) {
            let ownerless = self.sessions.values().filter(|entry| entry.record.owner().is_none()).count();
            let all = self.sessions.len();
            assert_eq!((self.by_end.len(), self.ownerless.len(), self.owned.len()), (all, ownerless, all - ownerless));
            for (id, entry) in &self.sessions {
                assert!(entry.listed <= entry.ends && self.by_end.contains(&(entry.listed, *id)));
                match entry.record.owner() {
                    Some(owner) => assert!(self.owned.contains(&(self.hasher.hash_one(owner), *id))),
                    None => assert!(self.ownerless.contains(&(entry.listed, *id))),
                }
            }
        }

        fn change(&mut self, number: u8, owner: Option<&str>, ends: Instant) -> Saved {
            let new = record(owner);
            let keeps_owner = |stored: &Record| stored.owner() == new.owner();
            self.swap(id(number), &new.version(), keeps_owner, |stored| stored.clone_from(&new), ends)
        }
    }

    fn ids(shelf: &Shelf) -> Vec<u8> {
        let mut ids: Vec<u8> = shelf.sessions.keys().map(|id| id.as_bytes()[0]).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_store_says_how_many_sessions_it_has() {
        let store = MemoryStore::default();
        assert_eq!((store.is_empty(), store.len()), (true, 0));
        store.shelf().create(id(1), record(None), later(1)).unwrap();
        assert!(!store.is_empty() && store.len() == 1);
        assert_eq!(format!("{store:?}"), "MemoryStore { len: 1, .. }");
        assert_eq!(store.shelf().capacity, DEFAULT_CAPACITY);
    }

    #[test]
    fn a_time_to_live_ends_after_it_and_none_is_too_long() {
        let (before, hour) = (Instant::now(), end(Duration::from_secs(3600)));
        assert!(hour >= before + Duration::from_secs(3600) && hour <= later(1));
        assert!(end(Duration::MAX) > later(24 * 365 * 100));
    }

    #[test]
    fn what_expired_is_as_if_it_were_not_there() {
        let store = MemoryStore::new();
        let mut shelf = store.shelf();
        let over = Instant::now();
        shelf.create(id(1), record(Some("ada")), over).unwrap();
        assert!(shelf.live(&id(1)).is_none() && shelf.of("ada").is_empty());
        assert_eq!(shelf.change(1, Some("ada"), later(1)), Saved::Gone);
        assert_eq!(shelf.revoke("ada"), 0);
        shelf.create(id(1), record(Some("bob")), later(1)).unwrap();
        assert_eq!((shelf.of("ada"), shelf.of("bob")), (vec![], vec![id(1)]));
        assert!(shelf.create(id(1), record(None), later(1)).unwrap_err().is_duplicate());
        shelf.assert_whole();
    }

    #[test]
    fn what_expired_goes_when_a_session_begins_and_what_was_put_off_stays() {
        let store = MemoryStore::new();
        let mut shelf = store.shelf();
        for (number, owner) in [(1, None), (2, Some("ada")), (3, None), (4, Some("ada"))] {
            shelf.insert(id(number), record(owner), Instant::now());
        }
        shelf.put_off(id(3), later(1));
        shelf.put_off(id(4), later(1));
        shelf.create(id(5), record(None), later(1)).unwrap();
        assert_eq!(ids(&shelf), [3, 4, 5]);
        assert_eq!(shelf.of("ada"), [id(4)]);
        assert!(shelf.sessions.values().all(|entry| entry.listed == entry.ends), "they stand where they end");
        shelf.assert_whole();
    }

    #[test]
    fn a_full_store_drops_who_is_not_logged_in_those_that_end_soonest_first() {
        let store = MemoryStore::with_capacity(3);
        let mut shelf = store.shelf();
        shelf.create(id(1), record(Some("ada")), later(1)).unwrap();
        shelf.create(id(2), record(None), later(2)).unwrap();
        shelf.create(id(3), record(None), later(3)).unwrap();
        // It ends last now.
        assert_eq!(shelf.change(2, None, later(9)), Saved::Saved);
        shelf.create(id(4), record(Some("bob")), later(4)).unwrap();
        assert_eq!(ids(&shelf), [1, 2, 4]);
        shelf.create(id(5), record(Some("eve")), later(5)).unwrap();
        assert_eq!(ids(&shelf), [1, 4, 5]);
        let refused = shelf.create(id(6), record(None), later(6)).unwrap_err();
        assert!(!refused.is_duplicate() && refused.to_string().contains("with_capacity"), "{refused}");
        assert_eq!(ids(&shelf), [1, 4, 5]);
        shelf.assert_whole();
    }

    #[test]
    fn indexes_follow_every_change_of_owner_and_end() {
        let store = MemoryStore::new();
        let mut shelf = store.shelf();
        let (first, soon, late) = (later(5), later(1), later(9));
        for before in [None, Some("ada")] {
            for after in [None, Some("ada"), Some("bob")] {
                for ends in [first, soon, late] {
                    shelf.create(id(1), record(before), first).unwrap();
                    assert_eq!(shelf.change(1, after, ends), Saved::Saved);
                    let entry = shelf.live(&id(1)).unwrap();
                    assert_eq!((entry.record.owner(), entry.ends), (after, ends));
                    // Most writes put the end off alone, and move nothing.
                    assert_eq!(entry.listed == first, ends == first || (before == after && ends == late));
                    shelf.assert_whole();
                    shelf.remove(&id(1));
                    shelf.assert_whole();
                }
            }
        }
    }
}
