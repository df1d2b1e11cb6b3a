//! How the values of a session are written: as JSON, or as Flask's JSON with its tags for Python's types.

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "flask")]
use crate::flask;
use crate::payload::Payload;
use crate::reader::Reader;
use crate::recycled::Text;
use crate::scan::{self, ScanError};
use crate::writer::Writer;

/// The language of a session's values. Every payload knows its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Notation {
    /// JSON (RFC 8259), as serde writes it.
    #[default]
    Json,
    /// What Flask's `TaggedJSONSerializer` reads and writes.
    #[cfg(feature = "flask")]
    Flask,
}

impl Notation {
    /// Checks the text of a whole session and finds its fields.
    pub(crate) fn parse(self, text: Text) -> Result<Payload, ScanError> {
        match self {
            Self::Json => Payload::parse(text),
            #[cfg(feature = "flask")]
            Self::Flask => flask::read_root(text.into_inner()),
        }
    }

    /// Whether a text may stand as a value in a session.
    pub(crate) fn check(self, text: &str) -> Result<(), ScanError> {
        match self {
            Self::Json => scan::value(text),
            #[cfg(feature = "flask")]
            Self::Flask => flask::check_value(text),
        }
    }

    /// Whether a text may stand in a list that is a value in a session.
    pub(crate) fn check_entry(self, text: &str) -> Result<(), ScanError> {
        match self {
            Self::Json => scan::entry(text),
            #[cfg(feature = "flask")]
            Self::Flask => flask::check_value(text),
        }
    }

    /// Whether a value counts as yes: `true`, and to Flask whatever does to Python.
    pub(crate) fn is_true(self, text: &str) -> bool {
        match self {
            Self::Json => text == "true",
            #[cfg(feature = "flask")]
            Self::Flask => flask::is_truthy(text),
        }
    }

    /// Whether a login field's value says that nobody is logged in.
    pub(crate) fn is_nobody(self, text: &str) -> bool {
        match self {
            Self::Json => matches!(text, "null" | "\"\""),
            #[cfg(feature = "flask")]
            Self::Flask => flask::is_nobody(text),
        }
    }

    /// Whether two texts stand for one value.
    pub(crate) fn is_same(self, one: &str, another: &str) -> bool {
        match self {
            Self::Json => one == another,
            #[cfg(feature = "flask")]
            Self::Flask => flask::is_same_value(one, another),
        }
    }

    /// Whether a value is a list or map with something in it.
    pub(crate) fn holds_parts(self, text: &str) -> bool {
        match self {
            Self::Json => text.starts_with(['[', '{']) && !matches!(text, "[]" | "{}"),
            #[cfg(feature = "flask")]
            Self::Flask => flask::holds_parts(text),
        }
    }

    /// The text of a value in another notation, where it has one there.
    #[cfg_attr(not(feature = "flask"), allow(clippy::unnecessary_wraps, reason = "of two notations there may be none"))]
    pub(crate) fn translate(self, text: &str, to: Self) -> Option<String> {
        match (self, to) {
            #[cfg(feature = "flask")]
            (Self::Json, Self::Flask) => flask::from_json(text),
            #[cfg(feature = "flask")]
            (Self::Flask, Self::Json) => flask::to_json(text),
            _ => Some(text.to_owned()),
        }
    }

    /// A value of this type, where the text is one.
    pub(crate) fn read<V: DeserializeOwned>(self, text: &str) -> Option<V> {
        match self {
            Self::Json => {
                let mut reader = serde_json::Deserializer::from_str(text);
                V::deserialize(&mut reader).ok().filter(|_| reader.end().is_ok())
            }
            #[cfg(feature = "flask")]
            Self::Flask => V::deserialize(&flask::parse(text).ok()?).ok(),
        }
    }

