//! Writing values as Flask does: keys sorted, ASCII only, Python's numbers, and tags for Python's types.

use std::fmt::Write as _;

use serde::ser::{self, Error as _, Serialize};
use serde_json::{Error, Result};

use super::base64;
use super::compound::Compound;
use super::tag::{ESCAPE, Tag};
use super::text::{write_float, write_text, write_unicode};
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
    /// The map that is a tag, within the former.
    Tag,
    /// The tokens of `itsdangerous`: keys in the order in which they come, letters as they are, and no tags.
    Plain,
}

impl Style {
    pub(super) fn write_text(self, text: &str, out: &mut String) {
        match self {
            Self::Tagged | Self::Tag => write_text(text, out),
            Self::Plain => write_unicode(text, out),
        }
    }
}

impl<'w> Serializer<'w> {
    pub(crate) fn tagged(out: &'w mut String) -> Self {
        Self { out, style: Style::Tagged }
    }

    pub(super) fn new(out: &'w mut String, style: Style) -> Self {
        Self { out, style }
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
        // Writing to a text cannot fail.
        let _ = write!(out, "{{\"{}\":", tag.key());
        value(Serializer { out, style })?;
        out.push('}');
        Ok(())
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
    style.write_text(key, out);
    out.push(':');
    "}"
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
        if self.style == Style::Plain && !value.is_finite() {
            return Err(Error::custom("JSON has no such number"));
        }
        write_float(value, self.out);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.style.write_text(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        match self.style {
            Style::Tagged => self.tag(Tag::Bytes, |writer| writer.serialize_str(&base64::encode(value))),
            Style::Plain | Style::Tag => self.collect_seq(value),
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
        match (self.style, name) {
            (Style::Tagged, mark::TUPLE) => self.tag(Tag::Tuple, |writer| value.serialize(writer)),
            (Style::Tagged, mark::HTML) => self.tag(Tag::Markup, |writer| value.serialize(writer)),
            // Each writes a map of the tag's key, which is escaped unless it comes from here.
            (Style::Tagged, mark::BYTES | mark::MARKUP | mark::UUID | mark::DATE_TIME) => {
                value.serialize(Serializer { out: self.out, style: Style::Tag })
            }
            _ => value.serialize(self),
        }
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
        Ok(Compound::list(self.out, self.style, ""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'w>> {
        Ok(Compound::list(self.out, self.style, ""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>> {
        Ok(Compound::list(self.out, self.style, ""))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Compound<'w>> {
        let closing = open_single(variant, self.style, self.out);
        Ok(Compound::list(self.out, self.style, closing))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'w>> {
        Ok(Compound::dict(self.out, self.style, ""))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'w>> {
        Ok(Compound::of_struct(self.out, self.style, name))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'w>> {
        let closing = open_single(variant, self.style, self.out);
        Ok(Compound::dict(self.out, self.style, closing))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde::ser::{SerializeStruct as _, Serializer as _};

    use super::*;
    use crate::flask::{Bytes, Tuple};

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Pair(u8, i8);

    #[derive(Serialize)]
    struct Named {
        z: f32,
        a: Option<char>,
    }

    #[derive(Serialize)]
    enum Shape {
        Empty,
        #[serde(rename = " t")]
        Tag(u8),
        Two(u8, u8),
        Named {
            side: bool,
        },
    }

    /// A JSON text, as `serde_json` passes one on.
    struct Json(&'static str);

    impl Serialize for Json {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            const NAME: &str = "$serde_json::private::RawValue";
            let mut writer = serializer.serialize_struct(NAME, 1)?;
            writer.serialize_field(NAME, self.0)?;
            writer.end()
        }
    }

    fn tagged(value: &impl Serialize) -> String {
        let mut text = String::new();
        value.serialize(Serializer::tagged(&mut text)).unwrap();
        text
    }

    fn plain(value: &impl Serialize) -> String {
        let mut text = String::new();
        value.serialize(Serializer::plain(&mut text)).unwrap();
        text
    }

    macro_rules! assert_written {
        ($($value:expr => $tagged:expr, $plain:expr;)*) => {$(
            assert_eq!((tagged(&$value).as_str(), plain(&$value).as_str()), ($tagged, $plain));
        )*};
    }

    #[test]
    fn every_type_of_serde_is_written() {
        assert_written! {
            true => "true", "true";
            false => "false", "false";
            'é' => r#""\u00e9""#, "\"é\"";
            "é<" => r#""\u00e9<""#, "\"é<\"";
            1.5_f32 => "1.5", "1.5";
            i128::MIN => "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728";
            u128::MAX => "340282366920938463463374607431768211455", "340282366920938463463374607431768211455";
            None::<u8> => "null", "null";
            Some(7) => "7", "7";
            () => "null", "null";
            Unit => "null", "null";
            Pair(1, -1) => "[1,-1]", "[1,-1]";
            (1, "a") => r#"[1,"a"]"#, r#"[1,"a"]"#;
            [1, 2] => "[1,2]", "[1,2]";
            Vec::<u8>::new() => "[]", "[]";
            Named { z: 0.5, a: None } => r#"{"a":null,"z":0.5}"#, r#"{"z":0.5,"a":null}"#;
            Shape::Empty => r#""Empty""#, r#""Empty""#;
            Shape::Tag(1) => r#"{" di":{" t__":1}}"#, r#"{" t":1}"#;
            Shape::Two(1, 2) => r#"{"Two":[1,2]}"#, r#"{"Two":[1,2]}"#;
            Shape::Named { side: true } => r#"{"Named":{"side":true}}"#, r#"{"Named":{"side":true}}"#;
            BTreeMap::from([("b", 1), ("a", 2)]) => r#"{"a":2,"b":1}"#, r#"{"a":2,"b":1}"#;
            BTreeMap::from([(10, 1), (9, 2)]) => r#"{"9":2,"10":1}"#, r#"{"9":2,"10":1}"#;
            BTreeMap::from([(" t", 1)]) => r#"{" di":{" t__":1}}"#, r#"{" t":1}"#;
            BTreeMap::<u8, u8>::new() => "{}", "{}";
            Tuple((1, 2)) => r#"{" t":[1,2]}"#, "[1,2]";
            Bytes(b"ab".to_vec()) => r#"{" b":"YWI="}"#, r#"{" b":"YWI="}"#;
            Json(r#"{" t":[1]}"#) => r#"{" di":{" t__":[1]}}"#, r#"{" t":[1]}"#;
        }
    }

    #[test]
    fn bytes_have_a_tag_and_what_flask_could_not_read_is_an_error() {
        let mut text = String::new();
        Serializer::tagged(&mut text).serialize_bytes(b"ab").unwrap();
        Serializer::plain(&mut text).serialize_bytes(b"ab").unwrap();
        assert_eq!(text, r#"{" b":"YWI="}[97,98]"#);
        assert!(Json("{").serialize(Serializer::tagged(&mut text)).is_err());
        assert_eq!(tagged(&f64::NAN), "NaN");
        assert!(f64::NAN.serialize(Serializer::plain(&mut text)).is_err());
        assert!(1.0.serialize(Serializer::plain(&mut text)).is_ok());
    }
}
