//! The text of a value in a token: Base64, of compressed bytes where it begins with a dot.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::base64url;

/// Most bytes that a compressed value is inflated to.
pub(crate) const MAX_INFLATED_BYTES: usize = 64 * 1024;

/// What says that the rest is compressed.
const COMPRESSED: &str = ".";

pub(crate) fn encode(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 4 / 3 + 4);
    base64url::append(&mut text, |text| base64url::encode(json.as_bytes(), text));
    text
}

/// The shorter form of a long value: `None` where it is too long to be read again.
pub(crate) fn encode_compressed(json: &str) -> Option<String> {
    if json.len() > MAX_INFLATED_BYTES {
        return None;
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes()).ok()?;
    let mut text = String::from(COMPRESSED);
    let compressed = encoder.finish().ok()?;
    base64url::append(&mut text, |text| base64url::encode(&compressed, text));
    Some(text)
}

/// The JSON in a payload, which was signed by us. At most 64 KiB are inflated.
pub(crate) fn decode(text: &str) -> Option<String> {
    let Some(compressed) = text.strip_prefix(COMPRESSED) else {
        return String::from_utf8(base64url::decode(text)?).ok();
    };
    let mut bytes = Vec::new();
    // One byte more would show that there is more.
    let limit = u64::try_from(MAX_INFLATED_BYTES).ok()? + 1;
    let compressed = base64url::decode(compressed)?;
    ZlibDecoder::new(compressed.as_slice()).take(limit).read_to_end(&mut bytes).ok()?;
    if bytes.len() > MAX_INFLATED_BYTES { None } else { String::from_utf8(bytes).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_and_plain_texts_are_read() {
        let json = format!(r#"{{"a":"{}"}}"#, "x".repeat(1000));
        assert_eq!(decode(&encode(&json)).as_deref(), Some(json.as_str()));
        let compressed = encode_compressed(&json).unwrap();
        assert!(compressed.len() < 60);
        assert_eq!(decode(&compressed).as_deref(), Some(json.as_str()));
        for text in [".", ".e30", "..eJyrVkpUsjKsBQAIKgIJ", ".q1ZKVLIyrAUA", "e30=", "__4"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_zip_bomb_is_not_inflated_and_none_is_written() {
        let most = "x".repeat(MAX_INFLATED_BYTES);
        assert_eq!(decode(&encode_compressed(&most).unwrap()).as_deref(), Some(most.as_str()));
        assert_eq!(encode_compressed(&format!("{most}x")), None);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(format!("{most}x").as_bytes()).unwrap();
        let mut bomb = String::from(".");
        let compressed = encoder.finish().unwrap();
        base64url::append(&mut bomb, |bomb| base64url::encode(&compressed, bomb));
        assert_eq!(decode(&bomb), None);
    }
}
