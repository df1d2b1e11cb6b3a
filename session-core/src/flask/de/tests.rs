use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::flash::Flash;
use crate::flask::parse::parse;
use crate::flask::{Bytes, DateTime, Markup, Tuple, Uuid};

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    T::deserialize(&parse(text).unwrap())
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Shape {
    Empty,
    #[serde(rename = " t")]
    Tag(u8),
    Two(u8, u8),
    Named {
        side: bool,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

macro_rules! assert_read {
    ($($text:expr => $value:expr;)*) => {$(
        assert_eq!(read($text).ok(), Some($value), "{}", $text);
    )*};
}

#[test]
fn every_type_of_serde_is_read() {
    assert_read! {
        "true" => true;
        r#""\u00e9""# => 'é';
        r#""\ud83d\ude00""# => String::from("😀");
        "-1" => -1_i8;
        "18446744073709551615" => u64::MAX;
        "-170141183460469231731687303715884105728" => i128::MIN;
        "340282366920938463463374607431768211455" => u128::MAX;
        "-0" => 0_i64;
        "1.5" => 1.5_f32;
        "-Infinity" => f64::NEG_INFINITY;
        "null" => None::<u8>;
        "7" => Some(7_u8);
        "null" => ();
        "null" => Unit;
        "[1,2]" => vec![1_u8, 2];
        r#"{" t":[1,"a"]}"# => (1_u8, String::from("a"));
        r#"{" t":[1,2]}"# => Tuple((1_u8, 2_u8));
        r#"{" b":"YWI="}"# => Bytes(b"ab".to_vec());
        r#"{" b":"YWI="}"# => b"ab".to_vec();
        r#"{" b":"YWI="}"# => (b'a', b'b');
        r#"{" m":"<b>"}"# => Markup("<b>".into());
        r#"{" m":5}"# => String::from("5");
        r#"{" u":"00000000000000000000000000000007"}"# => Uuid(uuid::Uuid::from_u128(7));
        r#"{" d":"Thu, 01 Jan 1970 00:00:00 GMT"}"# => DateTime(time::OffsetDateTime::UNIX_EPOCH);
        r#"{"b":1,"a":2}"# => BTreeMap::from([(String::from("a"), 2_u8), (String::from("b"), 1)]);
        r#"{" di":{" t__":1}}"# => BTreeMap::from([(String::from(" t"), 1_u8)]);
    }
    for text in ["true", "\"1\"", "1.5", "[1]"] {
        assert!(read::<i128>(text).is_err() && read::<u128>(text).is_err(), "{text}");
    }
    assert!(read::<u128>("-1").is_err() && read::<Vec<u8>>("\"ab\"").is_err() && read::<(u8, u8)>("[1,2,3]").is_err());
}

#[test]
fn an_enum_is_a_text_or_a_dict_of_one_key() {
    assert_read! {
        r#""Empty""# => Shape::Empty;
        r#"{"Empty":null}"# => Shape::Empty;
        r#"{" di":{" t__":1}}"# => Shape::Tag(1);
        r#"{"Two":[1,2]}"# => Shape::Two(1, 2);
        r#"{"Named":{"side":true}}"# => Shape::Named { side: true };
    }
    for text in [r#"{"Empty":1}"#, r#"{"Two":[1,2],"Empty":null}"#, r#"{"\ud800":1}"#, "{}", "null", r#"{" t":[1]}"#] {
        assert!(read::<Shape>(text).is_err(), "{text}");
    }
}

#[test]
fn the_keys_of_a_dict_are_what_the_map_has_for_keys() {
    assert_read! {
        r#"{"-1":0}"# => BTreeMap::from([(-1_i8, 0_u8)]);
        r#"{"340282366920938463463374607431768211455":0}"# => BTreeMap::from([(u128::MAX, 0_u8)]);
        r#"{"true":0}"# => BTreeMap::from([(true, 0_u8)]);
        r#"{"\u00e9":0}"# => BTreeMap::from([('é', 0_u8)]);
        r#"{"Empty":0}"# => BTreeMap::from([(Shape::Empty, 0_u8)]);
        r#"{" di":{"7__":0}}"# => BTreeMap::from([(7_u8, 0_u8)]);
    }
    assert!(read::<BTreeMap<u8, u8>>(r#"{"a":0}"#).is_err());
    assert!(read::<BTreeMap<Markup, u8>>(r#"{"a":0}"#).is_err(), "no key has a tag");
}

/// Where a user wrote a dict that looks like a tag, Flask escaped it.
#[test]
fn what_a_user_wrote_is_never_taken_for_a_tag() {
    for (key, text) in [("b", "YWI="), ("m", "<b>"), ("u", "00000000000000000000000000000007")] {
        for forged in [format!(r#"{{" di":{{" {key}__":"{text}"}}}}"#), format!("\"{text}\"")] {
            assert!(read::<Bytes>(&forged).is_err() && read::<Markup>(&forged).is_err(), "{forged}");
            assert!(read::<Uuid>(&forged).is_err() && read::<DateTime>(&forged).is_err(), "{forged}");
        }
    }
    assert!(read::<Bytes>(r#"{" u":"00000000000000000000000000000007"}"#).is_err());
}

#[test]
fn a_message_is_read_whatever_its_parts_are() {
    for (text, category, message) in [
        (r#"{" t":["error","No"]}"#, "error", "No"),
        (r#"["error","No"]"#, "error", "No"),
        (r"[null,true]", "None", "True"),
        (r"[1.50,false]", "1.50", "False"),
        (r#"["a",{"b":[1]}]"#, "a", r#"{"b":[1]}"#),
        (r#""alone""#, "message", "alone"),
        (r#"["alone"]"#, "message", r#"["alone"]"#),
    ] {
        let flash: Flash = read(text).unwrap();
        assert_eq!((flash.category(), flash.text(), flash.is_markup()), (category, message, false), "{text}");
    }
    assert!(read::<Flash>(r#"["a",{" m":"<b>"}]"#).unwrap().is_markup());
}

/// What takes a message for something else than its parts.
#[derive(Debug)]
struct Blank;

impl<'de> Deserialize<'de> for Blank {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(mark::FLASH, Self)
    }
}

impl<'de> Visitor<'de> for Blank {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> std::result::Result<Self, A::Error> {
        access.variant::<String>()?.1.unit_variant()?;
        Ok(self)
    }
}

#[test]
fn a_message_is_not_nothing() {
    assert!(read::<Blank>(r#"["a","b"]"#).unwrap_err().to_string().starts_with("a message has parts"));
}
