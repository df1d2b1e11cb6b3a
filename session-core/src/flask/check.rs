//! Whether Flask could make Python values of a text: where a tag does not fit what is under it, Flask answers every request
//! of that browser with a 500.

use std::borrow::Cow;

use super::parse::{Kind, Node};
use super::tag::{ESCAPE, Tag};
use super::text::unescape;
use super::{base64, date, types};
use crate::scan::ScanError;

/// What Python makes of a value, as far as a tag around it asks.
pub(super) enum Made<'a> {
    Nothing,
    Number,
    Text(Cow<'a, [u8]>),
    Bytes(Vec<u8>),
    List,
    Tuple,
    Dict,
    /// A UUID or a datetime.
    Other,
}

/// A value, and whether Python's `not value` holds.
pub(super) struct Value<'a> {
    pub(super) made: Made<'a>,
    pub(super) falsy: bool,
}

/// Follows Flask's reader through a value and all that is in it.
pub(super) fn check<'a>(node: &Node<'a>) -> Result<Value<'a>, ScanError> {
    match node.tagged() {
        Some((tag, inner)) => untag(tag, check(inner)?, inner).ok_or(ScanError::Syntax),
        None => plain(node),
    }
}

fn plain<'a>(node: &Node<'a>) -> Result<Value<'a>, ScanError> {
    let (made, falsy) = match &node.kind {
        Kind::Null => (Made::Nothing, true),
        Kind::Bool(value) => (Made::Number, !value),
        Kind::Number => (Made::Number, node.text.parse() == Ok(0.0)),
        Kind::Text => {
            let text = unescape(node.text);
            let falsy = text.is_empty();
            (Made::Text(text), falsy)
        }
        Kind::List(elements) => {
            for element in elements {
                check(element)?;
            }
            (Made::List, elements.is_empty())
        }
        Kind::Dict(fields) => {
            for (_, value) in fields {
                check(value)?;
            }
            (Made::Dict, fields.is_empty())
        }
    };
    Ok(Value { made, falsy })
}

/// What the tag makes of a value: `None` where Flask's `to_python` would raise.
fn untag<'a>(tag: Tag, value: Value<'a>, node: &Node<'a>) -> Option<Value<'a>> {
    let Value { made, falsy } = value;
    let (made, falsy) = match (tag, made) {
        // `{key[:-2]: ..}` of the first key, whatever its last two letters are.
        (Tag::Dict, Made::Dict) if !falsy => (Made::Dict, false),
        (Tag::Tuple, Made::Text(_) | Made::Bytes(_) | Made::List | Made::Tuple | Made::Dict) => (Made::Tuple, falsy),
        (Tag::Bytes, Made::Text(text)) if text.is_ascii() => bytes(&text)?,
        (Tag::Bytes, Made::Bytes(text)) => bytes(&text)?,
        // Any object has a text. What that is matters only where a second tag is around this one.
        (Tag::Markup, Made::Text(text)) => (Made::Text(text), falsy),
        (Tag::Markup, Made::Nothing | Made::Number) => (Made::Text(unescape(node.text)), false),
        (Tag::Markup, _) => (Made::Text(Cow::Borrowed("…".as_bytes())), false),
        (Tag::Uuid, Made::Text(text)) if types::parse_uuid(&text).is_some() => (Made::Other, false),
        // What is no date reads as None.
        (Tag::DateTime, Made::Text(text)) => {
            let date = std::str::from_utf8(&text).map_or(Ok(None), date::parse).ok()?;
            if date.is_some() { (Made::Other, false) } else { (Made::Nothing, true) }
        }
        (Tag::DateTime, Made::Bytes(_)) => (Made::Nothing, true),
        (Tag::DateTime, _) if falsy => (Made::Nothing, true),
        _ => return None,
    };
    Some(Value { made, falsy })
}

fn bytes(text: &[u8]) -> Option<(Made<'static>, bool)> {
    let bytes = base64::decode(text)?;
    let falsy = bytes.is_empty();
    Some((Made::Bytes(bytes), falsy))
}

