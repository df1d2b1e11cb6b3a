//! The client that users test their applications with.

use std::time::Duration;

use actix_web::http::header::COOKIE;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, Responder, web};
use session_actix::store::MemoryStore;
use session_actix::testing::{ManualClock, TestClient};
use session_actix::{Flashes, LoggedIn, Session, SessionData, SessionMiddleware};

use crate::support::{key, sessions};

const NOW: u64 = 1_700_000_000;

#[derive(SessionData)]
#[session(login(username, redirect = "/login"))]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    #[session(flash(success))]
    messages: Flashes,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct LoginForm {
    username: String,
    remember: bool,
}

fn site(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(index))
        .route("/login", web::post().to(login))
        .route("/json", web::post().to(async |form: web::Json<LoginForm>| HttpResponse::Ok().json(form)))
        .route("/account", web::get().to(async |visitor: LoggedIn<Visitor>| visitor.login_id().to_owned()))
        .route("/round", web::get().to(async || web::Redirect::to("/round").see_other()))
        .route("/away", web::get().to(async || web::Redirect::to("https://example.org/").see_other()))
        .route("/again", web::post().to(async || web::Redirect::to("/login").temporary()))
        .route(
            "/cookies",
            web::get().to(async |request: HttpRequest| {
                let cookies = request.headers().get_all(COOKIE).map(|value| value.to_str().unwrap().to_owned());
                cookies.collect::<Vec<_>>().join(" + ")
            }),
        )
        .route(
            "/broken",
            web::get().to(async |mut visitor: Session<Visitor>| {
                visitor.purge();
                Err::<String, _>(actix_web::error::ErrorInternalServerError("broken"))
            }),
        );
}

async fn index(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.increment_visits(1);
    format!("{:?}, visit {}", visitor.username(), visitor.visits())
}

async fn login(mut visitor: Session<Visitor>, form: web::Form<LoginForm>) -> impl Responder {
    visitor.set_username(&form.username);
    visitor.set_permanent(form.remember);
    visitor.flash_success("You were logged in");
    web::Redirect::to("/account").see_other()
}

fn ada(remember: bool) -> LoginForm {
    LoginForm { username: "ada".into(), remember }
}

fn client(sessions: &SessionMiddleware) -> TestClient {
    TestClient::new(App::new().wrap(sessions.clone()).configure(site))
}

#[actix_web::test]
async fn a_client_takes_an_app_or_a_service_awaited_or_not() {
    let sessions = sessions();
    for mut client in [
        client(&sessions),
        client(&sessions).await,
        TestClient::new(init_service(App::new().wrap(sessions.clone()).configure(site)).await),
    ] {
        assert_eq!(client.get("/").await.text(), "None, visit 1");
        assert_eq!(client.get("/").await.text(), "None, visit 2");
    }
}

#[actix_web::test]
async fn the_session_is_looked_at_and_set_up_between_requests_on_every_backend() {
    let backends = [
        SessionMiddleware::signed(key()).build().unwrap(),
        SessionMiddleware::encrypted(key()).build().unwrap(),
        SessionMiddleware::stored(MemoryStore::new(), key()).build().unwrap(),
        SessionMiddleware::flask("a secret of enough bytes").build().unwrap(),
    ];
    for sessions in backends {
        let mut client = client(&sessions);
        client
            .session::<Visitor>(&sessions, |visitor| {
                visitor.set_username("ada");
                visitor.visits = 40;
            })
            .await;
        assert_eq!(client.get("/account").await.text(), "ada");
        assert_eq!(client.get("/").await.text(), "Some(\"ada\"), visit 41");
        let mut seen = None;
        client.session::<Visitor>(&sessions, |visitor| seen = Some((visitor.visits(), visitor.is_new()))).await;
        assert_eq!(seen, Some((41, false)));
        client.session::<Visitor>(&sessions, Session::purge).await;
        assert_eq!(client.get("/").await.text(), "None, visit 1");
    }
}

#[actix_web::test]
#[should_panic(expected = "the session cookie would have")]
async fn a_session_that_cannot_be_saved_between_requests_stops_the_test() {
    let mut client = client(&sessions());
    client.session::<Visitor>(&sessions(), |visitor| visitor.set_username("x".repeat(5000))).await;
}

#[actix_web::test]
async fn waiting_messages_are_looked_at_and_stay() {
    let mut client = client(&sessions());
    assert!(client.flashes().await.is_empty());
    client.post("/login", ada(false)).await;
    for _ in 0..2 {
        let flashes = client.flashes().await;
        let texts: Vec<_> = flashes.iter().map(|flash| (flash.category(), flash.text())).collect();
        assert_eq!(texts, [("success", "You were logged in")]);
    }
}

