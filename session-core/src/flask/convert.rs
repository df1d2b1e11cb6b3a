//! Between plain JSON and Flask's notation, for values that were made in the one and are wanted in the other.

use super::check::check;
use super::parse::{Kind, Node, parse};
use super::root::check_value;
use super::ser::{Style, open_single};
use super::tag::Tag;
use super::text::{unescape_str, write_float, write_text};
use crate::scan;

/// A JSON text as Flask writes it: no object of it is a tag. `None` where Flask could not read it.
pub(crate) fn from_json(json: &str) -> Option<String> {
    let mut out = String::new();
    write_flask(&parse(json).ok()?, &mut out);
    check_value(&out).ok().map(|()| out)
}

/// A value of Flask's as our types have it in plain JSON: a tuple is a list, the others keep their tags. `None` where there
/// is no JSON for it, such as for `NaN`.
pub(crate) fn to_json(text: &str) -> Option<String> {
    translate(text, Tags::Kept)
}

fn translate(text: &str, tags: Tags) -> Option<String> {
    let node = parse(text).ok()?;
    check(&node).ok()?;
    let mut out = String::new();
    write_json(&node, tags, &mut out)?;
    scan::value(&out).ok().map(|()| out)
}

/// What becomes of the tags of bytes, `Markup`, UUIDs and dates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    Kept,
    /// Only what is under them counts.
    Dropped,
}

fn write_flask(node: &Node<'_>, out: &mut String) {
    match &node.kind {
        Kind::Null | Kind::Bool(_) => out.push_str(node.text),
        Kind::Number => write_number(node.text, out),
        Kind::Text => write_quoted(node.text, out),
        Kind::List(elements) => write_list(elements, out, |element, out| {
            write_flask(element, out);
            Some(())
        })
        .unwrap_or_default(),
        Kind::Dict(fields) => {
            if let [(key, value)] = fields.as_slice()
                && let Some(tag) = Tag::of(&key.bytes())
            {
                let closing = open_single(tag.key(), Style::Tagged, out);
                write_flask(value, out);
                out.push_str(closing);
                return;
            }
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|(one, _), (another, _)| one.bytes().cmp(&another.bytes()));
            out.push('{');
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_quoted(key.text, out);
                out.push(':');
                write_flask(value, out);
            }
            out.push('}');
        }
    }
}

/// An integer stays as it is, however long; a float looks as in Python.
fn write_number(number: &str, out: &mut String) {
    let is_float = number.contains(['.', 'e', 'E', 'N', 'I']);
    match number.parse() {
        Ok(float) if is_float => write_float(float, out),
        _ => out.push_str(number),
    }
}

/// A text that holds half of a surrogate pair stays as it is: it is ASCII there already.
fn write_quoted(quoted: &str, out: &mut String) {
    match unescape_str(quoted) {
        Some(text) => write_text(&text, out),
        None => out.push_str(quoted),
    }
}

