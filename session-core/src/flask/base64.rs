//! Python's `base64`: writing, and reading as leniently as `b64decode` does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Whether a text is what [`encode`] writes.
pub(super) fn is_canonical(text: &[u8]) -> bool {
    STANDARD.decode(text).is_ok()
}

/// What `binascii.a2b_base64` makes of a text: characters outside of the alphabet do not count, and what follows enough
/// padding is not read.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut place = 0_u8;
    let mut padding = 0;
    let mut kept = 0;
    for &letter in text {
        if letter == b'=' {
            if place >= 2 {
                padding += 1;
                if place + padding >= 4 {
                    return Some(bytes);
                }
            }
            continue;
        }
        let Some(bits) = sextet(letter) else { continue };
        padding = 0;
        match place {
            0 => kept = bits,
            1 => {
                bytes.push(kept << 2 | bits >> 4);
                kept = bits & 0x0f;
            }
            2 => {
                bytes.push(kept << 4 | bits >> 2);
                kept = bits & 0x03;
            }
            _ => bytes.push(kept << 6 | bits),
        }
        place = (place + 1) % 4;
    }
    (place == 0).then_some(bytes)
}

fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_decodes() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("YQ==", Some(b"a")),
            ("Y Q=\n=", Some(b"a")),
            ("!!!!", Some(b"")),
            ("YQ==YQ==", Some(b"a")),
            ("YR==", Some(b"a")),
            ("YWI=", Some(b"ab")),
            ("=YWJj", Some(b"abc")),
            (&format!("{}YQ==", "=".repeat(300)), Some(b"a")),
            ("YWJ=j", Some(b"ab")),
            ("YQ", None),
            ("YQ=", None),
            ("Y", None),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), bytes, "{text}");
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(encode(&all).as_bytes()), Some(all));
    }
}
