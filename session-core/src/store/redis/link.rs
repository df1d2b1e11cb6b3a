//! The way to one server, to the one that sentinels name, or to a cluster.

use std::time::Duration;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd, pipe};

use super::again::{once_more_if_dropped, until_begun};
use super::answer::{Answer, must_be_confirmed};
use super::error::{failed, unconfirmed};
use super::script::Lua;
use super::server::Server;
use crate::store::StoreError;

/// Longest that a write may wait for replicas.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A way to the sessions that mends itself. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    writes: Server,
    /// The same connections, or others where writes wait: a server answers nothing else meanwhile.
    reads: Server,
    replicas: Option<Replicas>,
}

/// How many replicas must have a write, and how long it may take them.
#[derive(Clone, Copy)]
pub(super) struct Replicas {
    pub(super) number: u32,
    pub(super) timeout: Duration,
}

impl Link {
    pub(super) async fn single(url: &str) -> Result<Self, StoreError> {
        Server::at(url).await.map(Self::new).map_err(|error| failed(&error))
    }

    pub(super) async fn sentinel(sentinels: Vec<String>, service: &str) -> Result<Self, StoreError> {
        Server::of_sentinels(sentinels, service).await.map(Self::new).map_err(|error| failed(&error))
    }

    pub(super) async fn cluster(urls: impl IntoIterator<Item = String>) -> Result<Self, StoreError> {
        Server::of_cluster(urls).await.map(Self::new).map_err(|error| failed(&error))
    }

    fn new(server: Server) -> Self {
        Self { reads: server.clone(), writes: server, replicas: None }
    }

    /// Writes are answered when so many replicas have them.
    pub(super) fn wait_for(self, replicas: Replicas) -> Self {
        Self { reads: self.writes.another(), replicas: Some(replicas), ..self }
    }

    /// The same connections, and nobody waits for replicas.
    pub(super) fn without_waiting(&self) -> Self {
        Self { replicas: None, ..self.clone() }
    }

    /// Runs a script on its one key.
    pub(super) async fn run(&self, lua: &Lua, key: &str, arguments: &[&[u8]]) -> Result<Answer, StoreError> {
        let command = |name: &str, script: &str| {
            let mut command = cmd(name);
            command.arg(script).arg(1).arg(key);
            for argument in arguments {
                command.arg(*argument);
            }
            command
        };
        let written = match self.write(command("EVALSHA", &lua.hash)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.write(command("EVAL", lua.text)).await
            }
            written => written,
        };
        let (answer, is_confirmed) =
            written.map_err(|error| if self.replicas.is_some() { unconfirmed(&error) } else { failed(&error) })?;
        if must_be_confirmed(&answer) && !is_confirmed {
            return Err(StoreError::unconfirmed("Redis: fewer replicas than `wait_replicas` asks for have it"));
        }
        Answer::read(&answer)
    }

    /// The answer to a write, and whether as many replicas have it as must.
    async fn write(&self, command: Cmd) -> Result<(Vec<Vec<u8>>, bool), RedisError> {
        let Some(Replicas { number, timeout }) = self.replicas else {
            return Ok((until_begun(|| self.writes.send(&command)).await?, true));
        };
        // On one connection, since the server waits for what came by this one.
        let mut both = pipe();
        both.add_command(command).cmd("WAIT").arg(number).arg(timeout.min(LONGEST_WAIT).as_millis().max(1).to_string());
        let (answer, reached): (_, u32) = until_begun(|| self.writes.send(&both)).await?;
        Ok((answer, reached >= number))
    }

    /// Sends a command that only reads, or that does no harm when it is done twice.
    pub(super) async fn ask<V: FromRedisValue>(&self, command: &Cmd) -> Result<V, StoreError> {
        let answer = once_more_if_dropped(|| until_begun(|| self.reads.send(command))).await;
        answer.map_err(|error| failed(&error))
    }
}
