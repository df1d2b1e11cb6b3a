//! What a handler does by mistake, or with what a user sent it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, Responder, web};
use futures_util::future::join_all;
use session_actix::flask::Markup;
use session_actix::store::MemoryStore;
use session_actix::testing::{ManualClock, TestClient};
use session_actix::{Dynamic, Session, SessionData, SessionMiddleware};

use crate::site::{NAME, START, Tally, Visitor, ada, every_kind, is_refused, key, with_cookies};

#[actix_web::test]
async fn the_librarys_own_keys_are_written_by_name() {
    let mut tally = Tally::default();
    for name in ["_created", "_lifetime", "_permanent", "_flashes"] {
        let mut session = Dynamic::default();
        tally.add(session.insert(name, 1).is_err(), || format!("insert {name}"));
        tally.add(session.insert_raw(name, "1").is_err(), || format!("insert_raw {name}"));
        tally.add(session.get::<u64>(name).is_err(), || format!("get {name}"));
        tally.add(session.take::<u64>(name).is_err(), || format!("take {name}"));
        tally.add(!session.remove(name) && session.is_empty(), || format!("remove {name}"));
    }
    tally.report("the_librarys_own_keys_are_written_by_name");
}

/// A text of a user's that goes into the session as JSON would bring its own fields along.
#[actix_web::test]
async fn a_text_of_a_users_is_more_than_a_value() {
    let mut tally = Tally::default();
    for text in [
        "1,\"username\":\"eve\"",
        "1}",
        "{\"a\":1,\"a\":2}",
        "",
        "\"",
        "nul",
        "[1",
        "1 2",
        "{\"a\":1}}",
        "\u{0}",
        "1//",
        "'a'",
        "01",
        "+1",
        ".5",
        "NaN",
        &format!("{}{}", "[".repeat(64), "]".repeat(64)),
    ] {
        let mut session = Dynamic::default();
        tally.add(session.insert_raw("theme", text).is_err() && session.is_empty(), || format!("{text:.40}"));
    }
    tally.report("a_text_of_a_users_is_more_than_a_value");
}

/// Flask believes a tag: `{" m": ..}` is HTML that it shows as it is. No text and no map of a user's becomes one.
#[actix_web::test]
async fn a_text_or_a_map_of_a_users_becomes_trusted_html_in_flask() {
    #[derive(SessionData)]
    struct Page {
        text: Option<String>,
        map: BTreeMap<String, String>,
    }

    #[derive(SessionData)]
    struct Trusting {
        text: Option<Markup>,
        map: Option<Markup>,
    }

    let mut tally = Tally::default();
    let sessions = SessionMiddleware::flask("a SECRET_KEY that is long enough").build().unwrap();
    for key in [" m", " t", " b", " u", " d", " di", " m__", " m____"] {
        for text in ["<script>".to_owned(), format!("{{\"{key}\":\"<script>\"}}")] {
            let page = Page { text: Some(text.clone()), map: BTreeMap::from([(key.to_owned(), text.clone())]) };
            let cookie = sessions.cookie_for(&page).await.unwrap();
            let trusted = sessions.read::<Trusting>(&cookie).await.unwrap().unwrap();
            tally.add(trusted.text.is_none() && trusted.map.is_none(), || format!("{key:?}: {text}"));
            let back = sessions.read::<Page>(&cookie).await.unwrap().unwrap();
            tally.add(back.map == page.map && back.text == page.text, || format!("{key:?} does not come back"));
        }
    }
    tally.report("a_text_or_a_map_of_a_users_becomes_trusted_html_in_flask");
}

/// A login field or a role that is set by name renews the session like one that is set by its accessor.
#[actix_web::test]
async fn a_privilege_is_written_by_name() {
    async fn promote(mut session: Session, name: web::Path<String>) -> impl Responder {
        session.insert(&name, "admin").unwrap();
        HttpResponse::Ok()
    }

    let mut tally = Tally::default();
    for name in ["username", "role"] {
        let sessions = SessionMiddleware::stored(MemoryStore::new(), key(7))
            .clock(ManualClock::at(START))
            .data::<Visitor>()
            .build()
            .unwrap();
        let mut browser = ada(&sessions).await;
        let copy = format!("{NAME}={}", browser.jar().get(NAME).unwrap());
        let app = App::new().wrap(sessions.clone()).route("/promote/{name}", web::post().to(promote));
        let mut other = TestClient::new(app);
        other.jar_mut().set_pair(&copy);
        assert_eq!(other.post(&format!("/promote/{name}"), ()).await.status(), 200);
        tally.add(is_refused(&with_cookies(&sessions, &[&copy]).await), || name.into());
        tally.add(browser.get("/who").await.text() == "nobody", || format!("{name}: the browser of before"));
    }
    tally.report("a_privilege_is_written_by_name");
}

