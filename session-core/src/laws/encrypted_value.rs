//! The value of an encrypted cookie.

use super::sealed_value;
use crate::token::Kind;

/// Four bytes say how a value is changed; the rest is what it holds.
pub fn encrypted_value(input: &[u8]) {
    sealed_value(Kind::Encrypted, input);
}
