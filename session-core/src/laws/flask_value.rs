//! The value of a cookie that Flask shares, also under a signature that holds.

use super::sealed_value;
use crate::flask::{self, payload};
use crate::notation::Notation;
use crate::payload::Payload;
use crate::recycled::Text;
use crate::token::Kind;

/// Four bytes say how a value is changed; the rest is what it holds. All of it is a payload in Base64, and a dict.
pub fn flask_value(input: &[u8]) {
    sealed_value(Kind::Flask, input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(json) = payload::decode(text) {
        assert!(json.len() <= payload::MAX_INFLATED_BYTES.max(text.len()), "{} bytes of {}", json.len(), text.len());
        dict(&json);
    }
    dict(text);
    value(text);
}

/// A dict that was read is written so that it is read again, and is then the same.
fn dict(json: &str) {
    let Ok(session) = read(json) else { return };
    let written = session.to_json();
    let again = read(&written).expect("what was written is read");
    assert_eq!(again.to_json().as_str(), written.as_str(), "from {json}");
    assert_eq!(again.iter().count(), session.iter().count());
    assert_eq!(payload::decode(&payload::encode(&written)).as_deref(), Some(written.as_str()));
    if let Some(compressed) = payload::encode_compressed(&written) {
        assert_eq!(payload::decode(&compressed).as_deref(), Some(written.as_str()));
    }
}

fn read(json: &str) -> Result<Payload, crate::scan::ScanError> {
    Notation::Flask.parse(Text::of(json))
}

/// A value that may stand in a session is the same value as itself, and what other notations have of it is JSON.
fn value(text: &str) {
    let _ = (flask::is_nobody(text), flask::holds_parts(text), flask::is_truthy(text), flask::elements(text));
    if flask::check_value(text).is_ok() {
        assert!(flask::is_same_value(text, text), "{text}");
        if let Some(json) = flask::to_json(text) {
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{json} of {text}");
        }
    }
    if let Some(tagged) = flask::from_json(text) {
        assert!(flask::is_same_value(&tagged, &tagged), "{tagged} of {text}");
    }
}
