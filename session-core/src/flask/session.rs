//! The text of Flask's session cookie (`SecureCookieSessionInterface`).

use super::payload;
use super::signer::Signer;
use crate::recycled::Text;
use crate::token::{Rejection, Verified};

impl Signer {
    /// Appends the session's text: compressed only where it has too many bytes otherwise, since the bytes of a compressed
    /// session depend on the library that compressed it.
    pub(crate) fn write_session(&self, json: &str, issued: u64, room: usize, out: &mut String) {
        let start = out.len();
        self.sign_timed(&payload::encode(json), issued, out);
        if out.len() - start > room
            && let Some(compressed) = payload::encode_compressed(json)
        {
            out.truncate(start);
            self.sign_timed(&compressed, issued, out);
        }
    }

    pub(crate) fn read_session(&self, text: &str) -> Result<Verified, Rejection> {
        let (payload, issued, by_fallback) = self.verify_timed(text).map_err(|_| Rejection::Signature)?;
        let payload = payload::decode(payload).ok_or(Rejection::Payload)?;
        let payload = Text::new(payload);
        Ok(Verified { payload, issued, by_fallback })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, room: usize) -> String {
        let mut out = String::from("session=");
        Signer::new("dev-secret").write_session(json, 1_700_000_000, room, &mut out);
        out.split_off("session=".len())
    }

    #[test]
    fn a_session_is_compressed_only_where_it_does_not_fit() {
        let json = format!(r#"{{"a":"{}"}}"#, "x".repeat(300));
        let plain = written(&json, 4096);
        assert!(!plain.starts_with('.'));
        assert_eq!(written(&json, plain.len()), plain, "it just fits");
        let compressed = written(&json, plain.len() - 1);
        assert!(compressed.starts_with('.') && compressed.len() < 120, "{compressed}");
        for text in [plain, compressed] {
            assert_eq!(Signer::new("dev-secret").read_session(&text).unwrap().payload.as_str(), json);
        }
    }
}
