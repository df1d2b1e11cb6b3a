//! A store that fails or hangs when it is told to.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use session_actix::store::{MemoryStore, Record, Saved, SessionId, SessionStore, StoreError, Version};

/// How a store answers.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Well,
    /// Nothing is done, and it says so.
    Down,
    /// It is done, and the answer is lost.
    LosesReplies,
    /// Nothing is ever answered.
    Hangs,
}

/// A store in memory with a mood. Clones share both.
#[derive(Clone)]
pub struct FaultyStore {
    store: MemoryStore,
    mood: Arc<AtomicU8>,
}

impl FaultyStore {
    pub fn new() -> Self {
        Self { store: MemoryStore::new(), mood: Arc::default() }
    }

    pub fn be(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::Relaxed);
    }

    async fn answer<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let is = |mood: Mood| self.mood.load(Ordering::Relaxed) == mood as u8;
        if is(Mood::Hangs) {
            return pending().await;
        }
        if is(Mood::Down) {
            return Err(StoreError::unavailable("it is down"));
        }
        let answer = work.await;
        if is(Mood::LosesReplies) { Err(StoreError::unavailable("the reply was lost")) } else { answer }
    }
}

impl SessionStore for FaultyStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        // Reading is how a lost reply is found out, so it is not lost itself.
        if self.mood.load(Ordering::Relaxed) == Mood::LosesReplies as u8 {
            return self.store.load(id).await;
        }
        self.answer(self.store.load(id)).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        self.answer(self.store.create(id, record, ttl)).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.answer(self.store.replace(id, expected, record, ttl)).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.answer(self.store.extend(id, expected, expires, ttl)).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        self.answer(self.store.delete(id)).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        self.answer(self.store.list(owner)).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        self.answer(self.store.revoke(owner)).await
    }
}
