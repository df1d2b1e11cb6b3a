//! The `Cookie` headers of a request.

use super::NAME;
use crate::config::Builder;
use crate::cookie::read::candidates;
use crate::engine::Engine;
use crate::key::Key;

/// Lines of the input are headers. What is found in them is what a slow and plain reader finds, and opens no session.
pub fn cookie_header(input: &[u8]) {
    let headers = || input.split(|byte| *byte == b'\n');
    let found: Vec<&str> = candidates(headers(), NAME).collect();
    assert_eq!(found, plainly(headers()));
    for prefetch in [false, true] {
        assert!(engine().open(headers(), prefetch).is_new(), "nobody without the key has a session");
    }
}

/// By the description: at most four, of at most 4096 bytes each, and texts.
fn plainly<'a>(headers: impl Iterator<Item = &'a [u8]>) -> Vec<&'a str> {
    let pairs = headers.flat_map(|header| header.split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        // A name may be followed by nothing but its `=`.
        (trim_start(&pair[..at]) == NAME.as_bytes()).then(|| trim(&pair[at + 1..]))
    });
    values.take(4).filter(|value| value.len() <= 4096).filter_map(|value| std::str::from_utf8(value).ok()).collect()
}

fn trim(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
    trim_start(&text[..end])
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !b" \t".contains(byte)).unwrap_or(text.len());
    &text[start..]
}

fn engine() -> Engine {
    Builder::signed(Key::try_from([7; 32].as_slice()).unwrap()).build().unwrap()
}
