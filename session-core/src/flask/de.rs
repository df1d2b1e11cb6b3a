//! Reading values as Flask wrote them, into whatever serde is asked for.

use std::borrow::Cow;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde_json::{Error, Result};

use super::base64;
use super::key::TextKey;
use super::parse::{Key, Kind, Node};
use super::tag::Tag;
use super::text::unescape_str;
use crate::mark;

/// What Python has for a node, without a copy where none is needed.
enum Seen<'n, 'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    List(&'n [Node<'a>]),
    Dict(&'n [(Key<'a>, Node<'a>)]),
    /// A dict of one key that would be taken for a tag.
    EscapedDict(String, &'n Node<'a>),
}

fn see<'n, 'a>(node: &'n Node<'a>) -> Result<Seen<'n, 'a>> {
    Ok(match (node.tagged(), &node.kind) {
        (Some((tag, inner)), _) => return see_tagged(tag, inner),
        (None, Kind::Null) => Seen::Null,
        (None, Kind::Bool(value)) => Seen::Bool(*value),
        (None, Kind::Number) => Seen::Number(node.text),
        (None, Kind::Text) => Seen::Text(text(node.text)?),
        (None, Kind::List(elements)) => Seen::List(elements),
        (None, Kind::Dict(fields)) => Seen::Dict(fields),
    })
}

fn see_tagged<'n, 'a>(tag: Tag, inner: &'n Node<'a>) -> Result<Seen<'n, 'a>> {
    match (tag, &inner.kind) {
        (Tag::Dict, _) => {
            let field = inner.escaped_field().ok_or_else(|| Error::custom("there is no dict to be escaped"))?;
            Ok(Seen::EscapedDict(field.0, field.1))
        }
        (Tag::Bytes, Kind::Text) => {
            let bytes = base64::decode(text(inner.text)?.as_bytes());
            bytes.map(Seen::Bytes).ok_or_else(|| Error::custom("this is not base64"))
        }
        // A number is marked up as its text.
        (Tag::Markup, Kind::Number) => Ok(Seen::Text(Cow::Borrowed(inner.text))),
        // A tuple is a list, and the others are texts, to a type that knows no better.
        (Tag::Tuple | Tag::Markup | Tag::Uuid | Tag::DateTime, _) => see(inner),
        (Tag::Bytes, _) => Err(Error::custom("a tag does not fit its value")),
    }
}

pub(super) fn text(quoted: &str) -> Result<Cow<'_, str>> {
    unescape_str(quoted).ok_or_else(|| Error::custom("a text holds half of a surrogate pair"))
}

impl<'a> Node<'a> {
    fn visit<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value> {
        match see(self)? {
            Seen::Null => visitor.visit_unit(),
            Seen::Bool(value) => visitor.visit_bool(value),
            Seen::Number(number) => visit_number(number, visitor),
            Seen::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Seen::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Seen::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Seen::List(elements) => {
                let mut elements = SeqDeserializer::new(elements.iter());
                let value = visitor.visit_seq(&mut elements)?;
                elements.end()?;
                Ok(value)
            }
            Seen::Dict(fields) => {
                let mut fields =
                    MapDeserializer::new(fields.iter().map(|(key, value)| (TextKey::Quoted(key.text), value)));
                let value = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(value)
            }
            Seen::EscapedDict(key, value) => {
                let mut fields = MapDeserializer::new(std::iter::once((TextKey::Unescaped(key), value)));
                let value = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(value)
            }
        }
    }

    /// A message of Flask's: a pair of category and text, of which either may be anything. Never an error, since a message that
    /// nobody can take would stay for ever.
    fn visit_flash<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value> {
        let untagged = self.tagged().filter(|(tag, _)| *tag == Tag::Tuple).map_or(self, |(_, inner)| inner);
        let (category, message) = match &untagged.kind {
            Kind::List(parts) => match parts.as_slice() {
                [category, message, ..] => (category.display(), message),
                _ => (DEFAULT_CATEGORY.into(), untagged),
            },
            _ => (DEFAULT_CATEGORY.into(), untagged),
        };
        let markup = message.tagged().is_some_and(|(tag, _)| tag == Tag::Markup);
        let kind = if markup { mark::HTML } else { "" };
        visitor.visit_enum(Message([category, message.display(), kind.to_owned()]))
    }

