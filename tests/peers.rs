//! The faults that other session libraries are known for, each as a test that this one passes.
//!
//! Some have a test elsewhere that shows more: every mutator survives (`mutators.rs`), values cannot move between
//! cookie names (`finding.rs`), a one-second lifetime ends on the server (`lifetimes.rs`), 4,097 bytes never leave the
//! server (`settings.rs`), a flash of 3 kB does not panic (`flashes.rs`).

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::{Flashes, Session, SessionData, SessionMiddleware};

use crate::support::{Jar, key, send, sessions, set_cookies, text, visit};

#[derive(SessionData)]
struct Visitor {
    name: Option<String>,
    cart: Vec<u64>,
    #[session(flash(info))]
    messages: Flashes,
}

#[actix_web::test]
async fn a_change_in_place_is_saved_without_a_flag() {
    let mut jar = Jar::default();
    visit(&sessions(), &mut jar, |session: &mut Session<Visitor>| session.cart.push(1)).await;
    visit(&sessions(), &mut jar, |session: &mut Session<Visitor>| session.cart[0] += 41).await;
    let cart = visit(&sessions(), &mut jar, |session: &mut Session<Visitor>| session.cart().to_vec()).await.result;
    assert_eq!(cart, [42]);
}

#[actix_web::test]
async fn a_dynamic_value_taken_changed_and_put_back_is_saved() {
    let mut jar = Jar::default();
    visit(&sessions(), &mut jar, |session: &mut Session| session.insert("count", 1).unwrap()).await;
    visit(&sessions(), &mut jar, |session: &mut Session| {
        let count: u32 = session.take("count").unwrap().unwrap();
        session.insert("count", count + 1).unwrap();
    })
    .await;
    visit(&sessions(), &mut jar, |session: &mut Session| assert!(!session.remove("other"))).await;
    let count = visit(&sessions(), &mut jar, |session: &mut Session| session.get::<u32>("count").unwrap()).await.result;
    assert_eq!(count, Some(2));
    visit(&sessions(), &mut jar, |session: &mut Session| assert!(session.remove("count"))).await;
    assert_eq!(jar.header(), "", "a removal alone is saved");
}

#[actix_web::test]
async fn a_flash_survives_the_image_request_after_the_redirect() {
    let flash = async |mut session: Session<Visitor>| {
        session.flash_info("it was saved");
        web::Redirect::to("/page").see_other()
    };
    let page = async |mut session: Session<Visitor>| {
        session.take_messages().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    // An image whose handler looks at the session, as some do, and one that does not.
    let checked_image = async |session: Session<Visitor>| format!("{:?}", session.name());
    let app = init_service(
        App::new()
            .wrap(sessions())
            .route("/save", web::post().to(flash))
            .route("/page", web::get().to(page))
            .route("/image", web::get().to(HttpResponse::Ok))
            .route("/checked-image", web::get().to(checked_image)),
    )
    .await;
    let mut jar = Jar::default();
    send(&app, &mut jar, TestRequest::post().uri("/save")).await;
    for path in ["/image", "/checked-image", "/nowhere"] {
        send(&app, &mut jar, TestRequest::with_uri(path)).await;
    }
    assert_eq!(text(&app, &mut jar, "/page").await, "it was saved");
    assert_eq!(text(&app, &mut jar, "/page").await, "");
}

#[actix_web::test]
async fn a_removal_cookie_matches_a_custom_path_and_domain() {
    let sessions = SessionMiddleware::signed(key())
        .cookie_name("shop")
        .host_prefix(false)
        .path("/shop")
        .domain("example.com")
        .build()
        .unwrap();
    let mut jar = Jar::default();
    visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.set_name("Ada Lovelace")).await;
    let purged = visit(&sessions, &mut jar, |session: &mut Session<Visitor>| session.purge()).await.set_cookies;
    assert!(purged[0].starts_with("shop=; Domain=example.com; "), "{purged:?}");
    assert!(purged[0].contains("; Path=/shop; "), "{purged:?}");
}

#[actix_web::test]
async fn a_route_that_never_looks_at_its_session_does_no_work_even_with_a_hostile_cookie() {
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(HttpResponse::Ok))).await;
    let hostile = format!("__Host-session={}", "x".repeat(100_000));
    let request = TestRequest::default().insert_header(("cookie", hostile)).to_request();
    let response = actix_web::test::call_service(&app, request).await;
    assert_eq!((response.status().as_u16(), set_cookies(response.headers())), (200, vec![]));
}
