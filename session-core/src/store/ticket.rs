//! What the cookie of a stored session holds: where it is kept, and what opens it.

use std::fmt;

use zeroize::Zeroizing;

use super::SessionId;
use super::record::TokenHash;
use crate::token::{NoRandomness, random_bytes};

const ID_BYTES: usize = 16;
const TOKEN_BYTES: usize = 32;

/// The id of a stored session and the token that opens it (the selector and the verifier of remember-me practice).
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) id: SessionId,
    token: Zeroizing<[u8; TOKEN_BYTES]>,
}

impl Ticket {
    /// For a new session.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Self::renewed(SessionId::random()?)
    }

    /// A new token for a session.
    pub(crate) fn renewed(id: SessionId) -> Result<Self, NoRandomness> {
        Ok(Self { id, token: Zeroizing::new(random_bytes()?) })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, token) = bytes.split_at_checked(ID_BYTES)?;
        Some(Self { id: SessionId::from_bytes(id.try_into().ok()?), token: Zeroizing::new(token.try_into().ok()?) })
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&self.id.as_bytes()[..], &self.token[..]].concat())
    }

    pub(crate) fn token_hash(&self) -> TokenHash {
        TokenHash::of(&self.token)
    }
}

/// The id alone.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("id", &self.id).finish_non_exhaustive()
    }
}
