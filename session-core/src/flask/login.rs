//! What Flask-Login keeps beside the user's id.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha512};

use crate::hex;

/// The session identifier of Flask-Login (`_create_identifier`), which it keeps under `_id`: of the client's address and of the
/// `User-Agent` header's bytes.
///
/// Flask-Login compares it in every request, and marks the login as stale (`_fresh` is false) where it differs or is
/// missing. So whoever logs a user in on this side sets `_user_id`, `_fresh` and `_id`. Its address is the first entry of
/// `X-Forwarded-For` where there is one, and otherwise that of the connection.
///
/// # Security
///
/// It is no secret: the owner of the cookie can read it. The client may choose its `X-Forwarded-For`.
///
/// # Examples
///
/// ```
/// use session_core::flask::session_identifier;
///
/// let identifier = session_identifier(Some("127.0.0.1"), Some(b"Mozilla/5.0"));
/// assert!(identifier.starts_with("4b58f43e05616ba2"));
/// ```
#[must_use]
pub fn session_identifier(address: Option<&str>, user_agent: Option<&[u8]>) -> String {
    let address = bytes_repr(address.map(|address| address.as_bytes().to_vec()));
    // WSGI makes a text of a header's bytes, each one letter, and Flask-Login makes UTF-8 of that.
    let latin1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>().into_bytes();
    let user_agent = bytes_repr(user_agent.map(latin1));
    hex::encode(&Sha512::digest(format!("{address}|{user_agent}")))
}

/// Python's `repr` of `bytes`, or of `None`.
fn bytes_repr(bytes: Option<Vec<u8>>) -> String {
    let Some(bytes) = bytes else { return "None".into() };
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut text = format!("b{}", char::from(quote));
    for byte in bytes {
        let _ = match byte {
            b'\t' => write!(text, "\\t"),
            b'\n' => write!(text, "\\n"),
            b'\r' => write!(text, "\\r"),
            b'\\' => write!(text, "\\\\"),
            byte if byte == quote => write!(text, "\\{}", char::from(byte)),
            b' '..=b'~' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "\\x{byte:02x}"),
        };
    }
    text.push(char::from(quote));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_look_as_in_python() {
        for (bytes, text) in [
            (&b"a'b"[..], r#"b"a'b""#),
            (b"a\"b", r#"b'a"b'"#),
            (b"a'\"", r#"b'a\'"'"#),
            (b"\t\n\r\x00\x7f\xe9\\", r"b'\t\n\r\x00\x7f\xe9\\'"),
        ] {
            assert_eq!(bytes_repr(Some(bytes.to_vec())), text);
        }
        assert_eq!(bytes_repr(None), "None");
    }

    /// Against Python's `hashlib`.
    #[test]
    fn the_identifier_is_flask_logins() {
        let of_both = "4b58f43e05616ba2eb7be4c7562bf7fa83800cb050c056542e579ea984440fb8\
                       f43632cd4831c0bfc235ad551c1fbeb6a35217a1b0ed9bd70527febbaacc2293";
        assert_eq!(session_identifier(Some("127.0.0.1"), Some(b"Mozilla/5.0")), of_both);
        assert!(session_identifier(None, None).starts_with("892f7fec2c15835660cba1324da22125"));
    }
}
