//! Python's types in a session that Flask reads too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error as _, IgnoredAny, MapAccess, VariantAccess as _, Visitor,
};
use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};

use super::tag::Tag;
use super::{base64, date};
use crate::mark;

/// A Python `tuple`: wraps a Rust tuple, an array or a `Vec`, which alone are written as a `list`.
///
/// Python's lists are read into it too.
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
/// use session_core::flask::Tuple;
///
/// #[derive(SessionData)]
/// struct Visitor {
///     position: Tuple<(f64, f64)>,
///     seen: Option<Tuple<Vec<u8>>>,
/// }
///
/// let mut visitor = Visitor::empty();
/// visitor.position = Tuple((1.0, 2.5)); // session["position"] = (1.0, 2.5)
/// visitor.set_seen(Tuple(vec![1, 2])); // session["seen"] = (1, 2)
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Tuple<T>(pub T);

/// Python's `bytes`.
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
/// use session_core::flask::Bytes;
///
/// #[derive(SessionData)]
/// struct Visitor {
///     value: Option<Bytes>,
/// }
///
/// let mut visitor = Visitor::empty();
/// visitor.set_value(Bytes(vec![1, 2])); // session["value"] = b'..'
/// assert!(visitor.value().is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Bytes(pub Vec<u8>);

/// A `markupsafe.Markup`: HTML that a template shows as it is.
///
/// # Security
///
/// Whoever makes one says that the HTML may be trusted. It is read from a session that Flask shares alone, where its tag cannot be
/// forged: other notations cannot tell it from a text or a map that a user wrote. For the same reason a variant of an
/// untagged enum that holds one is never read.
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
/// use session_core::flask::Markup;
///
/// #[derive(SessionData)]
/// struct Visitor {
///     value: Option<Markup>,
/// }
///
/// let mut visitor = Visitor::empty();
/// visitor.set_value(Markup("<b>hi</b>".into())); // session["value"] = Markup('<b>hi</b>')
/// assert!(visitor.value().is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Markup(pub String);

/// A Python `uuid.UUID`.
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
/// use session_core::flask::Uuid;
///
/// #[derive(SessionData)]
/// struct Visitor {
///     order: Option<Uuid>, // session["order"] = uuid.UUID(..)
/// }
///
/// let mut visitor = Visitor::empty();
/// visitor.set_order(Uuid(uuid::Uuid::from_u128(7)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Uuid(pub uuid::Uuid);

/// A Python `datetime`, to the second. It is written in UTC; what Python's `email.utils` reads is read.
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
/// use session_core::flask::DateTime;
///
/// #[derive(SessionData)]
/// struct Visitor {
///     since: Option<DateTime>, // session["since"] = datetime.now(UTC)
/// }
///
/// let mut visitor = Visitor::empty();
/// visitor.set_since(DateTime(time::OffsetDateTime::UNIX_EPOCH));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct DateTime(pub time::OffsetDateTime);

macro_rules! wrapper {
    ($wrapper:ident($inner:ty)) => {
        impl From<$inner> for $wrapper {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$wrapper> for $inner {
            fn from(value: $wrapper) -> Self {
                value.0
            }
        }
    };
}

wrapper!(Bytes(Vec<u8>));
wrapper!(Markup(String));
wrapper!(Uuid(uuid::Uuid));
wrapper!(DateTime(time::OffsetDateTime));

impl<T> From<T> for Tuple<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// The HTML.
impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Serialize> Serialize for Tuple<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(mark::TUPLE, &self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tuple<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(mark::TUPLE, TupleVisitor(PhantomData)).map(Self)
    }
}

struct TupleVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TupleVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or tuple")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_tagged(mark::BYTES, Tag::Bytes, &base64::encode(&self.0), serializer)
    }
}

impl Serialize for Markup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_tagged(mark::MARKUP, Tag::Markup, &self.0, serializer)
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_tagged(mark::UUID, Tag::Uuid, &self.0.simple().to_string(), serializer)
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = date::http_date(self.0).ok_or_else(|| S::Error::custom("Python's years are 1 to 9999"))?;
        write_tagged(mark::DATE_TIME, Tag::DateTime, &date, serializer)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = read_tagged(mark::BYTES, Tag::Bytes, deserializer)?;
        base64::decode(text.as_bytes()).map(Self).ok_or_else(|| D::Error::custom("this is not base64"))
    }
}

impl<'de> Deserialize<'de> for Markup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_tagged(mark::MARKUP, Tag::Markup, deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = read_tagged(mark::UUID, Tag::Uuid, deserializer)?;
        parse_uuid(text.as_bytes()).map(Self).ok_or_else(|| D::Error::custom("this is not a UUID"))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = read_tagged(mark::DATE_TIME, Tag::DateTime, deserializer)?;
        // What could not be written again would keep every other change from being saved.
        let date = date::parse(&text).ok().flatten().filter(|date| date::http_date(*date).is_some());
        date.map(Self).ok_or_else(|| D::Error::custom("this is not a date"))
    }
}

/// Writes a text of a type. Where the notation does not know our types, it is a map with the tag's key, as in Flask's JSON.
fn write_tagged<S: Serializer>(name: &'static str, tag: Tag, text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(name, &Tagged { tag, text })
}

