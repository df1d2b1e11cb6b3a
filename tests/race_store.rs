//! A store in memory that takes turns with others, fails, loses replies and writes late, by a seed.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use session_core::store::{MemoryStore, Record, Saved, SessionId, SessionStore, StoreError, Version};

/// Random numbers that a seed repeats (`SplitMix64`). Clones go on where the others are.
#[derive(Clone)]
pub struct Dice(Arc<Mutex<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    pub fn below(&self, end: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Whether something happens that does so `percent` times in a hundred.
    pub fn says(&self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Lets others go on.
pub async fn turn() {
    let mut waited = false;
    std::future::poll_fn(move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

/// What a future that waits for nobody gives.
pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut future: Pin<Box<F>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// What goes wrong in a store.
#[derive(Clone, Copy, Debug)]
pub enum Faults {
    None,
    /// An operation is refused, or made while its reply is lost.
    Lost,
    /// The same, and some are made later, when nobody waits for them any more.
    Late,
}

type Operation = Box<dyn FnOnce() + Send>;

/// Each operation happens at one moment, between turns of others.
#[derive(Clone)]
pub struct RacyStore {
    inner: MemoryStore,
    dice: Dice,
    faults: Faults,
    late: Arc<Mutex<Vec<Operation>>>,
}

impl RacyStore {
    pub fn new(inner: MemoryStore, dice: Dice, faults: Faults) -> Self {
        Self { inner, dice, faults, late: Arc::default() }
    }

    /// Makes one of the operations that are late, if there is one.
    pub fn make_a_late_one(&self) -> bool {
        let mut late = self.late.lock().unwrap();
        if late.is_empty() {
            return false;
        }
        let chosen = usize::try_from(self.dice.below(late.len() as u64)).unwrap();
        let operation = late.swap_remove(chosen);
        drop(late);
        operation();
        true
    }

    async fn operation<T>(
        &self,
        run: impl FnOnce(&MemoryStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        turn().await;
        let fails = !matches!(self.faults, Faults::None) && self.dice.says(15);
        if fails {
            let kinds = if matches!(self.faults, Faults::Late) { 3 } else { 2 };
            match self.dice.below(kinds) {
                0 => {}
                1 => drop(run(&self.inner)),
                _ => {
                    let inner = self.inner.clone();
                    self.late.lock().unwrap().push(Box::new(move || drop(run(&inner))));
                }
            }
            if self.dice.says(50) {
                turn().await;
            }
            return Err(StoreError::unavailable("as the dice say"));
        }
        let answer = run(&self.inner);
        if self.dice.says(33) {
            turn().await;
        }
        answer
    }
}

impl SessionStore for RacyStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        let id = *id;
        self.operation(move |store| at_once(store.load(&id))).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        let (id, record) = (*id, record.clone());
        self.operation(move |store| at_once(store.create(&id, &record, ttl))).await
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let (id, expected, record) = (*id, *expected, record.clone());
        self.operation(move |store| at_once(store.replace(&id, &expected, &record, ttl))).await
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let (id, expected) = (*id, *expected);
        self.operation(move |store| at_once(store.extend(&id, &expected, expires, ttl))).await
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        let id = *id;
        self.operation(move |store| at_once(store.delete(&id))).await
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        let owner = owner.to_owned();
        self.operation(move |store| at_once(store.list(&owner))).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        let owner = owner.to_owned();
        self.operation(move |store| at_once(store.revoke(&owner))).await
    }
}
