//! The session of a request that a store keeps: found there, and written back over what others wrote meanwhile.

mod cookie;
mod find;
mod write;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use write::create;

use super::Transaction;
use crate::change::Changes;
use crate::engine::Stamp;
use crate::error::Error;
use crate::measure::{self, LOADS};
use crate::payload::Payload;
use crate::store::{AnyStore, SessionId, StoreError, Ticket, TokenHash, Version};
use find::find;

/// What a transaction knows of the store.
#[derive(Debug)]
pub(super) struct Side {
    store: AnyStore,
    /// The validly signed tickets that the request brought.
    tickets: Vec<Brought>,
    /// Where the session is kept, once it was found.
    found: Option<Found>,
    loaded: bool,
    /// The session was purged: every ticket's session ends.
    ended: bool,
}

/// A ticket and what is known of its cookie.
#[derive(Clone, Debug)]
pub(crate) struct Brought {
    pub(crate) ticket: Ticket,
    pub(crate) stamp: Stamp,
    /// Whether its cookie is neither too old nor from the future.
    pub(crate) in_time: bool,
}

/// A session as it was read from the store.
#[derive(Clone)]
struct Found {
    ticket: Ticket,
    version: Version,
    token_hash: TokenHash,
    expires: u64,
    owner: Option<String>,
}

/// Without the owner, which is a value of the session.
impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("session", &self.ticket.id).finish_non_exhaustive()
    }
}

impl Side {
    pub(super) fn new(store: AnyStore, tickets: Vec<Brought>) -> Self {
        let nothing_to_load = !tickets.iter().any(|brought| brought.in_time);
        Self { store, loaded: nothing_to_load, tickets, found: None, ended: false }
    }

    /// The session is over; every ticket that was brought counts for nothing from now on.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.loaded = true;
        self.found = None;
    }

    fn id(&self) -> Option<SessionId> {
        self.found.as_ref().map(|found| found.ticket.id)
    }
}

/// What a store said of a request's session.
///
/// # Examples
///
/// ```
/// use session_core::{Error, Loaded, Transaction};
///
/// /// What an adapter does before it hands out views.
/// async fn load(transaction: &mut Transaction) -> Result<(), Error> {
///     if let Some(loading) = transaction.load() {
///         let loaded: Loaded = loading.await?;
///         transaction.loaded(loaded);
///     }
///     assert!(!transaction.needs_loading());
///     if let Some(id) = transaction.session_id() {
///         println!("session {id}");
///     }
///     Ok(())
/// }
/// ```
pub struct Loaded(Option<(Payload, Stamp, Found)>);

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loaded").field(&self.0.is_some()).finish()
    }
}

/// Waits for a store's answer.
///
/// # Examples
///
/// ```
/// use session_core::store::MemoryStore;
/// use session_core::{Builder, Engine, Key, Loading};
///
/// let engine: Engine = Builder::stored(MemoryStore::new(), Key::generate()).build()?;
/// let transaction = engine.open(std::iter::empty(), false);
/// let loading: Option<Loading> = transaction.load();
/// assert!(loading.is_none(), "without a cookie there is nothing to ask for");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Loading = Pin<Box<dyn Future<Output = Result<Loaded, Error>> + Send>>;

impl Transaction {
    /// Whether the store has to be asked before there are views. A request without a signed cookie asks for nothing.
    #[must_use]
    pub fn needs_loading(&self) -> bool {
        self.stored.as_ref().is_some_and(|side| !side.loaded)
    }

    /// Asks the store: the answer is for [`Transaction::loaded`]. `None` where there is nothing to ask for.
    #[must_use]
    pub fn load(&self) -> Option<Loading> {
        let side = self.stored.as_ref().filter(|side| !side.loaded)?;
        let (engine, store, tickets) = (self.engine.clone(), side.store.clone(), side.tickets.clone());
        let now = engine.now();
        Some(Box::pin(find(engine, store, tickets, now)))
    }

    /// Takes what the store said. Of a session that was ended since it was asked, nothing counts.
    pub fn loaded(&mut self, loaded: Loaded) {
        let Some(side) = self.stored.as_mut().filter(|side| !side.ended) else { return };
        side.loaded = true;
        measure::count_by(LOADS, "result", if loaded.0.is_some() { "loaded" } else { "absent" });
        if let Some((payload, stamp, found)) = loaded.0 {
            self.base = payload;
            self.stamp = Some(stamp);
            side.found = Some(found);
        }
    }

