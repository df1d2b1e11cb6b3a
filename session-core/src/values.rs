//! What a struct writes its fields to.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::thread::LocalKey;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::Field;
use crate::lazy::Lazy;
use crate::notation::Notation;
use crate::recycled::{Buffer, Recycled};
use crate::writer::Writer;

/// The encoded fields of a struct, as [`SessionData::encode_fields`](crate::SessionData::encode_fields) writes them.
///
/// Two of them, from before and after, are compared to find what a request changed.
///
/// # Examples
///
/// ```
/// use session_core::{Field, Fields, SessionData, Values};
///
/// struct Visitor {
///     name: String,
/// }
///
/// impl SessionData for Visitor {
///     const FIELDS: &'static [Field] = &[Field::value("name")];
///
///     fn decode_fields(fields: &Fields<'_>) -> Self {
///         Self { name: fields.get("name").unwrap_or_default() }
///     }
///
///     fn encode_fields(&self, values: &mut Values) {
///         values.put("name", &self.name);
///     }
/// }
/// assert_eq!(Visitor::empty().name, "");
/// ```
///
/// What the derive writes for other fields:
///
/// ```
/// use serde::Serialize as _;
/// use session_core::{Lazy, Values};
///
/// fn write(values: &mut Values, cart: &Lazy<Vec<u64>>, account: u64) {
///     values.put_lazy("cart", cart);
///     values.put_with("account", |writer| account.to_string().serialize(writer)); // `#[session(with = module)]`
/// }
/// ```
pub struct Values {
    notation: Notation,
    schema: &'static [Field],
    encoded: Recycled<Encoded>,
    /// Where in the schema the next key is expected.
    next: usize,
    /// They are those that a new session has.
    defaults: bool,
    failed: Option<String>,
}

#[derive(Default)]
struct Encoded {
    /// The values, one behind the other. They are text, which is checked where one is taken out.
    text: Vec<u8>,
    list: Vec<Value>,
}

/// One value that is not `null`.
pub(crate) struct Value {
    key: Key,
    place: Range<usize>,
}

#[derive(PartialEq, Eq)]
enum Key {
    /// A field of the schema.
    Field(usize),
    /// Of a session without a struct.
    Other(Box<str>),
}

impl Values {
    pub(crate) fn new(schema: &'static [Field], notation: Notation) -> Self {
        Self { notation, schema, encoded: Recycled::take(), next: 0, defaults: false, failed: None }
    }

    /// Says whether these are the values that a new session has.
    pub(crate) fn marked_as_defaults(self, defaults: bool) -> Self {
        Self { defaults, ..self }
    }

    /// Whether these are the values that a new session has.
    pub(crate) fn are_defaults(&self) -> bool {
        self.defaults
    }

    /// Writes a field. A value that serializes to `null` is left out, which removes it from the session.
    pub fn put<V: Serialize + ?Sized>(&mut self, key: &str, value: &V) {
        let start = self.encoded.text.len();
        let written = self.notation.write(value, &mut self.encoded.text);
        self.finish(key, start, written);
    }

    /// As [`Values::put`], with a function such as the `serialize` of a serde `with` module.
    pub fn put_with<W>(&mut self, key: &str, write: W)
    where
        W: FnOnce(Writer<'_, '_>) -> serde_json::Result<()>,
    {
        let start = self.encoded.text.len();
        let written = self.notation.write_with(&mut self.encoded.text, write);
        self.finish(key, start, written);
    }

    /// As [`Values::put`], for a value that may not have been decoded at all.
    pub fn put_lazy<V: Serialize + DeserializeOwned + Default>(&mut self, key: &str, value: &Lazy<V>) {
        let start = self.encoded.text.len();
        let written = value.write(self.notation, &mut self.encoded.text);
        self.finish(key, start, written);
    }

