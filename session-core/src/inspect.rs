//! What a cookie says of itself, for tools that look at one.

use std::fmt;

use crate::base64url;
use crate::engine::Engine;
use crate::json_key;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::recycled::Text;
use crate::store::{SessionId, Ticket};
use crate::token::{Kind, is_encrypted};

/// Bytes of a signature by SHA-1, as Flask makes them, in a cookie.
#[cfg(feature = "flask")]
const FLASK_SIGNATURE: usize = base64url::encoded_bytes(20);

/// Bytes of a signature by SHA-256 in a cookie.
const SIGNATURE: usize = base64url::encoded_bytes(32);

/// What the value of a session's cookie holds.
#[derive(Clone)]
pub struct Inspection {
    kind: &'static str,
    issued: Option<u64>,
    session_id: Option<SessionId>,
    values: Vec<(String, String)>,
}

impl Inspection {
    /// What a value says of itself, by its shape. `None` where it has no format of this library.
    ///
    /// # Security
    ///
    /// Nothing of it is verified: anybody may have written it. What [`Engine::inspect`] says is.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Dynamic, Engine, Inspection, Key, SessionData};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine: Engine = Builder::signed(Key::generate()).build()?;
    /// let mut session = Dynamic::empty();
    /// session.insert("username", "ada")?;
    /// let cookie = engine.cookie_for(&session).await?;
    /// let (_, value) = cookie.split_once('=').unwrap();
    ///
    /// let found = Inspection::of(value).unwrap();
    /// assert_eq!(found.kind(), "signed");
    /// assert!(found.issued().is_some() && found.session_id().is_none(), "no store has it");
    /// assert!(found.values().any(|(key, json)| (key, json) == ("username", "\"ada\"")));
    /// assert!(engine.inspect(value).is_some(), "and we made it");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        if is_encrypted(value) {
            return Some(Self { kind: "encrypted", issued: None, session_id: None, values: Vec::new() });
        }
        let (signed, signature) = value.rsplit_once('.')?;
        let (payload, issued) = signed.rsplit_once('.')?;
        let issued = base64url::decode_number(issued)?.0;
        #[cfg(feature = "flask")]
        if signature.len() == FLASK_SIGNATURE {
            let json = crate::flask::payload::decode(payload)?;
            return Self::of_payload("flask", issued, Notation::Flask, Text::new(json));
        }
        if signature.len() != SIGNATURE {
            return None;
        }
        let mut bytes = Vec::new();
        base64url::decode_to(payload, &mut bytes)?;
        // A session may be as long as a ticket, but no ticket is JSON: it is random.
        let json = String::from_utf8(bytes).ok();
        let signed = json.and_then(|json| Self::of_payload("signed", issued, Notation::Json, Text::new(json)));
        signed.or_else(|| {
            let ticket = base64url::decode_exact(payload).and_then(|bytes| Ticket::from_bytes(&bytes.into()))?;
            Some(Self::of_ticket(&ticket, issued))
        })
    }

    /// `signed`, `encrypted`, `stored` or `flask`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// When it was made, in seconds since 1970-01-01 00:00 UTC. What is encrypted does not tell without its key.
    #[must_use]
    pub fn issued(&self) -> Option<u64> {
        self.issued
    }

    /// Which session it opens in a store.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// The keys and the JSON of their values, the library's own among them. None where a store has them, or without the key of
    /// what is encrypted.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, json)| (key.as_str(), json.as_str()))
    }

    fn of_ticket(ticket: &Ticket, issued: u64) -> Self {
        Self { kind: "stored", issued: Some(issued), session_id: Some(ticket.id), values: Vec::new() }
    }

    fn of_payload(kind: &'static str, issued: u64, notation: Notation, text: Text) -> Option<Self> {
        let payload: Payload = notation.parse(text).ok()?;
        let values = payload.iter().map(|(key, json)| (json_key::decode(key).into_owned(), json.to_owned())).collect();
        Some(Self { kind, issued: Some(issued), session_id: None, values })
    }
}

impl Engine {
    /// What a value holds that was made with one of our keys for this cookie, whatever its age. `None` where it was not.
    #[must_use]
    pub fn inspect(&self, value: &str) -> Option<Inspection> {
        let kind = self.kind();
        if kind == Kind::Stored {
            let (ticket, issued, _) = self.codec().read_ticket(value).ok()?;
            return Some(Inspection::of_ticket(&ticket, issued));
        }
        let verified = self.codec().read(value).ok()?;
        Inspection::of_payload(kind.name(), verified.issued, kind.notation(), verified.payload)
    }
}

/// Key names only.
impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.values.iter().map(|(key, _)| key).collect();
        f.debug_struct("Inspection").field("kind", &self.kind).field("keys", &keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::config::Builder;
    use crate::dynamic::Dynamic;
    use crate::key::Key;
    use crate::store::MemoryStore;

    const NOW: u64 = 1_700_000_000;

    fn key() -> Key {
        Key::try_from([7; 32].as_slice()).unwrap()
    }

    /// The value of a cookie with one key in its session, and its engine.
    async fn value(builder: Builder) -> (String, Engine) {
        let engine = builder.clock(ManualClock::at(NOW)).build().unwrap();
        let session = crate::Transaction::view::<Dynamic>(&engine.open(std::iter::empty(), false)).unwrap();
        let mut session = crate::View::into_data(session);
        session.insert("name", "secret").unwrap();
        let cookie = engine.cookie_for(&session).await.unwrap();
        (cookie.split_once('=').unwrap().1.to_owned(), engine)
    }

    #[tokio::test]
    async fn a_value_says_of_which_kind_it_is_and_when_it_was_made() {
        let builders = [
            ("signed", Builder::signed(key())),
            ("stored", Builder::stored(MemoryStore::new(), key())),
            #[cfg(feature = "encrypted")]
            ("encrypted", Builder::encrypted(key())),
            #[cfg(feature = "flask")]
            ("flask", Builder::flask("0123456789abcdef")),
        ];
        for (kind, builder) in builders {
            let (value, engine) = value(builder).await;
            let (by_shape, verified) = (Inspection::of(&value).unwrap(), engine.inspect(&value).unwrap());
            assert_eq!((by_shape.kind(), verified.kind()), (kind, kind));
            assert_eq!(by_shape.issued(), (kind != "encrypted").then_some(NOW));
            assert_eq!(verified.issued(), Some(NOW));
            assert_eq!(verified.session_id().is_some(), kind == "stored");
            let name =
                |found: &Inspection| found.values().find(|(key, _)| *key == "name").map(|(_, json)| json.to_owned());
            assert_eq!(name(&verified).is_some(), kind != "stored");
            assert_eq!(name(&by_shape).as_deref(), matches!(kind, "signed" | "flask").then_some("\"secret\""));
            assert!(!format!("{verified:?}").contains("secret"), "{verified:?}");
            assert!(format!("{verified:?}").contains(kind), "{verified:?}");
        }
    }

    #[tokio::test]
    async fn what_has_no_format_of_ours_says_nothing() {
        let (value, engine) = value(Builder::signed(key())).await;
        let (signed, signature) = value.rsplit_once('.').unwrap();
        for wrong in ["", "a", "a.b", "a.b.c", signed, &value[1..], &format!("{signed}.{}", &signature[1..])] {
            assert!(Inspection::of(wrong).is_none(), "{wrong}");
            assert!(engine.inspect(wrong).is_none(), "{wrong}");
        }
        let another: Engine = Builder::signed(Key::generate()).build().unwrap();
        assert!(another.inspect(&value).is_none());
    }
}
