//! The operations, as scripts and plain commands.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::cmd;
use tokio::time::timeout;

use super::answer::Answer;
use super::hash::{self, damaged, write_owner};
use super::link::{Link, Replicas};
use super::script::{Lua, Scripts};
use crate::hex;
use crate::store::{Record, Saved, SessionId, SessionStore, StoreError, Version, known};

/// Longest that all sessions of an owner may take to be ended.
const LONGEST_REVOCATION: Duration = Duration::from_secs(60);

/// Longest that one of them may take: a connection that says nothing is left then, and the next one is asked for.
const LONGEST_STEP: Duration = Duration::from_secs(5);

/// Keeps sessions in Redis 6.2 or later, in Valkey, or in a cluster of either: for an application on many machines.
///
/// A read is one command and a write one script, which Redis runs in one step. Logging in and out cost one or two more each, for the index of
/// the owner's sessions.
///
/// Redis answers before its replicas have a write, and before it is on the disk unless `appendfsync` is `always`. So what was written in the
/// last moment may be lost when a server dies: a session may be as it was a moment ago, a logout may be undone.
/// Where that must not happen, take [`wait_replicas`](Self::wait_replicas) or a database.
///
/// A server that evicts what it has logs users out, and where it evicts the index of an owner, nothing that ends that one's sessions finds them
/// any more: `maxmemory-policy` should be `noeviction`. [`connect`](Self::connect) warns of another one.
///
/// There is a connection for each worker of the server, two with [`wait_replicas`](Self::wait_replicas), and one to each node of a cluster. They are made when
/// they are needed, given up when nobody uses them, and mend themselves. Clones share them.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use session_core::store::RedisStore;
/// use session_core::{Builder, Engine, Key};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::connect("redis://127.0.0.1").await?;
/// let engine: Engine = Builder::stored(store, Key::from_env("SECRET_KEY")?).build()?;
/// # Ok(())
/// # }
/// ```
///
/// With more than one server:
///
/// ```no_run
/// use std::time::Duration;
/// use session_core::store::{RedisStore, StoreError};
///
/// # async fn example() -> Result<(), StoreError> {
/// let cluster = RedisStore::cluster(["redis://10.0.0.1", "redis://10.0.0.2"]).await?.prefix("shop:");
/// let watched = RedisStore::sentinel(["redis://10.0.0.3:26379"], "redis://mymaster").await?;
/// let careful = watched.wait_replicas(1, Duration::from_millis(200));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    link: Link,
    scripts: Arc<Scripts>,
    prefix: Arc<str>,
}

