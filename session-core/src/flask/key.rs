//! The keys of dicts: texts in the session, and to Rust also numbers.

use std::borrow::Cow;

use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::ser::{self, Error as _, Impossible, Serialize};
use serde_json::{Error, Result};

use super::de::text;
use super::text::write_float;
use crate::mark;

/// Python sorts keys as they are, before they become texts: numbers by size. Where there are both, which it refuses, numbers
/// come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Integer(i128),
    /// Larger than any of those.
    Large(u128),
    /// The order of UTF-8 is that of code points.
    Text(String),
}

impl Key {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Large(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Makes a key of what serde gives as one.
pub(super) struct KeySerializer;

macro_rules! integer_keys {
    ($($method:ident: $kind:ty),*) => {$(
        fn $method(self, number: $kind) -> Result<Key> {
            Ok(Key::Integer(number.into()))
        }
    )*};
}

macro_rules! no_keys {
    ($($method:ident($($kind:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self $(, _: $kind)*) -> Result<$ok> {
            Err(Error::custom("the keys of a map must be texts or integers"))
        }
    )*};
}

type NoKey = Impossible<Key, Error>;

impl ser::Serializer for KeySerializer {
    type Ok = Key;
    type Error = Error;
    type SerializeSeq = NoKey;
    type SerializeTuple = NoKey;
    type SerializeTupleStruct = NoKey;
    type SerializeTupleVariant = NoKey;
    type SerializeMap = NoKey;
    type SerializeStruct = NoKey;
    type SerializeStructVariant = NoKey;

    integer_keys! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_u128(self, number: u128) -> Result<Key> {
        Ok(i128::try_from(number).map_or(Key::Large(number), Key::Integer))
    }

    no_keys! {
        serialize_bytes(&[u8]) -> Key;
        serialize_none() -> Key;
        serialize_unit() -> Key;
        serialize_unit_struct(&'static str) -> Key;
        serialize_seq(Option<usize>) -> NoKey;
        serialize_tuple(usize) -> NoKey;
        serialize_tuple_struct(&'static str, usize) -> NoKey;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> NoKey;
        serialize_map(Option<usize>) -> NoKey;
        serialize_struct(&'static str, usize) -> NoKey;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> NoKey;
    }

    fn serialize_bool(self, value: bool) -> Result<Key> {
        Ok(Key::Text(value.to_string()))
    }

    fn serialize_f32(self, value: f32) -> Result<Key> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Key> {
        let mut text = String::new();
        write_float(value, &mut text);
        Ok(Key::Text(text))
    }

    fn serialize_char(self, value: char) -> Result<Key> {
        Ok(Key::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Key> {
        Ok(Key::Text(value.to_owned()))
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<Key> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Key> {
        Ok(Key::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(self, _: &'static str, value: &V) -> Result<Key> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &V,
    ) -> Result<Key> {
        Err(Error::custom("the keys of a map must be texts or integers"))
    }
}

/// A key of a dict, which is a text even where a map has numbers for keys.
pub(super) enum TextKey<'a> {
    /// As it stands.
    Quoted(&'a str),
    Unescaped(String),
}

impl<'a> TextKey<'a> {
    fn text(self) -> Result<Cow<'a, str>> {
        match self {
            Self::Quoted(quoted) => text(quoted),
            Self::Unescaped(text) => Ok(Cow::Owned(text)),
        }
    }
}

macro_rules! visit_parsed {
    ($($method:ident: $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.text()?.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(Error::custom("the keys of a dict are of another type")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for TextKey<'de> {
    type Error = Error;

    visit_parsed! {
        deserialize_bool: visit_bool
        deserialize_i8: visit_i8 deserialize_i16: visit_i16 deserialize_i32: visit_i32 deserialize_i64: visit_i64
        deserialize_u8: visit_u8 deserialize_u16: visit_u16 deserialize_u32: visit_u32 deserialize_u64: visit_u64
        deserialize_i128: visit_i128 deserialize_u128: visit_u128
        deserialize_f32: visit_f32 deserialize_f64: visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with(mark::PREFIX) {
            return Err(Error::custom("the keys of a dict are texts"));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'a> IntoDeserializer<'a, Error> for TextKey<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
