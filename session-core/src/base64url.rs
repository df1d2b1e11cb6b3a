//! Base64 with the URL-safe alphabet, without padding, in its one canonical form (RFC 4648 sections 3.5 and 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Appends the text of `bytes`.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// The bytes of a text, or `None` where another text would stand for the same bytes.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// As [`decode`], into a buffer that the bytes must fill.
pub(crate) fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == N).then_some(bytes)
}

/// Appends a number as `itsdangerous` writes times: big-endian without leading zeros, so that zero is no text at all.
pub(crate) fn encode_number(number: u64, out: &mut String) {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    encode(bytes.get(zeros..).unwrap_or_default(), out);
}

/// A number of at most eight bytes, big-endian, and whether it has no leading zeros.
pub(crate) fn decode_number(text: &str) -> Option<(u64, bool)> {
    let bytes = decode(text)?;
    let number = || bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    (bytes.len() <= 8).then(|| (number(), bytes.first() != Some(&0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        assert_eq!(decode("_-8"), Some(vec![0xff, 0xef]));
        for text in ["_-8=", "/+8", "_-9", "_ -8", "_-8\n", "_"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        assert_eq!(decode_exact::<2>("_-8"), Some([0xff, 0xef]));
        assert_eq!(decode_exact::<3>("_-8"), None);
        assert_eq!(decode_exact::<1>("_-8"), None);
    }
}
