//! The text of a session's cookie, as signed or encrypted. Nothing that failed its check leaves this folder.

#[cfg(feature = "encrypted")]
mod encrypted;
mod signed;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base64url;
use crate::config::Config;
#[cfg(feature = "flask")]
use crate::flask;
use crate::key::{Key, KeyRing};
use crate::notation::Notation;
use crate::random::NoRandomness;
use crate::recycled::Text;
use crate::store::Ticket;

/// How a session travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Signed,
    /// Kept in a store; the cookie has its id and token.
    Stored,
    #[cfg(feature = "encrypted")]
    Encrypted,
    /// Signed as Flask does.
    #[cfg(feature = "flask")]
    Flask,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Stored => "stored",
            #[cfg(feature = "encrypted")]
            Self::Encrypted => "encrypted",
            #[cfg(feature = "flask")]
            Self::Flask => "flask",
        }
    }

    /// How the session's values are written.
    pub(crate) fn notation(self) -> Notation {
        match self {
            #[cfg(feature = "flask")]
            Self::Flask => Notation::Flask,
            _ => Notation::Json,
        }
    }

    /// Whether a Flask application shares the session.
    pub(crate) fn is_flask(self) -> bool {
        self.notation() != Notation::Json
    }

    /// Whether the owner of the cookie cannot read it.
    pub(crate) fn conceals(self) -> bool {
        match self {
            Self::Signed => false,
            Self::Stored => true,
            #[cfg(feature = "encrypted")]
            Self::Encrypted => true,
            #[cfg(feature = "flask")]
            Self::Flask => false,
        }
    }
}

/// Writes and reads the cookies of one kind, scope and name.
#[derive(Debug)]
pub(crate) enum Codec {
    Signed(signed::Signer),
    #[cfg(feature = "encrypted")]
    Encrypted(encrypted::Cipher),
    #[cfg(feature = "flask")]
    Flask(flask::Signer),
}

impl Codec {
    pub(crate) fn new(kind: Kind, keys: &KeyRing, config: &Config, cookie_name: &str) -> Self {
        let purpose = Purpose { kind: kind.name(), scope: &config.scope, cookie_name };
        match kind {
            Kind::Signed | Kind::Stored => Self::Signed(signed::Signer::new(keys, purpose)),
            #[cfg(feature = "encrypted")]
            Kind::Encrypted => Self::Encrypted(encrypted::Cipher::new(keys, purpose)),
            // Flask's signatures know nothing of name or scope.
            #[cfg(feature = "flask")]
            Kind::Flask => Self::Flask(flask::Signer::of_session(keys.clone(), &config.signing)),
        }
    }

    /// Appends the text of a session to `out`, which need not be empty. Where there is a shorter form, it is taken if the
    /// usual one has more bytes than there is room for.
    #[cfg_attr(not(feature = "encrypted"), allow(clippy::unnecessary_wraps, reason = "encrypting may fail"))]
    #[cfg_attr(not(feature = "flask"), allow(unused_variables, reason = "Flask's alone has a shorter form"))]
    pub(crate) fn write(&self, payload: &str, issued: u64, room: usize, out: &mut String) -> Result<(), NoRandomness> {
        match self {
            Self::Signed(signer) => {
                signer.sign(payload.as_bytes(), issued, out);
                Ok(())
            }
            #[cfg(feature = "encrypted")]
            Self::Encrypted(cipher) => cipher.encrypt(payload, issued, out),
            #[cfg(feature = "flask")]
            Self::Flask(signer) => {
                signer.write_session(payload, issued, room, out);
                Ok(())
            }
        }
    }

    /// How many bytes [`Codec::write`] appends, about, for a payload of so many.
    pub(crate) fn written_bytes(&self, payload: usize, issued: u64) -> usize {
        match self {
            #[cfg(feature = "encrypted")]
            Self::Encrypted(_) => encrypted::written_bytes(payload),
            _ => signed::written_bytes(payload, issued),
        }
    }

    pub(crate) fn read(&self, text: &str) -> Result<Verified, Rejection> {
        match self {
            Self::Signed(signer) => signer.verify(text),
            #[cfg(feature = "encrypted")]
            Self::Encrypted(cipher) => cipher.decrypt(text),
            #[cfg(feature = "flask")]
            Self::Flask(signer) => signer.read_session(text),
        }
    }
}

impl Codec {
    /// Appends the text of a stored session's ticket to `out`.
    pub(crate) fn write_ticket(&self, ticket: &Ticket, issued: u64, out: &mut String) {
        match self {
            Self::Signed(signer) => signer.sign(&*ticket.to_bytes(), issued, out),
            #[cfg(any(feature = "encrypted", feature = "flask"))]
            _ => {}
        }
    }

