//! What the `deserialize` of a serde `with` module reads from, whatever the session's notation.

use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde_json::de::StrRead;

#[cfg(feature = "flask")]
use crate::flask::Node;

/// One field's value, for [`Fields::get_with`](crate::Fields::get_with).
///
/// # Examples
///
/// ```
/// use session_core::SessionData;
///
/// mod as_text {
///     use serde::{Deserialize as _, Deserializer, Serializer};
///
///     pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
///         serializer.collect_str(number)
///     }
///
///     pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
///         String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
///     }
/// }
///
/// #[derive(SessionData)]
/// struct Visitor {
///     #[session(with = as_text)] // which reads from a `Reader` and writes to a `Writer`
///     account: u64,
/// }
/// assert_eq!(Visitor::empty().account(), 0);
/// ```
pub struct Reader<'r, 'a>(Inner<'r, 'a>);

enum Inner<'r, 'a> {
    Json(&'r mut serde_json::Deserializer<StrRead<'a>>),
    #[cfg(feature = "flask")]
    Flask(&'r Node<'a>),
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(crate) fn json(reader: &'r mut serde_json::Deserializer<StrRead<'a>>) -> Self {
        Self(Inner::Json(reader))
    }

    #[cfg(feature = "flask")]
    pub(crate) fn flask(node: &'r Node<'a>) -> Self {
        Self(Inner::Flask(node))
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $kind:ty),*))*) => {$(
        fn $method<V: Visitor<'a>>(self, $($name: $kind,)* visitor: V) -> serde_json::Result<V::Value> {
            match self.0 {
                Inner::Json(reader) => reader.$method($($name,)* visitor),
                #[cfg(feature = "flask")]
                Inner::Flask(node) => node.$method($($name,)* visitor),
            }
        }
    )*};
}

impl<'a> Deserializer<'a> for Reader<'_, 'a> {
    type Error = serde_json::Error;

    forward! {
        deserialize_any() deserialize_ignored_any() deserialize_identifier()
        deserialize_bool() deserialize_char() deserialize_str() deserialize_string()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_seq() deserialize_map()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

/// Nothing of the value.
impl fmt::Debug for Reader<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
