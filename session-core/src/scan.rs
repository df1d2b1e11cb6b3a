//! One pass over a JSON object (RFC 8259) that checks it whole and notes where its top-level fields stand.
//!
//! `serde_json` cannot do this part: it copies what it reads, forgets the bytes, and takes duplicate keys.

use std::ops::Range;

use crate::json_key;
use crate::recycled::{Recycled, recycle};
use crate::swar;

/// Deepest nesting that is read, the object itself being level 1.
pub(crate) const MAX_DEPTH: usize = 64;

/// Up to this many keys, comparing each with each costs less than sorting them.
const FEW_KEYS: usize = 16;

/// Where a top-level field stands in its buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key, quotes included.
    pub(crate) key: Range<usize>,
    /// The key has escapes, so that its text is not what it stands for.
    pub(crate) escaped: bool,
    pub(crate) value: Range<usize>,
}

/// The fields of a session, in a buffer that is used again.
pub(crate) type Entries = Recycled<Vec<Entry>>;

recycle!(Entry);

impl Entry {
    /// Whether the field of this buffer is called so.
    #[inline]
    pub(crate) fn is_called(&self, key: &str, text: &str) -> bool {
        if self.escaped {
            return self.stands_for(key, text);
        }
        // Most keys differ in their length already; it is that of the key with its quotes.
        let Range { start, end } = self.key;
        end - start == key.len() + 2 && text.as_bytes().get(start + 1..end - 1) == Some(key.as_bytes())
    }

    #[cold]
    fn stands_for(&self, key: &str, text: &str) -> bool {
        json_key::decode(text.get(self.key.clone()).unwrap_or_default()) == key
    }
}

/// A key of an object that is open, as it is compared with the others.
#[derive(Clone, Copy)]
struct Key {
    start: usize,
    end: usize,
    /// The first letters, by which nearly all keys differ.
    head: u64,
    escaped: bool,
}

recycle!(Key);

impl Key {
    fn is_like(self, other: Self, text: &str) -> bool {
        if self.escaped || other.escaped {
            return json_key::decode(self.quoted(text)) == json_key::decode(other.quoted(text));
        }
        self.head == other.head && self.quoted(text) == other.quoted(text)
    }

    fn quoted(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Why a text is not an object of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// Not JSON, or not an object.
    Syntax,
    /// Nested more than [`MAX_DEPTH`] levels deep.
    TooDeep,
    /// A key stands twice in one object.
    DuplicateKey,
}

/// The fields of a JSON object, in their order.
pub(crate) fn object(text: &str) -> Result<Entries, ScanError> {
    let mut scan = Scan::new(text);
    let mut entries = Entries::take();
    scan.white_space();
    scan.object(1, |key, escaped, value| entries.push(Entry { key, escaped, value }))?;
    scan.end()?;
    Ok(entries)
}

/// The elements of a JSON array.
pub(crate) fn array(text: &str) -> Result<Recycled<Vec<Range<usize>>>, ScanError> {
    let mut scan = Scan::new(text);
    let mut elements = Recycled::<Vec<_>>::take();
    scan.white_space();
    scan.array(1, |element| elements.push(element))?;
    scan.end()?;
    Ok(elements)
}

/// Checks that a text is one JSON value, nested so that it may stand in an object of ours.
pub(crate) fn value(text: &str) -> Result<(), ScanError> {
    let mut scan = Scan::new(text);
    scan.white_space();
    scan.value(2)?;
    scan.end()
}

/// A place in a text, and what stands there.
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// The keys of all objects that are open, those of the innermost last.
    keys: Recycled<Vec<Key>>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, keys: Recycled::take() }
    }

    /// An object. `field` is told of each key, whether it has escapes, and of its value.
    fn object(
        &mut self,
        depth: usize,
        mut field: impl FnMut(Range<usize>, bool, Range<usize>),
    ) -> Result<(), ScanError> {
        self.enter(b'{', depth)?;
        let outer_keys = self.keys.len();
        if !self.take(b'}') {
            loop {
                let key = self.key()?;
                self.white_space();
                self.expect(b':')?;
                self.white_space();
                let start = self.at;
                self.value(depth + 1)?;
                field(key.start..key.end, key.escaped, start..self.at);
                self.keys.push(key);
                self.white_space();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
                self.white_space();
            }
        }
        let duplicate = has_duplicate(self.text, self.keys.get(outer_keys..).unwrap_or_default());
        self.keys.truncate(outer_keys);
        if duplicate { Err(ScanError::DuplicateKey) } else { Ok(()) }
    }

    #[inline]
    fn key(&mut self) -> Result<Key, ScanError> {
        let start = self.at;
        let escaped = self.string()?;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let head = rest.first_chunk().copied().unwrap_or_else(|| {
            // Near the end of the text.
            let mut head = [0; 8];
            head.iter_mut().zip(rest).for_each(|(head, byte)| *head = *byte);
            head
        });
        let head = u64::from_le_bytes(head);
        // Eight letters with the quotes: what comes after a shorter key does not count.
        let beyond = 64_usize.saturating_sub(8 * (self.at - start));
        Ok(Key { start, end: self.at, head: head << beyond, escaped })
    }

    fn array(&mut self, depth: usize, mut element: impl FnMut(Range<usize>)) -> Result<(), ScanError> {
        self.enter(b'[', depth)?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            let start = self.at;
            self.value(depth + 1)?;
            element(start..self.at);
            self.white_space();
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
            self.white_space();
        }
    }

    #[inline]
    fn enter(&mut self, open: u8, depth: usize) -> Result<(), ScanError> {
        self.expect(open)?;
        if depth > MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        self.white_space();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), ScanError> {
        match self.peek() {
            Some(b'{') => self.object(depth, |_, _, _| ()),
            Some(b'[') => self.array(depth, |_| ()),
            Some(b'"') => self.string().map(|_| ()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }

    /// A string, and whether it has escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<bool, ScanError> {
        self.expect(b'"')?;
        let mut escaped = false;
        loop {
            // A UTF-8 text holds no other bytes that could be taken for a quote.
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let found = swar::find_in_string(rest).ok_or(ScanError::Syntax)?;
            self.at += found + 1;
            match rest.get(found) {
                Some(b'"') => return Ok(escaped),
                Some(b'\\') => self.escape()?,
                _ => return Err(ScanError::Syntax),
            }
            escaped = true;
        }
    }

    fn escape(&mut self) -> Result<(), ScanError> {
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') if (0..4).all(|_| self.next().is_some_and(|byte| byte.is_ascii_hexdigit())) => Ok(()),
            _ => Err(ScanError::Syntax),
        }
    }

    pub(crate) fn number(&mut self) -> Result<(), ScanError> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), ScanError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits > 0 { Ok(()) } else { Err(ScanError::Syntax) }
    }

    pub(crate) fn word(&mut self, word: &str) -> Result<(), ScanError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(ScanError::Syntax);
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    pub(crate) fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(crate) fn end(&mut self) -> Result<(), ScanError> {
        self.white_space();
        if self.at == self.text.len() { Ok(()) } else { Err(ScanError::Syntax) }
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), ScanError> {
        if self.take(byte) { Ok(()) } else { Err(ScanError::Syntax) }
    }

    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    #[cfg(feature = "flask")]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

