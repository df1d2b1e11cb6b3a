//! A session without a struct: values by name, as in a dictionary.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::{Field, SessionData};
use crate::error::Error;
use crate::fields::Fields;
use crate::flash::{FLASHES_KEY, Flash, Flashes};
use crate::json_key;
use crate::notation::Notation;
use crate::reserved::is_reserved;
use crate::values::Values;

/// Session data that is read and written by key, for what no struct names.
///
/// The library's own keys (`_permanent`, `_flashes`, `_lifetime`, `_created`) are not reached this way.
///
/// One that was made without a session speaks plain JSON: Flask's tags mean nothing to it.
///
/// # Examples
///
/// ```
/// use session_core::{Dynamic, SessionData};
///
/// let mut session = Dynamic::empty();
/// session.insert("visits", 3)?;
/// assert_eq!(session.get::<u32>("visits")?, Some(3));
/// assert!(session.insert("_created", 0).is_err());
///
/// session.insert_raw("cart", r#"{"apples": 2}"#)?;
/// assert_eq!(session.raw("cart"), Some(r#"{"apples": 2}"#));
/// assert_eq!(session.keys().collect::<Vec<_>>(), ["cart", "visits"]);
/// assert_eq!(session.take::<u32>("visits")?, Some(3));
/// assert!(session.len() == 1 && !session.contains_key("visits"));
/// assert!(session.remove("cart") && session.is_empty());
/// # Ok::<(), session_core::Error>(())
/// ```
///
/// Messages:
///
/// ```
/// use session_core::{Dynamic, Flash, SessionData};
///
/// let mut session = Dynamic::empty();
/// session.flash("success", "Saved");
/// session.add_flash(Flash::new("info", "Back to the list"));
/// assert_eq!(session.flashes().len(), 2);
/// assert_eq!(session.take_flashes()[0].text(), "Saved");
/// assert!(session.flashes().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Dynamic {
    notation: Notation,
    values: BTreeMap<String, String>,
    flashes: Flashes,
}

impl Dynamic {
    /// A value, or `None` where there is none.
    ///
    /// # Errors
    ///
    /// The value has another type, or the key is reserved.
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Result<Option<V>, Error> {
        check(key)?;
        self.raw(key).map(|json| self.notation.read(json).ok_or_else(|| Error::decode(key))).transpose()
    }

    /// Sets a value. One that serializes to `null` is removed instead.
    ///
    /// # Errors
    ///
    /// The value has no JSON, or the key is reserved.
    pub fn insert(&mut self, key: &str, value: impl Serialize) -> Result<(), Error> {
        check(key)?;
        let mut json = Vec::new();
        let written = self.notation.write(&value, &mut json);
        let json = String::from_utf8(json).ok().filter(|_| written).ok_or_else(|| Error::encode(key))?;
        if json.starts_with(['{', '[']) && self.notation.check(&json).is_err() {
            return Err(Error::encode(key));
        }
        self.store(key, json);
        Ok(())
    }

    /// Removes a value and returns it.
    ///
    /// # Errors
    ///
    /// The value has another type, in which case it stays, or the key is reserved.
    pub fn take<V: DeserializeOwned>(&mut self, key: &str) -> Result<Option<V>, Error> {
        let value = self.get(key)?;
        self.remove(key);
        Ok(value)
    }

    /// Removes a value and says whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        self.values.remove(key).is_some()
    }

    /// Whether there is a value.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The keys, sorted, without the reserved ones.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A value's JSON text as it stands in the session. In a session that Flask shares, it has Flask's tags.
    #[must_use]
    pub fn raw(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Sets a value to a JSON text, which is kept byte for byte. In a session that Flask shares, it may have Flask's tags.
    ///
    /// # Security
    ///
    /// Never pass a user's text here, but to [`Dynamic::insert`]: in a session that Flask shares, tags in it could make it HTML that Flask
    /// trusts.
    ///
    /// # Errors
    ///
    /// The text is not JSON, is nested more than 63 levels deep, holds a duplicate key, or the key is reserved. In a session
    /// that Flask shares: Flask could not read it.
    pub fn insert_raw(&mut self, key: &str, json: &str) -> Result<(), Error> {
        check(key)?;
        self.notation.check(json).map_err(|_| Error::json(key))?;
        self.store(key, json.trim_ascii().to_owned());
        Ok(())
    }

    /// Adds a message that is shown once.
    pub fn flash(&mut self, category: impl Into<String>, text: impl Into<String>) {
        self.flashes.push(category, text);
    }

    /// Adds a message that was made before.
    pub fn add_flash(&mut self, flash: Flash) {
        self.flashes.add(flash);
    }

    /// The messages that wait to be shown, left where they are.
    #[must_use]
    pub fn flashes(&self) -> &Flashes {
        &self.flashes
    }

    /// Takes the messages that wait to be shown.
    #[must_use = "the messages are removed from the session: show them"]
    pub fn take_flashes(&mut self) -> Vec<Flash> {
        self.flashes.take()
    }

    /// The values of a struct, without its messages.
    pub(crate) fn of_values(values: &Values) -> Self {
        let texts = values.iter().filter(|(key, _)| !is_reserved(key)).map(|(key, json)| (key.into(), json.into()));
        Self { notation: values.notation(), values: texts.collect(), flashes: Flashes::default() }
    }

    fn store(&mut self, key: &str, json: String) {
        if json == "null" {
            self.values.remove(key);
        } else {
            self.values.insert(key.to_owned(), json);
        }
    }
}

