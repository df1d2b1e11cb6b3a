//! Scenarios of single operations.
#![allow(clippy::missing_panics_doc, reason = "a scenario that fails panics, as a test does")]
#![allow(clippy::expect_used, clippy::panic, reason = "a store that does not answer fails the scenario")]

use std::time::Duration;

use super::support::all;
use crate::random;
use crate::store::{Record, Saved, SessionId, SessionStore, TokenHash, Version};

const HOUR: Duration = Duration::from_secs(3600);

fn id() -> SessionId {
    SessionId::from_bytes(random::secret().unwrap_or_default())
}

fn version() -> Version {
    Version::from_bytes(random::secret().unwrap_or_default())
}

fn record(owner: Option<&str>, data: &str) -> Record {
    Record::new(version(), TokenHash::from_bytes([7; 32]), 1_700_003_600, owner.map(str::to_owned), data)
}

/// Every part of a record comes back.
pub async fn what_is_written_is_read(store: impl SessionStore) {
    let data = r#"{"a":"é😀\u0000\"\\","b":[1,2.5,null],"c":{"'":"%_;--"}}"#;
    for owner in [None, Some("ada")] {
        let (id, record) = (id(), record(owner, data));
        assert_eq!(store.load(&id).await.expect("load"), None);
        store.create(&id, &record, HOUR).await.expect("create");
        let read = store.load(&id).await.expect("load").expect("the session");
        assert_eq!(read, record);
        assert_eq!(read.token_hash().as_bytes(), &[7; 32]);
        store.delete(&id).await.expect("delete");
        assert_eq!(store.load(&id).await.expect("load"), None);
        store.delete(&id).await.expect("to end what ended is no error");
    }
}

