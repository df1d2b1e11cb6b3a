//! The fields of a session: the one pass over its JSON.

use serde::de::IgnoredAny;

use crate::json_key;
use crate::payload::Payload;
use crate::recycled::Text;
use crate::scan::{self, ScanError};

/// What is taken for JSON is, and what is not is none. Fields stand where they are said to, and a change of one leaves the
/// others as they were.
pub fn fields(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let is_object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
    match Payload::parse(Text::of(text)) {
        Ok(session) => {
            assert!(is_json && is_object, "{text}");
            object(&session);
        }
        Err(ScanError::Syntax) => assert!(!is_json || !is_object, "{text}"),
        Err(ScanError::TooDeep | ScanError::DuplicateKey) => {}
    }
    if scan::value(text).is_ok() {
        assert!(is_json, "{text}");
    }
    if let Ok(elements) = scan::array(text) {
        let all = elements.iter().all(|place| serde_json::from_str::<IgnoredAny>(&text[place.clone()]).is_ok());
        assert!(is_json && all, "{text}");
    }
}

fn object(session: &Payload) {
    let fields: Vec<(String, String)> = session.iter().map(|(key, json)| (key.to_owned(), json.to_owned())).collect();
    for (key, json) in &fields {
        assert!(serde_json::from_str::<IgnoredAny>(json).is_ok(), "{json}");
        assert_eq!(session.get(&json_key::decode(key)), Some(json.as_str()), "{key}");
    }
    let written = session.to_json();
    let again = Payload::parse(written.clone()).expect("what was written is read");
    assert!(again.iter().eq(session.iter()), "{}", written.as_str());

    let mut changed = session.clone();
    let Some((first, others)) = fields.split_first() else { return };
    let name = json_key::decode(&first.0);
    changed.set(&name, "[true]");
    assert_eq!(changed.get(&name), Some("[true]"));
    let changed = Payload::parse(changed.to_json()).expect("what was set is read");
    assert!(changed.iter().skip(1).eq(others.iter().map(|(key, json)| (key.as_str(), json.as_str()))));
    let mut changed = changed;
    assert!(changed.remove(&name) && changed.get(&name).is_none());
}
