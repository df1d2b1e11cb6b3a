//! Python's types in a session. The numbers are those of `flask_statements`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use session_actix::flask::{Bytes, DateTime, Markup, Tuple, Uuid, time, uuid};
use session_actix::{Session, SessionData};

use crate::flask_support::{answer, cookie, flask, read_json, visit_once, written};

#[derive(SessionData)]
struct Visitor {
    position: Tuple<(i32, f64)>,
    avatar: Bytes,
    banner: Markup,
    device: Option<Uuid>,
    since: Option<DateTime>,
    cart: Vec<u64>,
}

const PYTHONS: &str = concat!(
    r#"{"avatar":{" b":"/w=="},"banner":{" m":"<b>\u00fc</b>"},"cart":[1,2],"device":{" u":"1234567812345678123456789abcdef0"},"#,
    r#""position":{" t":[3,1.5]},"since":{" d":"Tue, 02 Jan 2024 03:04:05 GMT"}}"#,
);

fn visitor() -> Visitor {
    Visitor {
        position: Tuple((3, 1.5)),
        avatar: Bytes(vec![0xff]),
        banner: Markup("<b>ü</b>".into()),
        device: Some(Uuid(uuid::Uuid::from_u128(0x1234_5678_1234_5678_1234_5678_9abc_def0))),
        since: Some(DateTime(time::OffsetDateTime::from_unix_timestamp(1_704_164_645).unwrap())),
        cart: vec![1, 2],
    }
}

#[actix_web::test]
async fn s41_42_43_44_45_46_each_type_has_its_tag_both_ways() {
    let sessions = flask().build().unwrap();
    let golden = format!("session={}", cookie(PYTHONS));
    assert_eq!(sessions.cookie_for(&visitor()).await.unwrap(), golden);
    let read: Visitor = sessions.read(&golden).await.unwrap().unwrap();
    assert_eq!(sessions.cookie_for(&read).await.unwrap(), golden);
    assert_eq!(read.position.0, (3, 1.5));
    // Microseconds are dropped, and other zones converted.
    let zone = time::UtcOffset::from_hms(-9, -30, 0).unwrap();
    let local = time::OffsetDateTime::from_unix_timestamp(1_704_164_645).unwrap().to_offset(zone);
    let mut same = visitor();
    same.since = Some(DateTime(local + time::Duration::microseconds(999_999)));
    assert_eq!(sessions.cookie_for(&same).await.unwrap(), golden);
}

