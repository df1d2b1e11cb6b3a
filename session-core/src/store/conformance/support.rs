//! What the scenarios share: requests without a server, and a store that counts.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::ManualClock;
use crate::config::Builder;
use crate::engine::Engine;
use crate::flash::Flashes;
use crate::key::Key;
use crate::store::{Record, Saved, SessionId, SessionStore, StoreError, Version};
use crate::transaction::{Commit, Transaction};
use crate::view::View;

pub(super) const NOW: u64 = 1_700_000_000;

/// What the sessions of the scenarios hold.
#[derive(crate::SessionData)]
#[session(login(user), crate = crate)]
pub(super) struct Visitor {
    #[session(owner)]
    pub(super) user: Option<String>,
    #[session(counter)]
    pub(super) visits: u64,
    pub(super) note: Option<String>,
    pub(super) cart: Vec<u32>,
    #[session(flash(info))]
    pub(super) messages: Flashes,
}

/// A server of the scenarios: an engine on a store, with a clock that stands still.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) clock: ManualClock,
}

impl Server {
    #[allow(clippy::panic, reason = "a scenario that cannot begin fails")]
    pub(super) fn new(store: impl SessionStore) -> Self {
        let clock = ManualClock::at(NOW);
        let built = Builder::stored(store, Key::generate()).clock(clock.clone()).data::<Visitor>().build();
        Self { engine: built.unwrap_or_else(|error| panic!("{error}")), clock }
    }

    /// A request that brings this cookie, with its session loaded.
    #[allow(clippy::panic, reason = "a store that does not answer fails the scenario")]
    pub(super) async fn request(&self, cookie: &str) -> Request {
        let mut transaction = self.engine.open(std::iter::once(cookie.as_bytes()), false);
        if let Some(loading) = transaction.load() {
            transaction.loaded(loading.await.unwrap_or_else(|error| panic!("{error}")));
        }
        Request { engine: self.engine.clone(), transaction }
    }

    /// The cookie of a session that this made.
    pub(super) async fn session(&self, set: impl FnOnce(&mut Visitor)) -> String {
        let mut request = self.request("").await;
        request.change(set);
        cookie_of(&request.end().await)
    }

    /// Who is logged in with a cookie.
    pub(super) async fn user(&self, cookie: &str) -> Option<String> {
        self.request(cookie).await.view().user.clone()
    }

    pub(super) async fn visits(&self, cookie: &str) -> u64 {
        self.request(cookie).await.view().visits
    }
}

/// A request in flight.
pub(super) struct Request {
    engine: Engine,
    pub(super) transaction: Transaction,
}

impl Request {
    #[allow(clippy::panic, reason = "the sessions of the scenarios may have such a view")]
    pub(super) fn view(&self) -> View<Visitor> {
        self.transaction.view().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Visitor)) {
        let mut view = self.view();
        change(&mut view);
        self.transaction.record(View::changes(&view, &self.engine), View::epoch(&view));
    }

    pub(super) async fn end(mut self) -> Commit {
        match self.transaction.commit_stored(200, true) {
            Some(task) => task.run(|_| ready(())).await,
            None => Commit::default(),
        }
    }
}

/// The `name=value` that a response set.
#[allow(clippy::panic, reason = "the scenario expects one")]
pub(super) fn cookie_of(commit: &Commit) -> String {
    let header = commit.set_cookie.as_deref().unwrap_or_else(|| panic!("no cookie: {commit:?}"));
    header.split(';').next().unwrap_or_default().to_owned()
}

/// Waits for all of them, each going on whenever it can.
pub(super) async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    type Running<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

    struct All<F: Future>(Vec<Running<F>>);

    impl<F: Future> Future for All<F>
    where
        F::Output: Unpin,
    {
        type Output = Vec<F::Output>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let mut pending = false;
            for (future, output) in self.0.iter_mut().filter(|(_, output)| output.is_none()) {
                match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => pending = true,
                }
            }
            if pending {
                return Poll::Pending;
            }
            Poll::Ready(std::mem::take(&mut self.0).into_iter().filter_map(|(_, output)| output).collect())
        }
    }

    let boxed = futures.into_iter().map(|future| (Box::pin(async move { Box::new(future.await) }), None)).collect();
    All(boxed).await.into_iter().map(|output| *output).collect()
}

/// A store that counts what it is asked for, to see what a request costs, and that can lose an answer.
#[derive(Debug)]
pub struct Counted<S> {
    store: S,
    counts: Arc<[AtomicUsize; 7]>,
    loses_answer: Arc<AtomicBool>,
}

/// How often each operation of a [`Counted`] store was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the operation of its name")]
#[non_exhaustive]
pub struct Operations {
    pub load: usize,
    pub create: usize,
    pub replace: usize,
    pub extend: usize,
    pub delete: usize,
    pub list: usize,
    pub revoke: usize,
}

impl<S> Counted<S> {
    /// Counts what this store is asked for.
    pub fn new(store: S) -> Self {
        Self { store, counts: Arc::default(), loses_answer: Arc::default() }
    }

    /// Does what the next write or deletion asks for, and answers with an error: so it is where a connection breaks on the way back.
    pub fn lose_next_answer(&self) {
        self.loses_answer.store(true, Ordering::Relaxed);
    }

    /// What was asked for since the last look.
    #[must_use]
    pub fn take(&self) -> Operations {
        let [load, create, replace, extend, delete, list, revoke] =
            std::array::from_fn(|at| self.counts.get(at).map_or(0, |count| count.swap(0, Ordering::Relaxed)));
        Operations { load, create, replace, extend, delete, list, revoke }
    }

    fn count(&self, at: usize) -> &S {
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        &self.store
    }

    fn answer<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        let is_lost = self.loses_answer.swap(false, Ordering::Relaxed);
        if is_lost { Err(StoreError::unavailable("the answer was lost")) } else { answer }
    }
}

impl<S: SessionStore> SessionStore for Counted<S> {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        self.count(0).load(id).await
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        self.answer(self.count(1).create(id, record, ttl).await)
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.answer(self.count(2).replace(id, expected, record, ttl).await)
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        self.answer(self.count(3).extend(id, expected, expires, ttl).await)
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        self.answer(self.count(4).delete(id).await)
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        self.count(5).list(owner).await
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        self.count(6).revoke(owner).await
    }
}
