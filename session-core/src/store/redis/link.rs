//! The way to one server or to a cluster.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd};

use super::script::Lua;
use crate::store::StoreError;

/// How often a command is sent again that a server did not even begin.
const MAX_REDIRECTS: u32 = 20;

/// The pause before it is.
const PAUSE: Duration = Duration::from_millis(50);

/// Longest that a connection may take to be made.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that mends itself. Cheap to clone.
#[derive(Clone)]
pub(super) enum Link {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn single(url: &str) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(|error| failed(&error))?;
        // A write whose answer was lost is not sent again by anybody but us.
        let config =
            ConnectionManagerConfig::new().set_connection_timeout(Some(CONNECTION_TIMEOUT)).set_response_timeout(None);
        let manager = ConnectionManager::new_with_config(client, config).await.map_err(|error| failed(&error))?;
        Ok(Self::Single(manager))
    }

    pub(super) async fn cluster(urls: impl IntoIterator<Item = String>) -> Result<Self, StoreError> {
        let client = ClusterClientBuilder::new(urls)
            .retries(0)
            .connection_timeout(CONNECTION_TIMEOUT)
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self::Cluster(client.get_async_connection().await.map_err(|error| failed(&error))?))
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
        match self.send(&command("EVALSHA", &lua.hash)).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.send(&command("EVAL", lua.text)).await.map_err(|error| failed(&error))
            }
            answer => answer.map_err(|error| failed(&error)),
        }
    }

    /// Sends a command that only reads, or that does no harm when it is done twice.
    pub(super) async fn ask<V: FromRedisValue>(&self, command: &Cmd) -> Result<V, StoreError> {
        let first = self.send(command).await;
        match first {
            Ok(value) => Ok(value),
            // A connection that broke while nobody used it is found out this way.
            Err(error) if error.is_connection_dropped() => self.send(command).await.map_err(|error| failed(&error)),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn send<V: FromRedisValue>(&self, command: &Cmd) -> Result<V, RedisError> {
        let mut tries = 0;
        loop {
            let answer = match self.clone() {
                Self::Single(mut manager) => command.query_async(&mut manager).await,
                Self::Cluster(mut connection) => command.query_async(&mut connection).await,
            };
            match answer {
                Err(error) if tries < MAX_REDIRECTS && was_not_begun(&error) => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                answer => return answer,
            }
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
    StoreError::unavailable(format!("Redis: {} ({})", error.category(), error.code().unwrap_or("no code")))
}
