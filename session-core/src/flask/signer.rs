//! Signing as `itsdangerous` does: its derivations, its digests, and its timestamps.

use std::fmt;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::error::TokenError;
use crate::base64url;
use crate::config::flask::Signing;
use crate::key::{Key, KeyRing};

/// The hash function of a [`Signer`] (`digest_method`).
///
/// # Examples
///
/// ```
/// use session_core::flask::Digest;
/// use session_core::{Builder, Engine};
///
/// // app.session_interface.digest_method = hashlib.sha256
/// let builder = Builder::<Engine>::flask("the SECRET_KEY of the application").digest(Digest::Sha256);
/// assert!(builder.build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Digest {
    /// The default of Flask and `itsdangerous`. As an HMAC, SHA-1 is not known to be broken.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a [`Signer`] makes its key of the secret and the salt (`key_derivation`).
///
/// # Examples
///
/// ```
/// use session_core::flask::KeyDerivation;
/// use session_core::{Builder, Engine};
///
/// // app.session_interface.key_derivation = "hmac"
/// let builder = Builder::<Engine>::flask("the SECRET_KEY of the application").key_derivation(KeyDerivation::Hmac);
/// assert!(builder.build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// The digest of salt, `signer` and secret: the default of `itsdangerous`, and so of Flask-WTF.
    #[default]
    DjangoConcat,
    /// The digest of salt and secret.
    Concat,
    /// An HMAC of the salt: what Flask's session has.
    Hmac,
    /// The secret itself.
    None,
}

/// Signs texts as `itsdangerous.Signer` does: `value "." signature`.
///
/// For values with a time and a content use a [`UrlSafeTimedSerializer`](super::UrlSafeTimedSerializer).
///
/// # Examples
///
/// The signed session ids of Flask-Session:
///
/// ```
/// use session_core::flask::{KeyDerivation, Signer};
///
/// let signer = Signer::new("dev-secret").salt("flask-session").key_derivation(KeyDerivation::Hmac);
/// assert_eq!(signer.sign("F-_0123456789"), "F-_0123456789.OfPrBD6x17EFpAOCw9wXIWqQM-U");
/// assert_eq!(signer.unsign("F-_0123456789.OfPrBD6x17EFpAOCw9wXIWqQM-U").unwrap(), "F-_0123456789");
///
/// let old = Signer::new("last year's").sign("text");
/// assert_eq!(Signer::new("today's").fallbacks(["last year's"]).unsign(&old).unwrap(), "text");
/// ```
#[derive(Clone)]
pub struct Signer {
    secrets: KeyRing,
    salt: Vec<u8>,
    digest: Digest,
    derivation: KeyDerivation,
    states: OnceLock<Vec<State>>,
}

/// The key in the state of an HMAC, which is made once.
#[derive(Clone)]
enum State {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

/// The salt of `itsdangerous` where none is given.
const DEFAULT_SALT: &str = "itsdangerous.Signer";

impl Signer {
    /// A signer with the defaults of `itsdangerous`: SHA-1, `django-concat`, and the salt `itsdangerous.Signer`.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self::of(KeyRing::new(Key::of_any_length(secret.into())))
    }

    fn of(secrets: KeyRing) -> Self {
        Self {
            secrets,
            salt: DEFAULT_SALT.into(),
            digest: Digest::default(),
            derivation: KeyDerivation::default(),
            states: OnceLock::new(),
        }
    }

    /// As Flask's `SecureCookieSessionInterface` has it.
    pub(crate) fn of_session(secrets: KeyRing, signing: &Signing) -> Self {
        Self::of(secrets).salt(signing.salt.as_str()).digest(signing.digest).key_derivation(signing.derivation)
    }

    /// Older secrets, which only verify.
    #[must_use]
    pub fn fallbacks(self, secrets: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let add = |ring: KeyRing, secret: Vec<u8>| ring.fallback(Key::of_any_length(secret));
        Self { secrets: secrets.into_iter().map(Into::into).fold(self.secrets, add), states: OnceLock::new(), ..self }
    }

    /// What keeps signatures of one purpose apart from those of another.
    #[must_use]
    pub fn salt(self, salt: impl Into<Vec<u8>>) -> Self {
        Self { salt: salt.into(), states: OnceLock::new(), ..self }
    }

    /// The hash function of key derivation and signature.
    #[must_use]
    pub fn digest(self, digest: Digest) -> Self {
        Self { digest, states: OnceLock::new(), ..self }
    }

    /// How the key is made of secret and salt.
    #[must_use]
    pub fn key_derivation(self, derivation: KeyDerivation) -> Self {
        Self { derivation, states: OnceLock::new(), ..self }
    }

