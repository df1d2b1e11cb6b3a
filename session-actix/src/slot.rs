//! Where a request keeps its session: a place that the middleware makes and that stays empty until somebody looks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use actix_web::dev::{Extensions, RequestHead};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::rt::time::timeout;
use session_core::{Commit, Engine, Error, Loaded, Transaction};

use crate::storing::Storing;

/// Most slots that a worker keeps for reuse.
const POOL_SIZE: usize = 64;

/// The place of one session in one request. Until the first view it holds nothing but the way to the settings.
pub(crate) struct Slot {
    engine: Engine,
    transaction: RefCell<Option<Transaction>>,
    /// Somebody asked for the session, so the response depends on it.
    looked_at: Cell<bool>,
    /// The response must not be kept by any cache, since it is for a user who logged in.
    no_store: Cell<bool>,
    /// The response is on its way; what changes now is too late.
    done: Cell<bool>,
    /// Cookies of others that depend on what this session saves.
    when_saved: RefCell<Vec<HeaderValue>>,
    /// What a store keeps is waited for once, whoever asks.
    loading: RefCell<Load>,
    /// How many wait for that.
    waiting: Cell<usize>,
}

/// The one look into the store that a request takes.
#[derive(Default)]
struct Load {
    /// Under way, where it was begun.
    answer: Option<Answer>,
    /// It failed, and is not tried again in this request.
    failed: Option<Error>,
    /// Made when somebody waits: most requests wait for nothing.
    everybody: Option<Arc<Everybody>>,
}

/// All who wait for the store's answer, woken together: whoever polled last may never poll again.
#[derive(Default)]
struct Everybody(Mutex<Vec<Waker>>);

impl Everybody {
    fn add(&self, waker: &Waker) {
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }
}

impl Wake for Everybody {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// What the response of a request whose session was looked at must say.
#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) set_cookie: Option<HeaderValue>,
    pub(crate) no_store: bool,
    /// Why the handler's response must be replaced.
    pub(crate) error: Option<Error>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Loaded, Error>>>>;

/// How far the end of a request's session is.
pub(crate) enum Committing {
    Done(Outcome),
    /// A store is writing.
    Storing(Storing),
}

impl Slot {
    fn new(engine: Engine) -> Self {
        Self {
            engine,
            transaction: RefCell::new(None),
            looked_at: Cell::new(false),
            no_store: Cell::new(false),
            done: Cell::new(false),
            when_saved: RefCell::default(),
            loading: RefCell::default(),
            waiting: Cell::new(0),
        }
    }

    /// One that no request carries.
    #[cfg(feature = "testing")]
    pub(crate) fn alone(engine: Engine) -> Rc<Self> {
        Rc::new(Self::new(engine))
    }

    /// Waits until there can be views. Many may wait: whoever is woken first drives the look into the store for all.
    pub(crate) fn poll_loaded(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(error) = &self.loading.borrow().failed {
            return Poll::Ready(Err(error.clone()));
        }
        let begun = self.loading.borrow_mut().answer.take();
        let mut answer = if let Some(answer) = begun {
            answer
        } else {
            let Some(mut load) = self.look(Transaction::load).flatten() else { return Poll::Ready(Ok(())) };
            // A store in memory answers at once, and needs neither a timer nor somebody to be woken.
            if let Poll::Ready(loaded) = load.as_mut().poll(context) {
                return Poll::Ready(self.take_answer(loaded));
            }
            let limit = self.engine.store_timeout();
            Box::pin(async move { timeout(limit, load).await.unwrap_or_else(|_| Err(Error::timed_out())) })
        };
        let everybody = Arc::clone(self.loading.borrow_mut().everybody.get_or_insert_default());
        everybody.add(context.waker());
        let waker = Waker::from(Arc::clone(&everybody));
        let Poll::Ready(loaded) = answer.as_mut().poll(&mut Context::from_waker(&waker)) else {
            self.loading.borrow_mut().answer = Some(answer);
            return Poll::Pending;
        };
        let loaded = self.take_answer(loaded);
        everybody.wake();
        Poll::Ready(loaded)
    }

    /// Gives the transaction what the store said, or keeps why it did not.
    fn take_answer(&self, loaded: Result<Loaded, Error>) -> Result<(), Error> {
        let loaded = loaded.map(|loaded| {
            self.with(|transaction| transaction.loaded(loaded));
        });
        self.loading.borrow_mut().failed = loaded.clone().err();
        loaded
    }

