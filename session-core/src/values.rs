//! What a struct writes its fields to.

use std::io;

use serde::Serialize;

use crate::payload::{Payload, Place};

/// The encoded fields of a struct, as [`SessionData::encode_fields`](crate::SessionData::encode_fields) writes them.
///
/// Two of them, from before and after, are compared to find what a request changed.
#[derive(Debug, Default)]
pub struct Values {
    payload: Payload,
    failed: Option<String>,
}

impl Values {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// With room for so many fields of a usual size.
    pub(crate) fn for_fields(fields: usize) -> Self {
        Self { payload: Payload::with_capacity(fields), failed: None }
    }

    /// Writes a field. A value that serializes to `null` is left out, which removes it from the session.
    pub fn put<V: Serialize + ?Sized>(&mut self, key: &str, value: &V) {
        let place = self.payload.begin(key);
        let written = value.serialize(&mut serde_json::Serializer::new(TextWriter(self.payload.text_mut())));
        self.finish(key, place, written.is_ok());
    }

    /// As [`Values::put`], with a function such as the `serialize` of a serde `with` module.
    pub fn put_with<W>(&mut self, key: &str, write: W)
    where
        W: FnOnce(&mut serde_json::Serializer<TextWriter<'_>>) -> serde_json::Result<()>,
    {
        let place = self.payload.begin(key);
        let written = write(&mut serde_json::Serializer::new(TextWriter(self.payload.text_mut())));
        self.finish(key, place, written.is_ok());
    }

    fn finish(&mut self, key: &str, place: Place, written: bool) {
        let keep = written && self.payload.written(&place) != "null";
        self.payload.finish(place, keep);
        if !written {
            self.failed.get_or_insert_with(|| key.to_owned());
        }
    }

    /// Writes a field as JSON text that is known to be valid.
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

/// Appends to the text of [`Values`].
#[derive(Debug)]
pub struct TextWriter<'a>(&'a mut String);

impl io::Write for TextWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // serde_json writes whole characters.
        let text = std::str::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        self.0.push_str(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_and_what_has_no_json_are_left_out() {
        let mut values = Values::new();
        values.put("name", &String::from("é\n"));
        values.put("none", &None::<u8>);
        values.put("map", &BTreeMap::from([((1, 2), 3)]));
        assert_eq!(values.payload().to_json(), r#"{"name":"é\n"}"#);
        assert_eq!(values.failed(), Some("map"));
    }
}
