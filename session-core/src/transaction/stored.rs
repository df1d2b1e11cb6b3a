//! The session of a request that a store keeps: found there, and written back over what others wrote meanwhile.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{Commit, Transaction};
use crate::change::{Changes, LoginChange};
use crate::engine::{Engine, Stamp};
use crate::error::Error;
use crate::lifetime;
use crate::payload::Payload;
use crate::reserved;
use crate::store::{AnyStore, Record, Saved, SessionId, StoreError, Ticket, TokenHash, Version};

/// How often a write is tried against others, before the request is answered with 503.
const MAX_TRIES: u32 = 256;

/// How long a closed session is kept, so that requests in flight find it so.
const CLOSED_FOR: Duration = Duration::from_secs(60);

/// How often a new session takes another id.
const MAX_IDS: u32 = 3;

/// How long a request waits for others of this process that write to the same session, before it goes ahead.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How long to wait before a session is ended once more.
const PAUSE: Duration = Duration::from_millis(1);

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
}

/// A session as it was read from the store.
#[derive(Clone, Debug)]
struct Found {
    ticket: Ticket,
    version: Version,
    token_hash: TokenHash,
    expires: u64,
    owner: Option<String>,
}

impl Side {
    pub(super) fn new(store: AnyStore, tickets: Vec<Brought>) -> Self {
        Self { store, loaded: tickets.is_empty(), tickets, found: None, ended: false }
    }

    /// The session is over; every ticket that was brought counts for nothing from now on.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.found = None;
    }

    fn id(&self) -> Option<SessionId> {
        self.found.as_ref().map(|found| found.ticket.id)
    }
}

/// What a store said of a request's session.
pub struct Loaded(Option<(Payload, Stamp, Found)>);

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loaded").field(&self.0.is_some()).finish()
    }
}

/// Waits for a store's answer.
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
        Some(Box::pin(find(engine, store, tickets)))
    }

    /// Takes what the store said.
    pub fn loaded(&mut self, loaded: Loaded) {
        let Some(side) = &mut self.stored else { return };
        side.loaded = true;
        if let Some((payload, stamp, found)) = loaded.0 {
            self.base = payload;
            self.stamp = Some(stamp);
            side.found = Some(found);
        }
    }

    /// The session's name in the store, once it was found there.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.stored.as_ref().and_then(Side::id)
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
            log.keep_lost_privileges();
            renew = false;
            let ended = self.stored.as_ref().is_some_and(|side| side.ended);
            if log.is_empty() && !ended {
                return error.map(|error| StoreCommit { work: None, error: Some(error) });
            }
        }
        if log.login_change(&self.base) == LoginChange::AnotherUser {
            log.warn_of_derived();
            log.drop_derived();
        }
        let side = self.stored.take()?;
        let ended = side.ended;
        let refresh = looked_at && side.found.as_ref().is_some_and(|found| self.may_be_refreshed(found));
        let idle = log.is_empty() && !ended && !renew && !refresh;
        if idle {
            return error.map(|error| StoreCommit { work: None, error: Some(error) });
        }
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
                login: Cell::new(self.login.get()),
            },
            before: Settings::of(&self.engine, &self.base),
            side,
            log,
        };
        Some(StoreCommit { work: Some(Box::new(work)), error })
    }
}

impl Transaction {
    /// Whether it is time to put off the session's end, or to send its cookie once more.
    fn may_be_refreshed(&self, found: &Found) -> bool {
        let (now, lifetimes) = (self.engine.now(), self.engine.lifetimes());
        let written = found.expires.saturating_sub(lifetimes.of(&self.base));
        let due = |since: u64| lifetimes.refresh_is_due(&self.base, since, now);
        due(written) || self.stamp.is_some_and(|stamp| stamp.by_fallback || due(stamp.issued))
    }
}

