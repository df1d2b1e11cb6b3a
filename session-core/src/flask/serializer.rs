//! Tokens with a content and a time, as Flask teams send them in mails and forms.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::TokenError;
use super::payload;
use super::ser::Serializer;
use super::signer::{Digest, KeyDerivation, Signer};
use crate::clock::{Clock, SystemClock};

/// Longest that two machines' clocks may differ, in seconds: a token from the near future is taken.
const CLOCK_LEEWAY: u64 = 60;

/// Makes and reads the tokens of `itsdangerous.URLSafeTimedSerializer`, such as those of password-reset mails and of
/// Flask-WTF.
///
/// Values are JSON without Flask's tags. Keys stand in the order in which they come; what is long is not compressed, which
/// `itsdangerous` reads all the same.
///
/// # Examples
///
/// A token of Flask-WTF for the `csrf_token` in the session:
///
/// ```
/// use session_core::ManualClock;
/// use session_core::flask::UrlSafeTimedSerializer;
/// use std::time::Duration;
///
/// let tokens = UrlSafeTimedSerializer::new("dev-secret").salt("wtf-csrf-token").clock(ManualClock::at(1_700_000_000));
/// let token = tokens.dumps("92713d4709377111cf31f2a71986c411bd6cb5b0")?;
/// assert_eq!(token, "IjkyNzEzZDQ3MDkzNzcxMTFjZjMxZjJhNzE5ODZjNDExYmQ2Y2I1YjAi.ZVPxAA.iumZTe7BpNqkkjLgLrJuy4KpQJE");
/// let in_session: String = tokens.loads(&token, Some(Duration::from_secs(3600)))?;
/// # assert_eq!(in_session, "92713d4709377111cf31f2a71986c411bd6cb5b0");
/// # Ok::<(), session_core::flask::TokenError>(())
/// ```
///
/// Tokens of an application that changed the signer, after a change of its secret:
///
/// ```
/// use session_core::flask::{Digest, KeyDerivation, UrlSafeTimedSerializer};
///
/// let tokens = |secret: &str| {
///     UrlSafeTimedSerializer::new(secret).digest(Digest::Sha512).key_derivation(KeyDerivation::Hmac)
/// };
/// let token = tokens("the secret of last year").dumps(&7)?;
/// let tokens = tokens("the secret of today").fallbacks(["the secret of last year"]);
/// let (value, made): (u32, u64) = tokens.loads_with_timestamp(&token, None)?;
/// assert!(value == 7 && made > 0);
/// # Ok::<(), session_core::flask::TokenError>(())
/// ```
#[derive(Clone)]
pub struct UrlSafeTimedSerializer {
    signer: Signer,
    clock: Arc<dyn Clock>,
}