    /// Not generic, since every field's type would have a copy.
    fn finish(&mut self, name: &str, start: usize, written: bool) {
        let key = self.key(name);
        if let Some(earlier) = self.encoded.list.iter().position(|value| value.key == key) {
            self.encoded.list.remove(earlier);
        }
        if written && self.encoded.text.get(start..) != Some(b"null") {
            let place = start..self.encoded.text.len();
            self.encoded.list.push(Value { key, place });
        } else {
            self.encoded.text.truncate(start);
        }
        if !written {
            self.fail(name);
        }
    }

    /// Says that a field has a value which cannot be written.
    pub(crate) fn fail(&mut self, key: &str) {
        self.failed.get_or_insert_with(|| key.to_owned());
    }

    /// Writes what no struct names, each key once, as a text of the session's notation that is known to be valid.
    pub(crate) fn put_text(&mut self, key: &str, text: &str) {
        let start = self.encoded.text.len();
        self.encoded.text.extend_from_slice(text.as_bytes());
        let place = start..self.encoded.text.len();
        self.encoded.list.push(Value { key: Key::Other(key.into()), place });
    }

    pub(crate) fn notation(&self) -> Notation {
        self.notation
    }

    /// The first key whose value has no JSON, such as a map with keys that are not texts.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// A value by its key.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.encoded.list.iter().find(|value| self.name(value) == name)?;
        Some(self.text(value))
    }

    /// The keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.encoded.list.iter().map(|value| (self.name(value), self.text(value)))
    }

    /// What differs from another encoding, or is not in it: the key, the other's value and ours.
    pub(crate) fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a str, Option<&'a str>, &'a str)> {
        self.encoded.list.iter().enumerate().filter_map(move |(index, value)| {
            let counterpart = other.like(value, index);
            let same = counterpart.is_some_and(|counterpart| other.bytes(counterpart) == self.bytes(value));
            (!same).then(|| (self.name(value), counterpart.map(|value| other.text(value)), self.text(value)))
        })
    }

    /// The keys that another encoding does not have.
    pub(crate) fn missing_from<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        let values = self.encoded.list.iter().enumerate();
        values.filter(|(index, value)| other.like(value, *index).is_none()).map(|(_, value)| self.name(value))
    }

    /// The value of the same key, which mostly stands at the same index.
    fn like(&self, value: &Value, index: usize) -> Option<&Value> {
        let near = self.encoded.list.get(index).filter(|near| near.key == value.key);
        near.or_else(|| self.encoded.list.iter().find(|other| other.key == value.key))
    }

    fn key(&mut self, name: &str) -> Key {
        // The derive writes both, and the compiler keeps one text of each: then it need not be read.
        let is_called = |field: &Field| std::ptr::eq(field.key(), name) || field.key() == name;
        let is_next = self.schema.get(self.next).is_some_and(is_called);
        let index = if is_next { Some(self.next) } else { self.schema.iter().position(|field| field.key() == name) };
        let Some(index) = index else { return Key::Other(name.into()) };
        self.next = index + 1;
        Key::Field(index)
    }

    fn name<'a>(&'a self, value: &'a Value) -> &'a str {
        match &value.key {
            Key::Field(index) => self.schema.get(*index).map_or("", Field::key),
            Key::Other(name) => name,
        }
    }

    fn bytes(&self, value: &Value) -> &[u8] {
        self.encoded.text.get(value.place.clone()).unwrap_or_default()
    }

    fn text(&self, value: &Value) -> &str {
        // serde_json writes whole characters.
        std::str::from_utf8(self.bytes(value)).unwrap_or_default()
    }
}

impl Buffer for Encoded {
    fn pool() -> &'static LocalKey<RefCell<Vec<Self>>> {
        thread_local!(static POOL: RefCell<Vec<Encoded>> = const { RefCell::new(Vec::new()) });
        &POOL
    }

    fn room(&self) -> usize {
        self.text.capacity() + self.list.capacity() * size_of::<Value>()
    }

    fn empty(&mut self) {
        self.text.clear();
        self.list.clear();
    }
}