/// A second session of one id is refused, and the first stays.
pub async fn an_id_is_taken_once(store: impl SessionStore) {
    let (id, first, second) = (id(), record(None, "{}"), record(None, r#"{"a":1}"#));
    store.create(&id, &first, HOUR).await.expect("create");
    assert!(store.create(&id, &second, HOUR).await.expect_err("a duplicate").is_duplicate());
    assert_eq!(store.load(&id).await.expect("load"), Some(first));
}

/// Ids are bytes, of which none means anything to a store.
pub async fn an_id_may_be_any_bytes(store: impl SessionStore) {
    let mut almost = [u8::MAX; 16];
    almost[15] = 0xfe;
    let bytes = [
        [0; 16],
        [u8::MAX; 16],
        almost,
        *b"'; DROP TABLE a;",
        *b"%%%%%%%%________",
        *b"{a}{a}{a}{a}:*?[",
        *b"\r\nFLUSHALL\r\n\0\0\0\0",
        *b"../../../../a\0\0\0",
    ];
    for (number, bytes) in bytes.iter().enumerate() {
        let data = format!(r#"{{"n":{number}}}"#);
        store.create(&SessionId::from_bytes(*bytes), &record(Some("ada"), &data), HOUR).await.expect("create");
    }
    assert_eq!(store.list("ada").await.expect("list").len(), bytes.len());
    for (number, bytes) in bytes.iter().enumerate() {
        let id = SessionId::from_bytes(*bytes);
        let found = store.load(&id).await.expect("load").expect("the session");
        assert_eq!(found.data(), format!(r#"{{"n":{number}}}"#));
        store.delete(&id).await.expect("delete");
    }
    assert_eq!(store.list("ada").await.expect("list"), []);
}

/// Compare-and-swap: the wrong version is told the right record, and changes nothing.
pub async fn a_write_takes_the_version_it_expects(store: impl SessionStore) {
    let (id, first, second, third) = (id(), record(None, "{}"), record(None, r#"{"a":1}"#), record(None, r#"{"a":2}"#));
    store.create(&id, &first, HOUR).await.expect("create");
    assert_eq!(store.replace(&id, &first.version(), &second, HOUR).await.expect("replace"), Saved::Saved);
    let stale = store.replace(&id, &first.version(), &third, HOUR).await.expect("replace");
    assert_eq!(stale, Saved::Conflict(second.clone()));
    assert_eq!(store.load(&id).await.expect("load"), Some(second));
}

/// Neither a write nor an extension creates what was deleted, or what never was.
pub async fn what_is_gone_is_not_made_again(store: impl SessionStore) {
    let (id, record) = (id(), record(Some("ada"), "{}"));
    let gone = async || {
        assert_eq!(store.replace(&id, &record.version(), &record, HOUR).await.expect("replace"), Saved::Gone);
        assert_eq!(store.extend(&id, &record.version(), 1_700_009_999, HOUR).await.expect("extend"), Saved::Gone);
        assert_eq!(store.load(&id).await.expect("load"), None);
        assert_eq!(store.list("ada").await.expect("list"), []);
    };
    gone().await;
    store.create(&id, &record, HOUR).await.expect("create");
    store.delete(&id).await.expect("delete");
    gone().await;
}

/// The version stays, so that a write which is under way still finds what it expects.
pub async fn an_extension_changes_the_end_alone(store: impl SessionStore) {
    let (id, first) = (id(), record(Some("ada"), r#"{"a":1}"#));
    store.create(&id, &first, HOUR).await.expect("create");
    let later = first.expires() + 60;
    assert_eq!(store.extend(&id, &first.version(), later, HOUR).await.expect("extend"), Saved::Saved);
    let extended = first.clone().with_expires(later);
    assert_eq!(store.load(&id).await.expect("load"), Some(extended.clone()));
    let stale = store.extend(&id, &version(), later + 1, HOUR).await.expect("extend");
    assert_eq!(stale, Saved::Conflict(extended));
}

/// A session of 256 KiB, which no cookie could hold.
pub async fn a_large_record_is_kept(store: impl SessionStore) {
    let (id, large) = (id(), record(None, &format!(r#"{{"a":"{}"}}"#, "x".repeat(256 * 1024))));
    store.create(&id, &large, HOUR).await.expect("create");
    assert_eq!(store.load(&id).await.expect("load"), Some(large));
}

/// Listing and revocation find all sessions of an owner, and no others.
pub async fn an_owners_sessions_are_listed_and_ended(store: impl SessionStore) {
    let mut ids = Vec::new();
    for owner in [Some("ada"), Some("bob"), Some("ada"), None] {
        let id = id();
        store.create(&id, &record(owner, "{}"), HOUR).await.expect("create");
        ids.push(id);
    }
    let [ada, bob, ada_too, nobody] = ids.try_into().expect("four sessions");
    let mut listed = store.list("ada").await.expect("list");
    listed.sort();
    let mut expected = vec![ada, ada_too];
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(store.revoke("ada").await.expect("revoke"), 2);
    assert_eq!(store.revoke("ada").await.expect("revoke"), 0);
    for (id, lives) in [(ada, false), (ada_too, false), (bob, true), (nobody, true)] {
        assert_eq!(store.load(&id).await.expect("load").is_some(), lives);
    }
    assert_eq!(store.list("ada").await.expect("list"), []);
}

/// Owners are texts of users: none of them reaches into another's.
pub async fn an_owner_may_be_called_anything(store: impl SessionStore) {
    let long = "é".repeat(300);
    let owners = ["ada", "ADA", "ada ", "", "a'b\"c", "%", "_", "a\nb", "{a}:b", "é", "e\u{301}", "😀", "..", &long];
    for owner in owners {
        store.create(&id(), &record(Some(owner), "{}"), HOUR).await.expect("create");
    }
    for owner in owners {
        assert_eq!(store.list(owner).await.expect("list").len(), 1, "{owner:?}");
    }
    for owner in owners {
        assert_eq!(store.revoke(owner).await.expect("revoke"), 1, "{owner:?}");
    }
}

/// A session enters and leaves the list of an owner with its record.
pub async fn the_owner_goes_with_the_record(store: impl SessionStore) {
    let (id, first) = (id(), record(None, "{}"));
    store.create(&id, &first, HOUR).await.expect("create");
    let mut expected = first.version();
    for owner in [Some("ada"), Some("bob"), None, Some("ada")] {
        let next = record(owner, "{}");
        assert_eq!(store.replace(&id, &expected, &next, HOUR).await.expect("replace"), Saved::Saved);
        expected = next.version();
        for name in ["ada", "bob"] {
            let listed = store.list(name).await.expect("list");
            assert_eq!(listed.contains(&id), owner == Some(name), "{name} of {owner:?}");
        }
    }
    store.delete(&id).await.expect("delete");
    assert_eq!(store.list("ada").await.expect("list"), []);
}

/// Thirty-two writers at once, each of which reads, adds one and writes until it succeeds.
pub async fn thirty_two_writers_lose_no_update(store: impl SessionStore) {
    const WRITERS: usize = 32;
    const WRITES: usize = 8;
    let (id, first) = (id(), record(None, "0"));
    store.create(&id, &first, HOUR).await.expect("create");
    let writer = async || {
        for _ in 0..WRITES {
            let mut current = store.load(&id).await.expect("load").expect("the session");
            loop {
                let count: usize = current.data().parse().expect("a number");
                let next = record(None, &(count + 1).to_string());
                match store.replace(&id, &current.version(), &next, HOUR).await.expect("replace") {
                    Saved::Saved => break,
                    Saved::Conflict(newer) => current = newer,
                    Saved::Gone => panic!("the session is gone"),
                }
            }
        }
    };
    all((0..WRITERS).map(|_| writer())).await;
    let last = store.load(&id).await.expect("load").expect("the session");
    assert_eq!(last.data(), (WRITERS * WRITES).to_string());
}
