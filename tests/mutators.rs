//! Every way to change a session, each alone on a loaded one, must be saved; and nothing else may be.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use session_actix::{Flashes, Session, SessionData, SessionMiddleware, testing::ManualClock};

use crate::support::{Jar, key, set_cookies, visit};

#[derive(SessionData, Debug)]
#[session(login(user))]
struct Data {
    user: Option<String>,
    flag: bool,
    #[session(counter)]
    count: u32,
    name: String,
    age: Option<u8>,
    tags: Option<BTreeMap<String, u8>>,
    cart: Vec<u64>,
    prices: BTreeMap<String, u64>,
    #[session(flash)]
    notice: Option<String>,
    #[session(flash(success, error))]
    messages: Flashes,
}

/// The session that every test begins with: no field at its default.
fn loaded() -> Data {
    let mut data = Data::empty();
    data.set_user("ada");
    data.set_flag(true);
    data.set_count(5);
    data.set_name("Ada");
    data.set_age(36);
    data.set_tags(BTreeMap::from([("a".into(), 1)]));
    data.set_cart(vec![1]);
    data.set_prices(BTreeMap::from([("tea".into(), 2)]));
    data.flash_notice("hello".to_owned());
    data.flash_success("done");
    data
}

/// One request with `step` in its handler, on the cookie of `loaded`. Returns the `Set-Cookie` headers, and what the
/// next request of the same browser sees.
async fn run(step: impl FnOnce(&mut Session<Data>) + 'static) -> (Vec<String>, String) {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let mut jar = Jar::default();
    jar.set_pair(&sessions.cookie_for(&loaded()).await.unwrap());
    clock.advance(Duration::from_secs(10));
    let sent = visit(&sessions, &mut jar, step).await.set_cookies;
    let seen = visit(&sessions, &mut jar, |session| describe(session)).await.result;
    (sent, seen)
}

fn describe(session: &Session<Data>) -> String {
    format!(
        "{:?} permanent={} lifetime={} new={}",
        **session,
        session.permanent(),
        session.lifetime().as_secs(),
        session.is_new()
    )
}

/// Each mutator, and a part of what the next request sees of it.
macro_rules! each_alone {
    ($($name:ident: $step:expr => $seen:literal;)*) => {$(
        #[actix_web::test]
        async fn $name() {
            let step: fn(&mut Session<Data>) = $step;
            let (_, unchanged) = run(|_| ()).await;
            assert!(!unchanged.contains($seen), "it was so before: {unchanged}");
            let (sent, seen) = run(step).await;
            assert_eq!(sent.len(), 1, "one cookie is sent: {sent:?}");
            assert!(seen.contains($seen), "{seen}");
        }
    )*};
}

each_alone! {
    set_flag: |s| s.set_flag(false) => "flag: false";
    set_count: |s| s.set_count(9) => "count: 9";
    increment_count: |s| s.increment_count(2) => "count: 7";
    set_name: |s| s.set_name("Bob") => r#"name: "Bob""#;
    set_age: |s| s.set_age(37) => "age: Some(37)";
    clear_age: |s| s.clear_age() => "age: None";
    take_age: |s| assert_eq!(s.take_age(), Some(36)) => "age: None";
    set_tags: |s| s.set_tags(BTreeMap::new()) => "tags: Some({})";
    clear_tags: |s| s.clear_tags() => "tags: None";
    take_tags: |s| assert!(s.take_tags().is_some()) => "tags: None";
    set_cart: |s| s.set_cart(vec![]) => "cart: []";
    cart_mut: |s| s.cart_mut().push(7) => "cart: [1, 7]";
    set_prices: |s| s.set_prices(BTreeMap::new()) => "prices: {}";
    prices_mut: |s| { s.prices_mut().insert("milk".into(), 3); } => r#"prices: {"milk": 3, "tea": 2}"#;
    set_user: |s| s.set_user("bob") => r#"user: Some("bob")"#;
    clear_user: |s| s.clear_user() => "user: None";
    take_user: |s| assert!(s.take_user().is_some()) => "user: None";
    flash_notice: |s| s.flash_notice("other".into()) => r#"notice: Some("other")"#;
    take_notice: |s| assert!(s.take_notice().is_some()) => "notice: None";
    flash_success: |s| s.flash_success("again") => r#"text: "again""#;
    flash_error: |s| s.flash_error("bad") => r#"category: "error""#;
    flash: |s| s.flash("info", "third") => r#"category: "info""#;
    take_messages: |s| assert_eq!(s.take_messages().len(), 1) => "messages: Flashes([])";
    a_field_set_directly: |s| s.count = 6 => "count: 6";
    a_change_deep_inside_a_field: |s| *s.prices.get_mut("tea").unwrap() = 4 => r#"prices: {"tea": 4}"#;
    set_permanent: |s| s.set_permanent(true) => "permanent=true";
    set_lifetime: |s| s.set_lifetime(Duration::from_secs(60)).unwrap() => "lifetime=60";
    clear: |s| s.clear() => "count: 0";
    purge: |s| s.purge() => "new=true";
    purge_and_set: |s| { s.purge(); s.set_name("New"); } => r#"name: "New""#;
    another_user_keeps_nothing: |s| s.set_user("bob") => "cart: []";
}

