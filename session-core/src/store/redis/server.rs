//! Where Redis is, by its address, by what sentinels say or as a cluster, and a connection to it that is replaced where it is of no use any more.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline,
    RedisError, ServerErrorKind, TlsMode,
};

/// Longest that a connection may take to be made.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// A request that waited for so long and gave up leaves a connection that nobody should wait for: its server may have gone without a word.
const SILENCE: Duration = Duration::from_millis(500);

/// Connections to one server, or one to all of a cluster. Clones share them.
#[derive(Clone)]
pub(super) struct Server {
    directory: Arc<tokio::sync::Mutex<Directory>>,
    /// One for each thread: a worker that had to wake another for each command would take a fifth more of the processor.
    current: Arc<Mutex<HashMap<Owner, Current>>>,
    is_cluster: bool,
}

/// Whose connection it is: a thread's, or everybody's, since that of a cluster is as many as there are nodes.
type Owner = Option<ThreadId>;

/// Where the server is.
enum Directory {
    Address(Client),
    Sentinels(SentinelClient),
    Cluster(ClusterClient),
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

#[derive(Default)]
struct Current {
    connection: Option<Connection>,
    /// How many there were, so that nobody throws away the next one.
    number: u64,
}

impl Server {
    pub(super) async fn at(address: &str) -> Result<Self, RedisError> {
        Self::connect(Directory::Address(Client::open(address)?)).await
    }

    /// `server` is an address whose host is the name of the service: `redis://user:password@mymaster/0`.
    pub(super) async fn of_sentinels(sentinels: Vec<String>, server: &str) -> Result<Self, RedisError> {
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
        Self::connect(Directory::Sentinels(client)).await
    }

    pub(super) async fn of_cluster(nodes: impl IntoIterator<Item = String>) -> Result<Self, RedisError> {
        let client = ClusterClientBuilder::new(nodes).retries(0).connection_timeout(CONNECTION_TIMEOUT).build()?;
        Self::connect(Directory::Cluster(client)).await
    }

    async fn connect(directory: Directory) -> Result<Self, RedisError> {
        let is_cluster = matches!(directory, Directory::Cluster(_));
        let directory = Arc::new(tokio::sync::Mutex::new(directory));
        let server = Self { directory, current: Arc::default(), is_cluster };
        // An address that is wrong is found out at the start.
        let owner = (!is_cluster).then(|| thread::current().id());
        server.connection(owner).await?;
        Ok(server)
    }

    /// Another connection to the same place, which is made when it is used.
    pub(super) fn another(&self) -> Self {
        Self { directory: Arc::clone(&self.directory), current: Arc::default(), is_cluster: self.is_cluster }
    }

    pub(super) async fn send<V: FromRedisValue>(&self, question: &impl Question) -> Result<V, RedisError> {
        let owner = (!self.is_cluster).then(|| thread::current().id());
        let (connection, number) = self.connection(owner).await?;
        let mut open = Open { server: self, owner, number, since: Instant::now(), is_answered: false };
        let (answer, is_single) = match connection {
            Connection::Single(mut connection) => (question.put(&mut connection).await, true),
            Connection::Cluster(mut connection) => (question.put(&mut connection).await, false),
        };
        open.is_answered = true;
        // That of a cluster mends itself where a node says something.
        if is_single && answer.as_ref().is_err_and(is_the_end) {
            self.forget(owner, number);
        }
        answer
    }

    async fn connection(&self, owner: Owner) -> Result<(Connection, u64), RedisError> {
        if let Some(connection) = self.current().get(&owner).and_then(Current::get) {
            return Ok(connection);
        }
        // In a task, since a cluster may take longer to be found than a request waits. One connects, and the others wait for it.
        let server = self.clone();
        let connected = tokio::spawn(async move {
            let mut directory = server.directory.lock().await;
            if let Some(connection) = server.current().get(&owner).and_then(Current::get) {
                return Ok(connection);
            }
            let connection = directory.connect().await?;
            let mut all = server.current();
            let current = all.entry(owner).or_default();
            current.number += 1;
            current.connection = Some(connection.clone());
            Ok((connection, current.number))
        });
        connected.await.map_err(|_| RedisError::from((ErrorKind::Io, "the runtime ends")))?
    }

    fn forget(&self, owner: Owner, number: u64) {
        if let Some(current) = self.current().get_mut(&owner).filter(|current| current.number == number) {
            current.connection = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, HashMap<Owner, Current>> {
        // Every change leaves it whole.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Directory {
    async fn connect(&mut self) -> Result<Connection, RedisError> {
        // A write whose answer was lost is not sent again by anybody but us, and how long to wait for it is the request's to say.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTION_TIMEOUT)).set_response_timeout(None);
        Ok(match self {
            Self::Address(client) => {
                Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Self::Sentinels(client) => Connection::Single(client.get_async_connection_with_config(&config).await?),
            Self::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        })
    }
}

impl Current {
    fn get(&self) -> Option<(Connection, u64)> {
        self.connection.clone().map(|connection| (connection, self.number))
    }
}

/// A command, or several in a row.
pub(super) trait Question: Sync {
    fn put<V: FromRedisValue>(
        &self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> impl Future<Output = Result<V, RedisError>> + Send;
}

impl Question for Cmd {
    async fn put<V: FromRedisValue>(&self, connection: &mut (impl ConnectionLike + Send)) -> Result<V, RedisError> {
        self.query_async(connection).await
    }
}

impl Question for Pipeline {
    async fn put<V: FromRedisValue>(&self, connection: &mut (impl ConnectionLike + Send)) -> Result<V, RedisError> {
        self.query_async(connection).await
    }
}

/// A question that is not answered yet.
struct Open<'a> {
    server: &'a Server,
    owner: Owner,
    number: u64,
    since: Instant,
    is_answered: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.is_answered && self.since.elapsed() >= SILENCE {
            self.server.forget(self.owner, self.number);
        }
    }
}

/// Whether the connection is broken, or its server is the primary no more.
fn is_the_end(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
}
