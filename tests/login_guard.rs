//! Pages that need a login, and the way there and back.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, VARY};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use session_actix::{LoggedIn, SessionData, login_required, safe_next};

use crate::support::{Jar, send, sessions, set_cookies, text};

#[derive(SessionData)]
#[session(login(user, redirect = "/login"))]
struct Visitor {
    user: Option<String>,
    #[session(counter)]
    visits: u32,
}

/// A login that is a number, and no page to log in at.
#[derive(SessionData)]
#[session(login(id))]
struct Machine {
    id: Option<u64>,
}

async fn jar_of<T: SessionData>(data: T) -> Jar {
    let mut jar = Jar::default();
    jar.set_pair(&sessions().cookie_for(&data).await.unwrap());
    jar
}

async fn ada() -> Jar {
    jar_of(Visitor { user: Some("ada.lovelace".into()), visits: 1 }).await
}

#[actix_web::test]
async fn a_scope_behind_a_login_answers_as_logged_in_does() {
    let page = async |user: LoggedIn<Visitor>| user.login_id().to_owned();
    let scoped = async || HttpResponse::Ok().body("behind the login");
    let app = init_service(
        App::new()
            .service(web::resource("/page").to(page))
            .service(web::scope("/scope").wrap(login_required::<Visitor>()).default_service(web::to(scoped)))
            .wrap(sessions()),
    )
    .await;
    for path in ["/page", "/scope/deep?a=1&b=2"] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let shows_a_page = method == Method::GET || method == Method::HEAD;
            let request = || TestRequest::with_uri(path).method(method.clone());
            let refused = send(&app, &mut Jar::default(), request()).await;
            assert_eq!(refused.status(), if shows_a_page { 303 } else { 401 }, "{method} {path}");
            let location = refused.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
            let login = format!("/login?next={}", path.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D"));
            assert_eq!(location, shows_a_page.then(|| login.replace('&', "%26")), "{method} {path}");
            let granted = send(&app, &mut ada().await, request()).await;
            assert_eq!(granted.status(), 200, "{method} {path}");
            for response in [&refused, &granted] {
                assert_eq!(response.headers().get(CACHE_CONTROL).unwrap(), "no-store", "{method} {path}");
                assert_eq!(response.headers().get(VARY).unwrap(), "Cookie", "{method} {path}");
                assert_eq!(set_cookies(response.headers()), [""; 0], "{method} {path}");
            }
        }
    }
}

#[actix_web::test]
async fn what_the_application_says_of_caching_stands() {
    let page =
        async |_: LoggedIn<Visitor>| HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, max-age=60")).finish();
    let app = init_service(App::new().route("/", web::get().to(page)).wrap(sessions())).await;
    let response = send(&app, &mut ada().await, TestRequest::default()).await;
    assert_eq!(response.headers().get(CACHE_CONTROL).unwrap(), "private, max-age=60");
}

#[actix_web::test]
async fn an_empty_name_is_nobody() {
    let page = async |_: LoggedIn<Visitor>| HttpResponse::Ok().finish();
    let app = init_service(
        App::new()
            .route("/", web::get().to(page))
            .service(web::scope("/scope").wrap(login_required::<Visitor>()))
            .wrap(sessions()),
    )
    .await;
    let mut jar = jar_of(Visitor { user: Some(String::new()), visits: 1 }).await;
    assert_eq!(send(&app, &mut jar, TestRequest::default()).await.status(), 303);
    assert_eq!(send(&app, &mut jar, TestRequest::with_uri("/scope")).await.status(), 303);
}

#[actix_web::test]
async fn without_a_page_to_log_in_at_the_answer_is_401() {
    let page = async |machine: LoggedIn<Machine>| machine.login_id().to_string();
    let app = init_service(App::new().route("/", web::get().to(page)).wrap(sessions())).await;
    assert_eq!(send(&app, &mut Jar::default(), TestRequest::default()).await.status(), 401);
    assert_eq!(text(&app, &mut jar_of(Machine { id: Some(0) }).await, "/").await, "0");
}

