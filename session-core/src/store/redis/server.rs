//! Where Redis is, by its address, by what sentinels say or as a cluster, and a connection to it that is replaced where it is of no use any more.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo,
    Pipeline, RedisError, ServerErrorKind, TlsMode,
};
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::{Instant, timeout};

use super::asking::Asking;

/// Longest that a connection may take to be made.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest that a server, or the nodes of a cluster, may take to be found and connected.
const LONGEST_SEARCH: Duration = Duration::from_secs(10);

/// A request that waited for so long and gave up leaves a connection that nobody should wait for: its server may have gone without a word.
const SILENCE: Duration = Duration::from_millis(500);

/// Longest that a connection is kept which nobody uses. Servers and what is between close idle ones, and the first command on such a one
/// would be lost.
const IDLE: Duration = Duration::from_secs(60);

/// Connections to one server, or one to all of a cluster. Clones share them.
#[derive(Clone)]
pub(super) struct Server {
    place: Arc<Place>,
    /// One for each runtime, which in actix-web is a worker's: one that had to wake another thread for each command would take
    /// a fifth more of the processor.
    current: Arc<Mutex<HashMap<Owner, Current>>>,
}

/// Whose connection it is: a runtime's, on which it is driven, or everybody's. That of a cluster is as many as there are nodes.
type Owner = Option<runtime::Id>;

/// Where the server is.
enum Place {
    Address(Client),
    Sentinels(tokio::sync::Mutex<SentinelClient>),
    /// With one of its nodes, as which the others are reached.
    Cluster(ClusterClient, Box<ConnectionInfo>),
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

#[derive(Default)]
struct Current {
    connection: Option<Connection>,
    used: Option<Instant>,
    /// Closed when the runtime ends that drives the connection.
    driven: Option<oneshot::Receiver<()>>,
    /// How many there were, so that nobody throws away the next one.
    number: u64,
    /// One connects, and the others wait for it.
    connecting: Arc<tokio::sync::Mutex<()>>,
}

impl Server {
    pub(super) async fn at(address: &str) -> Result<Self, RedisError> {
        Self::connect(Place::Address(Client::open(address)?)).await
    }

    /// `server` is an address whose host is the name of the service: `redis://user:password@mymaster/0`.
    pub(super) async fn of_sentinels(sentinels: Vec<String>, server: &str) -> Result<Self, RedisError> {
        let server = server.into_connection_info()?;
        let (service, tls) = service_of(server.addr())?;
        let mut node = SentinelNodeConnectionInfo::default().set_redis_connection_info(server.redis_settings().clone());
        if let Some(mode) = tls {
            node = node.set_tls_mode(mode);
        }
        let client = SentinelClient::build(sentinels, service, Some(node), SentinelServerType::Master)?;
        Self::connect(Place::Sentinels(client.into())).await
    }

    pub(super) async fn of_cluster(nodes: impl IntoIterator<Item = String>) -> Result<Self, RedisError> {
        let nodes: Vec<_> =
            nodes.into_iter().map(IntoConnectionInfo::into_connection_info).collect::<Result<_, _>>()?;
        let first =
            nodes.first().cloned().ok_or((ErrorKind::InvalidClientConfig, "no node of the cluster is named"))?;
        let client = ClusterClientBuilder::new(nodes).retries(0).connection_timeout(CONNECTION_TIMEOUT).build()?;
        Self::connect(Place::Cluster(client, first.into())).await
    }

    async fn connect(place: Place) -> Result<Self, RedisError> {
        let server = Self { place: Arc::new(place), current: Arc::default() };
        // An address that is wrong is found out at the start.
        server.connection(server.owner()).await?;
        Ok(server)
    }

    /// Other connections to the same place, which are made when they are used.
    pub(super) fn another(&self) -> Self {
        Self { place: Arc::clone(&self.place), current: Arc::default() }
    }

    fn owner(&self) -> Owner {
        let is_cluster = matches!(*self.place, Place::Cluster(..));
        if is_cluster { None } else { Handle::try_current().ok().map(|runtime| runtime.id()) }
    }

    pub(super) async fn send<V: FromRedisValue>(&self, question: &impl Question) -> Result<V, RedisError> {
        let owner = self.owner();
        let (connection, number) = self.connection(owner).await?;
        let mut open = Open { server: self, owner, number, since: Instant::now(), is_answered: false };
        let (answer, is_single) = match connection {
            Connection::Single(mut connection) => (question.put(&mut connection).await, true),
            Connection::Cluster(mut connection) => (self.place.put_to_cluster(question, &mut connection).await, false),
        };
        open.is_answered = true;
        // That of a cluster mends itself where a node says something.
        if is_single && answer.as_ref().is_err_and(is_the_end) {
            self.forget(owner, number);
        }
        answer
    }