    /// A stored session's ticket, when it was signed, and whether a fallback key verified it.
    pub(crate) fn read_ticket(&self, text: &str) -> Result<(Ticket, u64, bool), Rejection> {
        match self {
            Self::Signed(signer) => {
                let (payload, issued, by_fallback) = signer.verify_text(text)?;
                let ticket = base64url::decode_exact(payload).and_then(|bytes| Ticket::from_bytes(&bytes.into()));
                Ok((ticket.ok_or(Rejection::Payload)?, issued, by_fallback))
            }
            #[cfg(any(feature = "encrypted", feature = "flask"))]
            _ => Err(Rejection::Malformed),
        }
    }
}

/// What a text that held its check says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) payload: Text,
    /// Seconds since 1970-01-01 00:00 UTC.
    pub(crate) issued: u64,
    /// Whether a fallback key verified it, so that it should be signed anew.
    pub(crate) by_fallback: bool,
}

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Not of the layout.
    Malformed,
    /// No key of the ring made this signature for this purpose.
    Signature,
    /// Signed, but the payload is not canonical base64 of UTF-8, or inflates to more than we take.
    Payload,
}

impl Rejection {
    /// For figures.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Payload => "payload",
        }
    }
}

/// Whether a cookie's value looks like an encrypted session, with or without the feature that reads them.
pub(crate) fn is_encrypted(value: &str) -> bool {
    value.starts_with("e1.") && !value.get(3..).unwrap_or_default().contains('.')
}

/// Keeps keys of this library apart from others derived from the same secret.
const HKDF_SALT: &[u8] = b"session-core.v1";

/// What a signature or a ciphertext is for. A value made for one purpose never passes for another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose<'a> {
    /// `signed`, `encrypted` or `stored`.
    pub(crate) kind: &'a str,
    /// The session's scope, often empty.
    pub(crate) scope: &'a str,
    /// The cookie's name as sent, prefix included.
    pub(crate) cookie_name: &'a str,
}

