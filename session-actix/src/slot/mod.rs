//! Where a request keeps its session: a place that the middleware makes and that stays empty until somebody looks.

mod loading;
mod slots;

use std::cell::{Cell, RefCell};
#[cfg(feature = "testing")]
use std::rc::Rc;

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use session_core::{Commit, Engine, Error, Transaction};

use self::loading::Load;
pub(crate) use self::loading::Wait;
pub(crate) use self::slots::{Lease, Pool, Slots};
use crate::storing::Storing;

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
    /// Cookies of others that depend on what becomes of this session.
    waiting_cookies: RefCell<Vec<(When, HeaderValue)>>,
    /// What a store keeps is waited for once, whoever asks.
    loading: RefCell<Load>,
    /// How many wait for that.
    waiting: Cell<usize>,
}

/// What the response of a request whose session was looked at must say.
#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) set_cookie: Option<HeaderValue>,
    pub(crate) no_store: bool,
    /// Why the handler's response must be replaced.
    pub(crate) error: Option<Error>,
}

/// In which case a cookie of others is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "from-actix-session"),
    allow(dead_code, reason = "what is taken over alone sends such cookies")
)]
pub(crate) enum When {
    /// The session was saved, or ended.
    Saved,
    /// The session was ended.
    Ended,
}

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
            waiting_cookies: RefCell::default(),
            loading: RefCell::default(),
            waiting: Cell::new(0),
        }
    }

    /// One that no request carries.
    #[cfg(feature = "testing")]
    pub(crate) fn alone(engine: Engine) -> Rc<Self> {
        Rc::new(Self::new(engine))
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

    /// Changes the session of a request that was opened before. Nothing of the user's runs in here, which might come back
    /// to the same session, but for the `default` of a counter.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Transaction) -> R) -> Option<R> {
        self.transaction.borrow_mut().as_mut().map(change)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Adds a cookie to the response, in this case alone.
    #[cfg(feature = "from-actix-session")]
    pub(crate) fn send(&self, cookie: HeaderValue, when: When) {
        self.waiting_cookies.borrow_mut().push((when, cookie));
    }

    /// Takes the cookies that were waiting for what became of the session.
    pub(crate) fn take_waiting_cookies(&self, is_saved: bool) -> impl Iterator<Item = HeaderValue> {
        let was_ended = || self.look(Transaction::was_purged).unwrap_or_default();
        let waiting = self.waiting_cookies.take().into_iter();
        waiting.filter(move |(when, _)| (is_saved && *when == When::Saved) || was_ended()).map(|(_, cookie)| cookie)
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
        self.waiting_cookies.get_mut().clear();
    }
}

/// Whether a browser asks ahead of its user, who may never see the answer.
fn is_prefetch(head: &RequestHead) -> bool {
    const HEADERS: [HeaderName; 2] = [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose")];
    HEADERS.iter().filter_map(|name| head.headers().get(name)).any(|value| value.as_bytes().starts_with(b"prefetch"))
}
