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
    pub(crate) key: Key,
    pub(crate) value: Range<usize>,
}

/// The fields of a session, in a buffer that is used again.
pub(crate) type Entries = Recycled<Vec<Entry>>;

recycle!(Entry);

/// Where a key stands, and how it is compared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The opening quote.
    start: usize,
    /// After the closing quote.
    end: usize,
    /// Its [`json_key::head`].
    head: u64,
    /// It has escapes, so that its text is not what it stands for.
    escaped: bool,
}

recycle!(Key);

impl Key {
    /// Of a key in quotes that stands at this place.
    pub(crate) fn at(place: Range<usize>, escaped: bool, text: &str) -> Self {
        let Range { start, end } = place;
        let length = (end - start).saturating_sub(2);
        let letters = text.as_bytes().get(start + 1..).unwrap_or_default();
        Self { start, end, head: json_key::head_of(letters, length), escaped }
    }

    /// Of a key that may have escapes, which is seen where it is looked up.
    #[cfg(feature = "flask")]
    pub(crate) fn unread(place: Range<usize>) -> Self {
        Self { start: place.start, end: place.end, head: 0, escaped: true }
    }

    /// The key as it stands, quotes included.
    #[inline]
    pub(crate) fn quoted<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it stands for a text with this head.
    #[inline]
    pub(crate) fn is(&self, key: &str, head: u64, text: &str) -> bool {
        if self.escaped {
            return self.stands_for(key, text);
        }
        // The length is that of the key with its quotes.
        let may_be = self.head == head && self.end - self.start == key.len() + 2;
        may_be && (key.len() <= 8 || self.quoted(text).as_bytes().get(1..=key.len()) == Some(key.as_bytes()))
    }

    #[cold]
    fn stands_for(&self, key: &str, text: &str) -> bool {
        json_key::decode(self.quoted(text)) == key
    }

