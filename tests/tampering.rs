//! The cookie can be read but not changed.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, Responder, get};
use session_actix::{Session, SessionData};

use crate::support::{Browser, Server, sessions};

const COOKIE: &str = "__Host-session";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[derive(SessionData)]
struct Visitor {
    name: Option<String>,
}

#[get("/set")]
async fn set(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.set_name("Ada");
    HttpResponse::Ok()
}

#[get("/read")]
async fn read(visitor: Session<Visitor>) -> impl Responder {
    format!("{:?}", visitor.name())
}

fn site(config: &mut ServiceConfig) {
    config.service(set).service(read);
}

/// The payload of a signed cookie's value, as anybody can read it; `None` where it is not text.
pub fn payload(value: &str) -> Option<String> {
    let digits = value.split('.').next()?.chars().map(|letter| BASE64URL.find(letter));
    let digits: Option<Vec<usize>> = digits.collect();
    let bits: Vec<u8> =
        digits?.iter().flat_map(|digit| (0..6).rev().map(move |bit| u8::from(digit >> bit & 1 == 1))).collect();
    let bytes = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
    String::from_utf8(bytes).ok()
}

#[test]
fn the_cookie_can_be_read_by_its_owner() {
    let server = Server::start(sessions(), site);
    let mut browser = Browser::new(&server);
    browser.get("/set");
    let payload = payload(browser.jar.get(COOKIE).unwrap()).unwrap();
    assert!(payload.contains(r#""name":"Ada""#), "{payload}");
}

#[test]
fn any_single_byte_flipped_gives_an_anonymous_session_and_no_set_cookie() {
    let server = Server::start(sessions(), site);
    let mut browser = Browser::new(&server);
    browser.get("/set");
    let good = browser.jar.get(COOKIE).unwrap().to_owned();
    assert_eq!(browser.get("/read").body, r#"Some("Ada")"#);
    for index in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        // Another letter of the alphabet, so that nothing but the signature is in the way.
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        browser.jar.set(COOKIE, &String::from_utf8(bytes).unwrap());
        let reply = browser.get("/read");
        assert_eq!((reply.status, reply.body.as_str(), reply.header("set-cookie")), (200, "None", None), "{index}");
    }
}

#[test]
fn a_change_after_a_bad_cookie_begins_a_new_session() {
    let server = Server::start(sessions(), site);
    let mut browser = Browser::new(&server);
    browser.jar.set(COOKIE, "eyJuYW1lIjoiRXZlIn0.ZVPxAA.AAAA");
    assert!(browser.get("/set").header("set-cookie").is_some());
    assert_eq!(browser.get("/read").body, r#"Some("Ada")"#);
}
