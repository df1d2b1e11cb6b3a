//! The value of an encrypted cookie.

use super::{codec, sealed_value};
use crate::token::Kind;

/// Four bytes say how a value is changed; the rest is what it holds.
pub fn encrypted_value(input: &[u8]) {
    sealed_value(&codec(Kind::Encrypted), input);
}