#[actix_web::test]
async fn one_request_sees_anothers_session() {
    async fn slowly(mut visitor: Session<Visitor>) -> impl Responder {
        let before = visitor.username().unwrap_or_default().to_owned();
        for _ in 0..3 {
            actix_web::rt::task::yield_now().await;
        }
        visitor.set_theme(before.as_str());
        actix_web::rt::task::yield_now().await;
        assert_eq!(visitor.username().unwrap_or_default(), before);
        before
    }

    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let app = App::new().wrap(sessions.clone()).route("/", web::get().to(slowly));
        let app = actix_web::test::init_service(app).await;
        let names: Vec<String> = (0..60).map(|number| format!("visitor-{number}")).collect();
        let answers = join_all(names.iter().map(async |name| {
            let visitor = Visitor { username: Some(name.clone()), ..Visitor::empty() };
            let cookie = sessions.cookie_for(&visitor).await.unwrap();
            let request = actix_web::test::TestRequest::default().insert_header(("Cookie", cookie)).to_request();
            let response = actix_web::test::call_service(&app, request).await;
            let body = actix_web::test::read_body(response).await;
            String::from_utf8(body.to_vec()).unwrap()
        }))
        .await;
        for (name, answer) in names.iter().zip(answers) {
            tally.add(*name == answer, || format!("{kind}: {name} is {answer}"));
        }
    }
    tally.report("one_request_sees_anothers_session");
}

/// Cookies of every length: what browsers keep is sent, what they drop is a 500 without one.
#[actix_web::test]
async fn a_cookie_that_browsers_drop() {
    async fn fill(mut visitor: Session<Visitor>, length: web::Path<usize>) -> impl Responder {
        // What cannot be compressed, so that Flask's form is long as well.
        let text: String = (0..length.into_inner() as u64)
            .map(|at| char::from(b'!' + (at.wrapping_mul(6_364_136_223_846_793_005).rotate_left(29) % 90) as u8))
            .filter(|letter| *letter != '\\' && *letter != '"')
            .collect();
        visitor.set_theme(text);
        HttpResponse::Ok()
    }

    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7).into_iter().filter(|(kind, _)| *kind != "stored") {
        let sessions = builder.build().unwrap();
        let mut both = (false, false);
        for length in (2700..4400).step_by(17).chain([10_000, 100_000]) {
            let app = App::new().wrap(sessions.clone()).route("/{length}", web::get().to(fill));
            let response = TestClient::new(app).get(&format!("/{length}")).await;
            let pairs =
                response.set_cookies().map(|cookie| cookie.split(';').next().unwrap().len() - 1).collect::<Vec<_>>();
            let is_kept = response.status() == 200 && pairs.len() == 1 && pairs[0] <= 4096;
            let is_refused = response.status() == StatusCode::INTERNAL_SERVER_ERROR && pairs.is_empty();
            both = (both.0 || is_kept, both.1 || is_refused);
            tally.add(is_kept || is_refused, || format!("{kind}: {length} is {} with {pairs:?}", response.status()));
        }
        assert_eq!(both, (true, true), "{kind}");
    }
    tally.report("a_cookie_that_browsers_drop");
}

#[actix_web::test]
async fn a_secret_in_a_cookie_that_can_be_read() {
    #[derive(SessionData)]
    struct Account {
        #[session(secret)]
        card: Option<String>,
    }

    async fn keep(mut account: Session<Account>) -> impl Responder {
        account.set_card("4111 1111 1111 1111");
        HttpResponse::Ok()
    }

    let mut tally = Tally::default();
    for (kind, builder) in every_kind(7) {
        let sessions = builder.build().unwrap();
        let response =
            TestClient::new(App::new().wrap(sessions.clone()).route("/", web::get().to(keep))).get("/").await;
        if ["signed", "flask"].contains(&kind) {
            tally.add(response.status() == 500 && response.set_cookies().count() == 0, || kind.into());
            tally.add(!response.text().contains("card"), || format!("{kind}: the body says {}", response.text()));
            tally.add(sessions.cookie_for(&Account { card: None }).await.is_err(), || format!("{kind}: by a tool"));
        } else {
            let cookie = response.set_cookies().next().unwrap();
            tally.add(!cookie.contains("NDEx") && !cookie.contains("4111"), || format!("{kind}: {cookie}"));
        }
    }
    tally.report("a_secret_in_a_cookie_that_can_be_read");
}
