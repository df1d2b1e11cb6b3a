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
fn white_space_around_an_object_changes_nothing_and_a_part_of_one_is_none() {
    for text in [
        r#"{"a":1}"#,
        r#"{"user":"ada","visits":31,"_created":1700000000,"cart":[{"a":[1,{"b":2}]},"}"],"x":{},"y":-0.5e3,"z":0}"#,
        r#"{"":"","a":null,"b":true,"c":false}"#,
        r#"{"a":"\"","b":1}"#,
        r#"{"a":12.5}"#,
        r#"{"a":1,"b" :2}"#,
        r#"{"\u0061":1}"#,
    ] {
        let spaced = format!(" {text}\n");
        let read = |text: &str| -> Vec<(String, String)> {
            let entries = object(text).unwrap();
            let field = |entry: &Entry| (entry.key.quoted(text).to_owned(), text[entry.value.clone()].to_owned());
            entries.iter().map(field).collect()
        };
        assert_eq!(read(text), read(&spaced), "{text}");
        let by_serde: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
        let found: serde_json::Map<String, serde_json::Value> = read(text)
            .into_iter()
            .map(|(key, value)| (serde_json::from_str(&key).unwrap(), serde_json::from_str(&value).unwrap()))
            .collect();
        assert_eq!(found, by_serde, "{text}");
    }
    let text = r#"{"a":1,"b":"x","c":[{"d":1.5e-3}]}"#;
    for end in 0..text.len() {
        assert!(object(&text[..end]).is_err(), "{end}");
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
fn what_stands_in_an_object_is_nested_less_deep_and_an_entry_of_its_list_still_less() {
    let lists = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let most = |check: fn(&str) -> Result<(), ScanError>| (0..100).take_while(|n| check(&lists(n + 1)).is_ok()).count();
    assert_eq!((most(value), most(entry)), (MAX_DEPTH - 1, MAX_DEPTH - 2));
    assert_eq!(
        (value("[1"), entry("[1"), entry("1 2")),
        (Err(ScanError::Syntax), Err(ScanError::Syntax), Err(ScanError::Syntax))
    );
}

#[test]
fn a_duplicate_key_is_refused_at_every_level_and_however_it_is_escaped() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"b":2,"\u0061":3}"#,
        r#"{"\u0061b":1,"a\u0062":2}"#,
        r#"{"x":[{"a":{"q":1},"a":2}]}"#,
        r#"{"longer than a word":1,"longer than a wide":2,"longer than a word":3}"#,
        r#"{"":1,"b":2,"":3}"#,
        &format!("{{{},\"k3\":0}}", (0..40).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")),
    ] {
        assert_eq!(object(text), Err(ScanError::DuplicateKey), "{text}");
    }
    for text in [
        &format!("{{{}}}", (0..40).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")),
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

#[test]
fn a_key_is_another_one_if_any_letter_is_another() {
    let key = "username_of_ada";
    for length in 1..=key.len() {
        let name = &key[..length];
        let text = format!(r#"{{"{name}":1}}"#);
        let found = object(&text).unwrap()[0].key;
        let is = |name: &str| found.is(name, json_key::head(name.as_bytes()), &text);
        assert!(is(name));
        for at in 0..length {
            assert!(!is(&format!("{}X{}", &key[..at], &name[at + 1..])), "{name} {at}");
        }
        assert!(!is(&key[..length - 1]) && !is(&format!("{name}X")) && !is(&format!("{name}\0")), "{name}");
    }
}
