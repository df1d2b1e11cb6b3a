//! Writing a session over what others wrote meanwhile.

use std::future::Future;
use std::time::Duration;

use super::find::live;
use super::{Found, Patience, Settings, Side, StoreCommit, Work, unavailable};
use crate::change::{Changes, LoginChange};
use crate::engine::Engine;
use crate::error::Error;
use crate::lifetime;
use crate::measure::{self, COMMITS, CONFLICTS};
use crate::payload::Payload;
use crate::random;
use crate::store::{AnyStore, Record, Saved, SessionId, StoreError, Ticket, TokenHash, Version};
use crate::transaction::{Commit, Transaction, csrf};

/// How often a write is tried against others, before the request is answered with 503.
const MAX_TRIES: u32 = 512;

/// How long a closed session is kept, so that requests in flight find it so.
const CLOSED_FOR: Duration = Duration::from_secs(60);

/// How often a new session takes another id.
pub(super) const MAX_IDS: u32 = 3;

/// How long a request waits for others of this process that write to the same session, before it goes ahead.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How often it is tried at once. After that it waits for a time that is left to chance, so that of many processes none loses for ever.
const TRIES_AT_ONCE: u32 = 1;

/// Longest such wait. Twice as many writers make each try half as likely to succeed, and there are tries enough for dozens of processes.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// How long to wait before a session is ended once more.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// Keeps a new session with these changes, and gives the `name=value` of its cookie.
pub(crate) async fn create(engine: &Engine, store: &AnyStore, changes: &Changes) -> Result<String, Error> {
    let now = engine.now();
    let transaction = Transaction::of_store(engine.clone(), store.clone(), Vec::new(), false, false);
    let side = Box::new(Side::new(store.clone(), Vec::new()));
    let before = Settings::of(engine, &transaction.base);
    let work =
        Work { transaction, before, side, log: changes.clone(), now, patience: Patience::default(), written: false };
    let session = work.session();
    let header = work.keep(&session).await?;
    Ok(header.split(';').next().unwrap_or_default().to_owned())
}

impl StoreCommit {
    /// What to say where the writing takes too long: a session that was purged goes from the browser all the same.
    #[must_use]
    pub fn timed_out(&self) -> Commit {
        let set_cookie = self.work.as_ref().and_then(|work| work.removal());
        Commit { set_cookie, error: self.error.clone().or_else(|| Some(Error::unavailable())) }
    }

