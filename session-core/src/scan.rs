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
        // Nearly all keys of an object differ so.
        let differ = self.head != other.head && !(self.escaped | other.escaped);
        !differ && self.is_text_of(other, text)
    }

    #[cold]
    fn is_text_of(&self, other: &Self, text: &str) -> bool {
        json_key::decode(self.quoted(text)) == json_key::decode(other.quoted(text))
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
    let mut open = Open { text, keys: Recycled::new(Vec::new()) };
    let [b'{', rest @ ..] = skip_white_space(text.as_bytes()) else { return Err(ScanError::Syntax) };
    let rest = after_members(&mut open, rest, 1, |_, key, value| entries.push(Entry { key, value }))?;
    refuse_duplicates(text, &entries, |entry| &entry.key)?;
    is_all(rest)?;
    Ok(entries)
}

/// The elements of a JSON array.
pub(crate) fn array(text: &str) -> Result<Recycled<Vec<Range<usize>>>, ScanError> {
    let mut elements = Recycled::<Vec<_>>::take();
    let mut open = Open { text, keys: Recycled::new(Vec::new()) };
    let [b'[', rest @ ..] = skip_white_space(text.as_bytes()) else { return Err(ScanError::Syntax) };
    is_all(after_elements(&mut open, rest, 1, |element| elements.push(element))?)?;
    Ok(elements)
}

/// Checks that a text is one JSON value, nested so that it may stand in an object of ours.
pub(crate) fn value(text: &str) -> Result<(), ScanError> {
    value_at(text, 2)
}

/// As [`value`], in a list in that object.
pub(crate) fn entry(text: &str) -> Result<(), ScanError> {
    value_at(text, 3)
}

fn value_at(text: &str, depth: usize) -> Result<(), ScanError> {
    let mut open = Open { text, keys: Recycled::new(Vec::new()) };
    is_all(after_value(&mut open, skip_white_space(text.as_bytes()), depth)?)
}

/// What is known of a text while it is scanned. What is left of it is passed on from function to function, so that it stays in registers.
struct Open<'a> {
    text: &'a str,
    /// The keys of all inner objects that are open, those of the innermost last.
    keys: Recycled<Vec<Key>>,
}

impl Open<'_> {
    /// Where what is left of the text begins.
    #[inline]
    fn place(&self, rest: &[u8]) -> usize {
        self.text.len() - rest.len()
    }
}

/// What comes after an object whose brace was read. `member` is told of each key and of its value's place.
#[inline]
fn after_members<'a>(
    open: &mut Open<'a>,
    rest: &'a [u8],
    depth: usize,
    mut member: impl FnMut(&mut Open<'a>, Key, Range<usize>),
) -> Result<&'a [u8], ScanError> {
    let mut rest = enter(rest, depth)?;
    if let [b'}', rest @ ..] = rest {
        return Ok(rest);
    }
    loop {
        let [b'"', letters @ ..] = rest else { return Err(ScanError::Syntax) };
        let (start, (after, escaped)) = (open.place(rest), after_string(letters)?);
        let end = open.place(after);
        let key = Key { start, end, head: json_key::head_of(letters, end - start - 2), escaped };
        let [b':', value @ ..] = skip_white_space(after) else { return Err(ScanError::Syntax) };
        let value = skip_white_space(value);
        let after = after_value(open, value, depth + 1)?;
        let place = open.place(value)..open.place(after);
        member(open, key, place);
        rest = match skip_white_space(after) {
            [b'}', rest @ ..] => return Ok(rest),
            [b',', rest @ ..] => skip_white_space(rest),
            _ => return Err(ScanError::Syntax),
        };
    }
}

/// What comes after an object inside of another value.
fn after_object<'a>(open: &mut Open<'a>, rest: &'a [u8], depth: usize) -> Result<&'a [u8], ScanError> {
    let outer_keys = open.keys.len();
    let rest = after_members(open, rest, depth, |open, key, _| {
        if open.keys.capacity() == 0 {
            open.keys = Recycled::take();
        }
        open.keys.push(key);
    })?;
    refuse_duplicates(open.text, open.keys.get(outer_keys..).unwrap_or_default(), |key| key)?;
    open.keys.truncate(outer_keys);
    Ok(rest)
}

/// What comes after an array whose bracket was read. `element` is told of the place of each.
fn after_elements<'a>(
    open: &mut Open<'a>,
    rest: &'a [u8],
    depth: usize,
    mut element: impl FnMut(Range<usize>),
) -> Result<&'a [u8], ScanError> {
    let mut rest = enter(rest, depth)?;
    if let [b']', rest @ ..] = rest {
        return Ok(rest);
    }
    loop {
        let after = after_value(open, rest, depth + 1)?;
        element(open.place(rest)..open.place(after));
        rest = match skip_white_space(after) {
            [b']', rest @ ..] => return Ok(rest),
            [b',', rest @ ..] => skip_white_space(rest),
            _ => return Err(ScanError::Syntax),
        };
    }
}

#[inline]
fn enter(rest: &[u8], depth: usize) -> Result<&[u8], ScanError> {
    if depth > MAX_DEPTH { Err(ScanError::TooDeep) } else { Ok(skip_white_space(rest)) }
}

