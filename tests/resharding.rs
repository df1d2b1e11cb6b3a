//! A cluster whose slots are moved to other nodes while users work.

use std::time::Duration;

use session_actix::store::{Record, RedisStore, Saved, SessionId, SessionStore, TokenHash, Version};

use crate::engine::{Engine, until};

const TTL: Duration = Duration::from_secs(60);

fn record(version: u8) -> Record {
    Record::new(
        Version::from_bytes([version; 16]),
        TokenHash::from_bytes([2; 32]),
        u64::from(version),
        Some("42".to_owned()),
        "{}".to_owned(),
    )
}

/// Half-way: the slot is the first node's still, what was in it is on the second, and what is new is made there.
fn begin_to_move(key: &str, nodes: &[Engine], to: &Engine) {
    let said = |node: &Engine, command: &[&str]| {
        let said = node.ask(command).trim().to_owned();
        assert!(said == "OK" || said == "NOKEY", "{command:?}: {said}");
    };
    let (from, slot) = (node_of(key, nodes), nodes[0].ask(&["cluster", "keyslot", key]));
    said(to, &["cluster", "setslot", slot.trim(), "importing", from.ask(&["cluster", "myid"]).trim()]);
    said(from, &["cluster", "setslot", slot.trim(), "migrating", to.ask(&["cluster", "myid"]).trim()]);
    said(from, &["migrate", "127.0.0.1", &to.port.to_string(), key, "0", "5000"]);
    assert!(from.ask(&["exists", key]).starts_with("ASK"));
}

fn node_of<'a>(key: &str, nodes: &'a [Engine]) -> &'a Engine {
    nodes.iter().find(|node| ["0", "1"].contains(&node.ask(&["exists", key]).trim())).unwrap()
}

async fn is_found_and_written(store: &RedisStore, id: SessionId) {
    assert_eq!(store.load(&id).await.unwrap(), Some(record(1)));
    assert_eq!(store.replace(&id, &record(1).version(), &record(2), TTL).await.unwrap(), Saved::Saved);
    assert_eq!(store.replace(&id, &record(1).version(), &record(3), TTL).await.unwrap(), Saved::Conflict(record(2)));
    assert!(store.list("42").await.unwrap().contains(&id));
    store.delete(&id).await.unwrap();
    assert_eq!(store.load(&id).await.unwrap(), None);
    store.create(&id, &record(4), TTL).await.unwrap();
    assert_eq!(store.load(&id).await.unwrap(), Some(record(4)));
}

#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn sessions_on_their_way_to_another_node_are_found_and_written() {
    let nodes = Engine::redis_cluster();
    let store = RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))).await.unwrap();
    for (number, store) in [(1, store.clone()), (2, store.wait_replicas(1, Duration::from_secs(1)))] {
        let id = SessionId::from_bytes([number; 16]);
        store.create(&id, &record(1), TTL).await.unwrap();
        let key = format!("session:{id}");
        let from = node_of(&key, &nodes).port;
        let is_another = |node: &&Engine| node.port != from && node.ask(&["role"]).starts_with("master");
        begin_to_move(&key, &nodes, nodes.iter().find(is_another).unwrap());
        is_found_and_written(&store, id).await;
    }
}

/// A cluster that grows. Its clients have not heard of the node.
#[actix_web::test]
#[ignore = "needs Redis: ./test.sh installs it"]
async fn sessions_on_their_way_to_a_new_node_are_found_and_written() {
    let nodes = Engine::redis_cluster();
    let store = RedisStore::cluster(nodes.iter().map(|node| node.url("redis"))).await.unwrap();
    let id = SessionId::from_bytes([1; 16]);
    store.create(&id, &record(1), TTL).await.unwrap();
    let new = Engine::redis(&["--cluster-enabled", "yes"]);
    new.ask(&["cluster", "meet", "127.0.0.1", &nodes[0].port.to_string()]);
    let knows_all = |node: &Engine| node.ask(&["cluster", "nodes"]).lines().count() == 7;
    until("everybody knows the new node", || knows_all(&new) && nodes.iter().all(knows_all));
    until("it knows whose the slots are", || new.ask(&["cluster", "info"]).contains("cluster_state:ok"));
    begin_to_move(&format!("session:{id}"), &nodes, &new);
    is_found_and_written(&store, id).await;
}