    /// With what the request says that it does not wait any longer.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.work.as_ref().map(|work| work.patience.clone()).unwrap_or_default()
    }

    /// Writes, and says what the response must. `sleep` waits between two tries.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use session_core::{Commit, StoreCommit};
    ///
    /// /// In tokio, where the response waits for five seconds at most.
    /// async fn write(writing: StoreCommit) -> Commit {
    ///     let too_late = writing.timed_out();
    ///     let patience = writing.patience();
    ///     let task = tokio::spawn(writing.run(tokio::time::sleep));
    ///     match tokio::time::timeout(Duration::from_secs(5), task).await {
    ///         Ok(Ok(commit)) => commit,
    ///         _ => {
    ///             patience.end();
    ///             too_late
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn run<P, F>(self, sleep: P) -> Commit
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        let (mut set_cookie, mut error, mut result) = (None, self.error, None);
        if let Some(mut work) = self.work {
            match work.save(&sleep).await {
                Ok(cookie) => set_cookie = cookie,
                Err(failure) => {
                    set_cookie = work.removal();
                    error = error.or(Some(failure));
                }
            }
            let has_ended = work.side.ended && set_cookie.is_some();
            result = if has_ended { Some("ended") } else { work.written.then_some("saved") };
        }
        if let Some(result) = error.as_ref().map(|_| "failed").or(result) {
            measure::count_by(COMMITS, "result", result);
        }
        Commit { set_cookie, error }
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
        let mark = Version::random()?;
        let privileged = self.log.is_privileged();
        let renews = self.transaction.renew || privileged;
        let renewed = renews.then(|| Ticket::renewed(id)).transpose();
        let mut renewed = renewed?;
        let (ours, user) = (found.token_hash, self.user());
        // Whether an earlier write may still land.
        let mut unsure = false;
        let mut place = None;
        for tries in 1..=MAX_TRIES {
            if tries > 1 && !privileged && self.patience.has_ended() {
                tracing::warn!(name: "session.commit.given_up", session = %id, "a write is not tried again, since its request was answered with 503");
                return Err(Error::unavailable());
            }
            let switches = self.log.login_change(&self.transaction.base) == LoginChange::AnotherUser;
            let session = self.session();
            let (record, ttl) = if switches {
                closed(mark)?
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
            let answer = match answer {
                Saved::Conflict(current) => {
                    measure::count(CONFLICTS);
                    let place = place.get_or_insert_with(|| self.side.store.join_line(id));
                    let waited = place.turn(sleep(LONGEST_WAIT)).await;
                    if !waited && tries <= TRIES_AT_ONCE {
                        Saved::Conflict(current)
                    } else {
                        if !waited {
                            sleep(pause()).await;
                        }
                        // What was read is out of date after a wait.
                        self.look_again(&id, mark).await?
                    }
                }
                answer => answer,
            };
            match answer {
                Saved::Saved if switches => {
                    let cookie = self.create().await?;
                    // It is closed already; what is left of it goes with its time.
                    if let Err(error) = self.side.store.delete(&id).await {
                        tracing::warn!(name: "session.store.not_deleted", %error, "the session of the last user is closed but not gone yet");
                    }
                    return Ok(cookie);
                }
                Saved::Saved => {
                    self.written = true;
                    return Ok(self.cookie_after_write(&found, renewed.as_ref(), ours, &session));
                }
                Saved::Gone => return self.gone(privileged),
                // Our own write may be under this one. To count twice is worse than an error.
                Saved::Conflict(current) if unsure && current.version() != found.version => {
                    return Err(unavailable(&StoreError::unavailable("whether a write was made cannot be told")));
                }
                Saved::Conflict(current) => {
                    self.now = self.transaction.engine.now();
                    let Some(payload) = live(&self.transaction.engine, &current, self.now) else {
                        return self.gone(privileged);
                    };
                    if current.token_hash() != ours {
                        // Somebody renewed the session meanwhile: whoever holds the old token may still count, and no more.
                        if privileged {
                            tracing::warn!(name: "session.commit.conflict",
                                session = %id,
                                "a change of privileges is dropped because the session was renewed meanwhile"
                            );
                            return Err(Error::conflict());
                        }
                        renewed = None;
                        // Nor may they know the secret of the forms from now on.
                        self.log.forget(csrf::CSRF_KEY);
                        if self.log.is_empty() {
                            return Ok(None);
                        }
                    }
                    if !renews {
                        csrf::join(&mut self.log, &payload);
                    }
                    self.transaction.base = payload;
                    if user.is_some() && self.user() != user {
                        // What was set for one user is not the next one's.
                        return self.gone(privileged);
                    }
                    found.version = current.version();
                    found.token_hash = current.token_hash();
                    found.owner = current.owner().map(str::to_owned);
                }
            }
        }
        tracing::error!(name: "session.commit.contended", session = %id, MAX_TRIES, "a session is written by too many requests at once");
        Err(Error::unavailable())
    }

    /// Who is logged in, as JSON.
    fn user(&self) -> Option<String> {
        self.transaction.user_of(&self.transaction.base).map(str::to_owned)
    }

    /// What became of a write whose answer was lost. Only what is sure is taken for an answer: a write that was made may be
    /// under another one by now, and counting twice is worse than an error.
    async fn find_out(&self, id: &SessionId, mark: Version, found: &Found, lost: &StoreError) -> Result<Saved, Error> {
        if lost.is_unconfirmed() {
            return Err(unavailable(lost));
        }
        match self.side.store.load(id).await {
            Ok(Some(record)) if record.version() == mark => Ok(Saved::Saved),
            // Nothing happened, so it may be tried again.
            Ok(Some(record)) if record.version() == found.version => Ok(Saved::Conflict(record)),
            Ok(None) => Ok(Saved::Gone),
            Ok(Some(_)) | Err(_) => Err(unavailable(lost)),
        }
    }

    /// What is there by now.
    async fn look_again(&self, id: &SessionId, mark: Version) -> Result<Saved, Error> {
        Ok(match self.side.store.load(id).await.map_err(|error| unavailable(&error))? {
            Some(record) if record.version() == mark => Saved::Saved,
            Some(record) => Saved::Conflict(record),
            None => Saved::Gone,
        })
    }

    /// A new session with what was set.
    async fn create(&mut self) -> Result<Option<String>, Error> {
        self.transaction.stamp = None;
        let session = self.session();
        if !self.transaction.has_content(&session, &self.log) {
            return Ok(None);
        }
        let cookie = self.keep(&session).await?;
        self.written = true;
        Ok(Some(cookie))
    }

    /// Keeps a new session, and gives the header of its cookie.
    async fn keep(&self, session: &Payload) -> Result<String, Error> {
        let mark = Version::random()?;
        let mut tries = 1;
        loop {
            let ticket = Ticket::new()?;
            let (record, ttl) = self.record(mark, ticket.token_hash(), session, None);
            let Err(error) = self.side.store.create(&ticket.id, &record, ttl).await else {
                return Ok(self.cookie(&ticket, session, self.now));
            };
            if error.is_unconfirmed() {
                return Err(unavailable(&error));
            }
            // Its answer may have been lost, and a second try of the store's client may have met the first.
            let stored = self.side.store.load(&ticket.id).await;
            if stored.is_ok_and(|record| record.is_some_and(|record| record.version() == mark)) {
                return Ok(self.cookie(&ticket, session, self.now));
            }
            // An id has 128 random bits: a store that says so often is broken.
            if !error.is_duplicate() || tries == MAX_IDS {
                return Err(unavailable(&error));
            }
            tracing::warn!(name: "session.store.create_retried", %error, "a new session takes another id");
            tries += 1;
        }
    }

    async fn delete<P, F>(&self, id: &SessionId, sleep: &P) -> Result<(), Error>
    where
        P: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        match self.side.store.delete(id).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!(name: "session.store.delete_retried", %error, "ending a session is tried once more");
            }
        }
        // To end a session twice is to end it.
        sleep(PAUSE).await;
        self.side.store.delete(id).await.map_err(|error| unavailable(&error))
    }

    /// The session after the request's changes.
    fn session(&self) -> Payload {
        let transaction = &self.transaction;
        let created = transaction.created(&self.log, self.now);
        let mut session = transaction.after(&self.log, self.now);
        lifetime::set_created(&mut session, created);
        session
    }

    fn record(
        &self,
        mark: Version,
        token_hash: TokenHash,
        session: &Payload,
        owner: Option<String>,
    ) -> (Record, Duration) {
        let (engine, now) = (&self.transaction.engine, self.now);
        let seconds = engine.lifetimes().remaining(session, now, now);
        let owner = self.log.owner(engine.registered(), session).unwrap_or(owner);
        let record = Record::new(mark, token_hash, now.saturating_add(seconds), owner, session.to_json().as_str());
        (record, time_to_live(seconds))
    }

    /// The session is no more: it stays so.
    fn gone(&self, privileged: bool) -> Result<Option<String>, Error> {
        let keys: Vec<_> = self.log.keys().collect();
        tracing::warn!(name: "session.change.gone", ?keys, "changes are dropped because the session ended meanwhile");
        if privileged { Err(Error::conflict()) } else { Ok(None) }
    }
}

/// What is put in place of a session that another user's takes over: nothing opens it, and it goes soon.
fn closed(mark: Version) -> Result<(Record, Duration), Error> {
    let nobody = Ticket::new()?;
    // Over by every server's clock, so that no write that meets it takes it for a session.
    Ok((Record::new(mark, nobody.token_hash(), 0, None, "{}"), CLOSED_FOR))
}

/// For how long a store keeps a session that ends in so many seconds: through all of its last second, since it is our clock that says when it ends.
pub(super) fn time_to_live(seconds: u64) -> Duration {
    Duration::from_secs(seconds.saturating_add(1))
}

/// A time that is left to chance.
pub(super) fn pause() -> Duration {
    let [chance] = random::unique().unwrap_or([u8::MAX]);
    LONGEST_PAUSE * u32::from(chance) / 255
}
