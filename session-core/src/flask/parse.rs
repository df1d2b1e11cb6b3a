//! Reading JSON as Python's `json.loads` does: `NaN` and infinities are numbers, of equal keys the last one counts, and a
//! text may hold half of a surrogate pair.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::text::unescape;
use crate::scan::{Scan, ScanError};

/// Deepest nesting that is read. Python's own limit lies between 450 and 900 levels; 200 always worked there.
pub(crate) const MAX_DEPTH: usize = 256;

/// Most digits of an integer that Python reads (`sys.set_int_max_str_digits`).
const MAX_INT_DIGITS: usize = 4300;

/// A value, as it stands in a text.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// The JSON of the value itself.
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) place: Range<usize>,
    pub(super) kind: Kind<'a>,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    Null,
    Bool(bool),
    Number,
    /// In quotes.
    Text,
    List(Vec<Node<'a>>),
    Dict(Vec<(Key<'a>, Node<'a>)>),
}

/// A key in quotes, as it stands in a text.
#[derive(Clone, Debug)]
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) place: Range<usize>,
}

impl Key<'_> {
    pub(super) fn bytes(&self) -> Cow<'_, [u8]> {
        unescape(self.text)
    }
}

/// Reads one value.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, ScanError> {
    let mut parser = Parser { scan: Scan::new(text), text };
    parser.scan.white_space();
    let node = parser.value(1)?;
    parser.scan.end()?;
    Ok(node)
}

struct Parser<'a> {
    scan: Scan<'a>,
    text: &'a str,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Result<Node<'a>, ScanError> {
        let start = self.scan.position();
        let kind = match self.scan.peek() {
            Some(b'{') => Kind::Dict(self.dict(depth)?),
            Some(b'[') => Kind::List(self.list(depth)?),
            Some(b'"') => self.scan.string().map(|()| Kind::Text)?,
            Some(b't') => self.scan.word("true").map(|()| Kind::Bool(true))?,
            Some(b'f') => self.scan.word("false").map(|()| Kind::Bool(false))?,
            Some(b'n') => self.scan.word("null").map(|()| Kind::Null)?,
            _ => self.number(start).map(|()| Kind::Number)?,
        };
        let place = start..self.scan.position();
        Ok(Node { text: self.slice(&place), place, kind })
    }

    fn dict(&mut self, depth: usize) -> Result<Vec<(Key<'a>, Node<'a>)>, ScanError> {
        self.enter(b'{', depth)?;
        let mut fields = Vec::new();
        if self.scan.take(b'}') {
            return Ok(fields);
        }
        loop {
            let start = self.scan.position();
            self.scan.string()?;
            let place = start..self.scan.position();
            let key = Key { text: self.slice(&place), place };
            self.scan.white_space();
            self.scan.expect(b':')?;
            self.scan.white_space();
            fields.push((key, self.value(depth + 1)?));
            self.scan.white_space();
            if self.scan.take(b'}') {
                return Ok(without_duplicates(fields));
            }
            self.scan.expect(b',')?;
            self.scan.white_space();
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node<'a>>, ScanError> {
        self.enter(b'[', depth)?;
        let mut elements = Vec::new();
        if self.scan.take(b']') {
            return Ok(elements);
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.scan.white_space();
            if self.scan.take(b']') {
                return Ok(elements);
            }
            self.scan.expect(b',')?;
            self.scan.white_space();
        }
    }

    fn enter(&mut self, open: u8, depth: usize) -> Result<(), ScanError> {
        self.scan.expect(open)?;
        self.scan.white_space();
        if depth > MAX_DEPTH { Err(ScanError::TooDeep) } else { Ok(()) }
    }

    fn number(&mut self, start: usize) -> Result<(), ScanError> {
        if self.scan.peek() == Some(b'N') {
            return self.scan.word("NaN");
        }
        if ["Infinity", "-Infinity"].iter().any(|word| self.scan.word(word).is_ok()) {
            return Ok(());
        }
        self.scan.number()?;
        let number = self.slice(&(start..self.scan.position()));
        let digits = number.strip_prefix('-').unwrap_or(number);
        let too_long = digits.len() > MAX_INT_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if too_long { Err(ScanError::Syntax) } else { Ok(()) }
    }

    fn slice(&self, place: &Range<usize>) -> &'a str {
        self.text.get(place.clone()).unwrap_or_default()
    }
}

/// As in a Python dict, a key stands where it came first and has its last value.
fn without_duplicates<'a>(fields: Vec<(Key<'a>, Node<'a>)>) -> Vec<(Key<'a>, Node<'a>)> {
    let mut places = BTreeMap::new();
    let unique = fields.iter().enumerate().all(|(index, (key, _))| places.insert(unescape(key.text), index).is_none());
    if unique {
        return fields;
    }
    let mut places = BTreeMap::new();
    let mut kept: Vec<(Key<'a>, Node<'a>)> = Vec::new();
    for (key, value) in fields {
        let place = *places.entry(unescape(key.text)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => earlier.1 = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_reads_more_than_json() {
        for text in ["NaN", "[Infinity,-Infinity]", " 1E5\n", r#""\ud800""#, r#"{"a":1,"a":2}"#, "-0.0"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["nan", "-NaN", "Infinit", "+1", "01", "1.", "\u{feff}1", "1 2", "'a'", "[1,]", "\"\n\"", "", "-"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"9".repeat(4300)).is_ok());
        assert!(parse(&format!("-{}", "9".repeat(4300))).is_ok());
        assert!(parse(&"9".repeat(4301)).is_err());
        assert!(parse(&format!("{}.0", "9".repeat(4301))).is_ok());
    }

    #[test]
    fn of_equal_keys_the_last_value_counts_at_the_first_ones_place() {
        let node = parse(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
        let Kind::Dict(fields) = node.kind else { panic!("a dict") };
        let found: Vec<_> = fields.iter().map(|(key, value)| (key.text, value.text)).collect();
        assert_eq!(found, [(r#""a""#, "3"), (r#""b""#, "2")]);
    }

    #[test]
    fn a_nesting_bomb_is_refused() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |levels: usize| format!("{}[]{}", open.repeat(levels - 1), close.repeat(levels - 1));
            assert!(parse(&nested(MAX_DEPTH)).is_ok());
            assert_eq!(parse(&nested(MAX_DEPTH + 1)).unwrap_err(), ScanError::TooDeep);
            assert_eq!(parse(&nested(100_000)).unwrap_err(), ScanError::TooDeep);
        }
    }
}
