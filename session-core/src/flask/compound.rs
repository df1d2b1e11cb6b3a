//! Lists and dicts, as they are written piece by piece.

use std::collections::BTreeMap;

use serde::ser::{self, Error as _, Serialize};
use serde_json::{Error, Result};

use super::convert::from_json;
use super::key::{Key, KeySerializer};
use super::ser::{Serializer, Style, open_single};

/// A list or dict that is being written.
pub(crate) struct Compound<'w> {
    out: &'w mut String,
    style: Style,
    part: Part,
    /// What follows its own bracket.
    closing: &'static str,
}

enum Part {
    List {
        empty: bool,
    },
    Dict {
        fields: Vec<(Key, String)>,
        key: Option<Key>,
    },
    /// A JSON text that `serde_json` hands over as a struct.
    Json(String),
}

/// `serde_json`'s names for its `Number` with any number of digits and its `RawValue`.
const JSON_TEXTS: [&str; 2] = ["$serde_json::private::Number", "$serde_json::private::RawValue"];

impl<'w> Compound<'w> {
    pub(super) fn list(out: &'w mut String, style: Style, closing: &'static str) -> Self {
        out.push('[');
        Self { out, style, part: Part::List { empty: true }, closing }
    }

    pub(super) fn dict(out: &'w mut String, style: Style, closing: &'static str) -> Self {
        Self { out, style, part: Part::Dict { fields: Vec::new(), key: None }, closing }
    }

    /// A struct of this name, which may be none.
    pub(super) fn of_struct(out: &'w mut String, style: Style, name: &'static str) -> Self {
        let is_json = JSON_TEXTS.contains(&name);
        let part = if is_json { Part::Json(String::new()) } else { Part::Dict { fields: Vec::new(), key: None } };
        Self { out, style, part, closing: "" }
    }

    fn element<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<()> {
        if let Part::List { empty } = &mut self.part
            && !std::mem::replace(empty, false)
        {
            self.out.push(',');
        }
        value.serialize(Serializer::new(self.out, self.style))
    }

    fn field<V: Serialize + ?Sized>(&mut self, key: Key, value: &V) -> Result<()> {
        if let Part::Json(json) = &mut self.part {
            *json = value.serialize(KeySerializer)?.text();
            return Ok(());
        }
        let mut json = String::new();
        value.serialize(Serializer::new(&mut json, self.style))?;
        if let Part::Dict { fields, .. } = &mut self.part {
            fields.push((key, json));
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        match self.part {
            Part::List { .. } => self.out.push(']'),
            Part::Dict { fields, .. } => write_dict(without_duplicates(fields), self.style, self.out),
            Part::Json(json) if self.style == Style::Plain => self.out.push_str(&json),
            Part::Json(json) => {
                let json = from_json(&json).ok_or_else(|| Error::custom("Flask could not read this JSON"))?;
                self.out.push_str(&json);
            }
        }
        self.out.push_str(self.closing);
        Ok(())
    }
}

/// As in a Python dict, a key stands where it came first and has its last value: two equal ones are one, which may look like a
/// tag.
fn without_duplicates(fields: Vec<(Key, String)>) -> Vec<(Key, String)> {
    let mut places = BTreeMap::new();
    let mut kept: Vec<(Key, String)> = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        let place = *places.entry(key.text()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => earlier.1 = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

fn write_dict(mut fields: Vec<(Key, String)>, style: Style, out: &mut String) {
    if let [(key, value)] = fields.as_slice() {
        let closing = open_single(&key.text(), style, out);
        out.push_str(value);
        out.push_str(closing);
        return;
    }
    if style == Style::Tagged {
        fields.sort();
    }
    out.push('{');
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        style.write_text(&key.text(), out);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
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
                self.finish()
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
                self.finish()
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
            Part::List { .. } | Part::Json(_) => None,
        };
        self.field(key.ok_or_else(|| Error::custom("a value without a key"))?, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}