    /// One more waits.
    pub(crate) fn begin_waiting(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    /// One who waited goes away: another one must go on with the look into the store, or nobody.
    pub(crate) fn stop_waiting(&self) {
        self.waiting.set(self.waiting.get().saturating_sub(1));
        if self.waiting.get() == 0 {
            self.give_up_loading();
        }
    }

    /// Lets go of what the store was asked, with the connection that it may hold.
    fn give_up_loading(&self) {
        let given_up = self.loading.borrow_mut().answer.take();
        drop(given_up);
    }

    /// Looks for the session before the request is routed, where the configuration says so. Whether a store must be waited for.
    pub(crate) fn must_wait(&self, head: &RequestHead) -> bool {
        if !self.engine.loads_eagerly() {
            return false;
        }
        self.load(head);
        self.look(Transaction::needs_loading).unwrap_or_default()
    }

    /// What is there without waiting.
    pub(crate) fn loaded_now(&self) -> Result<(), Error> {
        if let Some(error) = &self.loading.borrow().failed {
            return Err(error.clone());
        }
        let needs_loading = self.look(Transaction::needs_loading).unwrap_or_default();
        if needs_loading { Err(Error::not_loaded()) } else { Ok(()) }
    }

    /// Finds the session of the request for somebody who looks at it.
    pub(crate) fn open(&self, head: &RequestHead) {
        self.looked_at.set(true);
        self.load(head);
    }

    /// Finds the session of the request in its headers, the first time.
    pub(crate) fn load(&self, head: &RequestHead) {
        if self.is_open() {
            return;
        }
        let cookies = head.headers().get_all(header::COOKIE).map(HeaderValue::as_bytes);
        let mut transaction = self.engine.open(cookies, is_prefetch(head));
        if self.done.get() {
            transaction.close();
        }
        *self.transaction.borrow_mut() = Some(transaction);
    }

    /// Looks at the session of a request that was opened before.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Transaction) -> R) -> Option<R> {
        self.transaction.borrow().as_ref().map(look)
    }

    /// Changes the session of a request that was opened before. Nothing of the user's runs in here: it might come back
    /// to the same session.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Transaction) -> R) -> Option<R> {
        self.transaction.borrow_mut().as_mut().map(change)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Adds a cookie to the response, where the session is saved or was ended.
    #[cfg(feature = "from-actix-session")]
    pub(crate) fn send_when_saved(&self, cookie: HeaderValue) {
        self.when_saved.borrow_mut().push(cookie);
    }

    /// Takes the cookies that were waiting for the session to be saved or ended.
    pub(crate) fn take_waiting_cookies(&self, is_saved: bool) -> Vec<HeaderValue> {
        let is_over = is_saved || self.look(Transaction::was_purged).unwrap_or_default();
        if is_over { self.when_saved.take() } else { Vec::new() }
    }

    /// Whether the session was looked for.
    pub(crate) fn is_open(&self) -> bool {
        self.transaction.borrow().is_some()
    }

    pub(crate) fn forbid_storing(&self) {
        self.no_store.set(true);
    }

    /// Ends the request's use of the session. `None` where nobody looked at it and nothing is to be said.
    pub(crate) fn commit(&self, status: u16) -> Option<Committing> {
        self.done.set(true);
        if self.engine.is_stored() {
            let looked_at = self.looked_at.get();
            let task = self.with(|transaction| transaction.commit_stored(status, looked_at))?;
            let Some(task) = task else { return self.outcome(Commit::default()).map(Committing::Done) };
            return Some(Committing::Storing(Storing::new(task, self.engine.store_timeout())));
        }
        let commit = self.with(|transaction| transaction.commit(status))?;
        self.outcome(commit).map(Committing::Done)
    }

    /// What a commit means for the response.
    pub(crate) fn outcome(&self, commit: Commit) -> Option<Outcome> {
        let Commit { set_cookie, error } = commit;
        let silent = !self.looked_at.get() && set_cookie.is_none() && error.is_none();
        // The configuration was checked: our cookies have no byte that a header cannot hold.
        let set_cookie = || set_cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok());
        (!silent).then(|| Outcome { set_cookie: set_cookie(), no_store: self.no_store.get(), error })
    }

    fn reset(&mut self) {
        *self.transaction.get_mut() = None;
        *self.loading.get_mut() = Load::default();
        self.waiting.set(0);
        self.looked_at.set(false);
        self.no_store.set(false);
        self.done.set(false);
        self.when_saved.get_mut().clear();
    }
}