/// The first of the tickets whose session lives and takes its token.
async fn find(engine: Engine, store: AnyStore, tickets: Vec<Brought>) -> Result<Loaded, Error> {
    for Brought { ticket, stamp } in tickets {
        let record = store.load(&ticket.id).await.map_err(|error| unavailable(&error))?;
        let found = record.and_then(|record| open(&engine, &record, &ticket));
        if let Some((payload, found)) = found {
            return Ok(Loaded(Some((payload, stamp, found))));
        }
    }
    Ok(Loaded(None))
}

fn open(engine: &Engine, record: &Record, ticket: &Ticket) -> Option<(Payload, Found)> {
    if record.token_hash() != ticket.token_hash() {
        return None;
    }
    let payload = live(engine, record)?;
    let found = Found {
        ticket: ticket.clone(),
        version: record.version(),
        token_hash: record.token_hash(),
        expires: record.expires(),
        owner: record.owner().map(str::to_owned),
    };
    Some((payload, found))
}

/// The session in a record, by our clock, whatever the store's time to live does.
fn live(engine: &Engine, record: &Record) -> Option<Payload> {
    let now = engine.now();
    if record.expires() < now {
        return None;
    }
    let payload = Payload::parse(record.data().to_owned());
    let payload = payload.inspect_err(|error| tracing::error!(?error, "a stored session is no session")).ok()?;
    (!engine.lifetimes().is_over(&payload, now, now)).then_some(payload)
}

/// Keeps a new session with these changes, and gives the `name=value` of its cookie.
pub(crate) async fn create(engine: &Engine, store: &AnyStore, changes: &Changes) -> Result<String, Error> {
    let transaction = Transaction::of_store(engine.clone(), store.clone(), Vec::new(), false, false);
    let side = Side::new(store.clone(), Vec::new());
    let before = Settings::of(engine, &transaction.base);
    let work = Work { transaction, before, side, log: changes.clone() };
    let session = work.session();
    let header = work.keep(&session).await?;
    Ok(header.split(';').next().unwrap_or_default().to_owned())
}

pub(crate) fn unavailable(error: &StoreError) -> Error {
    tracing::error!(%error, "the session store does not answer; the request is answered with 503");
    Error::unavailable()
}

/// A stored session that is to be written.
#[must_use = "nothing is saved until it runs"]
pub struct StoreCommit {
    work: Option<Box<Work>>,
    /// What went wrong before.
    error: Option<Error>,
}

struct Work {
    /// The session as it was, without its log.
    transaction: Transaction,
    /// What the browser's cookie was made for.
    before: Settings,
    side: Side,
    log: Changes,
}

/// What a session says of its cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Settings {
    permanent: bool,
    /// In seconds.
    lifetime: u64,
}

impl Settings {
    fn of(engine: &Engine, session: &Payload) -> Self {
        let permanent = session.get(reserved::PERMANENT).is_some_and(|json| engine.notation().is_true(json));
        Self { permanent, lifetime: engine.lifetimes().of(session) }
    }
}

impl fmt::Debug for StoreCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCommit").finish_non_exhaustive()
    }
}

impl StoreCommit {
    /// What to say where the writing takes too long: a session that was purged goes from the browser all the same.
    #[must_use]
    pub fn timed_out(&self) -> Commit {
        let set_cookie = self.work.as_ref().and_then(|work| work.removal());
        Commit { set_cookie, error: Some(Error::unavailable()) }
    }

    /// Writes, and says what the response must. `sleep` waits between two tries.
    pub async fn run<P, F>(self, sleep: P) -> Commit
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        let Some(mut work) = self.work else { return Commit { set_cookie: None, error: self.error } };
        let (set_cookie, failure) = match work.save(&sleep).await {
            Ok(set_cookie) => (set_cookie, None),
            Err(error) => (work.removal(), Some(error)),
        };
        Commit { set_cookie, error: self.error.or(failure) }
    }
}

