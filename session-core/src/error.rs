//! What can go wrong while a request uses its session.

use std::fmt;
use std::time::Duration;

use crate::measure;
use crate::random::NoRandomness;

/// An error of a session.
///
/// It names keys, never values. A client is shown [`Error::status`] and nothing else.
///
/// # Examples
///
/// ```
/// use session_core::{Dynamic, Error, SessionData};
///
/// let mut session = Dynamic::empty();
/// let error: Error = session.insert("_created", 1).unwrap_err();
/// assert!(error.is_reserved() && error.to_string().contains("_created"));
/// assert_eq!(error.status(), 500);
///
/// session.insert("visits", 3)?;
/// assert!(session.get::<String>("visits").unwrap_err().is_decode());
/// assert!(session.insert_raw("visits", "three").unwrap_err().is_json());
/// assert!(session.insert("point", std::collections::HashMap::from([((1, 2), 3)])).unwrap_err().is_encode());
///
/// assert!(Error::not_loaded().is_not_loaded() && !Error::not_loaded().is_no_randomness());
/// assert!(Error::timed_out().is_unavailable());
/// assert_eq!(Error::timed_out().status(), 503);
/// # Ok::<(), Error>(())
/// ```
///
/// What to do about the others:
///
/// ```
/// use session_core::Error;
///
/// fn advice(error: &Error) -> &'static str {
///     match error {
///         error if error.is_secret() || error.is_unsupported() => "choose a session that suits the struct",
///         error if error.is_too_large() => "keep less in the session, or keep it in a store",
///         error if error.is_conflict() => "send the form again",
///         error if error.is_lifetime() => "ask for a shorter one, or raise `max_lifetime`",
///         _ => "see the log",
///     }
/// }
/// # assert_eq!(advice(&Error::timed_out()), "see the log");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    /// In a box: results are moved about more often than they are errors.
    fault: Box<Fault>,
}

#[derive(Clone, PartialEq, Eq)]
enum Fault {
    Encode { key: String },
    Decode { key: String },
    Json { key: String },
    Reserved { key: String },
    Lifetime { asked: Duration, shortest: u64, longest: u64 },
    Secret { key: String },
    NoRandomness,
    Unavailable,
    Conflict,
    NotLoaded,
    Unsupported { what: &'static str },
    TooLarge { bytes: usize, limit: usize, biggest: Vec<(String, usize)> },
}

impl Error {
    pub(crate) fn encode(key: &str) -> Self {
        Fault::Encode { key: key.to_owned() }.into()
    }

    pub(crate) fn decode(key: &str) -> Self {
        Fault::Decode { key: key.to_owned() }.into()
    }

    pub(crate) fn json(key: &str) -> Self {
        Fault::Json { key: key.to_owned() }.into()
    }

    pub(crate) fn reserved(key: &str) -> Self {
        Fault::Reserved { key: key.to_owned() }.into()
    }

    pub(crate) fn secret(key: &str) -> Self {
        Fault::Secret { key: key.to_owned() }.into()
    }

    pub(crate) fn unavailable() -> Self {
        Fault::Unavailable.into()
    }

    pub(crate) fn conflict() -> Self {
        Fault::Conflict.into()
    }

    /// A stored session was asked for without waiting, before it was loaded.
    #[must_use]
    pub fn not_loaded() -> Self {
        Fault::NotLoaded.into()
    }

    /// The store took longer than the configuration allows.
    #[must_use]
    pub fn timed_out() -> Self {
        measure::count(measure::TIMEOUTS);
        tracing::error!(name: "session.store.timeout", "the session store does not answer in time; the request is answered with 503");
        Self::unavailable()
    }

    pub(crate) fn unsupported(what: &'static str) -> Self {
        Fault::Unsupported { what }.into()
    }

    pub(crate) fn lifetime(asked: Duration, shortest: u64, longest: u64) -> Self {
        Fault::Lifetime { asked, shortest, longest }.into()
    }

    pub(crate) fn too_large(bytes: usize, limit: usize, biggest: Vec<(String, usize)>) -> Self {
        Fault::TooLarge { bytes, limit, biggest }.into()
    }

    /// Whether a value could not be written as JSON.
    #[must_use]
    pub fn is_encode(&self) -> bool {
        matches!(*self.fault, Fault::Encode { .. })
    }

    /// Whether a value has another type than it was asked for.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(*self.fault, Fault::Decode { .. })
    }

    /// Whether a text is not JSON that a session can hold.
    #[must_use]
    pub fn is_json(&self) -> bool {
        matches!(*self.fault, Fault::Json { .. })
    }

    /// Whether a session was to live longer than the configuration allows, or not at all.
    #[must_use]
    pub fn is_lifetime(&self) -> bool {
        matches!(*self.fault, Fault::Lifetime { .. })
    }

    /// Whether the operating system gave no random numbers.
    #[must_use]
    pub fn is_no_randomness(&self) -> bool {
        matches!(*self.fault, Fault::NoRandomness)
    }

