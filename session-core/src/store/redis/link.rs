//! The way to one server, to the one that sentinels name, or to a cluster.

use std::time::Duration;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd, pipe};

use super::again::{once_more_if_dropped, until_begun};
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

    /// Runs a script on its one key.
    pub(super) async fn run(&self, lua: &Lua, key: &str, arguments: &[&[u8]]) -> Result<Vec<Vec<u8>>, StoreError> {
        let command = |name: &str, script: &str| {
            let mut command = cmd(name);
            command.arg(script).arg(1).arg(key);
            for argument in arguments {
                command.arg(*argument);
            }
            command
        };
        match self.write(command("EVALSHA", &lua.hash)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.write(command("EVAL", lua.text)).await
            }
            answer => answer,
        }
        .map_err(|error| if self.replicas.is_some() { unconfirmed(&error) } else { failed(&error) })?
        .ok_or_else(|| StoreError::unconfirmed("Redis: fewer replicas than `wait_replicas` asks for have it"))
    }

    /// The answer to a write, or nothing where too few replicas have it.
    async fn write(&self, command: Cmd) -> Result<Option<Vec<Vec<u8>>>, RedisError> {
        let Some(Replicas { number, timeout }) = self.replicas else {
            return until_begun(|| self.writes.send(&command)).await.map(Some);
        };
        // On one connection, since the server waits for what came by this one.
        let mut both = pipe();
        both.add_command(command).cmd("WAIT").arg(number).arg(timeout.min(LONGEST_WAIT).as_millis().max(1).to_string());
        let (answer, reached): (Vec<Vec<u8>>, u32) = until_begun(|| self.writes.send(&both)).await?;
        Ok((reached >= number || !must_be_confirmed(&answer)).then_some(answer))
    }

    /// Sends a command that only reads, or that does no harm when it is done twice.
    pub(super) async fn ask<V: FromRedisValue>(&self, command: &Cmd) -> Result<V, StoreError> {
        let answer = once_more_if_dropped(|| until_begun(|| self.reads.send(command))).await;
        answer.map_err(|error| failed(&error))
    }
}

/// Whether a script wrote something. Where it found a session gone, it did too: whoever ended that first may not have been confirmed.
fn must_be_confirmed(answer: &[Vec<u8>]) -> bool {
    answer.first().is_some_and(|answer| answer == b"saved" || answer == b"gone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_needs_no_replica() {
        let said = |answer: &[&str]| {
            must_be_confirmed(&answer.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>())
        };
        assert!(said(&["saved"]) && said(&["saved", "=42", "1"]) && said(&["gone"]));
        assert!(!said(&["duplicate"]) && !said(&["index", "=42"]) && !said(&["another"]) && !said(&[]));
    }
}
