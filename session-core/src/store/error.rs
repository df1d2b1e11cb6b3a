//! Why a store did not do what it was asked for.

use std::fmt;

/// An error of a store.
///
/// # Examples
///
/// ```
/// use session_core::store::StoreError;
///
/// let error = StoreError::unavailable("connection refused");
/// assert!(error.is_unavailable() && error.to_string().contains("connection refused"));
/// assert!(StoreError::unconfirmed("1 of 2 replicas").is_unconfirmed());
/// assert!(StoreError::duplicate().is_duplicate());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoreError {
    fault: Fault,
}

#[derive(Clone, PartialEq, Eq)]
enum Fault {
    Unavailable { cause: String },
    Unconfirmed { cause: String },
    Duplicate,
}

impl StoreError {
    /// The store did not answer, or could not do it. Whether it did is not known. The cause goes to the log: it must hold
    /// nothing of the session.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self { fault: Fault::Unavailable { cause: cause.to_string() } }
    }

    /// The store did it, but not in as many places as was asked for, or cannot say whether it did. The request is answered with 503, and
    /// what was written stays. The cause goes to the log: it must hold nothing of the session.
    pub fn unconfirmed(cause: impl fmt::Display) -> Self {
        Self { fault: Fault::Unconfirmed { cause: cause.to_string() } }
    }

    /// There is a session of this id already.
    #[must_use]
    pub fn duplicate() -> Self {
        Self { fault: Fault::Duplicate }
    }

    /// Whether the store did not answer, could not do it, or did it in too few places.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.fault, Fault::Unavailable { .. } | Fault::Unconfirmed { .. })
    }

    /// Whether the store did it in too few places: to find it there says nothing.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        matches!(self.fault, Fault::Unconfirmed { .. })
    }

    /// Whether there is a session of this id already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.fault == Fault::Duplicate
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Unavailable { cause } => write!(f, "the session store is not available: {cause}"),
            Fault::Unconfirmed { cause } => write!(f, "the session store has the write in too few places: {cause}"),
            Fault::Duplicate => f.write_str("the store has a session of this id already"),
        }
    }
}

/// The sentence, as an error that reaches `main` is printed with `Debug`.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_of_one_kind_and_a_sentence() {
        for (error, kind, sentence) in [
            (StoreError::unavailable("a"), [true, false, false], "the session store is not available: a"),
            (StoreError::unconfirmed("a"), [true, true, false], "the session store has the write in too few places: a"),
            (StoreError::duplicate(), [false, false, true], "the store has a session of this id already"),
        ] {
            assert_eq!([error.is_unavailable(), error.is_unconfirmed(), error.is_duplicate()], kind, "{error}");
            assert_eq!((error.to_string().as_str(), format!("{error:?}").as_str()), (sentence, sentence));
        }
    }
}