    /// Whether a key is one of the library's own.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        matches!(*self.fault, Fault::Reserved { .. })
    }

    /// Whether a field is secret and the session only signed.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(*self.fault, Fault::Secret { .. })
    }

    /// Whether sessions that are kept in a cookie cannot do what was asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(*self.fault, Fault::Unsupported { .. })
    }

    /// Whether the session store did not answer, or not in time.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(*self.fault, Fault::Unavailable)
    }

    /// Whether the session was ended or renewed by another request, which a change of privileges must not undo.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(*self.fault, Fault::Conflict)
    }

    /// Whether a stored session was asked for without waiting, before it was loaded.
    #[must_use]
    pub fn is_not_loaded(&self) -> bool {
        matches!(*self.fault, Fault::NotLoaded)
    }

    /// Whether the cookie would be larger than browsers keep.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(*self.fault, Fault::TooLarge { .. })
    }

    /// The HTTP status that answers a request which ends with this error.
    #[must_use]
    pub fn status(&self) -> u16 {
        match *self.fault {
            Fault::Unavailable => 503,
            Fault::Conflict => 409,
            _ => 500,
        }
    }
}

impl From<NoRandomness> for Error {
    fn from(_: NoRandomness) -> Self {
        Fault::NoRandomness.into()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { fault: Box::new(fault) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.fault {
            Fault::Encode { key } => write!(f, "the value of session key {key:?} cannot be written as JSON"),
            Fault::Decode { key } => write!(f, "the value of session key {key:?} has another type than was asked for"),
            Fault::Json { key } => write!(f, "the text for session key {key:?} is not JSON that a session can hold"),
            Fault::Reserved { key } => write!(f, "session key {key:?} is reserved; choose another name"),
            Fault::Secret { key } => write!(
                f,
                "the session field {key:?} is secret, and everybody can read a signed cookie; use \
                 `SessionMiddleware::stored(..)`, or `encrypted(..)` with the feature `encrypted`"
            ),
            Fault::Unsupported { what } => write!(
                f,
                "{what} needs sessions that are kept in a store; one that is kept in a cookie is known to the browser \
                 alone"
            ),
            Fault::Unavailable => f.write_str("the session store does not answer"),
            Fault::Conflict => {
                f.write_str("another request ended or renewed the session, which a change of privileges must not undo")
            }
            Fault::NotLoaded => f.write_str(
                "a stored session has to be waited for: use `session().await`, or `.eager(true)` where that cannot be",
            ),
            Fault::NoRandomness => f.write_str("the operating system gave no random numbers"),
            Fault::Lifetime { asked, shortest, longest } => write!(
                f,
                "a session cannot live for {asked:?}: {shortest} to {longest} seconds are possible, see `max_lifetime`"
            ),
            Fault::TooLarge { bytes, limit, biggest } => {
                write!(f, "the session cookie would have {bytes} bytes, {limit} are allowed; the biggest keys are")?;
                biggest.iter().try_for_each(|(key, bytes)| write!(f, " {key:?} ({bytes} bytes)"))
            }
        }
    }
}

/// The sentence, as an error that reaches `main` is printed with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    type Kind = fn(&Error) -> bool;

    #[test]
    fn an_error_is_of_one_kind_and_has_its_status() {
        let kinds: [(Kind, Error, u16); 12] = [
            (Error::is_encode, Error::encode("key"), 500),
            (Error::is_decode, Error::decode("key"), 500),
            (Error::is_json, Error::json("key"), 500),
            (Error::is_lifetime, Error::lifetime(Duration::ZERO, 1, 2), 500),
            (Error::is_no_randomness, NoRandomness.into(), 500),
            (Error::is_reserved, Error::reserved("key"), 500),
            (Error::is_secret, Error::secret("key"), 500),
            (Error::is_unsupported, Error::unsupported("this"), 500),
            (Error::is_unavailable, Error::unavailable(), 503),
            (Error::is_conflict, Error::conflict(), 409),
            (Error::is_not_loaded, Error::not_loaded(), 500),
            (Error::is_too_large, Error::too_large(2, 1, Vec::new()), 500),
        ];
        for (index, (_, error, status)) in kinds.iter().enumerate() {
            let is = kinds.each_ref().map(|(is_kind, ..)| is_kind(error));
            assert_eq!(is, std::array::from_fn(|other| other == index), "{error}");
            assert_eq!(error.status(), *status, "{error}");
        }
        assert!(Error::timed_out().is_unavailable());
    }

    #[test]
    fn an_error_that_reaches_main_is_a_sentence() {
        let error = Error::too_large(5000, 4093, vec![("cart".into(), 4800), ("note".into(), 20)]);
        let sentence = "the session cookie would have 5000 bytes, 4093 are allowed; the biggest keys are \"cart\" (4800 bytes) \
                        \"note\" (20 bytes)";
        assert_eq!((error.to_string().as_str(), format!("{error:?}").as_str()), (sentence, sentence));
    }
}