impl Work {
    async fn save<P, F>(&mut self, sleep: &P) -> Result<Option<String>, Error>
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        if self.side.ended {
            // All of them, even where one cannot be ended.
            let mut failure = None;
            for brought in &self.side.tickets {
                failure = self.delete(&brought.ticket.id, sleep).await.err().or(failure);
            }
            failure.map_or(Ok(()), Err)?;
            return Ok(if self.log.is_empty() {
                self.removal()
            } else {
                self.create().await?.or_else(|| self.removal())
            });
        }
        let Some(found) = self.side.found.clone() else { return self.create().await };
        if !self.transaction.renew && !self.log.is_cleared() && self.transaction.changes_nothing(&self.log) {
            return Ok(self.refresh(&found).await);
        }
        self.update(found, sleep).await
    }

    /// Writes over what is there, again and again where others were faster.
    async fn update<P, F>(&mut self, mut found: Found, sleep: &P) -> Result<Option<String>, Error>
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        let id = found.ticket.id;
        // One mark for all tries: a write whose answer was lost is known by it.
        let mark = Version::random().map_err(|_| Error::no_randomness())?;
        let privileged = self.log.is_privileged();
        let renews = self.transaction.renew || privileged;
        let renewed = renews.then(|| Ticket::renewed(id)).transpose();
        let mut renewed = renewed.map_err(|_| Error::no_randomness())?;
        let (ours, user) = (found.token_hash, self.user());
        // Whether an earlier write may still land.
        let mut unsure = false;
        let mut place = None;
        for _ in 0..MAX_TRIES {
            let switches = self.log.login_change(&self.transaction.base) == LoginChange::AnotherUser;
            let session = self.session();
            let (record, ttl) = if switches {
                self.closed(mark)?
            } else {
                let token_hash = renewed.as_ref().map_or(found.token_hash, Ticket::token_hash);
                self.record(mark, token_hash, &session, found.owner.clone())
            };
            let answer = match self.side.store.replace(&id, &found.version, &record, ttl).await {
                Ok(Saved::Conflict(current)) if current.version() == mark => Saved::Saved,
                Ok(answer) => answer,
                Err(error) => {
                    let answer = self.find_out(&id, mark, &found, &error).await?;
                    unsure = true;
                    answer
                }
            };
            match answer {
                Saved::Saved if switches => {
                    let cookie = self.create().await?;
                    // It is closed already; what is left of it goes with its time.
                    if let Err(error) = self.side.store.delete(&id).await {
                        tracing::warn!(%error, "the session of the last user is closed but not gone yet");
                    }
                    return Ok(cookie);
                }
                Saved::Saved => return Ok(self.cookie_after_write(&found, renewed.as_ref(), ours, &session)),
                Saved::Gone => return self.gone(privileged),
                // Our own write may be under this one. To count twice is worse than an error.
                Saved::Conflict(current) if unsure && current.version() != found.version => {
                    return Err(unavailable(&StoreError::unavailable("whether a write was made cannot be told")));
                }
                Saved::Conflict(current) => {
                    let Some(payload) = live(&self.transaction.engine, &current) else { return self.gone(privileged) };
                    if current.token_hash() != ours {
                        // Somebody renewed the session meanwhile: whoever holds the old token may still count, and no more.
                        if privileged {
                            tracing::warn!(
                                session = %id,
                                "a change of privileges is dropped because the session was renewed meanwhile"
                            );
                            return Err(Error::conflict());
                        }
                        renewed = None;
                        if self.log.is_empty() {
                            return Ok(None);
                        }
                    }
                    self.transaction.base = payload;
                    if user.is_some() && self.user() != user {
                        // What was set for one user is not the next one's.
                        return self.gone(privileged);
                    }
                    found.version = current.version();
                    found.token_hash = current.token_hash();
                    found.owner = current.owner().map(str::to_owned);
                    // At once: what is there is known, and would be out of date after a pause.
                    place.get_or_insert_with(|| self.side.store.join_line(id)).turn(sleep(LONGEST_WAIT)).await;
                }
            }
        }
        tracing::error!(session = %id, MAX_TRIES, "a session is written by too many requests at once");
        Err(Error::unavailable())
    }

    /// Who is logged in, as JSON.
    fn user(&self) -> Option<String> {
        let Transaction { engine, base, login, .. } = &self.transaction;
        let registered = || engine.registered().iter().copied().find(|field| field.is_login());
        let user = base.get_field(login.get().or_else(registered)?)?;
        (!engine.notation().is_nobody(user)).then(|| user.to_owned())
    }

    /// What is put in place of a session that another user's takes over: nothing opens it, and it goes soon.
    fn closed(&self, mark: Version) -> Result<(Record, Duration), Error> {
        let nobody = Ticket::new().map_err(|_| Error::no_randomness())?;
        Ok((Record::new(mark, nobody.token_hash(), self.transaction.engine.now(), None, "{}"), CLOSED_FOR))
    }

    /// What became of a write whose answer was lost. Only what is sure is taken for an answer: a write that was made may be
    /// under another one by now, and counting twice is worse than an error.
    async fn find_out(&self, id: &SessionId, mark: Version, found: &Found, lost: &StoreError) -> Result<Saved, Error> {
        match self.side.store.load(id).await {
            Ok(Some(record)) if record.version() == mark => Ok(Saved::Saved),
            // Nothing happened, so it may be tried again.
            Ok(Some(record)) if record.version() == found.version => Ok(Saved::Conflict(record)),
            Ok(None) => Ok(Saved::Gone),
            Ok(Some(_)) | Err(_) => Err(unavailable(lost)),
        }
    }

    /// A new session with what was set.
    async fn create(&mut self) -> Result<Option<String>, Error> {
        self.transaction.stamp = None;
        let session = self.session();
        if !self.transaction.has_content(&session, &self.log) {
            return Ok(None);
        }
        self.keep(&session).await.map(Some)
    }

    /// Keeps a new session, and gives the header of its cookie.
    async fn keep(&self, session: &Payload) -> Result<String, Error> {
        let mark = Version::random().map_err(|_| Error::no_randomness())?;
        for _ in 0..MAX_IDS {
            let ticket = Ticket::new().map_err(|_| Error::no_randomness())?;
            let (record, ttl) = self.record(mark, ticket.token_hash(), session, None);
            let Err(error) = self.side.store.create(&ticket.id, &record, ttl).await else {
                return Ok(self.cookie(&ticket, session, self.transaction.engine.now()));
            };
            // Its answer may have been lost, and a second try of the store's client may have met the first.
            let stored = self.side.store.load(&ticket.id).await;
            if stored.is_ok_and(|record| record.is_some_and(|record| record.version() == mark)) {
                return Ok(self.cookie(&ticket, session, self.transaction.engine.now()));
            }
            if !error.is_duplicate() {
                return Err(unavailable(&error));
            }
            // Of 128 random bits: a store that says so often is broken.
            tracing::warn!(%error, "a new session takes another id");
        }
        Err(Error::unavailable())
    }

    /// Puts off the end of a session that was only looked at, where it is time for it. A page that only reads must not fail.
    async fn refresh(&self, found: &Found) -> Option<String> {
        let Transaction { engine, base, stamp, .. } = &self.transaction;
        let (now, lifetimes, stamp) = (engine.now(), engine.lifetimes(), (*stamp)?);
        let written = found.expires.saturating_sub(lifetimes.of(base));
        let expires = now.saturating_add(lifetimes.remaining(base, now, now));
        // Near its absolute end a session is due, but cannot be put off.
        let due = lifetimes.refresh_is_due(base, written, now) && expires > found.expires;
        let cookie = self.cookie_where_due(found, base, stamp);
        if !due && cookie.is_none() {
            return None;
        }
        // A cookie is only sent where the store still knows its token: somebody may have renewed it meanwhile.
        let expires = if due { expires } else { found.expires };
        let ttl = Duration::from_secs(expires.saturating_sub(now).max(1));
        match self.side.store.extend(&found.ticket.id, &found.version, expires, ttl).await {
            Ok(Saved::Saved) => cookie,
            // Whoever wrote meanwhile put it off too, and what is gone is gone.
            Ok(Saved::Conflict(_) | Saved::Gone) => None,
            Err(error) => {
                tracing::warn!(%error, "a session cannot be refreshed");
                None
            }
        }
    }

    async fn delete<P, F>(&self, id: &SessionId, sleep: &P) -> Result<(), Error>
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        match self.side.store.delete(id).await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::warn!(%error, "ending a session is tried once more"),
        }
        // To end a session twice is to end it.
        sleep(PAUSE).await;
        self.side.store.delete(id).await.map_err(|error| unavailable(&error))
    }

    /// The session after the request's changes.
    fn session(&self) -> Payload {
        let transaction = &self.transaction;
        let now = transaction.engine.now();
        let created = match (transaction.stamp, self.log.login_change(&transaction.base)) {
            (Some(stamp), LoginChange::None) => lifetime::created(&transaction.base, stamp.issued),
            _ => now,
        };
        let mut session = transaction.after(&self.log);
        session.set(reserved::CREATED, &created.to_string());
        session
    }

    fn record(
        &self,
        mark: Version,
        token_hash: TokenHash,
        session: &Payload,
        owner: Option<String>,
    ) -> (Record, Duration) {
        let engine = &self.transaction.engine;
        let now = engine.now();
        // No store keeps anything for no time at all.
        let seconds = engine.lifetimes().remaining(session, now, now).max(1);
        let owner = self.log.owner(engine.registered(), session).unwrap_or(owner);
        let record = Record::new(mark, token_hash, now.saturating_add(seconds), owner, session.to_json());
        (record, Duration::from_secs(seconds))
    }

    /// The session is no more: it stays so.
    fn gone(&self, privileged: bool) -> Result<Option<String>, Error> {
        let keys: Vec<_> = self.log.keys().collect();
        tracing::warn!(?keys, "changes are dropped because the session ended meanwhile");
        if privileged { Err(Error::conflict()) } else { Ok(None) }
    }

    fn cookie_after_write(
        &self,
        found: &Found,
        renewed: Option<&Ticket>,
        ours: TokenHash,
        session: &Payload,
    ) -> Option<String> {
        let now = self.transaction.engine.now();
        match (renewed, self.transaction.stamp) {
            (Some(ticket), _) => Some(self.cookie(ticket, session, now)),
            (None, Some(stamp)) if found.token_hash == ours => self.cookie_where_due(found, session, stamp),
            // The browser has another token by now.
            (None, _) => None,
        }
    }

    /// The same cookie once more, where the browser should keep it for longer or a key was replaced.
    fn cookie_where_due(&self, found: &Found, session: &Payload, stamp: Stamp) -> Option<String> {
        let engine = &self.transaction.engine;
        let (now, settings) = (engine.now(), Settings::of(engine, session));
        let age = now.saturating_sub(stamp.issued);
        // What was written lives longer, so the browser must keep its cookie as long.
        let written = !self.log.is_empty() && settings.permanent && age >= (settings.lifetime / 10).max(1);
        if settings != self.before || written || engine.lifetimes().refresh_is_due(session, stamp.issued, now) {
            Some(self.cookie(&found.ticket, session, now))
        } else {
            stamp.by_fallback.then(|| self.cookie(&found.ticket, session, stamp.issued))
        }
    }

    fn cookie(&self, ticket: &Ticket, session: &Payload, issued: u64) -> String {
        self.transaction.engine.ticket_cookie(ticket, session, issued)
    }

    /// The removal cookie, where the session was purged whose cookie the browser holds.
    fn removal(&self) -> Option<String> {
        (self.side.ended && self.transaction.cookie_sent).then(|| self.transaction.engine.removal_cookie())
    }
}
