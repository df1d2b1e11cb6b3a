//! Every setting of the builder: what it does to the cookie when it is set, and when it is removed.

use std::time::Duration;

use session_actix::testing::ManualClock;
use session_actix::{Builder, Refresh, SameSite, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, visit};

#[derive(SessionData)]
struct Visitor {
    note: Option<String>,
}

type Settings = fn(Builder<SessionMiddleware>) -> Builder<SessionMiddleware>;

/// The setting, the cookie's name, and all that follows its value when it is set. A removal has the same but for the age.
const TABLE: &[(&str, Settings, &str, &str)] = &[
    ("defaults", |b| b, "__Host-session", "; Secure; HttpOnly; Path=/; SameSite=Lax"),
    ("cookie_name", |b| b.cookie_name("sid"), "__Host-sid", "; Secure; HttpOnly; Path=/; SameSite=Lax"),
    (
        "cookie_name with its prefix",
        |b| b.cookie_name("__Host-sid"),
        "__Host-sid",
        "; Secure; HttpOnly; Path=/; SameSite=Lax",
    ),
    ("host_prefix", |b| b.host_prefix(false), "session", "; Secure; HttpOnly; Path=/; SameSite=Lax"),
    (
        "domain",
        |b| b.host_prefix(false).domain("example.com"),
        "session",
        "; Domain=example.com; Secure; HttpOnly; Path=/; SameSite=Lax",
    ),
    ("path", |b| b.host_prefix(false).path("/shop"), "session", "; Secure; HttpOnly; Path=/shop; SameSite=Lax"),
    ("secure", |b| b.secure(false), "session", "; HttpOnly; Path=/; SameSite=Lax"),
    ("http_only", |b| b.http_only(false), "__Host-session", "; Secure; Path=/; SameSite=Lax"),
    (
        "same_site strict",
        |b| b.same_site(SameSite::Strict),
        "__Host-session",
        "; Secure; HttpOnly; Path=/; SameSite=Strict",
    ),
    ("same_site none", |b| b.same_site(SameSite::None), "__Host-session", "; Secure; HttpOnly; Path=/; SameSite=None"),
    ("partitioned", |b| b.partitioned(true), "__Host-session", "; Secure; HttpOnly; Path=/; SameSite=Lax; Partitioned"),
    ("permanent", |b| b.permanent(true), "__Host-session", "; Max-Age=2678400; Secure; HttpOnly; Path=/; SameSite=Lax"),
    (
        "lifetime of a permanent session",
        |b| b.permanent(true).lifetime(Duration::from_secs(60)),
        "__Host-session",
        "; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax",
    ),
    (
        "absolute_lifetime of a permanent session",
        |b| b.permanent(true).absolute_lifetime(Some(Duration::from_secs(31 * 86_400))),
        "__Host-session",
        "; Max-Age=2678400; Secure; HttpOnly; Path=/; SameSite=Lax",
    ),
    (
        "what concerns no attribute",
        |b| {
            b.max_lifetime(Duration::from_secs(40 * 86_400))
                .refresh(Refresh::OnChange)
                .eager(true)
                .store_timeout(Duration::from_secs(1))
                .commit_on_server_error(true)
                .max_cookie_bytes(4000)
                .data::<Visitor>()
                .clock(ManualClock::at(1_700_000_000))
        },
        "__Host-session",
        "; Secure; HttpOnly; Path=/; SameSite=Lax",
    ),
];

#[actix_web::test]
async fn every_setting_holds_for_the_cookie_and_for_its_removal() {
    for (setting, settings, name, attributes) in TABLE {
        let sessions = settings(SessionMiddleware::signed(key())).build().unwrap();
        let mut jar = Jar::default();
        let set = visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.set_note("a long note")).await;
        let cookie = &set.set_cookies[0];
        assert!(cookie.starts_with(&format!("{name}=")), "{setting}: {cookie}");
        assert!(cookie.ends_with(attributes), "{setting}: {cookie}");
        assert_eq!(cookie.matches(';').count(), attributes.matches(';').count(), "{setting}: {cookie}");

        let purged = visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.purge()).await;
        assert_eq!(purged.set_cookies, [removal(name, attributes)], "{setting}");
    }
}

/// The domain stands before the age, as in Flask.
fn removal(name: &str, attributes: &str) -> String {
    let age = "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0";
    let rest: Vec<&str> = attributes.split("; ").filter(|part| !part.starts_with("Max-Age")).collect();
    let domain = rest.iter().find(|part| part.starts_with("Domain"));
    let domain = domain.map(|domain| format!("; {domain}")).unwrap_or_default();
    let rest: Vec<&str> = rest.into_iter().filter(|part| !part.starts_with("Domain")).collect();
    let rest = rest.join("; ");
    format!("{name}={domain}{age}{rest}")
}

#[actix_web::test]
async fn a_scope_serves_the_structs_that_name_it() {
    #[derive(SessionData)]
    #[session(scope = "admin")]
    struct Admin {
        level: u8,
    }
    let sessions = SessionMiddleware::signed(key()).scope("admin").build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session<Admin>| session.set_level(3)).await;
    assert!(jar.get("__Host-session-admin").is_some());
    assert_eq!(visit(&sessions, &mut jar, |session: &mut Session<Admin>| session.level()).await.result, 3);
}

#[actix_web::test]
async fn the_size_limit_counts_name_and_value_and_not_a_byte_more() {
    // Of a cookie that fits, every byte is counted; of its attributes, none.
    let size = async |limit: usize| {
        let sessions = SessionMiddleware::signed(key())
            .clock(ManualClock::at(1_700_000_000))
            .permanent(true)
            .max_cookie_bytes(limit)
            .build()
            .unwrap();
        sessions.cookie_for(&Visitor { note: Some("n".repeat(600)) }).await.map(|pair| pair.len() - 1)
    };
    let exact = size(4096).await.unwrap();
    assert_eq!(size(exact).await.unwrap(), exact);
    let error = size(exact - 1).await.unwrap_err();
    assert!(error.is_too_large());
    let text = error.to_string();
    assert!(text.contains(&format!("{exact} bytes, {} are allowed", exact - 1)), "{text}");
    assert!(text.contains(r#""note" (602 bytes)"#), "{text}");
}

#[actix_web::test]
async fn four_thousand_and_ninety_seven_bytes_never_leave_the_server() {
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(1_700_000_000)).build().unwrap();
    let mut largest = 0;
    for bytes in 2900..3100 {
        let mut jar = Jar::default();
        let step = move |session: &mut Session<Visitor>| session.set_note("n".repeat(bytes));
        let fits = sessions.cookie_for(&Visitor { note: Some("n".repeat(bytes)) }).await.is_ok();
        if !fits {
            break;
        }
        visit(&sessions, &mut jar, step).await;
        largest = jar.header().len() - 1;
    }
    assert!((4090..=4096).contains(&largest), "{largest}");
}