    async fn connection(&self, owner: Owner) -> Result<(Connection, u64), RedisError> {
        let (connection, connecting) = self.look(owner);
        if let Some(connection) = connection {
            return Ok(connection);
        }
        // The others wait no longer than their requests.
        let turn = connecting.lock_owned().await;
        if let (Some(connection), _) = self.look(owner) {
            return Ok(connection);
        }
        // In a task, since a cluster may take longer to be found than a request waits.
        let server = self.clone();
        let connected = tokio::spawn(async move {
            let _turn = turn;
            let silence = |_| RedisError::from((ErrorKind::Io, "no connection in time"));
            let connection = timeout(LONGEST_SEARCH, server.place.connect()).await.map_err(silence)??;
            let (mut runtime, driven) = oneshot::channel();
            // Until the connection is replaced, or the runtime drops its tasks.
            drop(tokio::spawn(async move { runtime.closed().await }));
            let mut all = server.current();
            let current = all.entry(owner).or_default();
            current.number += 1;
            current.driven = Some(driven);
            current.used = Some(Instant::now());
            current.connection = Some(connection.clone());
            Ok((connection, current.number))
        });
        connected.await.map_err(|_| RedisError::from((ErrorKind::Io, "the runtime ends")))?
    }

    /// The connection, where there is one of use, and whose turn it is to make one.
    fn look(&self, owner: Owner) -> (Option<(Connection, u64)>, Arc<tokio::sync::Mutex<()>>) {
        let mut all = self.current();
        let current = all.entry(owner).or_default();
        (current.take_up(), Arc::clone(&current.connecting))
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

/// The name of a service, and whether its servers are spoken to by TLS.
fn service_of(address: &ConnectionAddr) -> Result<(String, Option<TlsMode>), RedisError> {
    match address {
        ConnectionAddr::Tcp(service, _) => Ok((service.clone(), None)),
        ConnectionAddr::TcpTls { host, insecure: false, .. } => Ok((host.clone(), Some(TlsMode::Secure))),
        ConnectionAddr::TcpTls { host, .. } => Ok((host.clone(), Some(TlsMode::Insecure))),
        _ => Err((ErrorKind::InvalidClientConfig, "the address of a service is redis://NAME").into()),
    }
}

impl Place {
    async fn connect(&self) -> Result<Connection, RedisError> {
        let config = config();
        Ok(match self {
            Self::Address(client) => {
                Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Self::Sentinels(client) => {
                Connection::Single(client.lock().await.get_async_connection_with_config(&config).await?)
            }
            Self::Cluster(client, _) => Connection::Cluster(client.get_async_connection().await?),
        })
    }

    /// To the node that has the slot, or to the one that the slot is on its way to.
    async fn put_to_cluster<V: FromRedisValue>(
        &self,
        question: &impl Question,
        connection: &mut ClusterConnection,
    ) -> Result<V, RedisError> {
        let answer = question.put(connection).await;
        let (Err(error), Self::Cluster(_, seed)) = (&answer, self) else { return answer };
        match Asking::after(error, seed, &config()).await {
            Some(asking) => question.put(&mut asking?).await,
            None => answer,
        }
    }
}

/// A write whose answer was lost is not sent again by anybody but us, and how long to wait for it is the request's to say.
fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTION_TIMEOUT)).set_response_timeout(None)
}

impl Current {
    fn take_up(&mut self) -> Option<(Connection, u64)> {
        let now = Instant::now();
        let is_idle = self.used.replace(now).is_some_and(|used| now.duration_since(used) > IDLE);
        // That of a cluster looks after its nodes by itself.
        let is_dead = self.driven.as_mut().is_some_and(|driven| driven.try_recv() == Err(TryRecvError::Closed));
        if is_dead || (is_idle && matches!(self.connection, Some(Connection::Single(_)))) {
            self.connection = None;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_reached_as_its_address_says() {
        let (host, port) = ("sessions".to_owned(), 6379);
        let tls = |insecure| ConnectionAddr::TcpTls { host: host.clone(), port, insecure, tls_params: None };
        let said = |address| service_of(&address).unwrap();
        assert_eq!(said(ConnectionAddr::Tcp(host.clone(), port)), (host.clone(), None));
        assert_eq!(said(tls(false)), (host.clone(), Some(TlsMode::Secure)));
        assert_eq!(said(tls(true)), (host.clone(), Some(TlsMode::Insecure)));
        assert!(service_of(&ConnectionAddr::Unix("/tmp/redis".into())).is_err());
    }

    #[test]
    fn a_connection_is_given_up_where_its_server_says_so() {
        let server = |kind| RedisError::from((ErrorKind::Server(kind), "said"));
        assert!(is_the_end(&server(ServerErrorKind::ReadOnly)) && is_the_end(&server(ServerErrorKind::MasterDown)));
        assert!(is_the_end(&std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()));
        assert!(is_the_end(&(ErrorKind::Parse, "half an answer").into()), "nobody knows where the next answer begins");
        assert!(
            !is_the_end(&server(ServerErrorKind::ResponseError)) && !is_the_end(&server(ServerErrorKind::TryAgain))
        );
    }
}
