//! Keys of JSON objects: between the text in quotes and what it stands for.

use std::borrow::Cow;

use crate::swar;

/// The first eight letters of a key as a number, by which nearly all keys differ. What a shorter one does not have is zero, a letter
/// that no key has without an escape.
#[inline]
pub(crate) fn head(key: &[u8]) -> u64 {
    let word = |letters: &[u8; 4]| u64::from(u32::from_le_bytes(*letters));
    match (key.first_chunk::<8>(), key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (Some(letters), ..) => u64::from_le_bytes(*letters),
        (None, Some(first), Some(last)) => word(first) | word(last) << (8 * (key.len() - 4)),
        _ => key.iter().rev().fold(0, |head, letter| head << 8 | u64::from(*letter)),
    }
}

/// As [`head`], of so many letters of a longer text.
#[inline]
pub(crate) fn head_of(text: &[u8], length: usize) -> u64 {
    match text.first_chunk::<8>() {
        Some(letters) if length < 8 => u64::from_le_bytes(*letters) & ((1 << (8 * length)) - 1),
        Some(letters) => u64::from_le_bytes(*letters),
        None => head(text.get(..length).unwrap_or_default()),
    }
}

/// Whether a key in quotes has escapes, so that its text is not what it stands for.
pub(crate) fn has_escapes(quoted: &str) -> bool {
    swar::find(b'\\', quoted.as_bytes()).is_some()
}

/// What a key in quotes stands for. Without an escape, which is the rule, nothing is copied.
pub(crate) fn decode(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
    if !has_escapes(inner) {
        return Cow::Borrowed(inner);
    }
    // A lone surrogate stands for no text; such a key is known by its own spelling.
    serde_json::from_str(quoted).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// Appends a key in quotes, and says whether it needed escapes.
pub(crate) fn encode(key: &str, out: &mut String) -> bool {
    let escaped = swar::find_in_string(key.as_bytes()).is_some();
    if escaped {
        // A string always serializes.
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
    } else {
        out.push('"');
        out.push_str(key);
        out.push('"');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_the_first_eight_letters() {
        let key = b"username_of_ada";
        for length in 0..=key.len() {
            let mut letters = [0; 8];
            letters.iter_mut().zip(&key[..length]).for_each(|(letter, of_key)| *letter = *of_key);
            assert_eq!(head(&key[..length]), u64::from_le_bytes(letters), "{length}");
            for rest in ["", "\"", "\":1", "\":\"a longer rest\""] {
                let text = [&key[..length], rest.as_bytes()].concat();
                assert_eq!(head_of(&text, length), u64::from_le_bytes(letters), "{length} {rest}");
            }
        }
    }

    #[test]
    fn keys_survive_the_round_trip() {
        for key in ["", "user", "a\"b", "back\\slash", "tab\t", "\u{0}", "é", "𝄞"] {
            let mut quoted = String::new();
            encode(key, &mut quoted);
            assert_eq!(decode(&quoted), key);
        }
        assert_eq!(decode(r#""\u00e9""#), "é");
        assert_eq!(decode(r#""\ud800""#), r"\ud800");
    }
}