impl UrlSafeTimedSerializer {
    /// With the defaults of `itsdangerous`: SHA-1, `django-concat`, and the salt `itsdangerous`.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self { signer: Signer::new(secret).salt("itsdangerous"), clock: Arc::new(SystemClock) }
    }

    /// Older secrets, which only verify.
    #[must_use]
    pub fn fallbacks(self, secrets: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self { signer: self.signer.fallbacks(secrets), ..self }
    }

    /// What keeps tokens of one purpose apart from those of another.
    #[must_use]
    pub fn salt(self, salt: impl Into<Vec<u8>>) -> Self {
        Self { signer: self.signer.salt(salt), ..self }
    }

    /// The hash function (`signer_kwargs={"digest_method": ..}`).
    #[must_use]
    pub fn digest(self, digest: Digest) -> Self {
        Self { signer: self.signer.digest(digest), ..self }
    }

    /// How the key is made (`signer_kwargs={"key_derivation": ..}`).
    #[must_use]
    pub fn key_derivation(self, derivation: KeyDerivation) -> Self {
        Self { signer: self.signer.key_derivation(derivation), ..self }
    }

    /// Where the time comes from, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The token of a value.
    ///
    /// # Errors
    ///
    /// The value has no JSON that can be read again.
    pub fn dumps(&self, value: &(impl Serialize + ?Sized)) -> Result<String, TokenError> {
        let mut json = String::new();
        value.serialize(Serializer::plain(&mut json)).map_err(|_| TokenError::ENCODE)?;
        // What is nested too deep could not be read again.
        serde_json::from_str::<serde_json::Value>(&json).map_err(|_| TokenError::ENCODE)?;
        let mut token = String::new();
        self.signer.sign_timed(&payload::encode(&json), self.clock.now(), &mut token);
        Ok(token)
    }

    /// The value of a token that is at most this old.
    ///
    /// # Errors
    ///
    /// No secret of ours made the signature, the token is older or comes from the future by more than 60 seconds, or it
    /// holds another type.
    pub fn loads<V: DeserializeOwned>(&self, token: &str, max_age: Option<Duration>) -> Result<V, TokenError> {
        self.loads_with_timestamp(token, max_age).map(|(value, _)| value)
    }

    /// As [`loads`](Self::loads), with the time at which the token was made, in seconds since 1970 (`return_timestamp`).
    ///
    /// # Errors
    ///
    /// As for [`loads`](Self::loads).
    pub fn loads_with_timestamp<V: DeserializeOwned>(
        &self,
        token: &str,
        max_age: Option<Duration>,
    ) -> Result<(V, u64), TokenError> {
        let (payload, issued, _) = self.signer.verify_timed(token)?;
        let now = self.clock.now();
        let too_old = max_age.is_some_and(|max_age| now.saturating_sub(issued) > max_age.as_secs());
        if too_old || issued > now.saturating_add(CLOCK_LEEWAY) {
            return Err(TokenError::EXPIRED);
        }
        let json = payload::decode(payload).ok_or(TokenError::PAYLOAD)?;
        serde_json::from_str(&json).map(|value| (value, issued)).map_err(|_| TokenError::PAYLOAD)
    }
}

impl fmt::Debug for UrlSafeTimedSerializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSafeTimedSerializer").field("signer", &self.signer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::flask::{Digest, KeyDerivation};

    const NOW: u64 = 1_700_000_000;

    fn tokens() -> (UrlSafeTimedSerializer, ManualClock) {
        let clock = ManualClock::at(NOW);
        (UrlSafeTimedSerializer::new("0123456789abcdef").clock(clock.clone()), clock)
    }

    #[test]
    fn a_token_lives_as_long_as_whoever_reads_it_says() {
        let (tokens, clock) = tokens();
        let token = tokens.dumps("ada").unwrap();
        let minute = Some(Duration::from_secs(60));
        for (passed, max_age, is_taken) in
            [(0, minute, true), (60, minute, true), (61, minute, false), (1_000_000, None, true)]
        {
            clock.set(NOW + passed);
            let read = tokens.loads_with_timestamp::<String>(&token, max_age);
            assert_eq!(read.ok(), is_taken.then(|| ("ada".to_owned(), NOW)), "{passed}");
        }
        for (earlier, is_taken) in [(60, true), (61, false)] {
            clock.set(NOW - earlier);
            assert_eq!(tokens.loads::<String>(&token, None).is_ok(), is_taken);
            assert_eq!(tokens.loads::<String>(&token, minute).is_err_and(|error| error.is_expired()), !is_taken);
        }
    }

    #[test]
    fn each_setting_makes_other_tokens() {
        let (first, _) = tokens();
        let token = first.dumps(&7).unwrap();
        for other in [
            first.clone().salt("another"),
            first.clone().digest(Digest::Sha512),
            first.clone().key_derivation(KeyDerivation::Concat),
            UrlSafeTimedSerializer::new("another secret"),
        ] {
            assert!(other.loads::<u8>(&token, None).unwrap_err().is_bad_signature());
        }
        let later = UrlSafeTimedSerializer::new("another secret").fallbacks(["0123456789abcdef"]);
        assert_eq!(later.loads::<u8>(&token, None).unwrap(), 7);
        assert!(first.loads::<String>(&token, None).unwrap_err().is_payload());
        let shown = format!("{first:?}");
        assert!(shown.starts_with("UrlSafeTimedSerializer") && !shown.contains("0123"), "{shown}");
    }
}