    #[inline]
    fn is_like(&self, other: &Self, text: &str) -> bool {
        if self.escaped || other.escaped {
            return json_key::decode(self.quoted(text)) == json_key::decode(other.quoted(text));
        }
        self.head == other.head && self.quoted(text) == other.quoted(text)
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
    let mut entries = Entries::take();
    if compact(text, &mut entries).is_none() {
        entries.clear();
        let mut scan = Scan::new(text);
        scan.white_space();
        scan.members(1, |_, key, value| entries.push(Entry { key, value }))?;
        scan.end()?;
    }
    refuse_duplicates(text, entries.iter().map(|entry| entry.key))?;
    Ok(entries)
}

/// The fields of an object as this library writes it, without white space between them. `None` where it may be one that is written otherwise, or
/// none at all. Half of what [`Scan::members`] takes, since nearly all there is to do is to look for the next quote.
fn compact(text: &str, entries: &mut Entries) -> Option<()> {
    let place = |rest: &[u8]| text.len() - rest.len();
    let mut rest = text.as_bytes().strip_prefix(b"{\"")?;
    loop {
        let (start, letters) = (place(rest) - 1, rest);
        let length = swar::find_in_string(letters)?;
        rest = letters.get(length..)?.strip_prefix(b"\":")?;
        let key = Key { start, end: start + length + 2, head: json_key::head_of(letters, length), escaped: false };
        let start = place(rest);
        rest = match rest {
            [b'"', inner @ ..] => inner.get(swar::find_in_string(inner)?..)?.strip_prefix(b"\"")?,
            [b'1'..=b'9', digits @ ..] => {
                let more = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                digits.get(more..)?
            }
            _ => {
                let mut scan = Scan { text, at: start, keys: Recycled::new(Vec::new()) };
                scan.value(2).ok()?;
                text.as_bytes().get(scan.at..)?
            }
        };
        entries.push(Entry { key, value: start..place(rest) });
        match rest {
            [b'}'] => return Some(()),
            [b',', b'"', next @ ..] => rest = next,
            _ => return None,
        }
    }
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
    /// The keys of all inner objects that are open, those of the innermost last.
    keys: Recycled<Vec<Key>>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, keys: Recycled::new(Vec::new()) }
    }

    /// The members of an object, whose keys are not compared with each other.
    #[inline]
    fn members(&mut self, depth: usize, mut member: impl FnMut(&mut Self, Key, Range<usize>)) -> Result<(), ScanError> {
        self.enter(b'{', depth)?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let start = self.at;
            let escaped = self.string()?;
            let key = Key::at(start..self.at, escaped, self.text);
            self.white_space();
            self.expect(b':')?;
            self.white_space();
            let start = self.at;
            self.value(depth + 1)?;
            member(self, key, start..self.at);
            self.white_space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
            self.white_space();
        }
    }

    /// An object inside of a member.
    fn object(&mut self, depth: usize) -> Result<(), ScanError> {
        let outer_keys = self.keys.len();
        self.members(depth, |scan, key, _| {
            if scan.keys.capacity() == 0 {
                scan.keys = Recycled::take();
            }
            scan.keys.push(key);
        })?;
        refuse_duplicates(self.text, self.keys.iter().skip(outer_keys).copied())?;
        self.keys.truncate(outer_keys);
        Ok(())
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

    #[inline]
    fn value(&mut self, depth: usize) -> Result<(), ScanError> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'0'..=b'9' | b'-') => self.number(),
            _ => self.other_value(depth),
        }
    }

    /// Not inlined, since a value in an object is scanned by the same functions.
    #[inline(never)]
    fn other_value(&mut self, depth: usize) -> Result<(), ScanError> {
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth, |_| ()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(ScanError::Syntax),
        }
    }

    /// A string, and whether it has escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<bool, ScanError> {
        self.expect(b'"')?;
        // A UTF-8 text holds no other bytes that could be taken for a quote.
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = swar::find_in_string(rest).ok_or(ScanError::Syntax)?;
        self.at += found;
        if self.take(b'"') { Ok(false) } else { self.rest_of_string().map(|()| true) }
    }

    /// The rest of a string from its first escape on.
    #[cold]
    fn rest_of_string(&mut self) -> Result<(), ScanError> {
        loop {
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                _ => return Err(ScanError::Syntax),
            }
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += swar::find_in_string(rest).ok_or(ScanError::Syntax)?;
        }
    }

    fn escape(&mut self) -> Result<(), ScanError> {
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') if (0..4).all(|_| self.next().is_some_and(|byte| byte.is_ascii_hexdigit())) => Ok(()),
            _ => Err(ScanError::Syntax),
        }
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<(), ScanError> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) { self.fraction() } else { Ok(()) }
    }

    #[cold]
    fn fraction(&mut self) -> Result<(), ScanError> {
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

fn refuse_duplicates(text: &str, keys: impl ExactSizeIterator<Item = Key> + Clone) -> Result<(), ScanError> {
    let duplicate = if keys.len() <= FEW_KEYS {
        let mut rest = keys;
        std::iter::from_fn(|| rest.next().map(|first| rest.clone().any(|other| first.is_like(&other, text))))
            .any(|is_there_again| is_there_again)
    } else {
        let mut keys: Vec<_> = keys.map(|key| json_key::decode(key.quoted(text))).collect();
        keys.sort_unstable();
        keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b)
    };
    if duplicate { Err(ScanError::DuplicateKey) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_as_they_stand() {
        let text = r#" { "a" : [1, {"b":2}] ,"c\u0064":"}\"" } "#;
        let found: Vec<_> =
            object(text).unwrap().iter().map(|entry| (entry.key.quoted(text), &text[entry.value.clone()])).collect();
        assert_eq!(found, [(r#""a""#, r#"[1, {"b":2}]"#), (r#""c\u0064""#, r#""}\"""#)]);
        assert!(object("{}").unwrap().is_empty());
    }

    #[test]
    fn an_object_as_we_write_it_is_read_as_any_other() {
        for text in [
            r#"{"a":1}"#,
            r#"{"user":"ada","visits":31,"_created":1700000000,"cart":[{"a":[1,{"b":2}]},"}"],"x":{},"y":-0.5e3,"z":0}"#,
            r#"{"":"","a":null,"b":true,"c":false}"#,
            r#"{"a":"\"","b":1}"#,
            r#"{"a":12.5}"#,
            r#"{"a":1,"b" :2}"#,
            r#"{"\u0061":1}"#,
        ] {
            let spaced = format!(" {text}");
            let read = |text: &str| -> Vec<(String, String)> {
                let entries = object(text).unwrap();
                let field = |entry: &Entry| (entry.key.quoted(text).to_owned(), text[entry.value.clone()].to_owned());
                entries.iter().map(field).collect()
            };
            assert_eq!(read(text), read(&spaced), "{text}");
        }
        let text = r#"{"a":1,"b":"x"}"#;
        assert!(compact(text, &mut Entries::take()).is_some());
        for end in 0..text.len() {
            assert!(compact(&text[..end], &mut Entries::take()).is_none() && object(&text[..end]).is_err(), "{end}");
        }
        for wrong in [r#"{"a":01}"#, r#"{"a":1}}"#, r#"{"a":1,}"#, r#"{"a":1"b":2}"#, r#"{"a":1e}"#, "{\"a\":\"\n\"}"] {
            assert!(object(wrong).is_err(), "{wrong}");
        }
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