fn write_json(node: &Node<'_>, tags: Tags, out: &mut String) -> Option<()> {
    match (node.tagged(), &node.kind) {
        (Some((Tag::Dict, inner)), _) => {
            let (key, value) = inner.escaped_field()?;
            out.push('{');
            write_text(&key, out);
            out.push(':');
            write_json(value, tags, out)?;
            out.push('}');
        }
        (Some((Tag::Tuple, inner)), _) => write_json(inner, tags, out)?,
        (Some((tag, inner)), _) if tags == Tags::Kept => {
            out.push('{');
            write_text(tag.key(), out);
            out.push(':');
            write_json(inner, tags, out)?;
            out.push('}');
        }
        (Some((_, inner)), _) => write_json(inner, tags, out)?,
        (None, Kind::Number) if node.text.contains(['N', 'I']) => return None,
        (None, Kind::Null | Kind::Bool(_) | Kind::Number) => out.push_str(node.text),
        (None, Kind::Text) => write_quoted(node.text, out),
        (None, Kind::List(elements)) => write_list(elements, out, |element, out| write_json(element, tags, out))?,
        (None, Kind::Dict(fields)) => {
            out.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_quoted(key.text, out);
                out.push(':');
                write_json(value, tags, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

fn write_list(
    elements: &[Node<'_>],
    out: &mut String,
    write: impl Fn(&Node<'_>, &mut String) -> Option<()>,
) -> Option<()> {
    out.push('[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(element, out)?;
    }
    out.push(']');
    Some(())
}

/// Whether two values are one to a program that compares texts and numbers: Flask may spell one otherwise than we do, such as
/// a text that went through a template as `Markup`.
pub(crate) fn is_same_value(one: &str, another: &str) -> bool {
    one == another || plain(one).is_some_and(|one| plain(another) == Some(one))
}

/// Whether a value is none, or an empty text.
pub(crate) fn is_nobody(text: &str) -> bool {
    plain(text).is_some_and(|json| matches!(json.as_str(), "null" | "\"\""))
}

fn plain(text: &str) -> Option<String> {
    translate(text, Tags::Dropped)
}

/// Whether a value is a list, tuple or dict with something in it.
pub(crate) fn holds_parts(text: &str) -> bool {
    let Ok(node) = parse(text) else { return true };
    match (node.tagged(), &node.kind) {
        (Some((Tag::Tuple, inner)), _) => !matches!(&inner.kind, Kind::List(elements) if elements.is_empty()),
        (Some((Tag::Dict, _)), _) => true,
        (None, Kind::List(elements)) => !elements.is_empty(),
        (None, Kind::Dict(fields)) => !fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_flasks_without_a_tag() {
        for (json, flask) in [
            (r#"{"b":1,"a":"é"}"#, r#"{"a":"\u00e9","b":1}"#),
            (r#"{" m":"<b>"}"#, r#"{" di":{" m__":"<b>"}}"#),
            ("170141183460469231731687303715884105728999", "170141183460469231731687303715884105728999"),
            ("[1e16, 1.50,1e400]", "[1e+16,1.5,Infinity]"),
            (r#""\ud800""#, r#""\ud800""#),
        ] {
            assert_eq!(from_json(json).as_deref(), Some(flask));
        }
        assert_eq!(from_json(&"9".repeat(5000)), None);
    }

    #[test]
    fn flasks_becomes_json_where_there_is_some() {
        for (flask, json) in [
            (r#"{" t":[1,{" m":"<b>"}]}"#, Some(r#"[1,{" m":"<b>"}]"#)),
            (r#"{" b":"YQ=="}"#, Some(r#"{" b":"YQ=="}"#)),
            (r#"{" di":{" t__":{" u":"x"}}}"#, None),
            (r#"{" di":{" t__":1}}"#, Some(r#"{" t":1}"#)),
            ("[NaN]", None),
            ("[-Infinity]", None),
            (r#"{"a":-0.0,"b":[1,2]}"#, Some(r#"{"a":-0.0,"b":[1,2]}"#)),
        ] {
            assert_eq!(to_json(flask).as_deref(), json, "{flask}");
        }
    }

    #[test]
    fn one_user_in_two_spellings_is_one() {
        for (one, another) in
            [("\"éve\"", r#""\u00e9ve""#), (r#"{" m":"eve"}"#, "\"eve\""), ("[1,\"x\"]", r#"{" t":[1,"x"]}"#)]
        {
            assert!(is_same_value(one, another));
        }
        for (one, another) in [("1", "2"), ("\"1\"", "1"), ("NaN", "Infinity")] {
            assert!(!is_same_value(one, another));
        }
        assert!(is_nobody(r#"{" m":""}"#) && is_nobody("null") && !is_nobody("0"));
    }

    #[test]
    fn scalars_with_a_tag_hold_no_parts() {
        for text in
            [r#"{" u":"12345678123456781234567812345678"}"#, r#"{" d":"x"}"#, r#"{" b":"YQ=="}"#, "{}", r#"{" t":[]}"#]
        {
            assert!(!holds_parts(text), "{text}");
        }
        for text in ["[1]", r#"{"a":1}"#, r#"{" t":[1]}"#, r#"{" di":{" t__":1}}"#] {
            assert!(holds_parts(text), "{text}");
        }
    }
}
