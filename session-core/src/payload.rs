//! The JSON object of a session as one buffer and an index into it.

use std::fmt;

use crate::data::Field;
#[cfg(feature = "flask")]
use crate::flask;
use crate::json_key;
use crate::notation::Notation;
use crate::recycled::Text;
use crate::scan::{self, Entries, Entry, Key, ScanError};

/// A session's fields: the text they were read from, with what was set since appended behind it.
///
/// Keys that nobody asks for are written back byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    notation: Notation,
    text: Text,
    entries: Entries,
    /// Keys were only ever added, so that the text is the object but for the brace at its end. The text of none is empty.
    grown: bool,
}

impl Payload {
    /// Without fields.
    pub(crate) const fn empty(notation: Notation) -> Self {
        Self { notation, text: Text::new(String::new()), entries: Entries::new(Vec::new()), grown: true }
    }

    /// As [`Payload::empty`], for one that is about to be filled.
    pub(crate) fn with_room(notation: Notation) -> Self {
        Self { notation, text: Text::take(), entries: Entries::take(), grown: true }
    }

    /// Indexes a JSON object.
    pub(crate) fn parse(text: Text) -> Result<Self, ScanError> {
        let entries = scan::object(&text)?;
        Ok(Self { notation: Notation::Json, text, entries, grown: false })
    }

    /// Of a text in Flask's notation whose fields were found already.
    #[cfg(feature = "flask")]
    pub(crate) fn of_flask(text: String, entries: Vec<Entry>) -> Self {
        Self { notation: Notation::Flask, text: Text::new(text), entries: Entries::new(entries), grown: false }
    }

    /// Whether it has no field at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How the values are written.
    pub(crate) fn notation(&self) -> Notation {
        self.notation
    }

    /// A value's JSON.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let head = json_key::head(key.as_bytes());
        let entry = self.entries.iter().find(|entry| entry.key.is(key, head, &self.text))?;
        self.text.get(entry.value.clone())
    }

    /// A field's JSON, by its key or an older one.
    pub(crate) fn get_field(&self, field: &Field) -> Option<&str> {
        field.keys().find_map(|key| self.get(key))
    }

    /// Sets a key to a number.
    pub(crate) fn set_number(&mut self, key: &str, number: impl itoa::Integer) {
        self.set(key, itoa::Buffer::new().format(number));
    }

    /// Sets a key to a JSON value, which stays where it is in the order.
    pub(crate) fn set(&mut self, key: &str, json: &str) {
        let known = self.index_of(key);
        if let Some(entry) = known.and_then(|index| self.entries.get_mut(index)) {
            let start = self.text.len();
            self.text.push_str(json);
            entry.value = start..self.text.len();
            self.grown = false;
        } else {
            let before = if self.text.is_empty() { '{' } else { ',' };
            self.text.push(before);
            let start = self.text.len();
            let escaped = json_key::encode(key, &mut self.text);
            let key = Key::at(start..self.text.len(), escaped, &self.text);
            self.text.push(':');
            let start = self.text.len();
            self.text.push_str(json);
            self.entries.push(Entry { key, value: start..self.text.len() });
        }
    }

    /// Removes a key and says whether it was there.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let known = self.index_of(key);
        if let Some(index) = known {
            self.entries.remove(index);
            self.grown = false;
        }
        known.is_some()
    }

    /// The fields in their order: the key as it stands, quotes included, and the value's JSON.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((entry.key.quoted(&self.text), self.text.get(entry.value.clone())?)))
    }

    /// The object as one text, without white space between its fields.
    pub(crate) fn to_json(&self) -> Text {
        #[cfg(feature = "flask")]
        if self.notation == Notation::Flask {
            return Text::new(flask::write_root(self));
        }
        let mut json = Text::take();
        json.reserve(self.text.len() + 2);
        if self.grown && !self.entries.is_empty() {
            json.push_str(&self.text);
            json.push('}');
            return json;
        }
        let mut separator = '{';
        for (key, value) in self.iter() {
            json.push(separator);
            json.push_str(key);
            json.push(':');
            json.push_str(value);
            separator = ',';
        }
        if separator == '{' {
            json.push('{');
        }
        json.push('}');
        json
    }

    fn index_of(&self, key: &str) -> Option<usize> {
        let head = json_key::head(key.as_bytes());
        self.entries.iter().position(|entry| entry.key.is(key, head, &self.text))
    }
}