    /// What a template shows of a value: Python's `str`, except that lists and dicts look as they do in JSON.
    fn display(&self) -> String {
        match see(self) {
            Ok(Seen::Text(text)) => text.into_owned(),
            Ok(Seen::Null) => "None".into(),
            Ok(Seen::Bool(value)) => if value { "True" } else { "False" }.into(),
            _ => self.text.to_owned(),
        }
    }
}

/// The category of a message that Flask's `flash` was given none for.
const DEFAULT_CATEGORY: &str = "message";

fn visit_number<'a, V: Visitor<'a>>(number: &str, visitor: V) -> Result<V::Value> {
    if let Ok(number) = number.parse() {
        return visitor.visit_u64(number);
    }
    // `-0` is an integer to Python, and equal to 0.
    if let Ok(number) = number.parse() {
        return visitor.visit_i64(number);
    }
    // Rust knows the words `NaN` and `Infinity`, and takes what is too large for infinite, as Python does.
    let number = number.parse().map_err(Error::custom)?;
    visitor.visit_f64(number)
}

macro_rules! visit {
    ($($method:ident($($kind:ty),*))*) => {$(
        fn $method<V: Visitor<'a>>(self, $(_: $kind,)* visitor: V) -> Result<V::Value> {
            self.visit(visitor)
        }
    )*};
}

impl<'a> Deserializer<'a> for &Node<'a> {
    type Error = Error;

    visit! {
        deserialize_any() deserialize_identifier()
        deserialize_bool() deserialize_char() deserialize_str() deserialize_string()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
        deserialize_f32() deserialize_f64()
        deserialize_bytes() deserialize_byte_buf() deserialize_unit() deserialize_map()
        deserialize_unit_struct(&'static str)
        deserialize_struct(&'static str, &'static [&'static str])
    }

    fn deserialize_i128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match see(self)? {
            Seen::Number(number) => match number.parse() {
                Ok(number) => visitor.visit_i128(number),
                Err(_) => self.visit(visitor),
            },
            _ => self.visit(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match see(self)? {
            Seen::Number(number) => match number.parse() {
                Ok(number) => visitor.visit_u128(number),
                Err(_) => self.visit(visitor),
            },
            _ => self.visit(visitor),
        }
    }

    /// Python's `bytes` are also a list of bytes.
    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match see(self)? {
            Seen::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match &self.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        match (name, self.tagged()) {
            (mark::FLASH, _) => self.visit_flash(visitor),
            // As the variant of an enum, which nobody else makes of a newtype struct: what serde kept for a second reading, which a
            // user may have written, never comes in this form.
            (mark::MARKUP, Some((Tag::Markup, _))) => visitor.visit_enum(Variant { name: name.into(), value: self }),
            (mark::BYTES, Some((Tag::Bytes, inner)))
            | (mark::UUID, Some((Tag::Uuid, inner)))
            | (mark::DATE_TIME, Some((Tag::DateTime, inner))) => {
                visitor.visit_enum(Variant { name: name.into(), value: inner })
            }
            (mark::MARKUP | mark::BYTES | mark::UUID | mark::DATE_TIME, _) => {
                Err(Error::custom("the value has not the tag of its type"))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match see(self)? {
            Seen::Text(variant) => visitor.visit_enum(variant.into_deserializer()),
            Seen::EscapedDict(variant, value) => visitor.visit_enum(Variant { name: variant.into(), value }),
            Seen::Dict([(key, value)]) => visitor.visit_enum(Variant { name: text(key.text)?, value }),
            _ => Err(Error::custom("an enum is a text or a dict of one key")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

impl<'a> IntoDeserializer<'a, Error> for &Node<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A message, as an enum of one variant.
struct Message([String; 3]);

impl<'de> EnumAccess<'de> for Message {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name: StrDeserializer<'_, Error> = mark::FLASH.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Message {
    type Error = Error;

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(SeqDeserializer::new(self.0.into_iter()))
    }

    fn unit_variant(self) -> Result<()> {
        Err(Error::custom("a message has parts"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        Err(Error::custom("a message is a pair"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value> {
        Err(Error::custom("a message is a pair"))
    }
}

/// A variant of an enum with data, as a dict of one key.
struct Variant<'n, 'a> {
    name: Cow<'a, str>,
    value: &'n Node<'a>,
}

impl<'a> EnumAccess<'a> for Variant<'_, 'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name: StrDeserializer<'_, Error> = self.name.as_ref().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a> VariantAccess<'a> for Variant<'_, 'a> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self.value)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.value)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.value.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.value.visit(visitor)
    }
}

#[cfg(test)]
mod tests;