    /// The value with its signature (`Signer.sign`).
    #[must_use]
    pub fn sign(&self, value: &str) -> String {
        let mut text = value.to_owned();
        self.finish(0, &mut text);
        text
    }

    /// The value of a signed text (`Signer.unsign`).
    ///
    /// # Errors
    ///
    /// No secret of ours made the signature.
    ///
    /// # Security
    ///
    /// Signatures are compared in constant time. Only canonical Base64 is read, so that a signed value has one text.
    pub fn unsign<'t>(&self, text: &'t str) -> Result<&'t str, TokenError> {
        self.verify(text).map(|(value, _)| value)
    }

    /// Appends a payload, its time and the signature of both (`TimestampSigner.sign`).
    pub(crate) fn sign_timed(&self, payload: &str, issued: u64, out: &mut String) {
        let start = out.len();
        out.push_str(payload);
        out.push('.');
        base64url::append(out, |out| base64url::encode_number(issued, out));
        self.finish(start, out);
    }

    /// Payload and time of such a text (`TimestampSigner.unsign`), and whether an older secret verified it.
    pub(crate) fn verify_timed<'t>(&self, text: &'t str) -> Result<(&'t str, u64, bool), TokenError> {
        let (value, by_fallback) = self.verify(text)?;
        let (payload, time) = value.rsplit_once('.').ok_or(TokenError::MALFORMED)?;
        // Flask takes leading zeros.
        let (time, _) = base64url::decode_number(time).ok_or(TokenError::MALFORMED)?;
        Ok((payload, time, by_fallback))
    }

    /// Appends the signature of what stands there from `start` on.
    fn finish(&self, start: usize, text: &mut String) {
        let Some((state, signed)) = self.states().first().zip(text.get(start..)) else { return };
        let signature = state.sign(signed.as_bytes());
        text.push('.');
        base64url::append(text, |text| base64url::encode(&signature, text));
    }

    fn verify<'t>(&self, text: &'t str) -> Result<(&'t str, bool), TokenError> {
        let (value, signature) = text.rsplit_once('.').ok_or(TokenError::MALFORMED)?;
        let signature = base64url::decode(signature).ok_or(TokenError::MALFORMED)?;
        let matches = |state: &State| state.verifies(value.as_bytes(), &signature);
        let secret = self.states().iter().position(matches).ok_or(TokenError::SIGNATURE)?;
        Ok((value, secret > 0))
    }

    fn states(&self) -> &[State] {
        self.states.get_or_init(|| self.secrets.keys().iter().filter_map(|secret| self.state(secret)).collect())
    }

    fn state(&self, secret: &Key) -> Option<State> {
        let (digest, secret) = (self.digest, secret.bytes());
        digest.keyed(&Zeroizing::new(match self.derivation {
            KeyDerivation::DjangoConcat => digest.hash(&[&self.salt, b"signer", secret]),
            KeyDerivation::Concat => digest.hash(&[&self.salt, secret]),
            KeyDerivation::Hmac => digest.keyed(secret)?.sign(&self.salt),
            KeyDerivation::None => secret.to_vec(),
        }))
    }
}

impl Digest {
    /// An HMAC takes a key of any length, so there always is one.
    fn keyed(self, key: &[u8]) -> Option<State> {
        match self {
            Self::Sha1 => Hmac::new_from_slice(key).ok().map(State::Sha1),
            Self::Sha256 => Hmac::new_from_slice(key).ok().map(State::Sha256),
            Self::Sha512 => Hmac::new_from_slice(key).ok().map(State::Sha512),
        }
    }

    fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => hash::<Sha1>(parts),
            Self::Sha256 => hash::<Sha256>(parts),
            Self::Sha512 => hash::<Sha512>(parts),
        }
    }
}

fn hash<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(D::new(), sha1::Digest::chain_update).finalize().to_vec()
}

impl State {
    fn sign(&self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1(state) => state.clone().chain_update(value).finalize().into_bytes().to_vec(),
            Self::Sha256(state) => state.clone().chain_update(value).finalize().into_bytes().to_vec(),
            Self::Sha512(state) => state.clone().chain_update(value).finalize().into_bytes().to_vec(),
        }
    }

    /// In constant time; a signature that was cut short is none.
    fn verifies(&self, value: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Sha1(state) => state.clone().chain_update(value).verify_slice(signature).is_ok(),
            Self::Sha256(state) => state.clone().chain_update(value).verify_slice(signature).is_ok(),
            Self::Sha512(state) => state.clone().chain_update(value).verify_slice(signature).is_ok(),
        }
    }
}