impl RedisStore {
    /// Connects to one server, as in `redis://host:6379`.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = Self::on(Link::single(url).await?);
        store.warn_of_eviction().await;
        Ok(store)
    }

    /// Connects to a cluster, of which at least one node is named.
    ///
    /// # Errors
    ///
    /// None of the nodes answers.
    pub async fn cluster(urls: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, StoreError> {
        let store = Self::on(Link::cluster(urls.into_iter().map(Into::into)).await?);
        store.warn_of_eviction().await;
        Ok(store)
    }

    /// Connects to the primary that sentinels name, and to the next one after a failover.
    ///
    /// `service` is the address with the service's name for a host, and with what the servers ask for: `redis://mymaster`, or
    /// `redis://user:password@mymaster/0`. `sentinels` are `redis://host:26379`.
    ///
    /// # Errors
    ///
    /// No sentinel answers, none knows the service, or its primary does not answer.
    pub async fn sentinel(
        sentinels: impl IntoIterator<Item = impl Into<String>>,
        service: &str,
    ) -> Result<Self, StoreError> {
        let store = Self::on(Link::sentinel(sentinels.into_iter().map(Into::into).collect(), service).await?);
        store.warn_of_eviction().await;
        Ok(store)
    }

    fn on(link: Link) -> Self {
        Self { link, scripts: Arc::new(Scripts::new()), prefix: "".into() }
    }

    /// Puts a text before the names of all keys, for a server that several applications share.
    #[must_use]
    pub fn prefix(self, prefix: impl AsRef<str>) -> Self {
        Self { prefix: prefix.as_ref().into(), ..self }
    }

    /// A write counts when so many replicas have it, too; by default Redis answers before any has.
    ///
    /// Where they do not within the time (1 ms to 2 s), the request is answered with 503. What was written stays. Use it where no
    /// login and no logout may be lost with the primary: with as many replicas as `number`, whatever was answered is on the one
    /// that takes over. It costs a round trip between primary and replica a write, and writes
    /// of one worker wait for each other (in a cluster, those of one process to one node). With no replica left, all that is written is refused until there is one again; reads are not.
    #[must_use]
    pub fn wait_replicas(self, number: u32, timeout: Duration) -> Self {
        Self { link: self.link.wait_for(Replicas { number, timeout }), ..self }
    }

    fn key(&self, id: &SessionId) -> String {
        format!("{}session:{id}", self.prefix)
    }

    fn owner_key(&self, owner: &str) -> String {
        format!("{}sessions-of:{owner}", self.prefix)
    }

    /// A server may forbid to ask for its configuration.
    async fn warn_of_eviction(&self) {
        let asked = self.link.ask(cmd("CONFIG").arg("GET").arg("maxmemory-policy")).await;
        let policy: Vec<String> = asked.unwrap_or_default();
        if let Some(policy) = policy.get(1).filter(|policy| *policy != "noeviction") {
            tracing::warn!(name: "session.store.evicts",
                policy,
                "this Redis may evict sessions and so log users out; set `maxmemory-policy noeviction`"
            );
        }
    }

    /// Runs a script that writes a session, after its owner's index names it where the script asks for that: the owner is another one than
    /// before, or the session lives longer than the index says.
    async fn write(
        &self,
        script: &Lua,
        id: &SessionId,
        arguments: &[&[u8]],
        ttl: Duration,
    ) -> Result<Answer, StoreError> {
        let (key, ttl_millis) = (self.key(id), millis(ttl));
        let with = |indexed| [arguments, &[ttl_millis.as_bytes(), indexed]].concat();
        match self.link.run(script, &key, &with(b"0")).await? {
            Answer::Index { owner } => {
                let indexed = self.index(&owner, id, ttl).await?;
                self.link.run(script, &key, &with(indexed.as_bytes())).await
            }
            answer => Ok(answer),
        }
    }

    /// Names a session in its owner's index for twice its time to live, and says until when.
    async fn index(&self, owner: &str, id: &SessionId, ttl: Duration) -> Result<String, StoreError> {
        let (ttl, id) = (millis(ttl), id.to_string());
        match self.link.run(&self.scripts.index, &self.owner_key(owner), &[ttl.as_bytes(), id.as_bytes()]).await? {
            Answer::Indexed { deadline } => Ok(deadline),
            _ => Err(damaged()),
        }
    }

    /// Names a session for longer, which the index already names.
    async fn index_again(&self, owner: &str, id: &SessionId, ttl: Duration) -> Result<(), StoreError> {
        let deadline = self.index(owner, id, ttl).await?;
        let arguments: [&[u8]; 2] = [&write_owner(Some(owner)), deadline.as_bytes()];
        self.link.run(&self.scripts.indexed, &self.key(id), &arguments).await?;
        Ok(())
    }

    async fn forget(&self, owner: &str, id: &SessionId) {
        // What stays in an index by mistake is passed over, and goes with its time.
        let forgotten = self.link.ask::<i64>(cmd("ZREM").arg(self.owner_key(owner)).arg(id.to_string())).await;
        if let Err(error) = forgotten {
            tracing::warn!(name: "session.store.index_left", %error, "a session stays in its owner's index");
        }
    }

    /// Ends what an owner's index names, and whatever fails, the rest.
    async fn end_all(&self, owner: &str) -> Result<usize, StoreError> {
        let (mut store, mut ended, mut failure) = (self.clone(), 0, None);
        for id in self.indexed(owner).await? {
            let answer = match timeout(LONGEST_STEP, store.end_one(owner, &id)).await {
                Ok(answer) => answer,
                Err(_) => Err(StoreError::unavailable("Redis: no answer in time")),
            };
            match answer {
                Ok(was_there) => ended += usize::from(was_there),
                Err(error) => {
                    // What one has no replica for, the others have none for either: they end at least where they are.
                    if error.is_unconfirmed() {
                        store.link = self.link.without_waiting();
                    }
                    failure = failure.or(Some(error));
                }
            }
        }
        failure.map_or(Ok(ended), Err)
    }

    async fn end_one(&self, owner: &str, id: &SessionId) -> Result<bool, StoreError> {
        let answer = self.link.run(&self.scripts.revoke, &self.key(id), &[&write_owner(Some(owner))]).await?;
        // One that has not this owner yet may be about to: it stays in the index, for the next time.
        let was_there = matches!(answer, Answer::Saved { .. });
        if was_there {
            self.forget(owner, id).await;
        }
        Ok(was_there)
    }

    /// What an owner's index names, of which some may be over.
    async fn indexed(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        let ids: Vec<String> = self.link.ask(cmd("ZRANGE").arg(self.owner_key(owner)).arg(0).arg(-1)).await?;
        let id = |text: &String| hex::decode(text)?.try_into().ok().map(SessionId::from_bytes);
        Ok(ids.iter().filter_map(id).collect())
    }
}