    /// The session's name in the store, once it was found there.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.stored.as_ref().and_then(|side| side.id())
    }

    /// Ends the request's use of a stored session, as [`Transaction::commit`] does for others. `None` where nothing is to be
    /// written or said.
    ///
    /// The writing should be a task of its own, so that a client which hangs up cannot cancel a logout. A session that was loaded
    /// but that nobody looked at is not refreshed.
    pub fn commit_stored(&mut self, status: u16, looked_at: bool) -> Option<StoreCommit> {
        self.stored.as_ref()?;
        if std::mem::replace(&mut self.closed, true) {
            return None;
        }
        let mut log = std::mem::take(&mut self.log);
        let mut renew = self.renew;
        let error = self.failure.take();
        if error.is_some() || (status >= 500 && !self.engine.commits_on_server_error()) {
            log.keep_lost_privileges_and_say_so(error.is_some());
            renew = false;
            let ended = self.stored.as_ref().is_some_and(|side| side.ended);
            if log.is_empty() && !ended {
                return error.map(StoreCommit::failed);
            }
        }
        log.part_users(&self.base);
        self.renew_csrf(&mut log, renew);
        let side = self.stored.as_ref()?;
        let now = self.engine.now();
        let refresh = looked_at && side.found.as_ref().is_some_and(|found| self.may_be_refreshed(found, now));
        let idle = log.is_empty() && !side.ended && !renew && !refresh;
        if idle {
            // A task that outlives the response may still want to read what was not loaded yet.
            return error.map(StoreCommit::failed);
        }
        let side = self.stored.take()?;
        let work = Work {
            transaction: Self {
                engine: self.engine.clone(),
                base: self.base.clone(),
                stamp: self.stamp,
                cookie_sent: self.cookie_sent,
                prefetch: self.prefetch,
                log: Changes::default(),
                epoch: self.epoch,
                renew,
                closed: true,
                failure: None,
                stored: None,
                login: self.login.clone(),
                last_user: None,
            },
            before: Settings::of(&self.engine, &self.base),
            side,
            log,
            now,
            patience: Patience::default(),
            written: false,
        };
        Some(StoreCommit { work: Some(Box::new(work)), error })
    }
}

impl Transaction {
    /// Whether it is time to put off the session's end, or to send its cookie once more.
    fn may_be_refreshed(&self, found: &Found, now: u64) -> bool {
        let lifetimes = self.engine.lifetimes();
        let written = found.expires.saturating_sub(lifetimes.of(&self.base));
        let due = |since: u64| lifetimes.refresh_is_due(&self.base, since, now);
        due(written) || self.stamp.is_some_and(|stamp| stamp.by_fallback || due(stamp.issued))
    }
}

pub(crate) fn unavailable(error: &StoreError) -> Error {
    tracing::error!(name: "session.store.unavailable", %error, "the session store does not answer; the request is answered with 503");
    Error::unavailable()
}

/// A stored session that is to be written.
///
/// # Examples
///
/// ```
/// use std::future::ready;
/// use session_core::{Commit, Transaction};
///
/// /// What an adapter does when the response's status is known.
/// async fn commit(transaction: &mut Transaction, status: u16) -> Commit {
///     match transaction.commit_stored(status, true) {
///         Some(writing) => writing.run(|_pause| ready(())).await, // a timer, in place of `ready`
///         None => Commit::default(),
///     }
/// }
/// ```
#[must_use = "nothing is saved until it runs"]
pub struct StoreCommit {
    work: Option<Box<Work>>,
    /// What went wrong before.
    error: Option<Error>,
}

impl StoreCommit {
    /// Nothing is to be written, and something went wrong.
    fn failed(error: Error) -> Self {
        Self { work: None, error: Some(error) }
    }
}

/// Says to a [`StoreCommit`] that runs that nobody waits for it any more.
///
/// # Examples
///
/// ```
/// use session_core::{Patience, StoreCommit};
///
/// /// For when the response was given up before the store answered.
/// fn give_up(writing: &StoreCommit) {
///     let patience: Patience = writing.patience();
///     patience.end();
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Patience(Arc<AtomicBool>);

impl Patience {
    /// The request was answered with 503. What is under way goes on, and a session that is to end does end; an ordinary write that meets another
    /// is not tried again, since its user will do it again.
    pub fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_ended(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct Work {
    /// The session as it was, without its log.
    transaction: Transaction,
    /// What the browser's cookie was made for.
    before: Settings,
    side: Box<Side>,
    log: Changes,
    /// When it is written, in seconds since 1970: of this try, where others were faster.
    now: u64,
    patience: Patience,
    /// Something was written, beyond a later end.
    written: bool,
}

/// What a session says of its cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Settings {
    permanent: bool,
    /// In seconds.
    lifetime: u64,
}

impl fmt::Debug for StoreCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCommit").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
