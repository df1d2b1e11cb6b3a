//! The dict that is the session, as the text in a cookie.

use std::borrow::Cow;
use std::ops::Range;

use super::check::{check, is_canonical};
use super::parse::{Key, Kind, Node, parse};
use super::ser::{Style, open_single};
use super::tag::Tag;
use super::text::{unescape, unescape_str, write_text};
use crate::json_key;
use crate::payload::Payload;
use crate::scan::{self, Entry, ScanError};

/// Most levels of a value that is written: with the session itself, 200 always worked in Python.
const MAX_WRITTEN_DEPTH: usize = 199;

/// What Flask's `open_session` makes of the text: the session's fields, or the error that would be a 500 there.
pub(crate) fn read_root(text: String) -> Result<Payload, ScanError> {
    let mut added = String::new();
    let node = parse(&text)?;
    check(&node)?;
    let entries = entries(&node, text.len(), &mut added).ok_or(ScanError::Syntax)?;
    drop(node);
    Ok(Payload::of_flask(text + &added, entries))
}

/// The session as one text: keys sorted and escaped, values as they stand.
pub(crate) fn write_root(session: &Payload) -> String {
    let mut fields: Vec<_> = session.iter().map(|(key, value)| (unescape(key), key, value)).collect();
    fields.sort_by(|(one, ..), (another, ..)| one.cmp(another));
    let mut out = String::new();
    if let [(key, _, value)] = fields.as_slice()
        && let Some(tag) = Tag::of(key)
    {
        let closing = open_single(tag.key(), Style::Tagged, &mut out);
        return out + value + closing;
    }
    out.push('{');
    for (index, (key, quoted, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match std::str::from_utf8(key) {
            Ok(key) => write_text(key, &mut out),
            // Half of a surrogate pair is no text of ours: it stays as Python wrote it.
            Err(_) => out.push_str(quoted),
        }
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    out
}

/// Whether a text may stand as a value in the session: Flask can read it, however deep Python's own stack is by then.
pub(crate) fn check_value(text: &str) -> Result<(), ScanError> {
    let node = parse(text)?;
    if !is_canonical(&node) {
        return Err(ScanError::Syntax);
    }
    if depth(&node) > MAX_WRITTEN_DEPTH { Err(ScanError::TooDeep) } else { Ok(()) }
}

/// Where the elements of a list or a tuple stand.
pub(crate) fn elements(text: &str) -> Option<Vec<Range<usize>>> {
    match parse(text).ok()?.untuple().kind {
        Kind::List(ref elements) => Some(elements.iter().map(|element| element.place.clone()).collect()),
        _ => None,
    }
}

/// Python's `bool(value)`.
pub(crate) fn is_truthy(text: &str) -> bool {
    parse(text).is_ok_and(|node| check(&node).is_ok_and(|value| !value.falsy))
}

/// `dict(root)`. What has no place in the text is added behind its end.
fn entries(root: &Node<'_>, end: usize, added: &mut String) -> Option<Vec<Entry>> {
    match (root.tagged(), &root.kind) {
        (Some((Tag::Dict, inner)), _) => {
            let (key, value) = inner.escaped_field()?;
            json_key::encode(&key, added);
            Some(vec![entry(&(end..end + added.len()), &value.place)])
        }
        (Some((Tag::Tuple, _)), _) => pairs(root.untuple()),
        // An empty text is an empty dict, and so is a date that is none.
        (Some((Tag::Bytes | Tag::Markup | Tag::DateTime, _)), _) => {
            check(root).ok().filter(|value| value.falsy).map(|_| Vec::new())
        }
        (None, Kind::Dict(fields)) => {
            Some(fields.iter().map(|(key, value)| readable(key, &value.place, end, added)).collect())
        }
        (None, Kind::List(_)) => pairs(root),
        (None, Kind::Null) => Some(Vec::new()),
        (None, Kind::Text) => (root.text == "\"\"").then(Vec::new),
        (Some((Tag::Uuid, _)), _) | (None, Kind::Bool(_) | Kind::Number) => None,
    }
}

/// A list of pairs is a dict too, the last of equal keys counting.
fn pairs(list: &Node<'_>) -> Option<Vec<Entry>> {
    let Kind::List(pairs) = &list.kind else { return None };
    let mut entries: Vec<(Key<'_>, Entry)> = Vec::new();
    for pair in pairs {
        let Kind::List(pair) = &pair.untuple().kind else { return None };
        let [Node { text, place, kind: Kind::Text }, value] = pair.as_slice() else { return None };
        let key = Key { text, place: place.clone() };
        match entries.iter_mut().find(|(known, _)| known.bytes() == key.bytes()) {
            Some((_, known)) => known.value = value.place.clone(),
            None => entries.push((key, entry(place, &value.place))),
        }
    }
    Some(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// A field whose key has no escapes, as far as it can be written without, since it is looked up by what it stands for.
fn readable(key: &Key<'_>, value: &Range<usize>, end: usize, added: &mut String) -> Entry {
    match unescape_str(key.text) {
        Some(Cow::Owned(plain)) => {
            let start = end + added.len();
            json_key::encode(&plain, added);
            entry(&(start..end + added.len()), value)
        }
        _ => entry(&key.place, value),
    }
}

fn entry(key: &Range<usize>, value: &Range<usize>) -> Entry {
    Entry { key: scan::Key::unread(key.clone()), value: value.clone() }
}

fn depth(node: &Node<'_>) -> usize {
    let inner = match &node.kind {
        Kind::List(elements) => elements.iter().map(depth).max(),
        Kind::Dict(fields) => fields.iter().map(|(_, value)| depth(value)).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
}

impl Node<'_> {
    /// The list in a tuple, or the node itself.
    fn untuple(&self) -> &Self {
        self.tagged().filter(|(tag, _)| *tag == Tag::Tuple).map_or(self, |(_, inner)| inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Option<Vec<(String, String)>> {
        let session = read_root(text.into()).ok()?;
        Some(session.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn roots_that_flask_makes_a_session_of() {
        let one = |key: &str, value: &str| Some(vec![(key.to_owned(), value.to_owned())]);
        assert_eq!(fields(r#" { "a" : 1 } "#), one(r#""a""#, "1"));
        assert_eq!(fields(r#"{"a":1,"a":NaN}"#), one(r#""a""#, "NaN"));
        assert_eq!(fields(r#"{" di":{" t__":1}}"#), one(r#"" t""#, "1"));
        assert_eq!(fields(r#"{" di":{"é__":1}}"#), one("\"é\"", "1"));
        assert_eq!(fields(r#"{" di":{"a":1}}"#), one(r#""""#, "1"));
        assert_eq!(fields(r#"{" di":{" di":{"abcde":1}}}"#), one("\"a\"", "1"));
        assert_eq!(fields(r#"{"\u0061\u00e9":1}"#), one("\"aé\"", "1"));
        assert_eq!(fields(r#"[["a",1]]"#), one(r#""a""#, "1"));
        assert_eq!(fields(r#"{" t":[{" t":["a",1]},["a",2]]}"#), one(r#""a""#, "2"));
        for empty in ["{}", "null", "[]", "\"\"", r#"{" t":[]}"#, r#"{" b":""}"#, r#"{" m":""}"#, r#"{" d":"x"}"#] {
            assert_eq!(fields(empty), Some(Vec::new()), "{empty}");
        }
    }

    #[test]
    fn roots_that_flask_answers_with_500() {
        for text in ["[1]", "5", "0", "false", "\"ab\"", r#"{" t":5}"#, r#"{" u":"x"}"#, r#"{"x":{" t":5}}"#, "[[1,2]]"]
        {
            assert_eq!(fields(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_touched_is_written_back_byte_for_byte_in_sorted_order() {
        let session =
            read_root(r#"{"b":[NaN, 1E5 ,123456789012345678901234567890],"\ud800":"\udfff","é":1.0,"a":{ }}"#.into());
        let text = r#"{"a":{ },"b":[NaN, 1E5 ,123456789012345678901234567890],"\u00e9":1.0,"\ud800":"\udfff"}"#;
        assert_eq!(write_root(&session.unwrap()), text);
    }

    #[test]
    fn a_root_that_would_be_taken_for_a_tag_is_escaped() {
        for text in [r#"{" di":{" t__":{" t":[1]}}}"#, r#"{" di":{" di__":" di"}}"#, r#"{" t":1,"a":2}"#, "{}"] {
            assert_eq!(write_root(&read_root(text.into()).unwrap()), text);
        }
    }

    #[test]
    fn truth_is_pythons() {
        for text in ["null", "false", "0", "-0.0", "0e7", "\"\"", "[]", "{}", r#"{" t":[]}"#, r#"{" b":"!!!!"}"#] {
            assert!(!is_truthy(text), "{text}");
        }
        for text in ["true", "1", "0.1", "NaN", "\"0\"", "[0]", r#"{"a":0}"#, r#"{" t":[0]}"#, r#"{" m":5}"#] {
            assert!(is_truthy(text), "{text}");
        }
    }

    #[test]
    fn nothing_is_written_so_deep_that_python_might_not_read_it() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |levels: usize| format!("{}[]{}", open.repeat(levels - 1), close.repeat(levels - 1));
            assert!(check_value(&nested(MAX_WRITTEN_DEPTH)).is_ok());
            assert_eq!(check_value(&nested(MAX_WRITTEN_DEPTH + 1)), Err(ScanError::TooDeep));
            assert!(read_root(format!(r#"{{"a":{}}}"#, nested(200))).is_ok());
        }
    }
}
