//! Flask's wire format: signing and verification. The numbers are those of `flask_statements`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use session_actix::flask::{Digest, KeyDerivation, Signer, UrlSafeTimedSerializer};
use session_actix::testing::ManualClock;
use session_actix::{Session, SessionMiddleware};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use crate::flask_support::{SECRET, T0, answer, cookie, flask, flask_at, read, read_json, signed, written};
use crate::support::logged_async;

/// Of `{"a":1}` at T0, made by Flask.
const GOLDEN: &str = "eyJhIjoxfQ.ZVPxAA.TE-YsgGFCpwCffY7vO3X6YOKBN0";

async fn cookie_of_a(sessions: &SessionMiddleware) -> String {
    let set_cookies = answer(sessions, None, |session| session.insert("a", 1).unwrap()).await;
    set_cookies[0].split(';').next().unwrap().strip_prefix("session=").unwrap().to_owned()
}

#[actix_web::test]
async fn s1_2_4_8_a_cookie_is_payload_time_and_signature() {
    assert_eq!(cookie_of_a(&flask().build().unwrap()).await, GOLDEN);
    assert!(GOLDEN.split('.').nth(1).is_some_and(|time| time.len() == 6));
}

#[test]
fn s3_other_derivations_are_there_for_other_tokens() {
    let signed = |derivation| Signer::new("dev-secret").salt("cookie-session").key_derivation(derivation).sign("value");
    // Made with itsdangerous.
    assert_eq!(signed(KeyDerivation::Hmac), "value.4kBDW25KYhlKoAbwf3N236uFfpg");
    assert_eq!(signed(KeyDerivation::Concat), "value.Vz8RaF2iv4a8DxIlmbWjccqdx5M");
    assert_eq!(signed(KeyDerivation::DjangoConcat), "value.8ZmZA5-gz_mZVtSzN5nvUBVmB44");
    assert_eq!(signed(KeyDerivation::None), "value.kNN8La9sxkzHzhYMWsWMK01pWRA");
}

#[actix_web::test]
async fn s5_the_digest_is_sha1_unless_the_application_chose_another() {
    for (digest, length) in [(Digest::Sha1, 27), (Digest::Sha256, 43), (Digest::Sha512, 86)] {
        let cookie = cookie_of_a(&flask().digest(digest).build().unwrap()).await;
        assert_eq!(cookie.rsplit('.').next().unwrap().len(), length);
    }
}

#[actix_web::test]
async fn s6_7_a_secret_is_any_bytes_of_any_length() {
    let of = |secret: Vec<u8>| SessionMiddleware::flask(secret).allow_weak_secret().clock(ManualClock::at(T0)).build();
    let mut cookies = Vec::new();
    for secret in ["é".as_bytes().to_vec(), vec![0xff, 0xfe], vec![b'k'; 64], vec![b'k'; 65], vec![b'k'; 1000]] {
        let sessions = of(secret).unwrap();
        let cookie = cookie_of_a(&sessions).await;
        assert!(sessions.read::<session_actix::Dynamic>(&format!("session={cookie}")).await.unwrap().is_some());
        cookies.push(cookie);
    }
    cookies.dedup();
    assert_eq!(cookies.len(), 5);
}

#[actix_web::test]
async fn s9_10_11_times_have_up_to_eight_bytes_and_zero_has_none() {
    let at = |now| flask_at(ManualClock::at(now)).build().unwrap();
    assert_eq!(cookie_of_a(&at(0)).await, "eyJhIjoxfQ..Oi0vhgOZl5pslro5_vylHjlty8s");
    assert!(read(&signed("eyJhIjoxfQ.AABlU_EA")).await.is_some(), "leading zeros");
    assert!(read(&signed("eyJhIjoxfQ.AQEBAQEBAQEB")).await.is_none(), "nine bytes");
    // itsdangerous before 1.0 counted from 2011.
    assert!(read(&signed("eyJhIjoxfQ.GDWCgA")).await.is_none());
}

#[actix_web::test]
async fn s12_15_what_fits_is_not_compressed_and_what_does_not_is() {
    for (bytes, compressed) in [(100, false), (2900, false), (3100, true), (60_000, true)] {
        let insert = move |session: &mut Session| session.insert("a", "x".repeat(bytes)).unwrap();
        let set_cookies = answer(&flask().build().unwrap(), None, insert).await;
        let value = set_cookies[0].split(';').next().unwrap().strip_prefix("session=").unwrap();
        assert_eq!(value.starts_with('.'), compressed, "{bytes}");
        let session = read(value).await.unwrap();
        assert_eq!(session.get::<String>("a").unwrap().unwrap().len(), bytes);
    }
}

