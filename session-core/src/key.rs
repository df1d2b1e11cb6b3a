//! The secret that signs cookies, and how it is read from the outside.

use std::fmt;

use zeroize::Zeroizing;

/// Fewest bytes of a key: the output of SHA-256, as RFC 2104 section 3 asks of an HMAC key.
pub const MIN_KEY_BYTES: usize = 32;

/// The command that the errors of this module print.
const MAKE_A_KEY: &str = "openssl rand -hex 32";

/// A secret key of at least 32 bytes ([`MIN_KEY_BYTES`]), the input of every key that signs or encrypts.
///
/// Take it from the environment with [`Key::from_env`]; the same key must reach every process that serves the
/// same site, and survive restarts, or users are logged out.
///
/// # Security
///
/// The bytes are wiped when the key is dropped, and `Debug` prints none of them. A key that leaked must be
/// replaced, never kept as a fallback.
///
/// # Examples
///
/// ```
/// use session_core::{Key, MIN_KEY_BYTES};
///
/// let key = Key::try_from(b"0123456789abcdef0123456789abcdef".as_slice())?;
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// assert!(Key::try_from([7; MIN_KEY_BYTES - 1].as_slice()).is_err());
/// # Ok::<(), session_core::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// Makes a new random key of 32 bytes from the operating system's random numbers.
    ///
    /// For tests, and for a development server that may forget its users at every start.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new(vec![0; MIN_KEY_BYTES]);
        // A key that is not random is worse than a start that waits. The call fails where the process has no
        // file descriptor left for /dev/urandom, which passes.
        while getrandom::fill(&mut bytes).is_err() {
            std::thread::yield_now();
        }
        Self(bytes)
    }

    /// Reads the key from an environment variable, whose text is used byte for byte, as Flask's `SECRET_KEY` is.
    ///
    /// # Errors
    ///
    /// The variable is not set, holds fewer than 32 bytes, or begins or ends with white space. The message says
    /// how to make a good key.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::Key;
    ///
    /// let error = Key::from_env("SURELY_NOT_SET").unwrap_err();
    /// assert!(error.is_missing());
    /// assert!(error.to_string().contains("export SURELY_NOT_SET=$(openssl rand -hex 32)"));
    /// ```
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let value = std::env::var_os(name).ok_or_else(|| KeyError::new(Some(name), Fault::Missing))?;
        let bytes = Zeroizing::new(value.into_encoded_bytes());
        Self::check(&bytes).map_err(|fault| KeyError::new(Some(name), fault))?;
        Ok(Self(bytes))
    }

    /// Reads the key from hexadecimal digits, two for each byte.
    ///
    /// # Errors
    ///
    /// The text is not hexadecimal, has white space around it, or stands for fewer than 32 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::Key;
    ///
    /// assert!(Key::from_hex(&"0f".repeat(32)).is_ok());
    /// assert!(Key::from_hex(&"0f".repeat(31)).is_err());
    /// ```
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let fail = |fault| KeyError::new(None, fault);
        if text.trim() != text {
            return Err(fail(Fault::WhiteSpace));
        }
        let bytes = decode_hex(text).ok_or_else(|| fail(Fault::NotHex))?;
        if bytes.len() < MIN_KEY_BYTES {
            return Err(fail(Fault::Short(bytes.len())));
        }
        Ok(Self(bytes))
    }

    /// A secret that Flask would take too. The caller answers for its strength.
    #[cfg(feature = "flask")]
    pub(crate) fn of_any_length(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn check(bytes: &[u8]) -> Result<(), Fault> {
        // Random bytes may well begin with a space; a text that does was copied with its line's end, and the
        // next machine will have it without.
        if std::str::from_utf8(bytes).is_ok_and(|text| text.trim() != text) {
            return Err(Fault::WhiteSpace);
        }
        if bytes.len() < MIN_KEY_BYTES {
            return Err(Fault::Short(bytes.len()));
        }
        Ok(())
    }
}

/// `None` for anything but an even number of hexadecimal digits.
fn decode_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // A vector that grows would leave parts of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    // `from_str_radix` alone would take a sign for a digit.
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for pair in text.as_bytes().chunks_exact(2) {
        bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
    }
    Some(bytes)
}

impl TryFrom<&[u8]> for Key {
    type Error = KeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::check(bytes).map_err(|fault| KeyError::new(None, fault))?;
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The key that signs, and older keys that still verify.
///
/// To replace a key without logging anybody out, make the new one current and keep the old one as a fallback
/// for as long as a session may live; what an old key verified is signed anew with the current one. During the
/// roll-out, machines that have only the old key treat newer cookies as absent and leave them alone, so first
/// give every machine the new key as a fallback, and then make it current.
///
/// # Security
///
/// A fallback can still forge sessions. A key that leaked is removed at once, not kept as a fallback.
///
/// # Examples
///
/// ```
/// use session_core::{Key, KeyRing};
///
/// let ring = KeyRing::new(Key::generate()).fallback(Key::generate());
/// assert_eq!(format!("{ring:?}"), "KeyRing(2 keys)");
/// ```
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// A ring with one key, which signs and verifies.
    #[must_use]
    pub fn new(current: Key) -> Self {
        Self { keys: vec![current] }
    }

    /// Adds a key that only verifies. Newer fallbacks come first.
    #[must_use]
    pub fn fallback(mut self, old: Key) -> Self {
        self.keys.push(old);
        self
    }

    /// The keys, the current one first.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }
}