#[inline]
fn after_value<'a>(open: &mut Open<'a>, rest: &'a [u8], depth: usize) -> Result<&'a [u8], ScanError> {
    match rest {
        [b'"', letters @ ..] => after_string(letters).map(|(rest, _)| rest),
        [b'0'..=b'9' | b'-', ..] => after_number(rest),
        _ => after_other_value(open, rest, depth),
    }
}

/// Not inlined, since a value in an object is scanned by the same functions.
#[inline(never)]
fn after_other_value<'a>(open: &mut Open<'a>, rest: &'a [u8], depth: usize) -> Result<&'a [u8], ScanError> {
    match rest {
        [b'{', rest @ ..] => after_object(open, rest, depth),
        [b'[', rest @ ..] => after_elements(open, rest, depth, |_| ()),
        _ => ["true", "false", "null"].iter().find_map(|word| after_word(rest, word)).ok_or(ScanError::Syntax),
    }
}

fn after_word<'a>(rest: &'a [u8], word: &str) -> Option<&'a [u8]> {
    rest.strip_prefix(word.as_bytes())
}

/// What comes after a string whose opening quote was read, and whether it has escapes.
#[inline]
fn after_string(letters: &[u8]) -> Result<(&[u8], bool), ScanError> {
    // A UTF-8 text holds no other bytes that could be taken for a quote.
    let found = swar::find_in_string(letters).ok_or(ScanError::Syntax)?;
    match letters.get(found..).unwrap_or_default() {
        [b'"', rest @ ..] => Ok((rest, false)),
        rest => after_escapes(rest).map(|rest| (rest, true)),
    }
}

/// The end of a string from an escape on.
#[cold]
fn after_escapes(mut rest: &[u8]) -> Result<&[u8], ScanError> {
    loop {
        let letters = match rest {
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\\', b'u', a, b, c, d, rest @ ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => rest,
            _ => return Err(ScanError::Syntax),
        };
        let found = swar::find_in_string(letters).ok_or(ScanError::Syntax)?;
        rest = letters.get(found..).unwrap_or_default();
    }
}

#[inline]
fn after_number(rest: &[u8]) -> Result<&[u8], ScanError> {
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let rest = if let [b'0', rest @ ..] = rest { rest } else { after_digits(rest)? };
    if let [b'.' | b'e' | b'E', ..] = rest { after_fraction(rest) } else { Ok(rest) }
}

#[cold]
fn after_fraction(rest: &[u8]) -> Result<&[u8], ScanError> {
    let rest = if let [b'.', digits @ ..] = rest { after_digits(digits)? } else { rest };
    match rest {
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => after_digits(digits),
        _ => Ok(rest),
    }
}

#[inline]
fn after_digits(rest: &[u8]) -> Result<&[u8], ScanError> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 { Ok(rest.get(digits..).unwrap_or_default()) } else { Err(ScanError::Syntax) }
}

#[inline]
fn skip_white_space(rest: &[u8]) -> &[u8] {
    // Mostly there is none.
    if rest.first().is_some_and(|byte| *byte <= b' ') { after_white_space(rest) } else { rest }
}

#[cold]
fn after_white_space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', next @ ..] = rest {
        rest = next;
    }
    rest
}

/// Whether nothing is left.
fn is_all(rest: &[u8]) -> Result<(), ScanError> {
    if skip_white_space(rest).is_empty() { Ok(()) } else { Err(ScanError::Syntax) }
}

/// A place in a text, for a reader of another notation with JSON's words.
#[cfg(feature = "flask")]
pub(crate) struct Scan<'a> {
    text: &'a str,
    rest: &'a [u8],
}

#[cfg(feature = "flask")]
impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes() }
    }

    pub(crate) fn string(&mut self) -> Result<(), ScanError> {
        self.expect(b'"')?;
        (self.rest, _) = after_string(self.rest)?;
        Ok(())
    }

    pub(crate) fn number(&mut self) -> Result<(), ScanError> {
        self.rest = after_number(self.rest)?;
        Ok(())
    }

    pub(crate) fn word(&mut self, word: &str) -> Result<(), ScanError> {
        self.rest = after_word(self.rest, word).ok_or(ScanError::Syntax)?;
        Ok(())
    }

    pub(crate) fn white_space(&mut self) {
        self.rest = skip_white_space(self.rest);
    }

    pub(crate) fn end(&self) -> Result<(), ScanError> {
        is_all(self.rest)
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), ScanError> {
        if self.take(byte) { Ok(()) } else { Err(ScanError::Syntax) }
    }

    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(crate) fn position(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }
}

/// Refuses a key that stands twice among those of one object.
#[inline]
fn refuse_duplicates<T>(text: &str, members: &[T], key: impl Fn(&T) -> &Key) -> Result<(), ScanError> {
    let duplicate = if members.len() <= FEW_KEYS {
        let mut rest = members;
        let mut found = false;
        while let Some((first, others)) = rest.split_first() {
            found |= others.iter().any(|other| key(first).is_like(key(other), text));
            rest = others;
        }
        found
    } else {
        let mut keys: Vec<_> = members.iter().map(|member| json_key::decode(key(member).quoted(text))).collect();
        keys.sort_unstable();
        keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b)
    };
    if duplicate { Err(ScanError::DuplicateKey) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