/// Whether a browser asks ahead of its user, who may never see the answer.
fn is_prefetch(head: &RequestHead) -> bool {
    const HEADERS: [HeaderName; 2] = [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose")];
    HEADERS.iter().filter_map(|name| head.headers().get(name)).any(|value| value.as_bytes().starts_with(b"prefetch"))
}

/// The slots of a request, in its extensions: one for each session middleware that it went through.
pub(crate) struct Slots {
    outermost: Rc<Slot>,
    inner: Vec<Rc<Slot>>,
}

impl Slots {
    /// Gives the request a slot of the pool, or none where a middleware around this one serves the very cookie already:
    /// that one will save what happens inside.
    pub(crate) fn attach(extensions: &mut Extensions, pool: &Rc<Pool>) -> Option<Lease> {
        let Some(slots) = extensions.get_mut::<Self>() else {
            let lease = pool.lease();
            extensions.insert(Self { outermost: Rc::clone(&lease.slot), inner: Vec::new() });
            return Some(lease);
        };
        if slots.serve(&pool.engine) {
            return None;
        }
        let lease = pool.lease();
        slots.inner.push(Rc::clone(&lease.slot));
        Some(lease)
    }

    /// The slot of a scope: of two middlewares the inner one's, unless its response is on its way already.
    pub(crate) fn find(extensions: &Extensions, scope: &str) -> Option<Rc<Slot>> {
        let slots = extensions.get::<Self>()?;
        let of_scope = || slots.inside_out().filter(|slot| slot.engine.serves(scope));
        of_scope().find(|slot| !slot.done.get()).or_else(|| of_scope().next()).cloned()
    }

    /// The slot of the application's own scope or, where it has none, of the outermost middleware.
    #[cfg(feature = "testing")]
    pub(crate) fn main(extensions: &Extensions) -> Option<Rc<Slot>> {
        Self::find(extensions, "").or_else(|| extensions.get::<Self>().map(|slots| Rc::clone(&slots.outermost)))
    }

    fn serve(&self, engine: &Engine) -> bool {
        let of_cookie = || self.inside_out().filter(|slot| !slot.done.get() && slot.engine.shares_cookie(engine));
        let same_scope = of_cookie().find(|slot| slot.engine.serves(engine.scope()));
        if let Some(other) = same_scope.or_else(|| of_cookie().next()).filter(|other| !other.engine.is_same(engine)) {
            let outcome = match same_scope {
                Some(_) => "the inner one is not used",
                None => "each undoes what the other one writes",
            };
            tracing::error!(name: "session.middleware.clash",
                cookie = other.engine.cookie_name(),
                "two different session middlewares of one cookie are around a handler, and {outcome}; \
                 give one another `.cookie_name(..)` or `.scope(..)`, or wrap clones of one middleware"
            );
        }
        same_scope.is_some()
    }

    fn inside_out(&self) -> impl Iterator<Item = &Rc<Slot>> {
        self.inner.iter().rev().chain([&self.outermost])
    }
}

/// Slots of earlier requests of this worker, so that a request which never looks at its session allocates none.
pub(crate) struct Pool {
    engine: Engine,
    slots: RefCell<VecDeque<Rc<Slot>>>,
}

impl Pool {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, slots: RefCell::new(VecDeque::with_capacity(POOL_SIZE)) }
    }

    fn lease(self: &Rc<Self>) -> Lease {
        let oldest = self.slots.borrow_mut().pop_front();
        // Whoever still holds an earlier request, such as a streaming body, keeps that request's slot.
        let free = oldest.and_then(|mut slot| {
            Rc::get_mut(&mut slot)?.reset();
            Some(slot)
        });
        let slot = free.unwrap_or_else(|| Rc::new(Slot::new(self.engine.clone())));
        Lease { pool: Rc::clone(self), slot }
    }
}

/// A slot in use, given back to the pool when the response is on its way or the request was given up.
pub(crate) struct Lease {
    pool: Rc<Pool>,
    pub(crate) slot: Rc<Slot>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.slot.done.set(true);
        // A request that was given up saves nothing, and says so to whoever goes on changing its session.
        self.slot.with(Transaction::close);
        self.slot.give_up_loading();
        let mut slots = self.pool.slots.borrow_mut();
        if slots.len() < POOL_SIZE {
            slots.push_back(Rc::clone(&self.slot));
        }
    }
}
