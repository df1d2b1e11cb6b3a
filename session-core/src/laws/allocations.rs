//! What reading costs at most, whatever was sent.

use allocation_counter::measure;

use super::{codec, written};
use crate::flask::payload;
use crate::notation::Notation;
use crate::recycled::Text;
use crate::token::Kind;

/// Bytes that are held for each byte of a session's JSON, at most: an index of its fields, the shortest of which is `"a":0,`.
const JSON: u64 = 32;

/// The same for Flask's JSON, of which there is a tree: the shortest part of one is `0,`.
const FLASK: u64 = 128;

/// Peak of the bytes that are held at once, while nothing was kept for another time.
fn peak(read: impl FnOnce() + Send) -> u64 {
    std::thread::scope(|scope| scope.spawn(|| measure(read).bytes_max).join().unwrap())
}

/// Texts of this length that are hard to read.
fn hard(length: usize) -> Vec<String> {
    let fields = (0..).map(|number| format!("\"{number:x}\":0"));
    let mut many = String::from("{");
    for field in fields {
        if many.len() + field.len() + 1 > length {
            break;
        }
        many += &field;
        many.push(',');
    }
    many.pop();
    many.push('}');
    let nested = format!("{}{}", "[".repeat(length / 2), "]".repeat(length / 2));
    vec![
        many,
        format!("{{\"a\":{nested}}}"),
        format!("{{\"a\":[{}0]}}", "0,".repeat(length / 2)),
        format!("{{\"a\":\"{}\"}}", "\\u00e9".repeat(length / 6)),
        format!("{{\"a\":\"{}\"}}", "x".repeat(length)),
        "{".repeat(length),
        "\"".repeat(length),
    ]
}

#[test]
fn reading_a_session_allocates_at_most_a_multiple_of_its_bytes() {
    for length in [64, 1024, 4096, 65536] {
        for text in hard(length) {
            for (notation, times) in [(Notation::Json, JSON), (Notation::Flask, FLASK)] {
                let bytes = peak(|| drop(notation.parse(Text::of(&text))));
                let most = times * text.len() as u64 + 2048;
                assert!(bytes <= most, "{bytes} bytes, where {most} are allowed, for {text:.40} in {notation:?}");
            }
        }
    }
}

#[test]
fn a_value_that_is_not_ours_allocates_nothing_worth_mentioning() {
    let text = "A".repeat(4096);
    for kind in [Kind::Signed, Kind::Stored, Kind::Flask] {
        let codec = codec(kind);
        // A value that held before, so that what is made once is there.
        let _ = codec.read(&written(&codec, "{}", 1));
        for text in
            [text.clone(), format!("{text}.ZVPxAA.{}", "A".repeat(43)), format!("{text}.ZVPxAA.{}", "A".repeat(27))]
        {
            let bytes = peak(|| drop(codec.read(&text)));
            assert!(bytes <= 512, "{bytes} for {kind:?}");
        }
    }
    // The tag of an encrypted one is over all of it, so that it must be decoded first.
    let (codec, text) = (codec(Kind::Encrypted), format!("e1.{text}"));
    let bytes = peak(|| drop(codec.read(&text)));
    assert!(bytes <= 2 * 4096, "{bytes}");
}

#[test]
fn inflating_stops_at_its_limit() {
    let bomb = payload::encode_compressed(&"x".repeat(payload::MAX_INFLATED_BYTES)).unwrap();
    assert!(bomb.len() < 200);
    let bytes = peak(|| drop(payload::decode(&bomb)));
    // The text in a buffer that doubled, what it grew out of, and the decompressor's own.
    assert!(bytes <= 5 * payload::MAX_INFLATED_BYTES as u64, "{bytes}");
}
