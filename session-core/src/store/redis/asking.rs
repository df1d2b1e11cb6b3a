//! A node of a cluster to which a slot is on its way: it answers what it has of the slot already, to whoever says `ASKING` first.

use redis::aio::ConnectionLike;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::SingleNodeRoutingInfo;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, ServerErrorKind, Value, pipe};

/// The driver follows such an answer only where it sends again what was lost, too, which may be done twice.
pub(super) struct Asking {
    cluster: ClusterConnection,
    node: SingleNodeRoutingInfo,
}

impl Asking {
    /// The node that an error leads to.
    pub(super) fn after(error: &RedisError, cluster: ClusterConnection) -> Option<Self> {
        let errors = error.clone().into_server_errors()?;
        let (_, first) = errors.first()?;
        if error.kind() != ErrorKind::Server(ServerErrorKind::Ask) {
            return None;
        }
        // `ASK slot host:port`
        let (host, port) = first.details()?.split(' ').nth(1)?.rsplit_once(':')?;
        let node = SingleNodeRoutingInfo::ByAddress { host: host.to_owned(), port: port.parse().ok()? };
        Some(Self { cluster, node })
    }
}

impl ConnectionLike for Asking {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut one = pipe();
            one.add_command(command.clone());
            let answers = self.req_packed_commands(&one, 0, 1).await?;
            answers.into_iter().next().ok_or_else(|| (ErrorKind::Parse, "no answer after ASKING").into())
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let mut asking = pipe();
            asking.cmd("ASKING");
            for command in commands.cmd_iter() {
                asking.add_command(command.clone());
            }
            self.cluster.route_pipeline(asking, offset + 1, count, self.node.clone()).await
        })
    }

    fn get_db(&self) -> i64 {
        self.cluster.get_db()
    }
}