#[actix_web::test]
async fn renew_alone_sends_the_session_with_a_new_time() {
    let (sent, seen) = run(Session::renew).await;
    assert_eq!(sent.len(), 1);
    assert!(seen.contains("count: 5"), "{seen}");
}

#[actix_web::test]
async fn a_session_that_is_only_read_sends_no_cookie() {
    let (sent, _) = run(|session| assert_eq!((session.count(), session.cart().len()), (5, 1))).await;
    assert_eq!(sent, [""; 0]);
}

#[actix_web::test]
async fn a_mutable_use_that_changes_nothing_sends_no_cookie() {
    let (sent, _) = run(|session| {
        session.set_name("Ada");
        session.cart_mut().push(2);
        session.cart_mut().pop();
        session.increment_count(0);
        session.set_permanent(false);
        let _ = session.prices_mut();
    })
    .await;
    assert_eq!(sent, [""; 0]);
}

#[actix_web::test]
async fn what_is_changed_through_into_inner_before_it_is_saved_and_after_it_is_not() {
    let clock = ManualClock::at(1_700_000_000);
    let sessions = SessionMiddleware::signed(key()).clock(clock).build().unwrap();
    let cookie = sessions.cookie_for(&loaded()).await.unwrap();
    let app = init_service(App::new().wrap(sessions.clone()).route(
        "/",
        web::get().to(|mut session: Session<Data>| async move {
            session.set_count(6);
            let mut data = Session::into_inner(session);
            data.set_count(7);
            data.count.to_string()
        }),
    ))
    .await;
    let request = TestRequest::default().insert_header(("cookie", cookie)).to_request();
    let response = actix_web::test::call_service(&app, request).await;
    let sent = set_cookies(response.headers());
    let (pair, _) = sent[0].split_once(';').unwrap();
    assert_eq!(sessions.read::<Data>(pair).await.unwrap().unwrap().count, 6);
}

/// The methods of a dynamic session, each alone on a loaded one: its name, what it does, and what the session is then.
type DynamicStep = (&'static str, fn(&mut Session), &'static str);

const DYNAMIC: [DynamicStep; 7] = [
    ("insert a new key", |s| s.insert("new", 1).unwrap(), r#"["a", "b", "new"] 1"#),
    ("insert over another value", |s| s.insert("a", 2).unwrap(), r#"["a", "b"] 1"#),
    ("insert_raw", |s| s.insert_raw("new", "[1]").unwrap(), r#"["a", "b", "new"] 1"#),
    ("remove", |s| assert!(s.remove("a")), r#"["b"] 1"#),
    ("take", |s| assert_eq!(s.take::<u8>("a").unwrap(), Some(1)), r#"["b"] 1"#),
    ("flash", |s| s.flash("info", "more"), r#"["a", "b"] 2"#),
    ("take_flashes", |s| assert_eq!(s.take_flashes().len(), 1), r#"["a", "b"] 0"#),
];

#[actix_web::test]
async fn every_method_of_a_dynamic_session_alone_is_saved() {
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(1_700_000_000)).build().unwrap();
    for (name, step, expected) in DYNAMIC {
        let mut jar = Jar::default();
        visit(&sessions, &mut jar, |session: &mut Session| {
            session.insert("a", 1).unwrap();
            session.insert("b", "two").unwrap();
            session.flash("info", "hello");
        })
        .await;
        let before = jar.header();
        assert_eq!(visit(&sessions, &mut jar, step).await.set_cookies.len(), 1, "{name}");
        assert_ne!(jar.header(), before, "{name}");
        let describe = |session: &mut Session| {
            let messages = session.take_flashes().len();
            format!("{:?} {messages}", session.keys().collect::<Vec<_>>())
        };
        assert_eq!(visit(&sessions, &mut jar, describe).await.result, expected, "{name}");
    }
}

#[actix_web::test]
async fn a_dynamic_session_that_is_only_read_sends_no_cookie() {
    let sessions = SessionMiddleware::signed(key()).clock(ManualClock::at(1_700_000_000)).build().unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session| session.insert("a", 1).unwrap()).await;
    let seen = visit(&sessions, &mut jar, |session: &mut Session| {
        assert_eq!((session.get("a").unwrap(), session.len(), session.raw("a")), (Some(1), 1, Some("1")));
        assert!(session.contains_key("a") && !session.is_empty());
        session.insert("a", 1).unwrap();
        assert!(!session.remove("missing"));
        assert_eq!(session.take::<u8>("missing").unwrap(), None);
    })
    .await;
    assert_eq!(seen.set_cookies, [""; 0]);
}
