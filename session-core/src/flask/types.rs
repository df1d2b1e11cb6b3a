//! Python's types in a session that Flask reads too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};

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
///     position: Tuple<(f64, f64)>, // session["position"] = (1.0, 2.5)
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Tuple<T>(pub T);

/// Python's `bytes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Bytes(pub Vec<u8>);

/// A `markupsafe.Markup`: HTML that a template shows as it is.
///
/// # Security
///
/// Whoever makes one says that the HTML may be trusted. A plain text in the session is never read as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Markup(pub String);

/// A Python `uuid.UUID`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper is its content")]
pub struct Uuid(pub uuid::Uuid);

/// A Python `datetime`, to the second. It is written in UTC; what Python's `email.utils` reads is read.
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

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(mark::BYTES, &base64::encode(&self.0))
    }
}

impl Serialize for Markup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(mark::MARKUP, &self.0)
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(mark::UUID, &self.0.simple().to_string())
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = date::http_date(self.0).ok_or_else(|| S::Error::custom("Python's years are 1 to 9999"))?;
        serializer.serialize_newtype_struct(mark::DATE_TIME, &date)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tuple<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(mark::TUPLE, Content(PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = deserializer.deserialize_newtype_struct(mark::BYTES, Content(PhantomData))?;
        base64::decode(text.as_bytes()).map(Self).ok_or_else(|| D::Error::custom("this is not base64"))
    }
}

impl<'de> Deserialize<'de> for Markup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(mark::MARKUP, Content(PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = deserializer.deserialize_newtype_struct(mark::UUID, Content(PhantomData))?;
        parse_uuid(text.as_bytes()).map(Self).ok_or_else(|| D::Error::custom("this is not a UUID"))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = deserializer.deserialize_newtype_struct(mark::DATE_TIME, Content(PhantomData))?;
        let date = date::parse(&text).ok().flatten();
        date.map(Self).ok_or_else(|| D::Error::custom("this is not a date"))
    }
}

/// Reads what is in one of our wrappers, whether or not the notation knows it.
struct Content<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Content<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a Python type")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
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
    fn without_flask_the_types_are_plain_json() {
        let value = (Tuple((1, 2)), Bytes(b"a".to_vec()), Markup("<i>".into()), Uuid::default());
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, r#"[[1,2],"YQ==","<i>","00000000000000000000000000000000"]"#);
        assert_eq!(serde_json::from_str::<(Tuple<(u8, u8)>, Bytes, Markup, Uuid)>(&json).unwrap(), value);
    }
}