impl From<Key> for KeyRing {
    fn from(key: Key) -> Self {
        Self::new(key)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.keys.len())
    }
}

/// Why a text or bytes cannot be a [`Key`], with the command that makes a good one.
///
/// `Debug` prints the same sentence as `Display`, so that `fn main() -> Result<(), Box<dyn Error>>` ends with a
/// message one can act on.
///
/// # Examples
///
/// ```
/// use session_core::{Key, KeyError};
///
/// let error: KeyError = Key::from_env("A_KEY_THAT_IS_NOT_SET").unwrap_err();
/// assert!(error.is_missing() && error.to_string().contains("openssl rand -hex 32"));
/// assert!(Key::try_from(b"short".as_slice()).unwrap_err().is_too_short());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeyError {
    variable: Option<String>,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Missing,
    Short(usize),
    WhiteSpace,
    NotHex,
}

impl KeyError {
    fn new(variable: Option<&str>, fault: Fault) -> Self {
        Self { variable: variable.map(str::to_owned), fault }
    }

    /// Whether the environment variable is not set at all.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.fault == Fault::Missing
    }

    /// Whether there are fewer bytes than [`MIN_KEY_BYTES`].
    #[must_use]
    pub fn is_too_short(&self) -> bool {
        matches!(self.fault, Fault::Short(_))
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.variable.as_deref().unwrap_or("the secret key");
        match self.fault {
            Fault::Missing => write!(f, "{what} is not set")?,
            Fault::Short(bytes) => write!(f, "{what} has {bytes} bytes, at least {MIN_KEY_BYTES} are needed")?,
            Fault::WhiteSpace => write!(f, "{what} begins or ends with white space, often a line end copied along")?,
            Fault::NotHex => write!(f, "{what} is not hexadecimal text")?,
        }
        match &self.variable {
            Some(name) => write!(f, "; make a good one with: export {name}=$({MAKE_A_KEY})"),
            None => write!(f, "; make a good one with: {MAKE_A_KEY}"),
        }
    }
}

impl fmt::Debug for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_white_space_around_it_is_refused_and_random_bytes_are_not() {
        let text = format!("{}\n", "k".repeat(40));
        assert!(Key::try_from(text.as_bytes()).unwrap_err().to_string().contains("white space"));
        for text in [format!("{}\n", "é".repeat(40)), format!("\u{a0}{}", "k".repeat(40))] {
            assert!(Key::try_from(text.as_bytes()).is_err());
        }
        let random = [&[b' '][..], &[0xff; 40][..]].concat();
        assert!(Key::try_from(random.as_slice()).is_ok());
    }

    #[test]
    fn hexadecimal_text_is_strict() {
        for text in ["+f".repeat(32), "0g".repeat(32), "0".repeat(65), format!(" {}", "0f".repeat(32))] {
            assert!(Key::from_hex(&text).is_err(), "{text}");
        }
        assert_eq!(Key::from_hex(&"aF".repeat(32)).unwrap().bytes(), [0xaf; 32]);
    }

    #[test]
    fn errors_never_show_the_key() {
        let error = Key::try_from(b"hunter2".as_slice()).unwrap_err();
        assert!(error.is_too_short());
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn a_key_of_fewer_than_32_bytes_is_refused_in_every_form() {
        for bytes in [0, 1, 31] {
            assert!(Key::from_hex(&"0f".repeat(bytes)).unwrap_err().is_too_short(), "{bytes}");
            assert!(Key::try_from(vec![7; bytes].as_slice()).unwrap_err().is_too_short(), "{bytes}");
        }
        for bytes in [32, 33, 64] {
            assert_eq!(Key::from_hex(&"0f".repeat(bytes)).unwrap().bytes(), vec![0x0f; bytes]);
            assert_eq!(Key::try_from(vec![7; bytes].as_slice()).unwrap().bytes(), vec![7; bytes]);
        }
    }

    #[test]
    fn errors_say_what_is_wrong_and_how_to_make_a_key() {
        let missing = Key::from_env("SURELY_NOT_SET").unwrap_err();
        assert!(missing.is_missing() && !missing.is_too_short());
        let sentence = "SURELY_NOT_SET is not set; make a good one with: export SURELY_NOT_SET=$(openssl rand -hex 32)";
        assert_eq!((missing.to_string(), format!("{missing:?}")), (sentence.to_owned(), sentence.to_owned()));
        let no_text = Key::from_hex("x").unwrap_err();
        assert!(!no_text.is_missing() && !no_text.is_too_short());
        assert_eq!(
            no_text.to_string(),
            "the secret key is not hexadecimal text; make a good one with: openssl rand -hex 32"
        );
    }

    #[test]
    fn debug_shows_no_byte_of_a_key() {
        let key = Key::try_from([b'k'; 32].as_slice()).unwrap();
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert_eq!(format!("{:?}", KeyRing::new(key).fallback(Key::generate())), "KeyRing(2 keys)");
    }

    #[test]
    fn the_current_key_comes_first_and_generated_ones_differ() {
        let (current, old) = (Key::generate(), Key::generate());
        assert_ne!(current.bytes(), old.bytes());
        assert!(current.bytes().len() == MIN_KEY_BYTES && current.bytes() != [0; MIN_KEY_BYTES]);
        let ring = KeyRing::from(current.clone()).fallback(old.clone());
        assert_eq!(ring.keys().iter().map(Key::bytes).collect::<Vec<_>>(), [current.bytes(), old.bytes()]);
    }
}
