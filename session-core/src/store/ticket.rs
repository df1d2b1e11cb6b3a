//! What the cookie of a stored session holds: where it is kept, and what opens it.

use std::fmt;

use zeroize::Zeroizing;

use super::SessionId;
use super::record::TokenHash;
use crate::random::{self, NoRandomness};

const ID_BYTES: usize = 16;
const TOKEN_BYTES: usize = 32;

/// Both, one after the other, as the cookie has them.
pub(crate) type TicketBytes = Zeroizing<[u8; ID_BYTES + TOKEN_BYTES]>;

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
        Ok(Self { id, token: Zeroizing::new(random::secret()?) })
    }

    pub(crate) fn from_bytes(bytes: &TicketBytes) -> Option<Self> {
        let (id, token) = bytes.split_first_chunk()?;
        Some(Self { id: SessionId::from_bytes(*id), token: Zeroizing::new(*token.first_chunk()?) })
    }

    pub(crate) fn to_bytes(&self) -> TicketBytes {
        let mut bytes = TicketBytes::new([0; ID_BYTES + TOKEN_BYTES]);
        let (id, token) = bytes.split_at_mut(ID_BYTES);
        id.copy_from_slice(self.id.as_bytes());
        token.copy_from_slice(&*self.token);
        bytes
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        let bytes = std::array::from_fn(|index| u8::try_from(index).unwrap());
        Ticket::from_bytes(&TicketBytes::new(bytes)).unwrap()
    }

    #[test]
    fn a_ticket_is_the_id_and_then_the_token() {
        let ticket = ticket();
        assert_eq!(ticket.id.as_bytes(), &std::array::from_fn(|index| u8::try_from(index).unwrap()));
        assert_eq!(*ticket.token, std::array::from_fn(|index| u8::try_from(16 + index).unwrap()));
        assert_eq!(*ticket.to_bytes(), std::array::from_fn(|index| u8::try_from(index).unwrap()));
        assert!(ticket.token_hash() == TokenHash::of(&ticket.token));
    }

    #[test]
    fn a_renewed_ticket_has_the_same_id_and_another_token() {
        let ticket = ticket();
        let renewed = Ticket::renewed(ticket.id).unwrap();
        assert!(renewed.id == ticket.id && renewed.token != ticket.token);
        assert_ne!(Ticket::new().unwrap().to_bytes(), Ticket::new().unwrap().to_bytes());
    }

    #[test]
    fn debug_shows_the_id_and_no_token() {
        let shown = format!("{:?}", ticket());
        assert!(shown.contains("000102030405060708090a0b0c0d0e0f"), "{shown}");
        assert!(!shown.contains("10111213") && !shown.contains("16, 17"), "{shown}");
    }
}
