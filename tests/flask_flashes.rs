//! Messages that Flask and we show each other's users. The numbers are those of `flask_statements`.

use actix_web::test::TestRequest;
use session_actix::{Flash, Flashes, Session, SessionData};

use crate::flask_support::{answer, cookie, flask, visit_once};
use crate::support::{Jar, logged_async, visit, visit_with};

#[derive(SessionData)]
struct Visitor {
    user: Option<String>,
    #[session(flash(info, error))]
    messages: Flashes,
}

const REMOVAL: &str = "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/";

fn pairs(flashes: &[Flash]) -> Vec<(&str, &str, bool)> {
    flashes.iter().map(|flash| (flash.category(), flash.text(), flash.is_markup())).collect()
}

#[actix_web::test]
async fn s117_a_message_is_a_tuple_with_the_category_first() {
    let sessions = flask().build().unwrap();
    let hello = cookie(r#"{"_flashes":[{" t":["message","Hello"]}]}"#);
    let set = answer(&sessions, None, |session| session.flash("message", "Hello")).await;
    assert!(set[0].starts_with(&format!("session={hello};")));
    let step = |visitor: &mut Session<Visitor>| visitor.flash("message", "Hello");
    let set = visit(&sessions, &mut Jar::default(), step).await.set_cookies;
    assert!(set[0].starts_with(&format!("session={hello};")), "a struct's field is the same queue");
}

#[actix_web::test]
async fn s118_120_125_129_all_kinds_of_messages_are_taken_in_their_order() {
    let json = concat!(
        r#"{"_flashes":[{" t":["message","Hello"]},["error","a list"],{" t":["w",{" m":"<b>"}]},{" t":["message",42]},"#,
        r#"{" t":["message",null]},{" t":["x",{"code":1}]},{" t":[7,"seven"]},{" t":["nan",NaN]},"alone",{" t":["message","Hello"]}]}"#
    );
    let sessions = flask().build().unwrap();
    let seen = visit_once(&sessions, Some(&cookie(json)), |session| session.take_flashes()).await;
    let expected = [
        ("message", "Hello", false),
        ("error", "a list", false),
        ("w", "<b>", true),
        ("message", "42", false),
        ("message", "None", false),
        ("x", r#"{"code":1}"#, false),
        ("7", "seven", false),
        ("nan", "NaN", false),
        ("message", "alone", false),
        ("message", "Hello", false),
    ];
    assert_eq!(pairs(&seen.result), expected);
    assert_eq!(seen.set_cookies, [REMOVAL], "nothing else was in the session");
}

#[actix_web::test]
async fn s121_the_messages_of_other_categories_can_be_left() {
    let json = r#"{"_flashes":[{" t":["error",{" m":"<i>"}]},{" t":["info","i"]},{" t":["error",5]}]}"#;
    let mut jar = Jar::default();
    jar.set("session", &cookie(json));
    let step = |visitor: &mut Session<Visitor>| visitor.messages.take_only(&["error"]);
    let seen = visit(&flask().build().unwrap(), &mut jar, step).await;
    assert_eq!(pairs(&seen.result), [("error", "<i>", true), ("error", "5", false)]);
    let left = cookie(r#"{"_flashes":[{" t":["info","i"]}]}"#);
    assert!(seen.set_cookies[0].starts_with(&format!("session={left};")));
}

#[actix_web::test]
async fn s119_122_123_a_late_message_waits_for_the_next_page() {
    let seen = visit_once(&flask().build().unwrap(), None, |session| {
        session.flash("message", "early");
        let first = session.take_flashes().len();
        let again = session.take_flashes().len();
        session.flash("message", "late");
        (first, again)
    })
    .await;
    assert_eq!(seen.result, (1, 0));
    let late = cookie(r#"{"_flashes":[{" t":["message","late"]}]}"#);
    assert!(seen.set_cookies[0].starts_with(&format!("session={late};")));
}

#[actix_web::test]
async fn s124_128_taking_nothing_writes_nothing_and_clearing_drops_what_waits() {
    let sessions = flask().build().unwrap();
    let value = cookie(r#"{"a":1}"#);
    let set = answer(&sessions, Some(&value), |session| assert!(session.take_flashes().is_empty())).await;
    assert_eq!(set, [""; 0]);
    let value = cookie(r#"{"_flashes":[{" t":["message","Hello"]}],"a":1}"#);
    assert_eq!(answer(&sessions, Some(&value), Session::clear).await, [REMOVAL]);
}

#[test]
fn s126_messages_that_nobody_reads_are_bounded() {
    let ((), log) = logged_async(async {
        let sessions = flask().build().unwrap();
        let mut jar = Jar::default();
        for number in 0..70 {
            let step = move |session: &mut Session| session.flash("m", number.to_string());
            visit(&sessions, &mut jar, step).await;
        }
        let waiting = visit(&sessions, &mut jar, |session: &mut Session| session.take_flashes()).await.result;
        assert_eq!((waiting.len(), waiting[0].text()), (64, "6"));
    });
    assert!(log.contains("the oldest entries are dropped"), "{log}");
}

#[actix_web::test]
async fn s127_130_an_error_page_takes_messages_only_where_flasks_rule_is_kept() {
    let value = cookie(r#"{"_flashes":[{" t":["message","Hello"]}]}"#);
    for (flasks_rule, cookies) in [(true, 1), (false, 0)] {
        let sessions = flask().commit_on_server_error(flasks_rule).build().unwrap();
        let mut jar = Jar::default();
        jar.set("session", &value);
        let step = |session: &mut Session| session.take_flashes().len();
        let seen = visit_with(&sessions, &mut jar, (TestRequest::default(), 500), step).await;
        assert_eq!((seen.result, seen.set_cookies.len()), (1, cookies));
    }
    // There is no state on the server: a tab that still has the old cookie shows the message again.
    let seen = visit_once(&flask().build().unwrap(), Some(&value), |session| session.take_flashes().len()).await;
    assert_eq!(seen.result, 1);
}

#[actix_web::test]
async fn a_queue_that_is_no_list_is_left_alone_until_a_message_comes() {
    for queue in ["5", "{\"a\":1}", "\"x\""] {
        let value = cookie(&format!(r#"{{"_flashes":{queue},"a":1}}"#));
        let sessions = flask().build().unwrap();
        let set = answer(&sessions, Some(&value), |session| assert!(session.take_flashes().is_empty())).await;
        assert_eq!(set, [""; 0]);
        let set = answer(&sessions, Some(&value), |session| session.flash("m", "x")).await;
        let expected = cookie(r#"{"_flashes":[{" t":["m","x"]}],"a":1}"#);
        assert!(set[0].starts_with(&format!("session={expected};")), "{queue}");
    }
}

#[actix_web::test]
async fn a_queue_that_is_a_tuple_is_taken_too() {
    let value = cookie(r#"{"_flashes":{" t":[{" t":["m","x"]}]},"a":1}"#);
    let seen = visit_once(&flask().build().unwrap(), Some(&value), |session| session.take_flashes().len()).await;
    assert_eq!(seen.result, 1);
    assert!(seen.set_cookies[0].starts_with(&format!("session={};", cookie(r#"{"a":1}"#))));
}

#[actix_web::test]
async fn thousands_of_messages_are_taken_by_what_they_say() {
    // 64 KiB of them fit into a cookie of Flask's, and it keeps all that it was given.
    let json = format!(r#"{{"_flashes":[{}]}}"#, vec!["[1,1],[0,1]"; 2000].join(","));
    let mut jar = Jar::default();
    assert!(cookie(&json).len() > 4096);
    jar.set("session", &compressed(&json));
    let step = |visitor: &mut Session<Visitor>| visitor.messages.take_only(&["1"]).len();
    let seen = visit(&flask().build().unwrap(), &mut jar, step).await;
    assert_eq!(seen.result, 2000);
    let left = visit(&flask().build().unwrap(), &mut jar, |session: &mut Session| session.take_flashes()).await.result;
    // Once the queue is written, its limit holds.
    assert!(left.len() == 64 && left.iter().all(|flash| flash.category() == "0"));
}

fn compressed(json: &str) -> String {
    use base64::Engine as _;
    use std::io::Write as _;

    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(encoder.finish().unwrap());
    crate::flask_support::signed(&format!(".{payload}.ZVPxAA"))
}
