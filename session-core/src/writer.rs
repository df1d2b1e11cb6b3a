//! What the `serialize` of a serde `with` module writes to, whatever the session's notation.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};
use serde_json::Result;
use serde_json::ser::{CompactFormatter, Compound as JsonCompound};

#[cfg(feature = "flask")]
use crate::flask;

/// The place of one field's value, for [`Values::put_with`](crate::Values::put_with).
///
/// # Examples
///
/// ```
/// use session_core::{Field, Fields, SessionData, Values, Writer};
///
/// struct Visitor {
///     account: u64,
/// }
///
/// impl SessionData for Visitor {
///     const FIELDS: &'static [Field] = &[Field::value("account")];
///
///     fn decode_fields(fields: &Fields<'_>) -> Self {
///         Self { account: fields.get::<String>("account").and_then(|text| text.parse().ok()).unwrap_or_default() }
///     }
///
///     fn encode_fields(&self, values: &mut Values) {
///         // As the derive's `with = module` does, whatever notation the session has.
///         values.put_with("account", |writer: Writer<'_, '_>| {
///             serde::Serializer::collect_str(writer, &self.account)
///         });
///     }
/// }
/// assert_eq!(Visitor::empty().account, 0);
/// ```
pub struct Writer<'w, 't>(Inner<'w, 't>);

enum Inner<'w, 't> {
    Json(&'w mut serde_json::Serializer<&'t mut Vec<u8>>),
    #[cfg(feature = "flask")]
    Flask(flask::Serializer<'w>),
}

impl<'w, 't> Writer<'w, 't> {
    pub(crate) fn json(writer: &'w mut serde_json::Serializer<&'t mut Vec<u8>>) -> Self {
        Self(Inner::Json(writer))
    }

    #[cfg(feature = "flask")]
    pub(crate) fn flask(writer: flask::Serializer<'w>) -> Self {
        Self(Inner::Flask(writer))
    }
}

/// A list, map or struct that is being written to a [`Writer`]. It has serde's methods, which `Serialize` calls.
///
/// # Examples
///
/// ```
/// use session_core::{Compound, Writer};
/// use serde::Serializer as _;
/// use serde::ser::SerializeSeq as _;
///
/// /// What a serde `with` module does with a list.
/// fn serialize(writer: Writer<'_, '_>) -> serde_json::Result<()> {
///     let mut list: Compound<'_, '_> = writer.serialize_seq(Some(2))?;
///     list.serialize_element(&1)?;
///     list.serialize_element("two")?;
///     list.end()
/// }
/// ```
pub struct Compound<'w, 't>(Part<'w, 't>);

enum Part<'w, 't> {
    Json(JsonCompound<'w, &'t mut Vec<u8>, CompactFormatter>),
    #[cfg(feature = "flask")]
    Flask(flask::Compound<'w>),
}

macro_rules! forward {
    ($($method:ident($($name:ident: $kind:ty),*))*) => {$(
        fn $method(self, $($name: $kind),*) -> Result<()> {
            match self.0 {
                Inner::Json(writer) => writer.$method($($name),*),
                #[cfg(feature = "flask")]
                Inner::Flask(writer) => writer.$method($($name),*),
            }
        }
    )*};
}

macro_rules! forward_value {
    ($($method:ident($($name:ident: $kind:ty),*))*) => {$(
        fn $method<V: Serialize + ?Sized>(self, $($name: $kind,)* value: &V) -> Result<()> {
            match self.0 {
                Inner::Json(writer) => writer.$method($($name,)* value),
                #[cfg(feature = "flask")]
                Inner::Flask(writer) => writer.$method($($name,)* value),
            }
        }
    )*};
}

macro_rules! forward_compound {
    ($($method:ident($($name:ident: $kind:ty),*))*) => {$(
        fn $method(self, $($name: $kind),*) -> Result<Compound<'w, 't>> {
            Ok(Compound(match self.0 {
                Inner::Json(writer) => Part::Json(writer.$method($($name),*)?),
                #[cfg(feature = "flask")]
                Inner::Flask(writer) => Part::Flask(writer.$method($($name),*)?),
            }))
        }
    )*};
}

impl<'w, 't> Serializer for Writer<'w, 't> {
    type Ok = ();
    type Error = serde_json::Error;
    type SerializeSeq = Compound<'w, 't>;
    type SerializeTuple = Compound<'w, 't>;
    type SerializeTupleStruct = Compound<'w, 't>;
    type SerializeTupleVariant = Compound<'w, 't>;
    type SerializeMap = Compound<'w, 't>;
    type SerializeStruct = Compound<'w, 't>;
    type SerializeStructVariant = Compound<'w, 't>;

    forward! {
        serialize_bool(value: bool) serialize_char(value: char) serialize_str(value: &str) serialize_bytes(value: &[u8])
        serialize_i8(value: i8) serialize_i16(value: i16) serialize_i32(value: i32) serialize_i64(value: i64)
        serialize_u8(value: u8) serialize_u16(value: u16) serialize_u32(value: u32) serialize_u64(value: u64)
        serialize_i128(value: i128) serialize_u128(value: u128) serialize_f32(value: f32) serialize_f64(value: f64)
        serialize_none() serialize_unit() serialize_unit_struct(name: &'static str)
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str)
    }

    forward_value! {
        serialize_some()
        serialize_newtype_struct(name: &'static str)
        serialize_newtype_variant(name: &'static str, index: u32, variant: &'static str)
    }

    forward_compound! {
        serialize_seq(length: Option<usize>)
        serialize_tuple(length: usize)
        serialize_tuple_struct(name: &'static str, length: usize)
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
        serialize_map(length: Option<usize>)
        serialize_struct(name: &'static str, length: usize)
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
    }
}

macro_rules! compound {
    ($($of:ident: $($method:ident($($name:ident: $kind:ty)?))*;)*) => {$(
        impl ser::$of for Compound<'_, '_> {
            type Ok = ();
            type Error = serde_json::Error;

            $(
                fn $method<V: Serialize + ?Sized>(&mut self, $($name: $kind,)? value: &V) -> Result<()> {
                    match &mut self.0 {
                        Part::Json(part) => ser::$of::$method(part, $($name,)? value),
                        #[cfg(feature = "flask")]
                        Part::Flask(part) => ser::$of::$method(part, $($name,)? value),
                    }
                }
            )*

            fn end(self) -> Result<()> {
                match self.0 {
                    Part::Json(part) => ser::$of::end(part),
                    #[cfg(feature = "flask")]
                    Part::Flask(part) => ser::$of::end(part),
                }
            }
        }
    )*};
}

compound! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key() serialize_value();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

impl fmt::Debug for Writer<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Compound<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound").finish_non_exhaustive()
    }
}
