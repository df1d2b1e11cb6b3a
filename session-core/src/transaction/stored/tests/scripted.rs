//! A store in memory where things happen as a test's script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::store::{MemoryStore, Record, Saved, SessionId, SessionStore, StoreError, Version};

/// What happens when the store is asked.
pub(super) enum Turn {
    GoesWell,
    /// Nothing is done, and the store says so.
    Fails,
    /// It is done, and the answer is lost.
    LosesTheAnswer,
    /// It is done, but in too few places.
    DoesTooLittle,
    /// It is done twice by the store's client, and the second answer counts.
    IsAskedTwice,
    /// The id is known already.
    KnowsTheId,
    /// Somebody else is faster, who makes this of the session.
    ComesAfter(fn(Record) -> Record),
    /// Somebody else ended the session.
    ComesAfterItsEnd,
    /// A write that failed before is made after all.
    IsMadeLate,
}

/// Clones share everything.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    store: MemoryStore,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    /// For the next call of each operation.
    turns: VecDeque<(&'static str, Turn)>,
    calls: Vec<&'static str>,
    /// Of the last write.
    ttl: Option<Duration>,
    failed: Option<(SessionId, Version, Record, Duration)>,
}

impl Scripted {
    /// When `operation` is asked for next, or next after the turns before this one.
    pub(super) fn when(&self, operation: &'static str, turn: Turn) {
        self.script.lock().unwrap().turns.push_back((operation, turn));
    }

    /// What it was asked for since the last time that somebody wanted to know. Nothing of the script may be left.
    pub(super) fn calls(&self) -> Vec<&'static str> {
        let mut script = self.script.lock().unwrap();
        assert!(script.turns.is_empty(), "{} turns did not come", script.turns.len());
        std::mem::take(&mut script.calls)
    }

    /// For how long the store was to keep what was written last.
    pub(super) fn ttl(&self) -> Option<Duration> {
        self.script.lock().unwrap().ttl
    }

    pub(super) async fn record(&self, id: SessionId) -> Option<Record> {
        self.store.load(&id).await.unwrap()
    }

    /// As another request does, or a colleague with the store's own tools.
    pub(super) async fn rewrite(&self, id: SessionId, becomes: impl FnOnce(Record) -> Record) {
        let record = self.record(id).await.unwrap();
        let version = record.version();
        let record = Record { version: Version::random().unwrap(), ..becomes(record) };
        let saved = self.store.replace(&id, &version, &record, Duration::from_secs(60)).await;
        assert!(saved == Ok(Saved::Saved));
    }

    async fn turn(&self, operation: &'static str, id: SessionId) -> Option<Turn> {
        let turn = {
            let mut script = self.script.lock().unwrap();
            script.calls.push(operation);
            let is_next = script.turns.front().is_some_and(|(next, _)| *next == operation);
            if is_next { script.turns.pop_front().map(|(_, turn)| turn) } else { None }
        };
        match turn {
            Some(Turn::ComesAfter(becomes)) => self.rewrite(id, becomes).await,
            Some(Turn::ComesAfterItsEnd) => self.store.delete(&id).await.unwrap(),
            Some(Turn::IsMadeLate) => {
                let failed = self.script.lock().unwrap().failed.take();
                let (id, expected, record, ttl) = failed.unwrap();
                assert!(self.store.replace(&id, &expected, &record, ttl).await == Ok(Saved::Saved));
            }
            turn => return turn,
        }
        None
    }

    async fn ask<T, F>(&self, operation: &'static str, id: SessionId, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        match self.turn(operation, id).await {
            Some(Turn::Fails) => Err(StoreError::unavailable("it is down")),
            Some(Turn::KnowsTheId) => Err(StoreError::duplicate()),
            Some(Turn::LosesTheAnswer) => work().await.and(Err(StoreError::unavailable("the answer was lost"))),
            Some(Turn::DoesTooLittle) => work().await.and(Err(StoreError::unconfirmed("1 of 2 replicas"))),
            Some(Turn::IsAskedTwice) => {
                work().await?;
                work().await
            }
            Some(Turn::GoesWell | Turn::ComesAfter(_) | Turn::ComesAfterItsEnd | Turn::IsMadeLate) | None => {
                work().await
            }
        }
    }
}

impl SessionStore for Scripted {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        self.ask("load", *id, || self.store.load(id)).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        self.script.lock().unwrap().ttl = Some(ttl);
        self.ask("create", *id, || self.store.create(id, record, ttl)).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        {
            let mut script = self.script.lock().unwrap();
            (script.ttl, script.failed) = (Some(ttl), Some((*id, *expected, record.clone(), ttl)));
        }
        self.ask("replace", *id, || self.store.replace(id, expected, record, ttl)).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.script.lock().unwrap().ttl = Some(ttl);
        self.ask("extend", *id, || self.store.extend(id, expected, expires, ttl)).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        self.ask("delete", *id, || self.store.delete(id)).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        self.store.list(owner).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        self.store.revoke(owner).await
    }
}