    /// As [`Notation::read`], with a function such as the `deserialize` of a serde `with` module.
    pub(crate) fn read_with<'a, V, R>(self, text: &'a str, read: R) -> Option<V>
    where
        R: FnOnce(Reader<'_, 'a>) -> serde_json::Result<V>,
    {
        match self {
            Self::Json => {
                let mut reader = serde_json::Deserializer::from_str(text);
                read(Reader::json(&mut reader)).ok().filter(|_| reader.end().is_ok())
            }
            #[cfg(feature = "flask")]
            Self::Flask => read(Reader::flask(&flask::parse(text).ok()?)).ok(),
        }
    }

    /// Appends the text of a value and says whether it has one. Otherwise parts of it may have been written.
    pub(crate) fn write<V: Serialize + ?Sized>(self, value: &V, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Json => value.serialize(&mut serde_json::Serializer::new(out)).is_ok(),
            #[cfg(feature = "flask")]
            Self::Flask => as_text(out, |text| value.serialize(flask::Serializer::tagged(text))),
        }
    }

    /// As [`Notation::write`], with a function such as the `serialize` of a serde `with` module.
    pub(crate) fn write_with<W>(self, out: &mut Vec<u8>, write: W) -> bool
    where
        W: FnOnce(Writer<'_, '_>) -> serde_json::Result<()>,
    {
        match self {
            Self::Json => write(Writer::json(&mut serde_json::Serializer::new(out))).is_ok(),
            #[cfg(feature = "flask")]
            Self::Flask => as_text(out, |text| write(Writer::flask(flask::Serializer::tagged(text)))),
        }
    }
}

/// Appends what is written to a text.
#[cfg(feature = "flask")]
fn as_text(out: &mut Vec<u8>, write: impl FnOnce(&mut String) -> serde_json::Result<()>) -> bool {
    let mut text = Text::take();
    let written = write(&mut text).is_ok();
    out.extend_from_slice(text.as_bytes());
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_list_may_be_nested_one_level_less_than_a_value() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Notation::Json.check(&nested(63)).is_ok() && Notation::Json.check(&nested(64)).is_err());
        assert!(Notation::Json.check_entry(&nested(62)).is_ok() && Notation::Json.check_entry(&nested(63)).is_err());
    }

    #[test]
    fn debug_of_a_reader_or_writer_shows_nothing_of_the_value() {
        use serde::ser::SerializeSeq as _;
        use serde::{Deserialize as _, Serializer as _};
        let mut written = Vec::new();
        Notation::Json.write_with(&mut written, |writer| {
            assert_eq!(format!("{writer:?}"), "Writer { .. }");
            let mut list = writer.serialize_seq(Some(1))?;
            list.serialize_element("secret")?;
            assert_eq!(format!("{list:?}"), "Compound { .. }");
            list.end()
        });
        let read: Option<String> = Notation::Json.read_with(r#""secret""#, |reader| {
            assert_eq!(format!("{reader:?}"), "Reader { .. }");
            String::deserialize(reader)
        });
        assert_eq!((written.as_slice(), read.as_deref()), (br#"["secret"]"#.as_slice(), Some("secret")));
    }

    #[test]
    fn a_text_is_its_own_translation_within_its_notation() {
        assert_eq!(Notation::Json.translate("[ 1 ]", Notation::Json).as_deref(), Some("[ 1 ]"));
    }

    #[cfg(feature = "flask")]
    #[test]
    fn between_json_and_flask_tags_are_added_and_taken_away() {
        let (json, flask) = (r#"{" t":[1]}"#, r#"{" di":{" t__":[1]}}"#);
        assert_eq!(Notation::Json.translate(json, Notation::Flask).as_deref(), Some(flask));
        assert_eq!(Notation::Flask.translate(flask, Notation::Json).as_deref(), Some(json));
        assert_eq!(Notation::Flask.translate(flask, Notation::Flask).as_deref(), Some(flask));
        assert!(Notation::Flask.check_entry("NaN").is_ok() && Notation::Json.check_entry("NaN").is_err());
        assert!(Notation::Flask.is_true("[0]") && !Notation::Json.is_true("[0]"));
    }
}
