//! What can go wrong while a request uses its session.

use std::fmt;
use std::time::Duration;

/// An error of a session.
///
/// It names keys, never values. A client is shown [`Error::status`] and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    fault: Fault,
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

    pub(crate) fn no_randomness() -> Self {
        Fault::NoRandomness.into()
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
        matches!(self.fault, Fault::Encode { .. })
    }

    /// Whether a value has another type than it was asked for.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.fault, Fault::Decode { .. })
    }

    /// Whether a key is one of the library's own.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        matches!(self.fault, Fault::Reserved { .. })
    }

    /// Whether a field is secret and the session only signed.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self.fault, Fault::Secret { .. })
    }

    /// Whether sessions that are kept in a cookie cannot do what was asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self.fault, Fault::Unsupported { .. })
    }

    /// Whether the cookie would be larger than browsers keep.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.fault, Fault::TooLarge { .. })
    }

    /// The HTTP status that answers a request which ends with this error.
    #[must_use]
    #[allow(clippy::unused_self, reason = "errors of stores will differ")]
    pub fn status(&self) -> u16 {
        500
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { fault }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Encode { key } => write!(f, "the value of session key {key:?} cannot be written as JSON"),
            Fault::Decode { key } => write!(f, "the value of session key {key:?} has another type than was asked for"),
            Fault::Json { key } => write!(f, "the text for session key {key:?} is not JSON that a session can hold"),
            Fault::Reserved { key } => write!(f, "session key {key:?} is reserved; choose another name"),
            Fault::Secret { key } => write!(
                f,
                "the session field {key:?} is secret, and everybody can read a signed cookie; use \
                 `SessionMiddleware::encrypted(..)`, which needs the feature `encrypted`"
            ),
            Fault::Unsupported { what } => write!(
                f,
                "{what} needs sessions that are kept in a store; one that is kept in a cookie is known to the browser \
                 alone"
            ),
            Fault::NoRandomness => {
                f.write_str("the operating system gave no random numbers to encrypt the session with")
            }
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
