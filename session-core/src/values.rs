//! What a struct writes its fields to.

use serde::Serialize;

use crate::notation::Notation;
use crate::payload::{Payload, Place};
use crate::recycled::Recycled;
use crate::writer::Writer;

/// The encoded fields of a struct, as [`SessionData::encode_fields`](crate::SessionData::encode_fields) writes them.
///
/// Two of them, from before and after, are compared to find what a request changed.
#[derive(Debug)]
pub struct Values {
    payload: Payload,
    /// Where a value is written before it is known to be text.
    buffer: Recycled<Vec<u8>>,
    failed: Option<String>,
}

impl Values {
    pub(crate) fn new(notation: Notation) -> Self {
        Self { payload: Payload::with_room(notation), buffer: Recycled::take(), failed: None }
    }

    /// Writes a field. A value that serializes to `null` is left out, which removes it from the session.
    pub fn put<V: Serialize + ?Sized>(&mut self, key: &str, value: &V) {
        let place = self.payload.begin(key);
        let written = self.payload.notation().write(value, self.payload.text_mut(), &mut self.buffer);
        self.finish(key, place, written);
    }

    /// As [`Values::put`], with a function such as the `serialize` of a serde `with` module.
    pub fn put_with<W>(&mut self, key: &str, write: W)
    where
        W: FnOnce(Writer<'_, '_>) -> serde_json::Result<()>,
    {
        let place = self.payload.begin(key);
        let written = self.payload.notation().write_with(self.payload.text_mut(), &mut self.buffer, write);
        self.finish(key, place, written);
    }

    fn finish(&mut self, key: &str, place: Place, written: bool) {
        let keep = written && self.payload.written(&place) != "null";
        self.payload.finish(place, keep);
        if !written {
            self.fail(key);
        }
    }

    /// Says that a field has a value which cannot be written.
    pub(crate) fn fail(&mut self, key: &str) {
        self.failed.get_or_insert_with(|| key.to_owned());
    }

    /// Writes a field as a text of the session's notation that is known to be valid.
    pub(crate) fn put_json(&mut self, key: &str, json: &str) {
        self.payload.set(key, json);
    }

    pub(crate) fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The first key whose value has no JSON, such as a map with keys that are not texts.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_and_what_has_no_json_are_left_out() {
        let mut values = Values::new(Notation::Json);
        values.put("name", &String::from("é\n"));
        values.put("none", &None::<u8>);
        values.put("map", &BTreeMap::from([((1, 2), 3)]));
        assert_eq!(values.payload().to_json().as_str(), r#"{"name":"é\n"}"#);
        assert_eq!(values.failed(), Some("map"));
    }
}