/// Key names only: values are the user's.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(key, _)| key)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const SCHEMA: &[Field] = &[Field::value("a"), Field::value("b"), Field::value("c")];

    fn values(fill: impl FnOnce(&mut Values)) -> Values {
        let mut values = Values::new(SCHEMA, Notation::Json);
        fill(&mut values);
        values
    }

    #[test]
    fn nothing_and_what_has_no_json_are_left_out() {
        let values = values(|values| {
            values.put("a", &String::from("é\n"));
            values.put("b", &None::<u8>);
            values.put("c", &BTreeMap::from([((1, 2), 3)]));
        });
        assert_eq!(values.iter().collect::<Vec<_>>(), [("a", r#""é\n""#)]);
        assert_eq!(values.failed(), Some("c"));
    }

    #[test]
    fn buffers_that_are_used_again_say_how_much_room_they_take() {
        let encoded = Encoded { text: Vec::with_capacity(100), list: Vec::with_capacity(3) };
        let least = 100 + 3 * size_of::<Value>();
        assert!((least..2 * least).contains(&encoded.room()), "{}", encoded.room());
    }

    #[test]
    fn a_key_that_is_written_again_has_its_last_value_and_others_stay_as_they_are() {
        let values = values(|values| {
            values.put("b", &1);
            values.put("unknown", &2);
            values.put("b", &3);
            values.put("a", &4);
            values.put("unknown", &None::<u8>);
        });
        assert_eq!(values.iter().collect::<Vec<_>>(), [("b", "3"), ("a", "4")]);
    }

    #[test]
    fn two_encodings_are_compared_by_key_wherever_it_stands() {
        let before = values(|values| {
            values.put("a", &1);
            values.put("b", &2);
            values.put_text("x", "[]");
        });
        let after = values(|values| {
            values.put("b", &2);
            values.put("c", &3);
            values.put_text("x", "[1]");
        });
        assert_eq!(after.beyond(&before).collect::<Vec<_>>(), [("c", None, "3"), ("x", Some("[]"), "[1]")]);
        assert_eq!(before.missing_from(&after).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", values(|values| values.put("a", "secret"))), r#"{"a"}"#);
    }

    #[test]
    fn every_way_to_write_a_field_finds_it_by_its_key() {
        let lazy = Lazy::<Vec<u8>>::from(vec![1, 2]);
        let values = values(|values| {
            values.put_with("b", |writer| "x".serialize(writer));
            values.put_lazy("c", &lazy);
            values.put_text("other", "[ 1 ]");
        });
        let all: Vec<_> = values.iter().collect();
        assert_eq!(all, [("b", "\"x\""), ("c", "[1,2]"), ("other", "[ 1 ]")]);
        for (key, json) in all {
            assert_eq!(values.get(key), Some(json));
        }
        assert_eq!((values.get("a"), values.failed(), values.notation()), (None, None, Notation::Json));
        #[cfg(feature = "flask")]
        assert_eq!(Values::new(SCHEMA, Notation::Flask).notation(), Notation::Flask);
    }

    #[test]
    fn the_first_field_that_cannot_be_written_is_named() {
        let unwritable = BTreeMap::from([((1, 2), 3)]);
        let values = values(|values| {
            values.put("a", &1);
            values.put_with("b", |writer| unwritable.serialize(writer));
            values.put_lazy("c", &Lazy::from(unwritable.clone()));
            values.put("a", &2);
        });
        assert_eq!(values.failed(), Some("b"));
        assert_eq!(values.iter().collect::<Vec<_>>(), [("a", "2")], "nothing of the others is left");
    }

    #[test]
    fn encodings_that_are_alike_differ_in_nothing() {
        let one = values(|values| ["a", "b", "c"].iter().for_each(|key| values.put(key, key)));
        let other = values(|values| ["c", "a", "b"].iter().for_each(|key| values.put(key, key)));
        assert_eq!((one.beyond(&other).count(), one.missing_from(&other).count()), (0, 0));
        let changed = values(|values| ["a", "b"].iter().for_each(|key| values.put(key, "x")));
        let found: Vec<_> = changed.beyond(&one).collect();
        assert_eq!(found, [("a", Some("\"a\""), "\"x\""), ("b", Some("\"b\""), "\"x\"")]);
    }
}
