//! Keys of JSON objects: between the text in quotes and what it stands for.

use std::borrow::Cow;

use crate::swar;

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

/// Appends a key in quotes.
pub(crate) fn encode(key: &str, out: &mut String) {
    if swar::find_in_string(key.as_bytes()).is_none() {
        out.push('"');
        out.push_str(key);
        out.push('"');
    } else {
        // A string always serializes.
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
