//! Base64 with the URL-safe alphabet, without padding, in its one canonical form (RFC 4648 sections 3.5 and 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// The length of the text of so many bytes.
pub(crate) const fn encoded_bytes(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Appends the text of `bytes`.
pub(crate) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    // Not `encode_string`, which clears 1 kB for each call: for a MAC that takes longer than the work itself.
    let start = out.len();
    out.resize(start + encoded_bytes(bytes.len()), 0);
    let written = out.get_mut(start..).map(|text| URL_SAFE_NO_PAD.encode_slice(bytes, text));
    debug_assert!(written.is_some_and(|written| written.is_ok()));
}

/// Appends what `write` does to the bytes of a text. Nothing but ASCII may be added.
pub(crate) fn append(out: &mut String, write: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::mem::take(out).into_bytes();
    write(&mut bytes);
    *out = String::from_utf8(bytes).unwrap_or_default();
}

/// Whether a text is that of a 256-bit MAC, in constant time for texts of its length. The text is not decoded: it has one form only.
pub(crate) fn is_text_of_mac(text: &str, mac: &[u8; 32]) -> bool {
    // The rest of both stays zero.
    let (mut expected, mut given) = ([0; 48], [0; 48]);
    let Ok(length) = URL_SAFE_NO_PAD.encode_slice(mac, &mut expected) else { return false };
    match given.get_mut(..length) {
        Some(given) if text.len() == length => given.copy_from_slice(text.as_bytes()),
        _ => return false,
    }
    // By words, of which there are fewer than bytes.
    let (expected, _) = expected.as_chunks();
    let (given, _) = given.as_chunks();
    let differ = expected
        .iter()
        .zip(given)
        .fold(0, |differ, (expected, given)| differ | (u64::from_ne_bytes(*expected) ^ u64::from_ne_bytes(*given)));
    differ.ct_eq(&0).into()
}

/// The bytes of a text, or `None` where another text would stand for the same bytes.
#[cfg(any(test, feature = "flask"))]
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// As [`decode`], behind what a buffer holds already.
pub(crate) fn decode_to(text: &str, out: &mut Vec<u8>) -> Option<()> {
    URL_SAFE_NO_PAD.decode_vec(text, out).ok()
}

/// As [`decode`], into a buffer that the bytes must fill.
pub(crate) fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == N).then_some(bytes)
}

/// Appends a number as `itsdangerous` writes times: big-endian without leading zeros, so that zero is no text at all.
pub(crate) fn encode_number(number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    encode(bytes.get(zeros..).unwrap_or_default(), out);
}

/// A number of at most eight bytes, big-endian, and whether it has no leading zeros.
pub(crate) fn decode_number(text: &str) -> Option<(u64, bool)> {
    let mut bytes = [0; 8];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    let bytes = bytes.get(..length)?;
    Some((bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), bytes.first() != Some(&0)))
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

    #[test]
    fn a_mac_has_one_text() {
        let mac: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7).unwrap());
        let mut text = String::new();
        append(&mut text, |text| encode(&mac, text));
        assert!(is_text_of_mac(&text, &mac));
        for index in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[index] = if other[index] == b'A' { b'B' } else { b'A' };
            assert!(!is_text_of_mac(std::str::from_utf8(&other).unwrap(), &mac), "{index}");
            assert!(!is_text_of_mac(&text[..index], &mac), "{index}");
        }
        // The two bits that are left over must be zero.
        for last in "BCDEFGHIJKLMNOPQRSTUVWXYZ".chars().filter(|last| !text.ends_with(*last)) {
            assert!(!is_text_of_mac(&format!("{}{last}", &text[..42]), &mac), "{last}");
        }
        for longer in [format!("{text}="), format!("{text}A"), format!("{text}\0")] {
            assert!(!is_text_of_mac(&longer, &mac), "{longer}");
        }
    }

    #[test]
    fn differences_in_two_words_do_not_make_up_for_each_other() {
        let mac = [0x5a; 32];
        let mut text = String::new();
        append(&mut text, |text| encode(&mac, text));
        let mut other = text.into_bytes();
        for at in [0, 8] {
            other[at] ^= 1;
        }
        assert!(!is_text_of_mac(std::str::from_utf8(&other).unwrap(), &mac));
    }
}