impl Purpose<'_> {
    /// Each part after its length, so that no two purposes give the same bytes.
    fn info(&self) -> Vec<u8> {
        let mut info = Vec::new();
        for part in [self.kind, self.scope, self.cookie_name] {
            // Parts are short: names and scopes are bounded by the configuration.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            info.extend_from_slice(&length.to_be_bytes());
            info.extend_from_slice(part.as_bytes());
        }
        info
    }

    fn derive(&self, key: &Key) -> Zeroizing<[u8; 32]> {
        let mut derived = Zeroizing::new([0; 32]);
        let hkdf = Hkdf::<Sha256>::new(Some(HKDF_SALT), key.bytes());
        // HKDF refuses only outputs of more than 255 times its digest.
        let expanded = hkdf.expand(&self.info(), derived.as_mut());
        debug_assert!(expanded.is_ok());
        derived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "__Host-session";

    fn key(byte: u8) -> Key {
        Key::try_from([byte; 32].as_slice()).unwrap()
    }

    fn codec(kind: Kind, keys: impl Into<KeyRing>) -> Codec {
        Codec::new(kind, &keys.into(), &Config::default(), NAME)
    }

    fn ticket(byte: u8) -> Ticket {
        Ticket::from_bytes(&[byte; 48].into()).unwrap()
    }

    fn written(codec: &Codec, payload: &str, issued: u64) -> String {
        let mut text = String::new();
        codec.write(payload, issued, usize::MAX, &mut text).unwrap();
        text
    }

    #[test]
    fn the_golden_cookie_of_version_1_has_the_keys_of_its_kind() {
        // As in the tests of `signed`, where the kind's name is written out.
        let golden = "eyJ2aXNpdHMiOjN9.ZVPxAA.jKUY3uGT5pIucv_TCCqxcVWgzo0YUNUMjCULV6koHPY";
        assert_eq!(written(&codec(Kind::Signed, key(7)), r#"{"visits":3}"#, 1_700_000_000), golden);
        assert_eq!(Kind::Stored.name(), "stored");
        #[cfg(feature = "encrypted")]
        assert!(
            codec(Kind::Encrypted, key(7))
                .read("e1.AAECAwQFBgcICQoLlLHHy7RYWMQWZ1YuWDpd6Vzy8putpyD-149UZnDsdoBLp6gl")
                .is_ok()
        );
    }

    #[test]
    fn a_cookie_of_one_kind_is_none_of_another() {
        let kinds = [
            Kind::Signed,
            Kind::Stored,
            #[cfg(feature = "encrypted")]
            Kind::Encrypted,
            #[cfg(feature = "flask")]
            Kind::Flask,
        ];
        for kind in kinds {
            let text = written(&codec(kind, key(7)), "{}", 1);
            for other in kinds {
                assert_eq!(codec(other, key(7)).read(&text).is_ok(), other == kind, "{text} of {kind:?} as {other:?}");
            }
        }
    }

    #[test]
    fn only_a_cookie_that_its_owner_cannot_read_may_hold_secrets() {
        assert!(!Kind::Signed.conceals() && Kind::Stored.conceals());
        assert!(!Kind::Signed.is_flask() && !Kind::Stored.is_flask());
        #[cfg(feature = "encrypted")]
        assert!(Kind::Encrypted.conceals() && !Kind::Encrypted.is_flask());
        #[cfg(feature = "flask")]
        assert!(!Kind::Flask.conceals() && Kind::Flask.is_flask());
    }

    #[test]
    fn a_cookie_is_as_long_as_was_said_before() {
        for payload in ["", "{}", r#"{"a":1}"#, r#"{"a":12}"#] {
            for issued in [0, 255, 256, 1_700_000_000, u64::MAX] {
                let signed = codec(Kind::Signed, key(7));
                assert_eq!(signed.written_bytes(payload.len(), issued), written(&signed, payload, issued).len());
            }
            #[cfg(feature = "encrypted")]
            {
                let encrypted = codec(Kind::Encrypted, key(7));
                assert_eq!(encrypted.written_bytes(payload.len(), 1), written(&encrypted, payload, 1).len());
            }
        }
    }

    #[test]
    fn a_ticket_is_read_as_it_was_written() {
        let old = codec(Kind::Stored, key(7));
        let mut text = String::new();
        old.write_ticket(&ticket(5), 1_700_000_000, &mut text);
        for (codec, is_fallback) in [(&old, false), (&codec(Kind::Stored, KeyRing::new(key(8)).fallback(key(7))), true)]
        {
            let (read, issued, by_fallback) = codec.read_ticket(&text).unwrap();
            assert_eq!((read.to_bytes(), issued, by_fallback), (ticket(5).to_bytes(), 1_700_000_000, is_fallback));
        }
        assert_eq!(codec(Kind::Stored, key(8)).read_ticket(&text).err(), Some(Rejection::Signature));
        assert_eq!(codec(Kind::Signed, key(7)).read_ticket(&text).err(), Some(Rejection::Signature));
    }

    #[test]
    fn what_is_signed_and_no_ticket_opens_nothing() {
        let stored = codec(Kind::Stored, key(7));
        for length in [0, 16, 47, 49] {
            let text = written(&stored, &"x".repeat(length), 1);
            assert_eq!(stored.read_ticket(&text).err(), Some(Rejection::Payload), "{length}");
        }
        #[cfg(feature = "encrypted")]
        {
            let encrypted = codec(Kind::Encrypted, key(7));
            let mut text = String::new();
            encrypted.write_ticket(&ticket(5), 1, &mut text);
            assert_eq!(text, "");
            let text = written(&encrypted, &"x".repeat(48), 1);
            assert_eq!(encrypted.read_ticket(&text).err(), Some(Rejection::Malformed));
        }
    }

    #[test]
    fn an_encrypted_value_is_known_by_its_beginning_and_its_one_segment() {
        assert!(is_encrypted("e1.AAEC"));
        for other in ["", "e1", "e1AAEC", "e2.AAEC", "e1.ZVPxAA.jKUY", "eyJ2aXNpdHMiOjN9.ZVPxAA.jKUY"] {
            assert!(!is_encrypted(other), "{other}");
        }
    }

    #[test]
    fn no_two_purposes_give_the_same_bytes() {
        let purpose = Purpose { kind: "stored", scope: "ad", cookie_name: "min" };
        assert_eq!(purpose.info(), b"\0\0\0\x06stored\0\0\0\x02ad\0\0\0\x03min");
        for other in [
            Purpose { scope: "adm", cookie_name: "in", ..purpose },
            Purpose { scope: "", cookie_name: "admin", ..purpose },
            Purpose { kind: "storedad", scope: "", ..purpose },
        ] {
            assert_ne!(other.derive(&key(7)), purpose.derive(&key(7)), "{other:?}");
        }
    }

    #[test]
    fn each_rejection_has_a_name_of_its_own_for_figures() {
        let names = [Rejection::Malformed, Rejection::Signature, Rejection::Payload].map(Rejection::name);
        assert_eq!(names, ["malformed", "signature", "payload"]);
    }

    #[test]
    fn debug_shows_how_many_keys_and_none_of_them() {
        let ring = || KeyRing::new(key(7)).fallback(key(8));
        assert_eq!(format!("{:?}", codec(Kind::Signed, ring())), "Signed(Signer(2 keys))");
        #[cfg(feature = "encrypted")]
        assert_eq!(format!("{:?}", codec(Kind::Encrypted, ring())), "Encrypted(Cipher(2 keys))");
    }
}
