//! Why a token is not taken.

use std::fmt;

/// A token that counts for nothing, or a value that cannot be made one.
///
/// # Examples
///
/// ```
/// use session_core::flask::{TokenError, UrlSafeTimedSerializer};
///
/// let tokens = UrlSafeTimedSerializer::new("a secret of enough bytes");
/// let error: TokenError = tokens.loads::<u32>("nonsense", None).unwrap_err();
/// assert!(error.is_bad_signature() && !error.is_expired());
///
/// let token = tokens.dumps("text")?;
/// assert!(tokens.loads::<u32>(&token, None).unwrap_err().is_payload());
/// # Ok::<(), TokenError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenError {
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Malformed,
    Signature,
    Expired,
    Payload,
    Encode,
}

impl TokenError {
    pub(super) const MALFORMED: Self = Self { fault: Fault::Malformed };
    pub(super) const SIGNATURE: Self = Self { fault: Fault::Signature };
    pub(super) const EXPIRED: Self = Self { fault: Fault::Expired };
    pub(super) const PAYLOAD: Self = Self { fault: Fault::Payload };
    pub(super) const ENCODE: Self = Self { fault: Fault::Encode };

    /// Whether nobody who has our secret made it (`BadSignature`).
    #[must_use]
    pub fn is_bad_signature(&self) -> bool {
        matches!(self.fault, Fault::Malformed | Fault::Signature)
    }

    /// Whether it is too old, or comes from the future (`SignatureExpired`).
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.fault == Fault::Expired
    }

    /// Whether it was signed by us but holds something else than was asked for (`BadPayload`).
    #[must_use]
    pub fn is_payload(&self) -> bool {
        self.fault == Fault::Payload
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::Malformed => "this is not a signed token",
            Fault::Signature => "no secret of ours made the token's signature",
            Fault::Expired => "the token is too old or comes from the future",
            Fault::Payload => "the token holds something else than was asked for",
            Fault::Encode => "the value cannot be written as JSON",
        })
    }
}

/// The sentence, as an error that reaches `main` is printed with `Debug`.
impl fmt::Debug for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TokenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_of_one_kind_and_a_sentence() {
        for (error, kind, part) in [
            (TokenError::MALFORMED, [true, false, false], "not a signed token"),
            (TokenError::SIGNATURE, [true, false, false], "signature"),
            (TokenError::EXPIRED, [false, true, false], "too old"),
            (TokenError::PAYLOAD, [false, false, true], "something else"),
            (TokenError::ENCODE, [false, false, false], "cannot be written"),
        ] {
            assert_eq!([error.is_bad_signature(), error.is_expired(), error.is_payload()], kind, "{error}");
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }
}
