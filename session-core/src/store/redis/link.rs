//! The way to one server, to the one that sentinels name, or to a cluster.

use std::time::Duration;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd, pipe};

use super::script::Lua;
use super::server::{Question, Server};
use crate::store::StoreError;

/// How often a command is sent again that a server did not even begin.
const MAX_REDIRECTS: u32 = 20;

/// The pause before it is.
const PAUSE: Duration = Duration::from_millis(50);

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
            return send(&self.writes, &command).await.map(Some);
        };
        // On one connection, since the server waits for what came by this one.
        let mut both = pipe();
        both.add_command(command).cmd("WAIT").arg(number).arg(timeout.min(LONGEST_WAIT).as_millis().max(1).to_string());
        let (answer, reached): (Vec<Vec<u8>>, u32) = send(&self.writes, &both).await?;
        // To find a session gone counts too: ending one writes in any case, since whoever ended it first may not have been confirmed.
        let counts = answer.first().is_some_and(|answer| answer == b"saved" || answer == b"gone");
        Ok((reached >= number || !counts).then_some(answer))
    }

    /// Sends a command that only reads, or that does no harm when it is done twice.
    pub(super) async fn ask<V: FromRedisValue>(&self, command: &Cmd) -> Result<V, StoreError> {
        let answer = match send(&self.reads, command).await {
            // A connection that broke while nobody used it is found out this way.
            Err(error) if error.is_connection_dropped() => send(&self.reads, command).await,
            answer => answer,
        };
        answer.map_err(|error| failed(&error))
    }
}

async fn send<V: FromRedisValue>(server: &Server, question: &impl Question) -> Result<V, RedisError> {
    let mut tries = 0;
    loop {
        match server.send(question).await {
            Err(error) if tries < MAX_REDIRECTS && was_not_begun(&error) => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Whether a server said that it did nothing: another one is to be asked, or this one a little later.
fn was_not_begun(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ClusterConnectionNotFound
            | ErrorKind::Server(
                ServerErrorKind::Moved
                    | ServerErrorKind::Ask
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
                    | ServerErrorKind::BusyLoading
            )
    )
}

/// The kind of an error and its code, which quote nothing of the session.
pub(super) fn failed(error: &RedisError) -> StoreError {
    StoreError::unavailable(in_words(error))
}

fn unconfirmed(error: &RedisError) -> StoreError {
    StoreError::unconfirmed(in_words(error))
}

fn in_words(error: &RedisError) -> String {
    if error.kind() == ErrorKind::InvalidClientConfig {
        return "the address is none of Redis, or asks for TLS (`rediss://`), which is not turned on in the driver (`redis`, feature \
                `tokio-native-tls-comp`)"
            .to_owned();
    }
    format!("Redis: {} ({})", error.category(), error.code().unwrap_or("no code"))
}