struct Tagged<'t> {
    tag: Tag,
    text: &'t str,
}

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.tag.key(), self.text)?;
        map.end()
    }
}

/// Reads the text of a type.
///
/// A plain text is never taken, wherever it comes from: serde hands a value on to every variant of an untagged enum in turn, and
/// a text of a user's would become bytes, or HTML that templates trust.
fn read_tagged<'de, D: Deserializer<'de>>(name: &'static str, tag: Tag, deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_newtype_struct(name, TaggedVisitor { name, tag })
}

struct TaggedVisitor {
    name: &'static str,
    tag: Tag,
}

impl<'de> Visitor<'de> for TaggedVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value with Flask's tag {:?}", self.tag.key())
    }

    /// From Flask's notation: see `Node::deserialize_newtype_struct`, which alone does this.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<String, A::Error> {
        let (name, text): (String, _) = access.variant()?;
        if name == self.name { text.newtype_variant() } else { Err(A::Error::custom("the value has another tag")) }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        if self.tag == Tag::Markup {
            return Err(D::Error::custom("only Flask's notation tells trusted HTML from what a user wrote"));
        }
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let (key, text) = map.next_entry::<String, String>()?.unwrap_or_default();
        if key == self.tag.key() && map.next_key::<IgnoredAny>()?.is_none() {
            Ok(text)
        } else {
            Err(A::Error::custom("the value has not the tag of its type"))
        }
    }
}

/// Whether a text is what `UUID.hex` is.
pub(super) fn is_canonical_uuid(text: &[u8]) -> bool {
    text.len() == 32 && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What Python's `uuid.UUID` makes of a text: dashes, braces and `urn:uuid:` do not count.
pub(super) fn parse_uuid(text: &[u8]) -> Option<uuid::Uuid> {
    let text = std::str::from_utf8(text).ok()?.replace("urn:", "").replace("uuid:", "");
    let hex = text.trim_matches(['{', '}']).replace('-', "");
    if hex.chars().count() != 32 {
        return None;
    }
    // `int(hex, 16)` takes all of these.
    let hex = hex.trim();
    let hex = hex.strip_prefix('+').unwrap_or(hex);
    let digits = hex.strip_prefix("0x").or_else(|| hex.strip_prefix("0X"));
    let digits = digits.map_or(hex, |digits| digits.strip_prefix('_').unwrap_or(digits));
    let sound = digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = sound.then(|| u128::from_str_radix(&digits.replace('_', ""), 16).ok())??;
    Some(uuid::Uuid::from_u128(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_read_as_python_does() {
        let uuid = uuid::Uuid::from_u128(0x1234_5678_1234_5678_1234_5678_1234_5678);
        for text in [
            "12345678123456781234567812345678",
            "{12345678-1234-5678-1234-567812345678}",
            "urn:uuid:12345678-1234-5678-1234-567812345678",
            "1-2345678123456781234567812345678",
        ] {
            assert_eq!(parse_uuid(text.as_bytes()), Some(uuid), "{text}");
        }
        for text in ["", "1234", "g2345678123456781234567812345678", "_2345678123456781234567812345678"] {
            assert_eq!(parse_uuid(text.as_bytes()), None, "{text}");
        }
        // To Python, these are hexadecimal numbers of 32 characters.
        assert!(parse_uuid(b"0x345678123456781234567812345678").is_some());
        assert!(parse_uuid(b"+1_345678123456781234567812345_1").is_some());
    }

    #[test]
    fn a_uuid_is_canonical_as_python_writes_it() {
        assert!(is_canonical_uuid(b"0123456789abcdef0123456789abcdef"));
        for text in [
            "",
            "0123456789abcdef0123456789abcde",
            "0123456789ABCDEF0123456789ABCDEF",
            "g123456789abcdef0123456789abcdef",
        ] {
            assert!(!is_canonical_uuid(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        use serde::de::IntoDeserializer;

        let deserializer = || IntoDeserializer::<serde_json::Error>::into_deserializer(1_u8);
        let error = Tuple::<u8>::deserialize(deserializer()).unwrap_err();
        assert_eq!(error.to_string(), "invalid type: integer `1`, expected a list or tuple");
        let error = Bytes::deserialize(deserializer()).unwrap_err();
        assert_eq!(error.to_string(), "invalid type: integer `1`, expected a value with Flask's tag \" b\"");
        assert_eq!(Markup("<b>".into()).to_string(), "<b>");
    }

    #[test]
    fn without_flask_the_types_are_json_with_flasks_tags() {
        let value = (Tuple((1, 2)), Bytes(b"a".to_vec()), Uuid::default());
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, r#"[[1,2],{" b":"YQ=="},{" u":"00000000000000000000000000000000"}]"#);
        assert_eq!(serde_json::from_str::<(Tuple<(u8, u8)>, Bytes, Uuid)>(&json).unwrap(), value);
        for json in ["\"YQ==\"", r#"{" b":"YQ=="," m":""}"#, "{}"] {
            assert!(serde_json::from_str::<Bytes>(json).is_err(), "{json}");
        }
        for json in ["\"<i>\"", r#"{" m":"<i>"}"#] {
            assert!(serde_json::from_str::<Markup>(json).is_err(), "{json}");
        }
    }
}