/// The secret is not shown.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("secrets", &self.secrets)
            .field("digest", &self.digest)
            .field("derivation", &self.derivation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(secret).salt("a salt")
    }

    #[test]
    fn signatures_are_those_of_itsdangerous() {
        // Each was made with itsdangerous 2.2.
        for (digest, derivation, signed) in [
            (Digest::Sha1, KeyDerivation::Hmac, "text.4Rqoj4onuGHC3Innnv1uElUs1P8"),
            (Digest::Sha1, KeyDerivation::Concat, "text.eH-87KydEGlYHkNKj5lBompnnWg"),
            (Digest::Sha1, KeyDerivation::DjangoConcat, "text.OOnpWBmlUZ0cXMBrgQnJJQUkB20"),
            (Digest::Sha1, KeyDerivation::None, "text.JSQlVWMIfqhjYDMwgLS6H1pE6rU"),
            (Digest::Sha256, KeyDerivation::Hmac, "text.nmOvyI23VTODDXMWF66WYSMkhsWLbMBxYdk1OsgPA_4"),
            (Digest::Sha256, KeyDerivation::Concat, "text.WpgvDvdAKPg2pJ7hujgeluLdVnNXzexRfkRsM24RshI"),
            (Digest::Sha256, KeyDerivation::DjangoConcat, "text.NYpxBm5kKRXFnGCVD1XbdzJT3ZYcYVC3Ec_L7AW-NPU"),
            (Digest::Sha256, KeyDerivation::None, "text.IAzasjZZXmAu6YKVc3By0Gr8eZAwNsERaXgxYPmw3PE"),
            (
                Digest::Sha512,
                KeyDerivation::Hmac,
                "text.JgwEx-sHR50bIhkjlBrS8Ub66MXLYqrhGp5eT8wrALZn9xPqsgl3IqYVir5uS0sJGLWSaYDz6HmCkIZYwtJ6ew",
            ),
            (
                Digest::Sha512,
                KeyDerivation::Concat,
                "text.6pSyb9gSnzVR5LCkLR0NcT5ZeP19wmfE0Q15ep--LHTgEU7K0ggdycDleTrF3YJChnsFrC1-exl1nlJE3hXkbg",
            ),
            (
                Digest::Sha512,
                KeyDerivation::DjangoConcat,
                "text.7ZPmOrzwfedpvokc7fayhxBTutu_yP06C2drCysI-InqSsKYgv1MXK9AuSXaIrRyrLmPcnbFFN_wx16bUME6Vg",
            ),
            (
                Digest::Sha512,
                KeyDerivation::None,
                "text.XmNHgP-sgRDO1Lz40PDK7IvXoCWe9ULtGCDLAjwlEwTgYz3ZhMozpl8rj2DFellQ_vAl5D2kEuUEy4BT3x1aCA",
            ),
        ] {
            let signer = signer("0123456789abcdef").digest(digest).key_derivation(derivation);
            assert_eq!(signer.sign("text"), signed);
            assert_eq!(signer.unsign(signed).unwrap(), "text");
        }
    }

    #[test]
    fn each_setting_is_taken_after_a_text_was_signed_too() {
        let first = signer("0123456789abcdef");
        let signed = first.sign("text");
        for other in [
            first.clone().salt("another"),
            first.clone().digest(Digest::Sha256),
            first.clone().key_derivation(KeyDerivation::None),
            signer("another secret"),
        ] {
            assert!(other.unsign(&signed).unwrap_err().is_bad_signature());
        }
        let changed = [signed.replace("text", "Text"), signed.replace('.', ""), format!("{signed}A"), String::new()];
        for text in changed {
            assert!(first.unsign(&text).unwrap_err().is_bad_signature(), "{text}");
        }
    }

    #[test]
    fn what_a_fallback_signed_is_known_as_that() {
        let (old, new) = (signer("0123456789abcdef"), signer("another secret"));
        let _ = new.sign("states are made");
        let both = new.clone().fallbacks(["an unused one", "0123456789abcdef"]);
        for (signed_by, by_fallback) in [(&new, false), (&old, true), (&both, false)] {
            let mut text = String::from("=");
            signed_by.sign_timed("payload", 1_700_000_000, &mut text);
            assert_eq!(both.verify_timed(&text[1..]).unwrap(), ("payload", 1_700_000_000, by_fallback));
        }
        assert!(new.verify_timed(&old.sign("payload.ZVPxAA")).is_err());
        assert!(old.verify_timed(&old.sign("no time")).is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", signer("0123456789abcdef"));
        assert!(shown.starts_with("Signer") && !shown.contains("0123"), "{shown}");
    }
}