#[actix_web::test]
async fn redirects_are_followed_where_that_is_asked_for() {
    let mut client = client(&sessions());
    let response = client.post("/login", ada(false)).await;
    assert_eq!((response.status().as_u16(), response.location()), (303, Some("/account")));
    assert_eq!(response.path(), "/login");

    let mut client = client.following_redirects();
    let response = client.post("/login", ada(false)).await;
    assert_eq!((response.status().as_u16(), response.path(), response.text()), (200, "/account", "ada"));
    let response = client.get("/away").await;
    assert_eq!((response.status().as_u16(), response.location()), (303, Some("https://example.org/")));
    let response = client.post("/again", ada(false)).await;
    assert_eq!((response.status().as_u16(), response.location()), (307, Some("/login")));
}

#[actix_web::test]
#[should_panic(expected = "redirects go round in circles")]
async fn redirects_in_circles_stop_the_test() {
    client(&sessions()).following_redirects().get("/round").await;
}

#[actix_web::test]
async fn a_browser_that_closes_keeps_what_it_was_asked_to_remember_and_no_longer() {
    let clock = ManualClock::at(NOW);
    let sessions = SessionMiddleware::signed(key()).clock(clock.clone()).build().unwrap();
    let (mut forgetful, mut remembering) =
        (client(&sessions).clock(clock.clone()), client(&sessions).clock(clock.clone()));
    forgetful.post("/login", ada(false)).await;
    remembering.post("/login", ada(true)).await;
    for client in [&mut forgetful, &mut remembering] {
        assert_eq!(client.get("/account").await.text(), "ada");
        client.close_browser();
    }
    assert_eq!(forgetful.get("/account").await.status(), 303);
    assert_eq!(remembering.get("/account").await.text(), "ada");

    clock.advance(Duration::from_secs(31 * 86_400));
    assert_eq!(remembering.get("/account").await.status(), 303);
    assert_eq!(remembering.jar().names().count(), 0, "it expired in the browser too");
}

#[actix_web::test]
async fn requests_carry_the_jar_and_what_they_were_given() {
    let mut client = client(&sessions());
    client.jar_mut().set("theme", "dark");
    assert_eq!(client.get("/cookies").await.text(), "theme=dark");
    let request = TestRequest::with_uri("/cookies").insert_header((COOKIE, "own=1"));
    assert_eq!(client.send(request).await.text(), "own=1 + theme=dark");
    client.jar_mut().remove("theme");
    assert_eq!(client.get("/cookies").await.text(), "");
    let sent: LoginForm = client.post_json("/json", ada(true)).await.json();
    assert_eq!((sent.username.as_str(), sent.remember), ("ada", true));
}

#[actix_web::test]
async fn an_error_of_a_handler_is_a_response_with_its_cookies() {
    let mut client = client(&sessions());
    client.post("/login", ada(false)).await;
    let response = client.get("/broken").await;
    assert_eq!((response.status().as_u16(), response.text()), (500, "broken"));
    assert_eq!(response.set_cookies().count(), 1);
    assert_eq!(client.jar().names().count(), 0);
}

#[actix_web::test]
async fn nothing_of_a_client_is_printed_that_opens_a_session() {
    let mut client = client(&sessions());
    let response = client.post("/login", ada(false)).await;
    let value = client.jar().get("__Host-session").unwrap();
    let printed = format!("{client:?} {response:?} {:?}", client.jar());
    assert!(!printed.contains(value) && printed.contains("__Host-session"), "{printed}");
}

/// Whose cookie is sent to a part of the site, and whose sessions have a name of their own.
#[actix_web::test]
async fn a_session_of_a_path_or_a_scope_is_looked_at_too() {
    #[derive(SessionData)]
    #[session(scope = "admin")]
    struct Admin {
        name: Option<String>,
        #[session(flash(info))]
        messages: Flashes,
    }

    let builder = SessionMiddleware::signed(key()).scope("admin").host_prefix(false).path("/shop");
    let sessions = builder.build().unwrap();
    let begin = async |mut admin: Session<Admin>| {
        admin.set_name("ada");
        admin.flash_info("hello");
        HttpResponse::Ok().finish()
    };
    let app = App::new().wrap(sessions.clone()).route("/shop/begin", web::get().to(begin));
    let mut client = TestClient::new(app);
    client.get("/shop/begin").await;
    assert_eq!(client.flashes().await.iter().map(session_actix::Flash::text).collect::<Vec<_>>(), ["hello"]);
    client
        .session::<Admin>(&sessions, |admin| {
            assert_eq!(admin.name(), Some("ada"));
            admin.set_name("bob");
        })
        .await;
    client.session::<Admin>(&sessions, |admin| assert_eq!(admin.name(), Some("bob"))).await;
}
