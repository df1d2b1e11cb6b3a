//! The signed text of a cookie: `payload "." timestamp "." signature`, the layout of itsdangerous'
//! `URLSafeTimedSerializer`.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{Purpose, Rejection, Verified};
use crate::base64url;
use crate::key::KeyRing;
use crate::recycled::Text;

/// Signs texts for one purpose and verifies them, with key state that is computed once.
#[derive(Clone)]
pub(crate) struct Signer {
    /// The current key's state, then those of the fallbacks.
    states: Vec<Hmac<Sha256>>,
}

impl Signer {
    pub(crate) fn new(keys: &KeyRing, purpose: Purpose<'_>) -> Self {
        let state = |key| Hmac::new_from_slice(purpose.derive(key).as_ref());
        // An HMAC takes a key of any length.
        Self { states: keys.keys().iter().flat_map(state).collect() }
    }

    /// Appends the signed text of `payload` to `out`, which need not be empty.
    pub(crate) fn sign(&self, payload: &[u8], issued: u64, out: &mut String) {
        base64url::append(out, |text| {
            let start = text.len();
            base64url::encode(payload, text);
            text.push(b'.');
            base64url::encode_number(issued, text);
            if let Some((state, signed)) = self.states.first().zip(text.get(start..)) {
                let mac = mac(state, signed);
                text.push(b'.');
                base64url::encode(&mac, text);
            }
        });
    }

    /// The payload and time of a signed text.
    ///
    /// The order is the pinned one: signature first, so that nothing is decoded that we did not sign.
    pub(crate) fn verify(&self, text: &str) -> Result<Verified, Rejection> {
        let (payload, issued, by_fallback) = self.verify_text(text)?;
        let payload = Text::of_bytes(|bytes| base64url::decode_to(payload, bytes)).ok_or(Rejection::Payload)?;
        Ok(Verified { payload, issued, by_fallback })
    }

    /// As [`Signer::verify`], with the payload in base64 as it stands.
    pub(crate) fn verify_text<'t>(&self, text: &'t str) -> Result<(&'t str, u64, bool), Rejection> {
        // It has one length, so it need not be searched for.
        let start = text.len().checked_sub(base64url::encoded_bytes(32)).ok_or(Rejection::Malformed)?;
        let (signed, signature) = text.split_at_checked(start).ok_or(Rejection::Malformed)?;
        let signed = signed.strip_suffix('.').ok_or(Rejection::Malformed)?;
        let made_by = |state| base64url::is_text_of_mac(signature, &mac(state, signed.as_bytes()));
        let key = self.states.iter().position(made_by).ok_or(Rejection::Signature)?;
        let (payload, issued) = signed.rsplit_once('.').ok_or(Rejection::Malformed)?;
        let issued = read_timestamp(issued).ok_or(Rejection::Malformed)?;
        Ok((payload, issued, key > 0))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} keys)", self.states.len())
    }
}

/// How many bytes [`Signer::sign`] appends for a payload of so many.
pub(crate) fn written_bytes(payload: usize, issued: u64) -> usize {
    let time = (u64::BITS - issued.leading_zeros()).div_ceil(8) as usize;
    base64url::encoded_bytes(payload) + base64url::encoded_bytes(time) + base64url::encoded_bytes(32) + "..".len()
}

fn mac(state: &Hmac<Sha256>, signed: &[u8]) -> [u8; 32] {
    state.clone().chain_update(signed).finalize().into_bytes().into()
}

/// A time without leading zeros, so that it has one text.
fn read_timestamp(text: &str) -> Option<u64> {
    base64url::decode_number(text).filter(|(_, shortest)| *shortest).map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    const PURPOSE: Purpose<'static> = Purpose { kind: "signed", scope: "", cookie_name: "__Host-session" };

    fn key(byte: u8) -> Key {
        Key::try_from([byte; 32].as_slice()).unwrap()
    }

    fn signer(byte: u8) -> Signer {
        Signer::new(&key(byte).into(), PURPOSE)
    }

    fn signed(signer: &Signer, payload: &str, issued: u64) -> String {
        let mut text = String::new();
        signer.sign(payload.as_bytes(), issued, &mut text);
        text
    }

    #[test]
    fn the_golden_cookie_of_version_1_stays_readable() {
        // Computed with Python's hmac from the description of the format, not with this code.
        let text = signed(&signer(7), r#"{"visits":3}"#, 1_700_000_000);
        assert_eq!(text, "eyJ2aXNpdHMiOjN9.ZVPxAA.jKUY3uGT5pIucv_TCCqxcVWgzo0YUNUMjCULV6koHPY");
    }

    #[test]
    fn what_was_signed_verifies_and_every_flipped_byte_fails() {
        let signer = signer(7);
        let text = signed(&signer, r#"{"visits":3}"#, 1_700_000_000);
        let verified = signer.verify(&text).unwrap();
        assert_eq!((verified.payload.as_str(), verified.issued), (r#"{"visits":3}"#, 1_700_000_000));
        for index in 0..text.len() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(signer.verify(&changed).is_err(), "{index} {bit}");
            }
        }
    }

    #[test]
    fn a_signature_is_bound_to_key_kind_scope_and_cookie_name() {
        let text = signed(&signer(7), "{}", 1);
        assert_eq!(signer(8).verify(&text), Err(Rejection::Signature));
        for purpose in [
            Purpose { kind: "stored", ..PURPOSE },
            Purpose { scope: "admin", ..PURPOSE },
            Purpose { cookie_name: "session", ..PURPOSE },
            Purpose { kind: "signed__", scope: "Host-session", cookie_name: "" },
        ] {
            let other = Signer::new(&key(7).into(), purpose);
            assert_eq!(other.verify(&text), Err(Rejection::Signature), "{purpose:?}");
        }
    }

    #[test]
    fn segments_swapped_doubled_or_missing_are_refused() {
        let signer = signer(7);
        let text = signed(&signer, "{}", 1_700_000_000);
        let parts: Vec<&str> = text.split('.').collect();
        let [payload, time, mac] = parts[..] else { panic!("three segments") };
        for bad in [
            format!("{time}.{payload}.{mac}"),
            format!("{payload}.{mac}.{time}"),
            format!("{payload}.{time}.{mac}.{mac}"),
            format!("{payload}.{payload}.{time}.{mac}"),
            format!("{payload}.{time}"),
            format!("{payload}..{mac}"),
            format!(".{time}.{mac}"),
            format!("{payload}.{time}.{mac}="),
            String::new(),
            "..".into(),
        ] {
            assert!(signer.verify(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fallback_verifies_and_says_so() {
        let ring = KeyRing::new(key(8)).fallback(key(7));
        let text = signed(&signer(7), "{}", 1);
        assert!(Signer::new(&ring, PURPOSE).verify(&text).unwrap().by_fallback);
        assert!(!signer(7).verify(&text).unwrap().by_fallback);
    }

    #[test]
    fn timestamps_from_zero_to_the_last_are_read_back() {
        let signer = signer(7);
        for time in [0, 1, 255, 256, 1_700_000_000, 1 << 63, u64::MAX] {
            assert_eq!(signer.verify(&signed(&signer, "{}", time)).unwrap().issued, time);
        }
        assert_eq!(read_timestamp("AGVT8QA"), None, "a leading zero byte");
        assert_eq!(read_timestamp("ARERERERERER"), None, "nine bytes");
    }
}