fn has_duplicate(text: &str, keys: &[Key]) -> bool {
    if keys.len() <= FEW_KEYS {
        let mut rest = keys;
        while let Some((first, others)) = rest.split_first() {
            if others.iter().any(|other| first.is_like(*other, text)) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut keys: Vec<_> = keys.iter().map(|key| json_key::decode(key.quoted(text))).collect();
    keys.sort_unstable();
    keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_as_they_stand() {
        let text = r#" { "a" : [1, {"b":2}] ,"c\u0064":"}\"" } "#;
        let found: Vec<_> =
            object(text).unwrap().iter().map(|entry| (&text[entry.key.clone()], &text[entry.value.clone()])).collect();
        assert_eq!(found, [(r#""a""#, r#"[1, {"b":2}]"#), (r#""c\u0064""#, r#""}\"""#)]);
        assert!(object("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "[]",
            "{",
            "{}x",
            "{'a':1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e}"#,
            r#"{"a":-}"#,
            r#"{"a":NaN}"#,
            r#"{"a":tru}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":[1,]}"#,
            r#"{"a":[1 2]}"#,
            "\u{feff}{}",
            r#"{"a":"#,
            r#"{"a":""#,
            r#"{"a":"\"#,
        ] {
            assert_eq!(object(text), Err(ScanError::Syntax), "{text}");
        }
    }

    #[test]
    fn a_nesting_bomb_is_refused() {
        let nested = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(object(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(object(&nested(MAX_DEPTH + 1)), Err(ScanError::TooDeep));
        assert_eq!(object(&nested(100_000)), Err(ScanError::TooDeep));
    }

    #[test]
    fn a_duplicate_key_is_refused_at_every_level_and_however_it_is_escaped() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":[{"a":{"q":1},"a":2}]}"#,
            r#"{"longer than a word":1,"longer than a wide":2,"longer than a word":3}"#,
            r#"{"":1,"b":2,"":3}"#,
            &format!("{{{},\"k3\":0}}", (0..40).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")),
        ] {
            assert_eq!(object(text), Err(ScanError::DuplicateKey), "{text}");
        }
        for text in [
            r#"{"a":{"a":1},"b":{"a":1}}"#,
            r#"{"":1,"a":2,"ab":3,"abcdef":4,"abcdefg":5,"abcdefgh":6,"abcdefghi":7}"#,
            r#"{"a b":1,"a":2}"#,
        ] {
            assert!(object(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn elements_of_an_array_are_found_as_they_stand() {
        let text = r#" [ [1, 2] ,"]" ] "#;
        let found: Vec<_> = array(text).unwrap().iter().map(|element| &text[element.clone()]).collect();
        assert_eq!(found, ["[1, 2]", r#""]""#]);
        assert!(array("[]").unwrap().is_empty());
        assert_eq!(array("{}").err(), Some(ScanError::Syntax));
    }
}
