//! What holds for every input, whoever made it. The property tests ask it of random ones, the fuzzers (`fuzz/`) of those that
//! they find, and both of what was found before.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a law that is broken panics"
)]

#[cfg(test)]
mod allocations;
mod cookie_header;
mod edit;
mod encrypted_value;
mod fields;
mod flask_value;
#[cfg(test)]
mod properties;
mod signed_value;

pub use cookie_header::cookie_header;
pub use encrypted_value::encrypted_value;
pub use fields::fields;
pub use flask_value::flask_value;
pub use signed_value::signed_value;

use crate::config::Config;
use crate::key::{Key, KeyRing};
use crate::token::{Codec, Kind};

const NAME: &str = "__Host-session";

/// What reads and writes the cookies of a kind.
fn codec(kind: Kind) -> Codec {
    with_key(kind, 7)
}

/// The same with a key that signs nothing, so that no input can be genuine. A fuzzer sees whatever the laws themselves compare, and
/// would learn what the other key signed.
fn verifier(kind: Kind) -> Codec {
    with_key(kind, 8)
}

fn with_key(kind: Kind, byte: u8) -> Codec {
    let keys = KeyRing::new(Key::try_from([byte; 32].as_slice()).unwrap());
    Codec::new(kind, &keys, &Config::default(), NAME)
}

/// The text of a session in a cookie.
fn written(codec: &Codec, payload: &str, issued: u64) -> String {
    let mut text = String::new();
    codec.write(payload, issued, usize::MAX, &mut text).unwrap();
    text
}

/// A cookie's value says what was written into it, and nothing else says anything.
fn sealed_value(kind: Kind, input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(verifier(kind).read(text).is_err(), "nobody without the key makes one");
    }
    let Some((edit, payload)) = edit::Edit::first_of(input) else { return };
    let Ok(payload) = std::str::from_utf8(payload) else { return };
    let issued = payload.len() as u64;
    let codec = codec(kind);
    let text = written(&codec, payload, issued);
    let read = codec.read(&text).expect("what was written is read");
    assert_eq!((read.payload.as_str(), read.issued), (payload, issued));
    let changed = edit.apply(&text);
    if changed != text {
        assert!(codec.read(&changed).is_err(), "{changed} was made of {text}");
    }
}
