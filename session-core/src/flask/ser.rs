//! Writing values as Flask does: keys sorted, ASCII only, Python's numbers, and tags for Python's types.

use std::fmt::Write as _;

use serde::ser::{self, Error as _, Serialize};
use serde_json::{Error, Result};

use super::base64;
use super::key::{Key, KeySerializer};
use super::tag::{ESCAPE, Tag};
use super::text::{write_float, write_text};
use crate::mark;

/// Writes one value behind a text.
pub(crate) struct Serializer<'w> {
    out: &'w mut String,
    style: Style,
}

/// Which of Python's writers is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Flask's session.
    Tagged,
    /// The tokens of `itsdangerous`: `json.dumps` with keys in the order in which they come, and no tags.
    Plain,
}

impl<'w> Serializer<'w> {
    pub(crate) fn tagged(out: &'w mut String) -> Self {
        Self { out, style: Style::Tagged }
    }

    pub(super) fn plain(out: &'w mut String) -> Self {
        Self { out, style: Style::Plain }
    }

    fn integer(self, number: impl std::fmt::Display) {
        // Writing to a text cannot fail.
        let _ = write!(self.out, "{number}");
    }

    /// Writes `{"key":..}` around a value.
    fn single(self, key: &str, value: impl FnOnce(Serializer<'_>) -> Result<()>) -> Result<()> {
        let Self { out, style } = self;
        let closing = open_single(key, style, out);
        value(Serializer { out, style })?;
        out.push_str(closing);
        Ok(())
    }

    fn tag(self, tag: Tag, value: impl FnOnce(Serializer<'_>) -> Result<()>) -> Result<()> {
        let Self { out, style } = self;
        if style == Style::Plain {
            return value(Serializer { out, style });
        }
        let _ = write!(out, "{{\"{}\":", tag.key());
        value(Serializer { out, style })?;
        out.push('}');
        Ok(())
    }

    fn list(self, closing: &'static str) -> Compound<'w> {
        self.out.push('[');
        Compound { out: self.out, style: self.style, part: Part::List { empty: true }, closing }
    }

    fn dict(self, closing: &'static str) -> Compound<'w> {
        let part = Part::Dict { fields: Vec::new(), key: None };
        Compound { out: self.out, style: self.style, part, closing }
    }
}

/// Begins a dict of one key, escaped where it would be taken for a tag, and says how it ends.
pub(super) fn open_single(key: &str, style: Style, out: &mut String) -> &'static str {
    let escaped = style == Style::Tagged && Tag::of(key.as_bytes()).is_some();
    if escaped {
        let _ = write!(out, "{{\"{}\":{{\"{key}{ESCAPE}\":", Tag::Dict.key());
        return "}}";
    }
    out.push('{');
    write_text(key, out);
    out.push(':');
    "}"
}

/// A list or dict that is being written.
pub(crate) struct Compound<'w> {
    out: &'w mut String,
    style: Style,
    part: Part,
    /// What follows its own bracket.
    closing: &'static str,
}

enum Part {
    List { empty: bool },
    Dict { fields: Vec<(Key, String)>, key: Option<Key> },
}

impl Compound<'_> {
    fn element<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<()> {
        if let Part::List { empty } = &mut self.part
            && !std::mem::replace(empty, false)
        {
            self.out.push(',');
        }
        value.serialize(Serializer { out: self.out, style: self.style })
    }

    fn field<V: Serialize + ?Sized>(&mut self, key: Key, value: &V) -> Result<()> {
        let mut json = String::new();
        value.serialize(Serializer { out: &mut json, style: self.style })?;
        if let Part::Dict { fields, .. } = &mut self.part {
            fields.push((key, json));
        }
        Ok(())
    }

    fn finish(self) {
        match self.part {
            Part::List { .. } => self.out.push(']'),
            Part::Dict { fields, .. } => write_dict(fields, self.style, self.out),
        }
        self.out.push_str(self.closing);
    }
}

fn write_dict(mut fields: Vec<(Key, String)>, style: Style, out: &mut String) {
    if let [(key, value)] = fields.as_slice() {
        let closing = open_single(&key.text(), style, out);
        out.push_str(value);
        out.push_str(closing);
        return;
    }
    if style == Style::Tagged {
        fields.sort_by(|(one, _), (another, _)| one.compare(another));
    }
    out.push('{');
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(&key.text(), out);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
}

macro_rules! integers {
    ($($method:ident: $kind:ty),*) => {$(
        fn $method(self, number: $kind) -> Result<()> {
            self.integer(number);
            Ok(())
        }
    )*};
}

impl<'w> ser::Serializer for Serializer<'w> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'w>;
    type SerializeTuple = Compound<'w>;
    type SerializeTupleStruct = Compound<'w>;
    type SerializeTupleVariant = Compound<'w>;
    type SerializeMap = Compound<'w>;
    type SerializeStruct = Compound<'w>;
    type SerializeStructVariant = Compound<'w>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        write_float(value, self.out);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        write_text(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        match self.style {
            Style::Tagged => self.tag(Tag::Bytes, |writer| writer.serialize_str(&base64::encode(value))),
            Style::Plain => self.collect_seq(value),
        }
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(self, name: &'static str, value: &V) -> Result<()> {
        let tag = match name {
            mark::TUPLE => Tag::Tuple,
            mark::BYTES => Tag::Bytes,
            mark::MARKUP => Tag::Markup,
            mark::UUID => Tag::Uuid,
            mark::DATE_TIME => Tag::DateTime,
            _ => return value.serialize(self),
        };
        self.tag(tag, |writer| value.serialize(writer))
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &V,
    ) -> Result<()> {
        self.single(variant, |writer| value.serialize(writer))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'w>> {
        Ok(self.list(""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'w>> {
        Ok(self.list(""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>> {
        Ok(self.list(""))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Compound<'w>> {
        let closing = open_single(variant, self.style, self.out);
        Ok(self.list(closing))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'w>> {
        Ok(self.dict(""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>> {
        Ok(self.dict(""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'w>> {
        let closing = open_single(variant, self.style, self.out);
        Ok(self.dict(closing))
    }
}

macro_rules! lists {
    ($($of:ident: $method:ident),*) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<()> {
                self.element(value)
            }

            fn end(self) -> Result<()> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
}

macro_rules! structs {
    ($($of:ident),*) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<V: Serialize + ?Sized>(&mut self, key: &'static str, value: &V) -> Result<()> {
                self.field(Key::Text(key.into()), value)
            }

            fn end(self) -> Result<()> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

structs! { SerializeStruct, SerializeStructVariant }

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<K: Serialize + ?Sized>(&mut self, key: &K) -> Result<()> {
        let read = key.serialize(KeySerializer)?;
        if let Part::Dict { key, .. } = &mut self.part {
            *key = Some(read);
        }
        Ok(())
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<()> {
        let key = match &mut self.part {
            Part::Dict { key, .. } => key.take(),
            Part::List { .. } => None,
        };
        self.field(key.ok_or_else(|| Error::custom("a value without a key"))?, value)
    }

    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}