#[actix_web::test]
async fn who_was_logged_in_can_still_be_named_after_the_logout() {
    let page = async |mut user: LoggedIn<Visitor>| {
        user.purge();
        format!("goodbye {}", user.login_id())
    };
    let app = init_service(App::new().route("/", web::get().to(page)).wrap(sessions())).await;
    let mut jar = ada().await;
    assert_eq!(text(&app, &mut jar, "/").await, "goodbye ada.lovelace");
    assert_eq!(jar.header(), "");
}

#[actix_web::test]
async fn changes_through_logged_in_are_saved() {
    let page = async |mut user: LoggedIn<Visitor>| {
        user.visits += 1;
        user.increment_visits(1);
        user.visits().to_string()
    };
    let app = init_service(App::new().route("/", web::get().to(page)).wrap(sessions())).await;
    let mut jar = ada().await;
    assert_eq!(text(&app, &mut jar, "/").await, "3");
    assert_eq!(text(&app, &mut jar, "/").await, "5");
}

#[actix_web::test]
async fn next_leads_to_a_page_of_our_own_or_nowhere() {
    let page = async |request: HttpRequest| safe_next(&request).unwrap_or_else(|| "nowhere".into());
    let app = init_service(App::new().route("/login", web::get().to(page))).await;
    for (query, expected) in [
        ("next=%2Faccount", "/account"),
        ("next=/account", "/account"),
        ("a=1&next=%2Fposts%3Fpage%3D2%26x%3D%252F&b=2", "/posts?page=2&x=%2F"),
        ("next=%2Fa+b", "/a%20b"),
        ("next=%2F%C3%A9", "/%C3%A9"),
        ("", "nowhere"),
        ("next=", "nowhere"),
        ("Next=%2Faccount", "nowhere"),
        ("next=account", "nowhere"),
        ("next=https%3A%2F%2Fevil.example", "nowhere"),
        ("next=%2F%2Fevil.example", "nowhere"),
        ("next=%2F%5Cevil.example", "nowhere"),
        ("next=%5C%5Cevil.example", "nowhere"),
        ("next=%2F%09%2Fevil.example", "nowhere"),
        ("next=%2F%0A%2Fevil.example", "nowhere"),
        ("next=%2F%0D%0ASet-Cookie%3A+a%3Db", "nowhere"),
        ("next=%20%2F%2Fevil.example", "nowhere"),
        ("next=%2Faccount%00", "nowhere"),
        ("next=javascript%3Aalert(1)", "nowhere"),
        ("next=%2F%2Fevil.example&next=%2Faccount", "nowhere"),
    ] {
        assert_eq!(text(&app, &mut Jar::default(), &format!("/login?{query}")).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn a_guarded_page_is_kept_by_no_cache_though_another_session_sets_a_cookie() {
    #[derive(SessionData)]
    #[session(scope = "other")]
    struct Other {
        count: u8,
    }
    let other = session_actix::SessionMiddleware::signed(crate::support::key()).scope("other").build().unwrap();
    let page = async |_: LoggedIn<Visitor>, mut other: session_actix::Session<Other>| {
        other.count += 1;
        HttpResponse::Ok().finish()
    };
    let app = init_service(App::new().route("/", web::get().to(page)).wrap(other).wrap(sessions())).await;
    let response = send(&app, &mut ada().await, TestRequest::default()).await;
    assert_eq!(set_cookies(response.headers()).len(), 1);
    let caching: Vec<_> = response.headers().get_all(CACHE_CONTROL).collect();
    assert_eq!(caching, ["no-store"]);
}

#[actix_web::test]
async fn a_page_after_a_guarded_one_is_cached_as_ever() {
    let guarded = async |_: LoggedIn<Visitor>| HttpResponse::Ok().finish();
    let open = async |visitor: session_actix::Session<Visitor>| visitor.visits().to_string();
    let app = init_service(
        App::new().route("/guarded", web::get().to(guarded)).route("/open", web::get().to(open)).wrap(sessions()),
    )
    .await;
    let mut jar = ada().await;
    for _ in 0..3 {
        send(&app, &mut jar, TestRequest::with_uri("/guarded")).await;
        let response = send(&app, &mut jar, TestRequest::with_uri("/open")).await;
        assert!(response.headers().get(CACHE_CONTROL).is_none());
    }
}