impl SessionStore for RedisStore {
    async fn load(&self, id: &SessionId) -> Result<Option<Record>, StoreError> {
        let fields: Vec<_> = self.link.ask(cmd("HMGET").arg(self.key(id)).arg(&hash::FIELDS)).await?;
        Ok(known(hash::read(&fields)).flatten())
    }

    async fn create(&self, id: &SessionId, record: &Record, ttl: Duration) -> Result<(), StoreError> {
        let indexed = match record.owner() {
            Some(owner) => self.index(owner, id, ttl).await?,
            None => "0".to_owned(),
        };
        let [version, token_hash, expires, owner, data] = &hash::write(record);
        let ttl = millis(ttl);
        let arguments: [&[u8]; 7] = [version, token_hash, expires, owner, data, indexed.as_bytes(), ttl.as_bytes()];
        match self.link.run(&self.scripts.create, &self.key(id), &arguments).await? {
            Answer::Saved { .. } => Ok(()),
            Answer::Duplicate => Err(StoreError::duplicate()),
            _ => Err(damaged()),
        }
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: &Version,
        record: &Record,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let [version, token_hash, expires, owner, data] = &hash::write(record);
        let arguments: [&[u8]; 6] = [expected.as_bytes(), version, token_hash, expires, owner, data];
        match self.write(&self.scripts.replace, id, &arguments, ttl).await? {
            Answer::Saved { owner: old, is_due } => {
                if let Some(owner) = record.owner().filter(|_| is_due) {
                    self.index_again(owner, id, ttl).await?;
                }
                if let Some(old) = old.filter(|old| record.owner() != Some(old)) {
                    self.forget(&old, id).await;
                }
                Ok(Saved::Saved)
            }
            answer => answer.refusal(),
        }
    }

    async fn extend(
        &self,
        id: &SessionId,
        expected: &Version,
        expires: u64,
        ttl: Duration,
    ) -> Result<Saved, StoreError> {
        let expires = expires.to_string();
        match self.write(&self.scripts.extend, id, &[expected.as_bytes(), expires.as_bytes()], ttl).await? {
            Answer::Saved { owner, is_due } => {
                if let Some(owner) = owner.filter(|_| is_due) {
                    self.index_again(&owner, id, ttl).await?;
                }
                Ok(Saved::Saved)
            }
            answer => answer.refusal(),
        }
    }

    async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        match self.link.run(&self.scripts.delete, &self.key(id), &[]).await? {
            Answer::Saved { owner: Some(owner), .. } => self.forget(&owner, id).await,
            Answer::Saved { owner: None, .. } => {}
            _ => return Err(damaged()),
        }
        Ok(())
    }

    async fn list(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        let mut sessions = Vec::new();
        for id in self.indexed(owner).await? {
            let found: Option<Vec<u8>> = self.link.ask(cmd("HGET").arg(self.key(&id)).arg("o")).await?;
            if found == Some(write_owner(Some(owner))) {
                sessions.push(id);
            }
        }
        Ok(sessions)
    }

    async fn revoke(&self, owner: &str) -> Result<usize, StoreError> {
        let (store, owner) = (self.clone(), owner.to_owned());
        // In a task: whoever hangs up meanwhile must not leave some of them.
        let ending = tokio::spawn(async move {
            let ended = timeout(LONGEST_REVOCATION, store.end_all(&owner)).await;
            let ended = ended.unwrap_or_else(|_| Err(StoreError::unavailable("Redis: not all are ended in a minute")));
            ended.inspect_err(|error| {
                tracing::warn!(name: "session.store.revocation_failed", %error, "not all sessions of an owner are ended");
            })
        });
        ending.await.unwrap_or_else(|_| Err(StoreError::unavailable("the runtime ends")))
    }
}

/// A time to live. That of zero would drop the session at once.
fn millis(ttl: Duration) -> String {
    ttl.as_millis().max(1).to_string()
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
