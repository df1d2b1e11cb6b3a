//! The encrypted text of a cookie: `e1.` and base64url of nonce, ciphertext and tag, by AES-256-GCM-SIV (RFC 8452), with
//! which a random nonce of 12 bytes is safe for any number of cookies that a site will ever send.
//!
//! The plaintext is the session's JSON and then its time of issue, as 8 bytes big-endian. It is never compressed: the
//! length of compressed data tells of its content.

use std::fmt;

use aes_gcm_siv::aead::array::Array;
use aes_gcm_siv::{AeadInOut as _, Aes256GcmSiv, KeyInit as _};

use super::{Purpose, Rejection, Verified};
use crate::base64url;
use crate::key::KeyRing;
use crate::random::{self, NoRandomness};
use crate::recycled::{Recycled, Text};

/// The version of the format, with which no signed text begins.
const PREFIX: &str = "e1.";
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Encrypts texts for one purpose and decrypts them, with key state that is computed once.
pub(crate) struct Cipher {
    /// The current key's state, then those of the fallbacks.
    states: Vec<Aes256GcmSiv>,
    /// The purpose once more, as data that every text is bound to.
    associated: Vec<u8>,
}

impl Cipher {
    pub(crate) fn new(keys: &KeyRing, purpose: Purpose<'_>) -> Self {
        let state = |key| Aes256GcmSiv::new(&Array::from(*purpose.derive(key)));
        Self { states: keys.keys().iter().map(state).collect(), associated: purpose.info() }
    }

    /// Appends the encrypted text of `payload` to `out`, which need not be empty.
    pub(crate) fn encrypt(&self, payload: &str, issued: u64, out: &mut String) -> Result<(), NoRandomness> {
        let nonce: [u8; NONCE_BYTES] = random::unique()?;
        let mut text = Recycled::<Vec<u8>>::take();
        text.extend_from_slice(payload.as_bytes());
        text.extend_from_slice(&issued.to_be_bytes());
        // It fails for texts of more than 64 GiB.
        let state = self.states.first().ok_or(NoRandomness)?;
        state.encrypt_in_place(&Array(nonce), &self.associated, &mut *text).map_err(|_| NoRandomness)?;
        out.push_str(PREFIX);
        // 12 bytes are 16 letters, so the two parts are the base64 of the whole.
        base64url::append(out, |out| {
            base64url::encode(&nonce, out);
            base64url::encode(&text, out);
        });
        Ok(())
    }

    /// The payload and time of an encrypted text.
    pub(crate) fn decrypt(&self, text: &str) -> Result<Verified, Rejection> {
        let text = text.strip_prefix(PREFIX).ok_or(Rejection::Malformed)?;
        let mut bytes = Recycled::<Vec<u8>>::take();
        base64url::decode_to(text, &mut bytes).ok_or(Rejection::Malformed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(Rejection::Malformed)?;
        let mut opened = Recycled::<Vec<u8>>::take();
        let mut opens = |state: &Aes256GcmSiv| {
            opened.clear();
            opened.extend_from_slice(sealed);
            state.decrypt_in_place(&Array(*nonce), &self.associated, &mut *opened).is_ok()
        };
        let key = self.states.iter().position(&mut opens).ok_or(Rejection::Signature)?;
        let (payload, issued) = opened.split_last_chunk().ok_or(Rejection::Payload)?;
        let payload = std::str::from_utf8(payload).map_err(|_| Rejection::Payload)?;
        Ok(Verified { payload: Text::of(payload), issued: u64::from_be_bytes(*issued), by_fallback: key > 0 })
    }
}

/// How many bytes [`Cipher::encrypt`] appends for a payload of so many.
pub(crate) fn written_bytes(payload: usize) -> usize {
    PREFIX.len() + base64url::encoded_bytes(NONCE_BYTES + payload + size_of::<u64>() + TAG_BYTES)
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({} keys)", self.states.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::token::signed::Signer;

    const PURPOSE: Purpose<'static> = Purpose { kind: "encrypted", scope: "", cookie_name: "__Host-session" };

    fn ring(byte: u8) -> KeyRing {
        Key::try_from([byte; 32].as_slice()).unwrap().into()
    }

    fn cipher(byte: u8) -> Cipher {
        Cipher::new(&ring(byte), PURPOSE)
    }

    fn encrypted(cipher: &Cipher, payload: &str) -> String {
        let mut text = String::new();
        cipher.encrypt(payload, 1_700_000_000, &mut text).unwrap();
        text
    }

    #[test]
    fn the_golden_cookie_of_version_1_stays_readable() {
        // Computed with Python's cryptography from the description of the format, not with this code.
        let verified =
            cipher(7).decrypt("e1.AAECAwQFBgcICQoLlLHHy7RYWMQWZ1YuWDpd6Vzy8putpyD-149UZnDsdoBLp6gl").unwrap();
        assert_eq!((verified.payload.as_str(), verified.issued), (r#"{"visits":3}"#, 1_700_000_000));
    }

    #[test]
    fn what_was_encrypted_is_read_and_every_flipped_byte_fails() {
        let cipher = cipher(7);
        let text = encrypted(&cipher, r#"{"visits":3}"#);
        assert!(text.starts_with("e1.") && !text.contains("eyJ"));
        assert_eq!(cipher.decrypt(&text).unwrap().payload.as_str(), r#"{"visits":3}"#);
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert!(cipher.decrypt(&String::from_utf8(bytes).unwrap()).is_err(), "{index}");
        }
        for length in 0..text.len() {
            assert!(cipher.decrypt(&text[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_same_session_never_gives_the_same_text() {
        let cipher = cipher(7);
        assert_ne!(encrypted(&cipher, "{}"), encrypted(&cipher, "{}"));
    }

    #[test]
    fn a_text_is_bound_to_key_kind_scope_and_cookie_name() {
        let text = encrypted(&cipher(7), "{}");
        assert_eq!(cipher(8).decrypt(&text), Err(Rejection::Signature));
        for purpose in [
            Purpose { kind: "signed", ..PURPOSE },
            Purpose { scope: "admin", ..PURPOSE },
            Purpose { cookie_name: "session", ..PURPOSE },
        ] {
            assert_eq!(Cipher::new(&ring(7), purpose).decrypt(&text), Err(Rejection::Signature), "{purpose:?}");
        }
    }

    #[test]
    fn a_signed_cookie_is_never_accepted_in_place_of_an_encrypted_one_nor_the_other_way() {
        let signer = Signer::new(&ring(7), Purpose { kind: "signed", ..PURPOSE });
        let mut text = String::new();
        signer.sign(b"{}", 1_700_000_000, &mut text);
        assert!(cipher(7).decrypt(&text).is_err());
        assert!(cipher(7).decrypt(&format!("e1.{text}")).is_err());
        assert!(signer.verify(&encrypted(&cipher(7), "{}")).is_err());
    }

    #[test]
    fn a_fallback_decrypts_and_says_so() {
        let ring = KeyRing::new(Key::generate()).fallback(Key::try_from([7; 32].as_slice()).unwrap());
        assert!(Cipher::new(&ring, PURPOSE).decrypt(&encrypted(&cipher(7), "{}")).unwrap().by_fallback);
        assert!(!cipher(7).decrypt(&encrypted(&cipher(7), "{}")).unwrap().by_fallback);
    }
}