/// Whether every tag has what Flask itself writes under it, which is less than its reader takes.
pub(super) fn is_canonical(node: &Node<'_>) -> bool {
    match (node.tagged(), &node.kind) {
        (Some((Tag::Tuple, inner)), _) => matches!(inner.kind, Kind::List(_)) && is_canonical(inner),
        (Some((Tag::Markup, inner)), _) => text_of(inner).is_some(),
        (Some((Tag::Bytes, inner)), _) => text_of(inner).is_some_and(|text| base64::is_canonical(&text)),
        (Some((Tag::Uuid, inner)), _) => text_of(inner).is_some_and(|text| types::is_canonical_uuid(&text)),
        (Some((Tag::DateTime, inner)), _) => text_of(inner).is_some_and(|text| date::is_canonical(&text)),
        (Some((Tag::Dict, inner)), _) => match &inner.kind {
            Kind::Dict(fields) => match fields.as_slice() {
                [(key, value)] => {
                    let key = key.bytes();
                    key.strip_suffix(ESCAPE.as_bytes()).is_some_and(|key| Tag::of(key).is_some()) && is_canonical(value)
                }
                _ => false,
            },
            _ => false,
        },
        (None, Kind::List(elements)) => elements.iter().all(is_canonical),
        (None, Kind::Dict(fields)) => fields.iter().all(|(_, value)| is_canonical(value)),
        (None, _) => true,
    }
}

fn text_of<'a>(node: &Node<'a>) -> Option<Cow<'a, [u8]>> {
    matches!(node.kind, Kind::Text).then(|| unescape(node.text))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn passes(text: &str) -> bool {
        parse(text).is_ok_and(|node| check(&node).is_ok())
    }

    #[test]
    fn what_flasks_reader_takes() {
        for text in [
            r#"{" t":[1,{" t":[]}]}"#,
            r#"{" t":"ab"}"#,
            r#"{" t":{"a":1,"b":2}}"#,
            r#"{" t":{" b":"YQ=="}}"#,
            r#"{" b":"!!!!"}"#,
            r#"{" b":{" m":"YQ=="}}"#,
            r#"{" m":5}"#,
            r#"{" m":[1]}"#,
            r#"{" u":"urn:uuid:12345678-1234-5678-1234-567812345678"}"#,
            r#"{" d":null}"#,
            r#"{" d":0}"#,
            r#"{" d":[]}"#,
            r#"{" d":"nope"}"#,
            r#"{" d":{" b":"YQ=="}}"#,
            r#"{" di":{" t__":[1]}}"#,
            r#"{" di":{" di":{"x__":1}}}"#,
            r#"{" di":{"a":1,"b":2}}"#,
            r#"{" t":1,"a":2}"#,
            r#"{" z":5}"#,
        ] {
            assert!(passes(text), "{text}");
        }
    }

    #[test]
    fn what_flasks_reader_answers_with_500() {
        for text in [
            r#"{" t":5}"#,
            r#"{" t":null}"#,
            r#"{" t":{" u":"12345678123456781234567812345678"}}"#,
            r#"{" t":{" d":"nope"}}"#,
            r#"{" b":"YQ"}"#,
            r#"{" b":5}"#,
            r#"{" b":"é==="}"#,
            r#"{" b":["YQ=="]}"#,
            r#"{" u":5}"#,
            r#"{" u":"1234"}"#,
            r#"{" d":5}"#,
            r#"{" d":[1]}"#,
            r#"{" d":"Thu, 01 Jan 99999999999 00:00:00 GMT"}"#,
            r#"{" di":5}"#,
            r#"{" di":{}}"#,
            r#"{" di":"ab"}"#,
            r#"{" di":{" t":[1]}}"#,
            r#"{"deep":[{"a":{" t":5}}]}"#,
        ] {
            assert!(!passes(text), "{text}");
        }
    }
}
