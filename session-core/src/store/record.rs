//! What a store keeps of a session.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::hex;
use crate::random::{self, NoRandomness};

/// One session, as a store keeps it under its [`SessionId`](super::SessionId).
///
/// A store gives it back as it was given. It compares versions, knows owners, and may drop what expired; the rest is opaque
/// to it.
///
/// # Examples
///
/// ```
/// use session_core::store::{Record, TokenHash, Version};
///
/// let (version, token_hash) = (Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]));
/// let record = Record::new(version, token_hash, 1_700_000_000, Some("42".into()), r#"{"visits":1}"#);
/// assert_eq!((record.owner(), record.data()), (Some("42"), r#"{"visits":1}"#));
/// assert!(record.version() == version && record.token_hash() == token_hash);
/// assert_eq!(record.with_expires(1_700_000_060).expires(), 1_700_000_060);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    pub(crate) version: Version,
    pub(crate) token_hash: TokenHash,
    pub(crate) expires: u64,
    pub(crate) owner: Option<String>,
    pub(crate) data: String,
}

impl Record {
    /// A record of these parts, as a store read them.
    #[must_use]
    pub fn new(
        version: Version,
        token_hash: TokenHash,
        expires: u64,
        owner: Option<String>,
        data: impl Into<String>,
    ) -> Self {
        Self { version, token_hash, expires, owner, data: data.into() }
    }

    /// The mark of the last write.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// What the browser's token must hash to.
    #[must_use]
    pub fn token_hash(&self) -> TokenHash {
        self.token_hash
    }

    /// When the session ends by itself, in seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// Whom it belongs to.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// The session's fields, as JSON.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The same session, ending at another time.
    #[must_use]
    pub fn with_expires(self, expires: u64) -> Self {
        Self { expires, ..self }
    }
}

/// Nothing of the data.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("version", &self.version)
            .field("expires", &self.expires)
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// The mark of a write: 128 random bits. Two writes never have the same.
///
/// # Examples
///
/// ```
/// use session_core::store::Version;
///
/// let version = Version::from_bytes([1; 16]);
/// assert_eq!(Version::from_bytes(*version.as_bytes()), version);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 16]);

impl Version {
    pub(crate) fn random() -> Result<Self, NoRandomness> {
        random::unique().map(Self)
    }

    /// The mark of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

/// The SHA-256 of a session's token. A store that leaks opens no session.
///
/// # Examples
///
/// ```
/// use session_core::store::TokenHash;
///
/// let hash = TokenHash::from_bytes([2; 32]);
/// assert!(hash == TokenHash::from_bytes(*hash.as_bytes()), "compared in constant time");
/// ```
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &[u8; 32]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// The hash of these bytes, as a store read them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

/// Nothing of it.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_parts_that_it_was_made_of() {
        let (version, token_hash) = (Version::from_bytes([1; 16]), TokenHash::from_bytes([2; 32]));
        for owner in [None, Some("42")] {
            let record = Record::new(version, token_hash, 1_700_000_000, owner.map(str::to_owned), r#"{"visits":1}"#);
            assert_eq!((record.owner(), record.data(), record.expires()), (owner, r#"{"visits":1}"#, 1_700_000_000));
            assert!(record.version() == version && record.token_hash() == token_hash);
            let extended = record.clone().with_expires(1_700_000_060);
            assert_eq!(extended.expires(), 1_700_000_060);
            assert_eq!(extended.with_expires(1_700_000_000), record);
        }
    }

    #[test]
    fn a_store_keeps_the_sha_256_of_a_token() {
        // Computed with sha256sum.
        let hash = "72cd6e8422c407fb6d098690f1130b7ded7ec2f7f5e1d30bd9d521f015363793";
        assert_eq!(hex::encode(TokenHash::of(&[1; 32]).as_bytes()), hash);
    }

    #[test]
    fn hashes_that_differ_in_one_bit_are_not_equal() {
        let hash = TokenHash::from_bytes([2; 32]);
        assert!(hash == TokenHash::from_bytes(*hash.as_bytes()));
        for bit in 0..256 {
            let mut other = [2; 32];
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(hash != TokenHash::from_bytes(other), "{bit}");
        }
    }

    #[test]
    fn no_two_writes_have_the_same_mark() {
        assert_ne!(Version::random().unwrap(), Version::random().unwrap());
        let version = Version::from_bytes([0xab; 16]);
        assert_eq!(version.as_bytes(), &[0xab; 16]);
        assert_eq!(format!("{version} {version:?}"), format!("{0} Version({0})", "ab".repeat(16)));
    }

    #[test]
    fn debug_shows_neither_data_nor_owner_nor_hash() {
        let hash = TokenHash::from_bytes([0xab; 32]);
        let record = Record::new(Version::from_bytes([1; 16]), hash, 5, Some("ada".into()), r#"{"name":"secret"}"#);
        let shown = format!("{record:?}");
        assert!(shown.contains("expires: 5") && shown.contains("bytes: 17"), "{shown}");
        for hidden in ["ada", "name", "secret", "ab", "171"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!(format!("{hash:?}"), "TokenHash(..)");
    }
}
