//! Sessions and the indexes over them, which every operation leaves whole.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

use crate::store::{Record, Saved, SessionId, StoreError, Version};

pub(super) struct Shelf {
    sessions: HashMap<SessionId, Entry>,
    /// The sessions of each owner, by a hash of theirs: a set for each would take more memory than all the rest.
    owned: BTreeSet<(u64, SessionId)>,
    hasher: RandomState,
    /// All sessions, those that end soonest first.
    by_end: BTreeSet<(Instant, SessionId)>,
    /// Those without an owner.
    ownerless: BTreeSet<(Instant, SessionId)>,
    pub(super) capacity: usize,
}

pub(super) struct Entry {
    pub(super) record: Record,
    ends: Instant,
    /// Where the indexes have it: never after it ends. Most writes only put the end off, and need not move it.
    listed: Instant,
}

impl Shelf {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            sessions: HashMap::new(),
            owned: BTreeSet::new(),
            hasher: RandomState::new(),
            by_end: BTreeSet::new(),
            ownerless: BTreeSet::new(),
            capacity,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn live(&self, id: &SessionId) -> Option<&Entry> {
        self.sessions.get(id).filter(|entry| entry.ends > Instant::now())
    }

    pub(super) fn of(&self, owner: &str) -> Vec<SessionId> {
        let hash = self.hasher.hash_one(owner);
        let (first, last) = (SessionId::from_bytes([0; 16]), SessionId::from_bytes([u8::MAX; 16]));
        let ids = self.owned.range((hash, first)..=(hash, last)).map(|(_, id)| *id);
        // Another owner may have the same hash.
        let is_theirs = |id: &SessionId| self.live(id).is_some_and(|entry| entry.record.owner() == Some(owner));
        ids.filter(is_theirs).collect()
    }

    pub(super) fn revoke(&mut self, owner: &str) -> usize {
        let ids = self.of(owner);
        for id in &ids {
            self.remove(id);
        }
        ids.len()
    }

    pub(super) fn create(&mut self, id: SessionId, record: Record, ends: Instant) -> Result<(), StoreError> {
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

    pub(super) fn swap(
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

    pub(super) fn remove(&mut self, id: &SessionId) {
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
mod tests;