fn zlib(json: &str, level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(json.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[actix_web::test]
async fn s13_14_any_zlib_stream_is_read_and_no_other() {
    let of = |bytes: &[u8]| signed(&format!(".{}.ZVPxAA", URL_SAFE_NO_PAD.encode(bytes)));
    for level in [0, 1, 6, 9] {
        let stream = zlib(r#"{"a":1}"#, level);
        assert!(read(&of(&stream)).await.is_some(), "{level}");
        assert!(read(&of(&[&stream[..], b"junk"].concat())).await.is_some(), "{level}");
        assert!(read(&of(&stream[..stream.len() - 5])).await.is_none(), "cut short");
        assert!(read(&of(&stream[2..])).await.is_none(), "raw deflate");
    }
}

#[actix_web::test]
async fn s16_a_zip_bomb_is_an_empty_session() {
    let bomb = zlib(&format!(r#"{{"a":"{}"}}"#, "x".repeat(2_500_000)), 9);
    assert!(bomb.len() < 4096);
    let value = signed(&format!(".{}.ZVPxAA", URL_SAFE_NO_PAD.encode(bomb)));
    assert!(read(&value).await.is_none());
}

#[actix_web::test]
async fn s17_18_21_the_text_is_ascii_without_spaces_and_with_sorted_keys() {
    let json = written(|session| {
        session.insert("z", BTreeMap::from([("\u{ffff}", 1), ("😀", 2), ("é", 3)])).unwrap();
        session.insert("é", "\u{8}\t\n\u{c}\r\"\\/<>&'\u{1}\u{7f}~😀").unwrap();
        session.insert("A", [1, 2]).unwrap();
    });
    let expected = r#"{"A":[1,2],"z":{"\u00e9":3,"\uffff":1,"\ud83d\ude00":2},"\u00e9":"\b\t\n\f\r\"\\/<>&'\u0001\u007f~\ud83d\ude00"}"#;
    assert_eq!(json.await, expected);
}

#[actix_web::test]
async fn s19_20_155_unsorted_keys_and_utf8_are_read() {
    let session = read_json(r#"{"z":1,"é":"ü","a":2}"#).await.unwrap();
    assert_eq!(session.get::<String>("é").unwrap().as_deref(), Some("ü"));
    assert_eq!(session.len(), 3);
}

#[actix_web::test]
async fn s22_23_25_what_rust_has_no_type_for_is_written_back_byte_for_byte() {
    let json = r#"{"inf":-Infinity,"int":123456789012345678901234567890123456789012,"nan":NaN,"text":"\ud800"}"#;
    let set_cookies = answer(&flask().build().unwrap(), Some(&cookie(json)), |session| {
        assert!(session.get::<f64>("nan").unwrap().unwrap().is_nan());
        assert_eq!(session.get::<f64>("inf").unwrap(), Some(f64::NEG_INFINITY));
        assert!(session.get::<String>("text").is_err() && session.get::<i128>("int").is_err());
        session.insert("new", f64::INFINITY).unwrap();
    })
    .await;
    let payload = json.replace(r#","text""#, r#","new":Infinity,"text""#);
    assert!(set_cookies[0].starts_with(&format!("session={}", cookie(&payload))));
    assert!(read_json(r#"{"a":1e400}"#).await.is_some());
    for (digits, read_by_python) in [(4300, true), (4301, false)] {
        let number = zlib(&format!(r#"{{"a":{}}}"#, "9".repeat(digits)), 6);
        let value = signed(&format!(".{}.ZVPxAA", URL_SAFE_NO_PAD.encode(number)));
        assert_eq!(read(&value).await.is_some(), read_by_python);
    }
}

#[actix_web::test]
async fn s24_numbers_look_as_in_python() {
    let floats = [1.0, 1e16, 1e-5, 100_000.0, 1e22, -0.0, 0.1, 1e15, 0.0001, 1.5e-7, f64::MAX, f64::MIN_POSITIVE];
    let expected = "1.0,1e+16,1e-05,100000.0,1e+22,-0.0,0.1,1000000000000000.0,0.0001,1.5e-07,\
                    1.7976931348623157e+308,2.2250738585072014e-308";
    let json = written(move |session| session.insert("f", floats).unwrap()).await;
    assert_eq!(json, format!(r#"{{"f":[{expected}]}}"#));
    let json = written(|session| session.insert("i", (u64::MAX, i64::MIN, i128::MAX)).unwrap()).await;
    assert_eq!(json, format!(r#"{{"i":[{},{},{}]}}"#, u64::MAX, i64::MIN, i128::MAX));
}

#[actix_web::test]
async fn s26_json_is_read_as_python_reads_it() {
    for json in [" { \"a\" : 1 }\n", r#"{"a":1,"a":2}"#, r#"{"a":"\/"}"#] {
        assert!(read_json(json).await.is_some(), "{json}");
    }
    let twice = read_json(r#"{"a":1,"a":2}"#).await.unwrap();
    assert_eq!(twice.get("a").unwrap(), Some(2), "the last one counts");
    for json in ["\u{feff}{}", "{}x", "{}//", "{'a':1}", r#"{"a":1,}"#, "{\"a\":\"\n\"}", r#"{"a":01}"#, r#"{"a":1.}"#]
    {
        assert!(read_json(json).await.is_none(), "{json}");
    }
}

#[actix_web::test]
async fn s27_what_is_nested_200_levels_deep_is_read_and_nothing_deeper_is_written() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read_json(&format!(r#"{{"a":{}}}"#, nested(200))).await.is_some());
    assert!(read_json(&format!(r#"{{"a":{}}}"#, nested(100_000))).await.is_none());
    let sessions = flask().build().unwrap();
    answer(&sessions, None, move |session| {
        session.insert_raw("a", &nested(199)).unwrap();
        assert!(session.insert_raw("b", &nested(200)).is_err());
    })
    .await;
}

#[test]
fn s28_29_30_31_39_the_signature_comes_first_then_the_age_then_the_payload() {
    let tokens = UrlSafeTimedSerializer::new(SECRET)
        .salt("cookie-session")
        .key_derivation(KeyDerivation::Hmac)
        .clock(ManualClock::at(T0 + 100));
    let load = |token: &str| tokens.loads::<BTreeMap<String, u8>>(token, Some(Duration::from_secs(99))).unwrap_err();
    assert!(load("abcdef").is_bad_signature(), "no separator");
    assert!(load(&format!("{GOLDEN}A")).is_bad_signature());
    assert!(load(&GOLDEN.replace("eyJ", "eyA")).is_bad_signature(), "expired too, but the signature is checked first");
    assert!(load(&signed("eyJhIjoxfQ")).is_bad_signature(), "no time");
    assert!(load(GOLDEN).is_expired());
    assert!(load(&signed("!!!!.ZVPxAA")).is_expired(), "unreadable too, but the age is checked first");
    let now = URL_SAFE_NO_PAD.encode(u32::try_from(T0 + 100).unwrap().to_be_bytes());
    let unreadable = load(&signed(&format!("!!!!.{now}")));
    assert!(unreadable.is_payload() && !unreadable.is_bad_signature());
}

#[actix_web::test]
async fn s32_33_34_38_a_cookie_lives_to_its_last_second_and_may_come_a_minute_early() {
    let alive = async |now: u64| {
        let sessions = flask_at(ManualClock::at(now)).lifetime(Duration::from_secs(60)).build().unwrap();
        sessions.read::<session_actix::Dynamic>(&format!("session={GOLDEN}")).await.unwrap().is_some()
    };
    assert!(alive(T0 + 60).await && !alive(T0 + 61).await);
    // Flask takes no cookie from the future at all. Ours are dated back where its clock lags.
    assert!(alive(T0 - 60).await && !alive(T0 - 61).await);
    let dated_back = flask_at(ManualClock::at(T0 + 5)).backdate(5).build().unwrap();
    assert_eq!(cookie_of_a(&dated_back).await, GOLDEN);
    assert!(flask().lifetime(Duration::ZERO).build().is_err());
    // Flask answers years from 10000 on with 500.
    assert!(read(&signed("eyJhIjoxfQ.Ov_0QYA")).await.is_none());
}

#[actix_web::test]
async fn s35_36_37_only_one_text_stands_for_a_session() {
    let (rest, last) = GOLDEN.split_at(GOLDEN.len() - 1);
    assert_eq!(last, "0");
    for other in [
        format!("{rest}1"),
        format!("{GOLDEN}="),
        format!("{GOLDEN}=AAAA"),
        format!("{GOLDEN}!!!!"),
        GOLDEN.replace('-', "+"),
        signed("eyJhIjoxMn0=.ZVPxAA"),
        signed("eyJh....IjoxfQ.ZVPxAA"),
        signed("ey!J*hIj(oxf)Q.ZVPxAA"),
    ] {
        assert!(read(&other).await.is_none(), "{other}");
    }
}

#[test]
fn s40_112_114_115_the_current_secret_signs_and_all_verify() {
    let visit = async {
        let sessions = |secret: &str, fallbacks: &[&str]| {
            let builder = SessionMiddleware::flask(secret).allow_weak_secret().clock(ManualClock::at(T0));
            builder.fallbacks(fallbacks.iter().copied()).build().unwrap()
        };
        let rotated = sessions("new", &["older", SECRET]);
        let found = rotated.read::<session_actix::Dynamic>(&format!("session={GOLDEN}")).await.unwrap();
        assert!(found.is_some());
        let signed = cookie_of_a(&rotated).await;
        assert_eq!(signed, cookie_of_a(&sessions("new", &[])).await);
        assert_ne!(signed, GOLDEN);
        // What a fallback verified is as old as any.
        let late =
            SessionMiddleware::flask("new").allow_weak_secret().fallbacks([SECRET]).clock(ManualClock::at(T0 * 2));
        assert!(
            late.build().unwrap().read::<session_actix::Dynamic>(&format!("session={GOLDEN}")).await.unwrap().is_none()
        );
    };
    logged_async(visit);
}
