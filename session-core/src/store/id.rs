//! How a stored session is called.

use std::fmt;

use crate::hex;
use crate::random::{self, NoRandomness};

/// The public name of a stored session: 16 random bytes that never change while it lives.
///
/// It may be logged and listed. It opens nothing: that takes the token, which only the browser has.
///
/// # Examples
///
/// ```
/// use session_core::store::SessionId;
///
/// let id = SessionId::from_bytes([7; 16]);
/// assert_eq!(id.to_string(), "07".repeat(16));
/// assert_eq!(id.as_bytes(), &[7; 16]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// A new one.
    pub(crate) fn random() -> Result<Self, NoRandomness> {
        random::unique().map(Self)
    }

    /// The name of these bytes.
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
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_as_hexadecimal_digits() {
        let id = SessionId::from_bytes(std::array::from_fn(|index| u8::try_from(index * 17).unwrap()));
        assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
        assert_eq!(format!("{id:?}"), "SessionId(00112233445566778899aabbccddeeff)");
    }
}