/// Key names only: values are the user's.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(key, _)| json_key::decode(key))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &str) -> Payload {
        Payload::parse(Text::new(json.into())).unwrap()
    }

    #[test]
    fn what_is_not_touched_is_written_back_byte_for_byte() {
        let mut payload = payload(r#"{ "big" : 123456789012345678901234567890, "a": 1, "\u00e9":"\ud800" }"#);
        payload.set("a", "2");
        payload.set("new\"", "[]");
        assert_eq!(
            payload.to_json().as_str(),
            r#"{"big":123456789012345678901234567890,"a":2,"\u00e9":"\ud800","new\"":[]}"#
        );
        assert_eq!(payload.get("é"), Some(r#""\ud800""#));
    }

    #[test]
    fn removing() {
        let mut payload = payload(r#"{"a":1,"b":2}"#);
        assert!(payload.remove("a"));
        assert!(!payload.remove("a"));
        assert_eq!(payload.to_json().as_str(), r#"{"b":2}"#);
        payload.remove("b");
        assert_eq!(payload.to_json().as_str(), "{}");
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", payload(r#"{"name":"secret"}"#)), r#"{"name"}"#);
    }

    #[test]
    fn a_key_that_is_set_stays_where_it_is_and_a_new_one_comes_last() {
        let mut payload = payload(r#"{"a":1,"b":2}"#);
        payload.set("a", "[3]");
        payload.set_number("c", -4);
        payload.set("c", "5");
        payload.set("tab\t", "6");
        assert_eq!(payload.to_json().as_str(), r#"{"a":[3],"b":2,"c":5,"tab\t":6}"#);
        assert_eq!((payload.get("a"), payload.get("tab\t"), payload.get("d")), (Some("[3]"), Some("6"), None));
        assert_eq!(payload.notation(), Notation::Json);
        assert!(payload.remove("tab\t") && payload.get("tab\t").is_none());
    }

    #[test]
    fn a_field_is_found_by_an_older_key_where_its_own_is_missing() {
        static NAME: Field = Field::value("name").aliases(&["old", "older"]);
        for (json, value) in
            [(r#"{"older":1,"old":2,"name":3}"#, "3"), (r#"{"older":1,"old":2}"#, "2"), (r#"{"older":1}"#, "1")]
        {
            assert_eq!(payload(json).get_field(&NAME), Some(value));
        }
        assert_eq!(payload("{}").get_field(&NAME), None);
    }

    #[test]
    fn what_only_grew_is_written_as_one_that_was_changed_in_between() {
        let mut payload = Payload::with_room(Notation::Json);
        payload.set("a", "1");
        payload.set("tab\t", "[2]");
        payload.set_number("b", 3);
        assert_eq!(payload.to_json().as_str(), r#"{"a":1,"tab\t":[2],"b":3}"#);
        assert_eq!((payload.get("a"), payload.get("tab\t"), payload.get("b")), (Some("1"), Some("[2]"), Some("3")));
        for then in [|_: &mut Payload| (), |payload: &mut Payload| payload.set("a", "4")] {
            let mut payload = payload.clone();
            then(&mut payload);
            assert!(payload.remove("tab\t"));
            let a = payload.get("a").unwrap().to_owned();
            assert_eq!(payload.to_json().as_str(), format!(r#"{{"a":{a},"b":3}}"#));
            payload.set("c", "5");
            assert_eq!(payload.to_json().as_str(), format!(r#"{{"a":{a},"b":3,"c":5}}"#));
            assert!(["a", "b", "c"].map(|key| payload.remove(key)).iter().all(|removed| *removed));
            assert!(payload.is_empty());
            assert_eq!(payload.to_json().as_str(), "{}");
        }
        payload.set("a", "4");
        assert_eq!(payload.to_json().as_str(), r#"{"a":4,"tab\t":[2],"b":3}"#);
        assert!(!payload.is_empty());
    }

    #[test]
    fn payloads_are_equal_by_text_and_fields() {
        assert_eq!(payload(r#"{"a":1}"#), payload(r#"{"a":1}"#));
        assert_ne!(payload(r#"{"a":1}"#), payload(r#"{"a":2}"#));
        assert_eq!(Payload::with_room(Notation::Json), Payload::empty(Notation::Json));
        assert_eq!(Payload::empty(Notation::Json).to_json().as_str(), "{}");
        #[cfg(feature = "flask")]
        assert_eq!(Payload::with_room(Notation::Flask).notation(), Notation::Flask);
    }
}
