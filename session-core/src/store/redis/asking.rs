//! A node of a cluster to which a slot is on its way: it answers what it has of the slot already, to whoever says `ASKING` first.

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, Pipeline, RedisError, RedisFuture,
    ServerErrorKind, Value, pipe,
};

/// A connection of its own, for one question: slots are seldom on their way. The driver follows such an answer only where it sends again what was
/// lost, too, which may be done twice, and does not know of a node yet that has no slot.
pub(super) struct Asking(MultiplexedConnection);

impl Asking {
    /// Connects to the node that an error leads to, as to the one that `seed` is the address of.
    pub(super) async fn after(
        error: &RedisError,
        seed: &ConnectionInfo,
        config: &AsyncConnectionConfig,
    ) -> Option<Result<Self, RedisError>> {
        let node = seed.clone().set_addr(next_node(error, seed.addr())?);
        Some(match Client::open(node) {
            Ok(client) => client.get_multiplexed_async_connection_with_config(config).await.map(Self),
            Err(error) => Err(error),
        })
    }
}

/// Where `ASK slot host:port` leads to.
fn next_node(error: &RedisError, seed: &ConnectionAddr) -> Option<ConnectionAddr> {
    let errors = error.clone().into_server_errors()?;
    let (_, first) = errors.first()?;
    if error.kind() != ErrorKind::Server(ServerErrorKind::Ask) {
        return None;
    }
    let (host, port) = first.details()?.split(' ').nth(1)?.rsplit_once(':')?;
    // A server that does not know by which name it is reached leaves it out.
    let (host, port) = (Some(host.to_owned()).filter(|host| !host.is_empty())?, port.parse().ok()?);
    Some(match seed.clone() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure, tls_params }
        }
        _ => ConnectionAddr::Tcp(host, port),
    })
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
            self.0.req_packed_commands(&asking, offset + 1, count).await
        })
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(answer: &str, seed: &ConnectionAddr) -> Option<ConnectionAddr> {
        let Ok(Value::ServerError(error)) = redis::parse_redis_value(format!("-{answer}\r\n").as_bytes()) else {
            panic!("{answer} is no error");
        };
        next_node(&error.into(), seed)
    }

    #[test]
    fn the_next_node_is_reached_as_the_first_was() {
        let seed = ConnectionAddr::Tcp("10.0.0.1".into(), 6379);
        assert_eq!(next("ASK 866 10.0.0.2:6380", &seed), Some(ConnectionAddr::Tcp("10.0.0.2".into(), 6380)));
        assert_eq!(next("ASK 866 fd00::2:6380", &seed), Some(ConnectionAddr::Tcp("fd00::2".into(), 6380)));
        let tls =
            |host: &str, port| ConnectionAddr::TcpTls { host: host.into(), port, insecure: true, tls_params: None };
        assert_eq!(next("ASK 866 10.0.0.2:6380", &tls("10.0.0.1", 6379)), Some(tls("10.0.0.2", 6380)));
    }

    #[test]
    fn no_other_answer_leads_anywhere() {
        let seed = ConnectionAddr::Tcp("10.0.0.1".into(), 6379);
        for answer in ["MOVED 866 10.0.0.2:6380", "ASK", "ASK 866", "ASK 866 10.0.0.2", "ASK 866 :6380", "ASK 866 a:b"]
        {
            assert_eq!(next(answer, &seed), None, "{answer}");
        }
        assert_eq!(next_node(&(ErrorKind::Io, "broken pipe").into(), &seed), None);
    }
}
