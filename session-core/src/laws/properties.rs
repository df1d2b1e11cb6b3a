//! The laws, asked of random inputs and of what the fuzzers kept.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{cookie_header, encrypted_value, fields, flask_value, signed_value};

/// Bytes of any kind, few of which are texts.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

/// A change and a text.
fn changed_text() -> impl Strategy<Value = Vec<u8>> {
    (any::<[u8; 4]>(), "\\PC{0,80}").prop_map(|(edit, text)| [edit.as_slice(), text.as_bytes()].concat())
}

/// What looks like a header.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("__Host-session=".to_owned()),
        Just("__Host-session".to_owned()),
        "[;= \t\n]{1,3}",
        "[A-Za-z0-9._-]{0,20}",
        "\\PC{0,3}",
        Just("a".repeat(4097)),
    ];
    prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat().into_bytes())
}

/// What looks like JSON, with duplicate keys, escapes, Flask's tags and nesting.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[0-9]{1,25}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,4})?",
        "\"[a-z\u{e9} ]{0,5}\"",
        Just(r#""\ud800""#.to_owned()),
        Just(r#""\u00e9\n\"""#.to_owned()),
        Just(r#""Thu, 01 Jan 2026 00:00:00 GMT""#.to_owned()),
    ];
    leaf.prop_recursive(8, 64, 5, |inner| {
        let key = prop_oneof![
            "[a-c]{0,2}".prop_map(|key| format!("{key:?}")),
            prop::sample::select(vec![
                r#"" t""#,
                r#"" b""#,
                r#"" m""#,
                r#"" u""#,
                r#"" d""#,
                r#"" di""#,
                r#"" t__""#,
                r#""\u0061""#
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec((key, inner), 0..4).prop_map(|fields| {
                let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", fields.join(", "))
            }),
        ]
    })
}

/// Valid JSON, and JSON with a letter too many or too few.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    (json(), any::<prop::sample::Index>(), prop::option::of("[{}\\[\\],:\"0 \\\\]")).prop_map(
        |(json, place, letter)| {
            let mut letters: Vec<char> = json.chars().collect();
            let place = place.index(letters.len());
            match letter {
                Some(letter) => letters.splice(place..place, letter.chars()).for_each(drop),
                None if json.len() % 3 == 0 => drop(letters.remove(place)),
                None => {}
            }
            letters.into_iter().collect::<String>().into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cookie_header_opens_nothing_that_we_did_not_sign(input in prop_oneof![bytes(), header()]) {
        cookie_header(&input);
    }

    #[test]
    fn a_signed_value_says_what_was_signed_and_any_mutation_fails(input in prop_oneof![bytes(), changed_text()]) {
        signed_value(&input);
    }

    #[test]
    fn an_encrypted_value_says_what_was_encrypted_and_any_mutation_fails(input in prop_oneof![bytes(), changed_text()]) {
        encrypted_value(&input);
    }

    #[test]
    fn flasks_value_is_read_as_it_was_written(input in prop_oneof![bytes(), changed_text(), nearly_json()]) {
        flask_value(&input);
    }

    #[test]
    fn fields_are_json_and_stand_where_they_are_said_to(input in prop_oneof![bytes(), nearly_json()]) {
        fields(&input);
    }
}

type Law = fn(&[u8]);

/// The smoke of `fuzz/`: what the fuzzers kept, since each of them takes another way through the code.
#[test]
fn the_laws_hold_for_what_the_fuzzers_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    if !root.join("Cargo.toml").exists() {
        return; // The crate by itself, as it is published.
    }
    let laws: [(&str, Law); 5] = [
        ("cookie_header", cookie_header),
        ("signed_value", signed_value),
        ("encrypted_value", encrypted_value),
        ("flask_value", flask_value),
        ("fields", fields),
    ];
    for (name, law) in laws {
        let mut inputs = 0;
        for line in std::fs::read_to_string(root.join(format!("fuzz/seeds/{name}.txt"))).unwrap().lines() {
            law(&STANDARD.decode(line).unwrap());
            inputs += 1;
        }
        assert!(inputs > 20, "{name}: {inputs}");
    }
}