#[actix_web::test]
async fn s47_dates_are_read_as_python_reads_them() {
    let date = async |json: &str| {
        let session = read_json(&format!(r#"{{"x":{{" d":{json}}}}}"#)).await?;
        Some(session.get::<DateTime>("x").ok().flatten().map(|date| date.0.unix_timestamp()))
    };
    assert_eq!(date(r#""Thu, 01 Jan 1970 05:00:00 +0500""#).await, Some(Some(0)));
    assert_eq!(date(r#""Thu, 01 Jan 1970 00:00:00 -0000""#).await, Some(Some(0)));
    assert_eq!(date(r#""Mon, 01 Jan 1970 00:00:00 GMT""#).await, Some(Some(0)), "the weekday does not matter");
    assert_eq!(date(r#""nope""#).await, Some(None), "None to Python");
    assert_eq!(date("null").await, Some(None));
    assert_eq!(date("5").await, None, "an error to Python");
    let session = read_json(r#"{"x":{" d":"Thu, 01 Jan 1970 05:00:00 +0500"}}"#).await.unwrap();
    assert_eq!(session.get::<DateTime>("x").unwrap().unwrap().0.offset().whole_hours(), 5);
    assert!(session.raw("x").is_some_and(|json| json.contains("+0500")), "it stays as it is until it is set");
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Odd {
    #[serde(rename = " t")]
    field: u8,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Choice {
    #[serde(rename = " m")]
    Html(String),
    #[serde(rename = " t")]
    Pair(u8, u8),
    #[serde(rename = " d")]
    Date {
        day: u8,
    },
    Plain,
}

#[actix_web::test]
async fn s48_49_50_a_dict_that_would_be_taken_for_a_tag_is_escaped() {
    let one = |key: &str| BTreeMap::from([(key.to_owned(), 1)]);
    for (key, json) in [
        (" t", r#"{" di":{" t__":1}}"#),
        (" di", r#"{" di":{" di__":1}}"#),
        (" t__", r#"{" t__":1}"#),
        (" z", r#"{" z":1}"#),
        ("t", r#"{"t":1}"#),
    ] {
        let map = one(key);
        let text = written(move |session| session.insert("x", map).unwrap()).await;
        assert_eq!(text, format!(r#"{{"x":{json}}}"#));
        assert_eq!(read_json(&text).await.unwrap().get("x").unwrap(), Some(one(key)));
    }
    let two = BTreeMap::from([(" t", 1), ("other", 2)]);
    let text = written(move |session| session.insert("x", two).unwrap()).await;
    assert_eq!(text, r#"{"x":{" t":1,"other":2}}"#);
    let nested = read_json(r#"{"x":{" di":{" t__":{" t":[{" di":{" b__":"YQ=="}}]}}}}"#).await.unwrap();
    let read: BTreeMap<String, Vec<BTreeMap<String, String>>> = nested.get("x").unwrap().unwrap();
    assert_eq!(read[" t"][0][" b"], "YQ==");
}

#[actix_web::test]
async fn structs_and_enums_with_a_tags_name_come_back() {
    let values =
        || (Odd { field: 1 }, [Choice::Html("<b>".into()), Choice::Pair(1, 2), Choice::Date { day: 3 }, Choice::Plain]);
    let text = written(move |session| session.insert("x", values()).unwrap()).await;
    let expected = r#"{"x":[{" di":{" t__":1}},[{" di":{" m__":"<b>"}},{" di":{" t__":[1,2]}},{" di":{" d__":{"day":3}}},"Plain"]]}"#;
    assert_eq!(text, expected);
    assert_eq!(read_json(&text).await.unwrap().get("x").unwrap(), Some(values()));
}

#[actix_web::test]
async fn s51_the_session_itself_is_escaped_too() {
    let text = written(|session| session.insert(" t", Tuple([1, 2])).unwrap()).await;
    assert_eq!(text, r#"{" di":{" t__":{" t":[1,2]}}}"#);
    let session = read_json(&text).await.unwrap();
    assert_eq!(session.keys().collect::<Vec<_>>(), [" t"]);
    assert_eq!(session.raw(" t"), Some(r#"{" t":[1,2]}"#));
}

#[actix_web::test]
async fn s53_55_keys_that_are_numbers_are_sorted_as_numbers_and_come_back() {
    let map = BTreeMap::from([(10, 'a'), (9, 'b'), (-1, 'c')]);
    let expected = map.clone();
    let text = written(move |session| session.insert("m", map).unwrap()).await;
    assert_eq!(text, r#"{"m":{"-1":"c","9":"b","10":"a"}}"#);
    assert_eq!(read_json(&text).await.unwrap().get("m").unwrap(), Some(expected));
}

#[actix_web::test]
async fn s54_94_a_value_without_json_is_an_error_at_its_place_and_not_of_the_response() {
    let set_cookies = answer(&flask().build().unwrap(), None, |session| {
        assert!(session.insert("x", BTreeMap::from([((1, 2), 3)])).unwrap_err().is_encode());
        session.insert("a", 1).unwrap();
    })
    .await;
    assert!(set_cookies[0].starts_with("session=eyJhIjoxfQ."));
}

#[actix_web::test]
async fn s57_a_tag_on_what_it_does_not_fit_is_flasks_business_or_an_empty_session() {
    for json in [r#"{"x":{" t":"ab"}}"#, r#"{"x":{" t":{"a":1,"b":2}}}"#] {
        assert!(read_json(json).await.is_some(), "{json}");
    }
    for json in [r#"{"x":{" t":5}}"#, r#"{"x":{" t":null}}"#, r#"{"x":{" b":"YQ"}}"#, r#"{"x":{" u":5}}"#] {
        assert!(read_json(json).await.is_none(), "{json}");
    }
}

#[actix_web::test]
async fn python_types_are_read_into_rusts_nearest_ones() {
    let session = read_json(PYTHONS).await.unwrap();
    assert_eq!(session.get::<(i32, f64)>("position").unwrap(), Some((3, 1.5)));
    assert_eq!(session.get::<Vec<f64>>("position").unwrap(), Some(vec![3.0, 1.5]));
    assert_eq!(session.get::<Vec<u8>>("avatar").unwrap(), Some(vec![0xff]));
    assert_eq!(session.get::<String>("banner").unwrap().as_deref(), Some("<b>ü</b>"));
    assert_eq!(session.get::<String>("device").unwrap().as_deref(), Some("1234567812345678123456789abcdef0"));
    assert_eq!(session.get::<Tuple<Vec<u64>>>("cart").unwrap(), Some(Tuple(vec![1, 2])));
}

#[actix_web::test]
async fn a_text_of_a_user_is_never_taken_for_markup() {
    // Neither as a text, nor as a map whose only key the user chose.
    let text = written(|session| {
        session.insert("text", "<script>").unwrap();
        session.insert("map", BTreeMap::from([(" m", "<script>")])).unwrap();
    });
    let session = read_json(&text.await).await.unwrap();
    assert!(session.get::<Markup>("text").is_err() && session.get::<Markup>("map").is_err());
    assert!(session.get::<Bytes>("text").is_err() && session.get::<Uuid>("text").is_err());
}

#[actix_web::test]
async fn what_flask_could_not_read_is_not_taken() {
    visit_once(&flask().build().unwrap(), None, |session: &mut Session| {
        for json in [r#"{" t":5}"#, r#"{" b":"YQ"}"#, "{", "[1,]", r#"{" di":{}}"#, r#"[{" u":"x"}]"#] {
            assert!(session.insert_raw("x", json).is_err(), "{json}");
        }
        for json in [r#"{" t":[NaN]}"#, " {} ", r#"{"a":1,"a":2}"#] {
            session.insert_raw("x", json).unwrap();
            assert_eq!(session.raw("x"), Some(json.trim()));
        }
    })
    .await;
}

mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use session_actix::flask::Bytes;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    pub fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&Bytes(number.to_be_bytes().to_vec()), serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let bytes = Bytes::deserialize(deserializer)?;
        bytes.0.try_into().map(u32::from_be_bytes).map_err(|_| serde::de::Error::custom("four bytes"))
    }
}

#[derive(SessionData)]
struct Colors {
    #[session(with = hex)]
    color: u32,
}

#[actix_web::test]
async fn a_with_module_speaks_flasks_notation() {
    let sessions = flask().build().unwrap();
    let cookie = sessions.cookie_for(&Colors { color: 0x00ff_8000 }).await.unwrap();
    assert_eq!(cookie, format!("session={}", crate::flask_support::cookie(r#"{"color":{" b":"AP+AAA=="}}"#)));
    assert_eq!(sessions.read::<Colors>(&cookie).await.unwrap().unwrap().color, 0x00ff_8000);
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Message {
    Html(Markup),
    Avatar(Bytes),
    Text(String),
    Map(BTreeMap<String, String>),
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Flat {
    #[serde(flatten)]
    rest: BTreeMap<String, Message>,
}

#[actix_web::test]
async fn a_text_that_serde_reads_twice_is_never_taken_for_markup() {
    fn script() -> String {
        "<script>".into()
    }
    let map = || BTreeMap::from([(" m".to_owned(), script())]);
    let text = written(move |session| {
        session.insert("text", Message::Text(script())).unwrap();
        session.insert("map", Message::Map(map())).unwrap();
        session.insert("flat", Flat { rest: BTreeMap::from([("a".into(), Message::Text(script()))]) }).unwrap();
        session.insert("keys", BTreeMap::from([("abcd", 1)])).unwrap();
    });
    let session = read_json(&text.await).await.unwrap();
    assert_eq!(session.get("text").unwrap(), Some(Message::Text(script())));
    assert_ne!(session.get("map").unwrap(), Some(Message::Html(Markup(script()))));
    assert_eq!(session.get::<Flat>("flat").unwrap().unwrap().rest["a"], Message::Text(script()));
    assert!(
        session.get::<BTreeMap<Markup, u8>>("keys").is_err() && session.get::<BTreeMap<Bytes, u8>>("keys").is_err()
    );
    // Trust that was there may be lost on the way, never gained.
    let session = read_json(r#"{"x":{" m":"<b>"},"y":{" b":"AQID"}}"#).await.unwrap();
    assert_eq!(session.get("x").unwrap(), Some(Message::Text("<b>".into())));
    assert!(
        session.get::<Message>("y").is_err()
            || session.get::<Message>("y").unwrap() != Some(Message::Avatar(Bytes(vec![])))
    );
}

/// A map whose keys come more than once, as of a query.
struct Pairs(Vec<(&'static str, &'static str)>);

impl Serialize for Pairs {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[actix_web::test]
async fn equal_keys_do_not_make_a_tag() {
    let twice = Pairs(vec![(" m", "<i>"), (" m", "<script>")]);
    let text = written(move |session| session.insert("x", twice).unwrap()).await;
    assert_eq!(text, r#"{"x":{" di":{" m__":"<script>"}}}"#);
    let twice = Pairs(vec![("b", "1"), ("a", "2"), ("b", "3")]);
    let text = written(move |session| session.insert("x", twice).unwrap()).await;
    assert_eq!(text, r#"{"x":{"a":"2","b":"3"}}"#);
}

#[actix_web::test]
async fn keys_of_any_size_have_an_order() {
    let map: std::collections::HashMap<u128, u8> =
        (0..30).chain([u128::MAX - 1, u128::MAX]).map(|key| (key, 0)).collect();
    let text = written(move |session| session.insert("x", map).unwrap()).await;
    assert!(text.starts_with(r#"{"x":{"0":0,"1":0,"2":0,"#) && text.ends_with(&format!(r#""{}":0}}}}"#, u128::MAX)));
}

#[actix_web::test]
async fn what_flask_could_not_read_is_an_error_where_it_is_inserted() {
    visit_once(&flask().build().unwrap(), None, |session: &mut Session| {
        for error in [session.insert("x", Tuple(5)), session.insert("x", Tuple("ab"))] {
            assert!(error.unwrap_err().is_encode());
        }
        for json in [
            r#"{" d":"1 Jan 2024 00:00:00 -99999999999999999"}"#,
            r#"{" d":"Fri, 31 Dec 9999 23:59:59 -0500"}"#,
            r#"{" b":{" m":Infinity}}"#,
            r#"{" u":"{12345678-1234-5678-1234-567812345678}"}"#,
        ] {
            assert!(session.insert_raw("x", json).is_err(), "{json}");
        }
    })
    .await;
    let late = read_json(r#"{"x":{" d":"Fri, 31 Dec 9999 23:59:59 -0500"}}"#).await.unwrap();
    assert!(late.get::<DateTime>("x").is_err(), "what could not be written again is not read");
}

#[actix_web::test]
async fn a_dict_escaped_twice_is_what_flask_makes_of_it() {
    let session = read_json(r#"{" di":{" di":{"x__":1}}}"#).await.unwrap();
    assert_eq!(session.get("").unwrap(), Some(1));
    let session = read_json(r#"{"a":{" di":{" di":{"x____":1}}}}"#).await.unwrap();
    assert_eq!(session.get("a").unwrap(), Some(BTreeMap::from([("x".to_owned(), 1)])));
}
