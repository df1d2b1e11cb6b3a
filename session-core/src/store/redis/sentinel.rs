//! The server that sentinels name, and the next one after it.

use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, ServerErrorKind,
    TlsMode,
};

use super::link::{CONNECTION_TIMEOUT, Question};

/// A connection to the primary of a service. Clones share it.
#[derive(Clone)]
pub(super) struct Sentinel {
    sentinels: Arc<tokio::sync::Mutex<SentinelClient>>,
    current: Arc<Mutex<Current>>,
}

#[derive(Default)]
struct Current {
    connection: Option<MultiplexedConnection>,
    /// How many there were, so that nobody throws away the next one.
    number: u64,
}

impl Sentinel {
    /// `server` is an address whose host is the name of the service: `redis://user:password@mymaster/0`.
    pub(super) async fn connect(sentinels: Vec<String>, server: &str) -> Result<Self, RedisError> {
        let server = server.into_connection_info()?;
        let (service, tls) = match server.addr() {
            ConnectionAddr::Tcp(service, _) => (service.clone(), None),
            ConnectionAddr::TcpTls { host, insecure: false, .. } => (host.clone(), Some(TlsMode::Secure)),
            ConnectionAddr::TcpTls { host, .. } => (host.clone(), Some(TlsMode::Insecure)),
            _ => return Err((ErrorKind::InvalidClientConfig, "the address of a service is redis://NAME").into()),
        };
        let node = SentinelNodeConnectionInfo::default().set_redis_connection_info(server.redis_settings().clone());
        let node = match tls {
            Some(mode) => node.set_tls_mode(mode),
            None => node,
        };
        let client = SentinelClient::build(sentinels, service, Some(node), SentinelServerType::Master)?;
        let sentinel =
            Self { sentinels: Arc::new(tokio::sync::Mutex::new(client)), current: Arc::new(Mutex::default()) };
        sentinel.connection().await?;
        Ok(sentinel)
    }

    pub(super) async fn send<V: FromRedisValue>(&self, question: &impl Question) -> Result<V, RedisError> {
        let (mut connection, number) = self.connection().await?;
        let answer = question.put(&mut connection).await;
        if answer.as_ref().is_err_and(is_the_end) {
            let mut current = self.current();
            if current.number == number {
                current.connection = None;
            }
        }
        answer
    }

    async fn connection(&self) -> Result<(MultiplexedConnection, u64), RedisError> {
        if let Some(connection) = self.current().get() {
            return Ok(connection);
        }
        // One asks, and the others wait for what is said.
        let mut sentinels = self.sentinels.lock().await;
        if let Some(connection) = self.current().get() {
            return Ok(connection);
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTION_TIMEOUT)).set_response_timeout(None);
        let connection = sentinels.get_async_connection_with_config(&config).await?;
        let mut current = self.current();
        current.number += 1;
        current.connection = Some(connection.clone());
        Ok((connection, current.number))
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        // Every change leaves it whole.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn get(&self) -> Option<(MultiplexedConnection, u64)> {
        self.connection.clone().map(|connection| (connection, self.number))
    }
}

/// Whether the connection is broken, or its server is the primary no more.
fn is_the_end(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
}
