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