impl SessionData for Dynamic {
    const FIELDS: &'static [Field] = &[Field::queue(FLASHES_KEY)];

    fn decode_fields(fields: &Fields<'_>) -> Self {
        let values = fields
            .payload()
            .iter()
            .map(|(key, json)| (json_key::decode(key).into_owned(), json.to_owned()))
            .filter(|(key, _)| !is_reserved(key))
            .collect();
        let notation = fields.payload().notation();
        Self { notation, values, flashes: fields.get(FLASHES_KEY).unwrap_or_default() }
    }

    fn encode_fields(&self, values: &mut Values) {
        for (key, json) in &self.values {
            // One that was made without a session speaks plain JSON.
            if values.notation() == self.notation {
                values.put_text(key, json);
                continue;
            }
            match self.notation.translate(json, values.notation()) {
                Some(json) => values.put_text(key, &json),
                None => values.fail(key),
            }
        }
        values.put(FLASHES_KEY, &self.flashes);
    }
}

/// Key names only.
impl fmt::Debug for Dynamic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dynamic").field(&self.keys().collect::<Vec<_>>()).finish()
    }
}

fn check(key: &str) -> Result<(), Error> {
    if is_reserved(key) { Err(Error::reserved(key)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_type_is_an_error_and_stays() {
        let mut session = Dynamic::empty();
        session.insert("name", "ada").unwrap();
        assert!(session.get::<u32>("name").unwrap_err().is_decode());
        assert!(session.take::<u32>("name").is_err());
        assert_eq!(session.take::<String>("name").unwrap().as_deref(), Some("ada"));
        assert_eq!(session.take::<String>("name").unwrap(), None);
    }

    #[test]
    fn reserved_keys_are_a_typed_error() {
        let mut session = Dynamic::empty();
        for key in ["_permanent", "_flashes", "_lifetime", "_created"] {
            assert!(session.insert(key, 1).unwrap_err().is_reserved());
            assert!(session.insert_raw(key, "1").unwrap_err().is_reserved());
            assert!(session.get::<u8>(key).unwrap_err().is_reserved());
            assert!(session.take::<u8>(key).unwrap_err().is_reserved());
        }
    }

    #[test]
    fn raw_json_is_checked_and_kept_as_it_is() {
        let mut session = Dynamic::empty();
        session.insert_raw("big", " 123456789012345678901234567890 ").unwrap();
        assert_eq!(session.raw("big"), Some("123456789012345678901234567890"));
        for json in ["", "{", "1 2", "{\"a\":1,\"a\":2}", &"[".repeat(100)] {
            assert!(session.insert_raw("bad", json).is_err(), "{json}");
        }
        session.insert("big", None::<u8>).unwrap();
        assert!(session.is_empty());
    }

    #[test]
    fn what_could_not_be_read_again_is_not_inserted() {
        let nested = |depth| {
            let list: serde_json::Value = serde_json::from_str(&("[".repeat(depth) + &"]".repeat(depth))).unwrap();
            Dynamic::empty().insert("list", list)
        };
        assert!(nested(63).is_ok());
        assert!(nested(64).unwrap_err().is_encode());
    }

    #[test]
    fn keys_and_what_they_stand_for() {
        let mut session = Dynamic::empty();
        assert!(session.is_empty());
        session.insert("b", "secret").unwrap();
        session.insert("a", 1).unwrap();
        assert!(session.contains_key("a") && !session.contains_key("c"));
        assert!(session.keys().eq(["a", "b"]));
        assert_eq!((session.len(), session.is_empty()), (2, false));
        assert_eq!(format!("{session:?}"), r#"Dynamic(["a", "b"])"#);
        assert!(session.remove("a") && !session.remove("a"));
    }

    #[test]
    fn messages_wait_until_they_are_taken() {
        let mut session = Dynamic::empty();
        session.flash("info", "saved");
        session.add_flash(Flash::new("error", "lost"));
        let texts: Vec<_> = session.flashes().iter().map(|flash| flash.text().to_owned()).collect();
        assert_eq!(texts, ["saved", "lost"]);
        assert_eq!(session.take_flashes().len(), 2);
        assert!(session.flashes().is_empty());
    }

    #[cfg(feature = "flask")]
    #[test]
    fn a_session_of_its_own_is_translated_for_flask() {
        use crate::notation::Notation;
        let mut session = Dynamic::empty();
        session.insert_raw("map", r#"{" t":[1]}"#).unwrap();
        let encoded = crate::view::encode(&session, Notation::Flask);
        assert_eq!(encoded.get("map"), Some(r#"{" di":{" t__":[1]}}"#));
        let again = Dynamic::of_values(&encoded);
        assert_eq!(crate::view::encode(&again, Notation::Flask).get("map"), encoded.get("map"));
    }
}
