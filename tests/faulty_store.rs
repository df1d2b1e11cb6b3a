//! A store that fails or hangs when it is told to.

use std::future::pending;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
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
    /// The next write is answered with an error, and made after it was looked up.
    WritesLate,
    /// Writes wait for another mood.
    Stalls,
    /// Whoever asks meets a fault in the store's own code.
    Panics,
    /// The same, after the store was waited for.
    PanicsLate,
}

/// A store in memory with a mood. Clones share both.
#[derive(Clone)]
pub struct FaultyStore {
    store: MemoryStore,
    mood: Arc<AtomicU8>,
    late: Arc<Mutex<Option<LateWrite>>>,
}

type LateWrite = (SessionId, Version, Record, Duration);

impl FaultyStore {
    pub fn new() -> Self {
        Self { store: MemoryStore::new(), mood: Arc::default(), late: Arc::default() }
    }

    /// The same sessions, without moods.
    pub fn in_memory(&self) -> MemoryStore {
        self.store.clone()
    }

    pub fn be(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::Relaxed);
    }

    fn is(&self, mood: Mood) -> bool {
        self.mood.load(Ordering::Relaxed) == mood as u8
    }

    async fn stall(&self) {
        while self.is(Mood::Stalls) {
            tokio::task::yield_now().await;
        }
    }

    async fn answer<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if self.is(Mood::Hangs) {
            return pending().await;
        }
        if self.is(Mood::PanicsLate) {
            tokio::task::yield_now().await;
        }
        assert!(!self.is(Mood::Panics) && !self.is(Mood::PanicsLate), "a fault of the store's own");
        if self.is(Mood::Down) {
            return Err(StoreError::unavailable("it is down"));
        }
        let answer = work.await;
        if self.is(Mood::LosesReplies) { Err(StoreError::unavailable("the reply was lost")) } else { answer }
    }
}

impl SessionStore for FaultyStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        // Reading is how a lost reply is found out, so it is not lost itself.
        if self.is(Mood::LosesReplies) {
            return self.store.load(id).await;
        }
        let late = self.late.lock().unwrap().take();
        if let Some((late, expected, record, ttl)) = late {
            let seen = self.store.load(id).await;
            self.store.replace(&late, &expected, &record, ttl).await?;
            self.be(Mood::Well);
            return seen;
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
        self.stall().await;
        if self.is(Mood::WritesLate) {
            *self.late.lock().unwrap() = Some((*id, *expected, record.clone(), ttl));
            return Err(StoreError::unavailable("nobody knows yet"));
        }
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
        self.stall().await;
        self.answer(self.store.delete(id)).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        self.answer(self.store.list(owner)).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        self.answer(self.store.revoke(owner)).await
    }
}
