//! The value of a signed cookie, and of one that opens a stored session.

use super::{sealed_value, verifier};
use crate::inspect::Inspection;
use crate::token::Kind;

/// Four bytes say how a value is changed; the rest is what it holds.
pub fn signed_value(input: &[u8]) {
    sealed_value(Kind::Signed, input);
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(verifier(Kind::Stored).read_ticket(text).is_err(), "nobody without the key makes one");
        let _ = Inspection::of(text);
    }
}
