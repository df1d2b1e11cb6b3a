//! The middleware among others: what it needs, what it survives, what it costs.

use std::task::Poll;

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, VARY};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, error, guard, web};
use session_actix::{LoggedIn, Session, SessionData, SessionExt, SessionMiddleware};

use crate::support::{Jar, key, logged_async, send, sessions, set_cookies, text};

#[derive(SessionData)]
#[session(login(user, redirect = "/login"))]
struct Visitor {
    user: Option<String>,
    #[session(counter)]
    visits: u32,
    note: String,
}

#[derive(SessionData)]
#[session(scope = "admin")]
struct Admin {
    level: u8,
}

async fn count(mut visitor: Session<Visitor>) -> String {
    visitor.visits += 1;
    visitor.visits.to_string()
}

#[test]
fn extraction_without_the_middleware_is_a_500_and_the_log_names_the_missing_line() {
    let (response, log) = logged_async(async {
        let app = init_service(App::new().route("/", web::get().to(count))).await;
        let response = call_service(&app, TestRequest::default().to_request()).await;
        let status = response.status();
        (status, actix_web::test::read_body(response).await)
    });
    assert_eq!(response, (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error".into()));
    assert!(log.contains("`.wrap(sessions.clone())` to the `App`, or to a scope"), "{log}");
    assert!(log.contains("Session<integration::middleware::Visitor>"), "{log}");
}

#[test]
fn extraction_without_the_scope_of_the_struct_names_the_scope() {
    let (status, log) = logged_async(async {
        let app = init_service(
            App::new()
                .wrap(sessions())
                .route("/", web::get().to(async |admin: Session<Admin>| admin.level.to_string())),
        )
        .await;
        call_service(&app, TestRequest::default().to_request()).await.status()
    });
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(log.contains(r#".scope("admin")"#), "{log}");
}

#[actix_web::test]
async fn an_outer_middleware_on_a_resource_may_hold_a_clone_of_the_request() {
    async fn hold(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let held: HttpRequest = request.request().clone();
        let response = next.call(request).await;
        drop(held);
        response
    }
    let app = init_service(
        App::new().service(web::resource("/").wrap(sessions()).wrap(from_fn(hold)).route(web::get().to(count))),
    )
    .await;
    let mut jar = Jar::default();
    assert_eq!(text(&app, &mut jar, "/").await, "1");
    assert_eq!(text(&app, &mut jar, "/").await, "2");
}

#[actix_web::test]
async fn views_in_middleware_and_handler_are_merged_field_by_field() {
    async fn around(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        request.session::<Visitor>().await?.set_note("noted early");
        // This view is alive while the handler uses its own.
        let mut view = request.session::<Visitor>().await?;
        view.increment_visits(10);
        let response = next.call(request).await?;
        drop(view);
        assert_eq!(response.session::<Visitor>().await?.visits(), 11);
        Ok(response)
    }
    let app = init_service(App::new().wrap(from_fn(around)).wrap(sessions()).route("/", web::get().to(count)).route(
        "/look",
        web::get().to(async |visitor: Session<Visitor>| format!("{} {}", visitor.visits(), visitor.note())),
    ))
    .await;
    let mut jar = Jar::default();
    send(&app, &mut jar, TestRequest::default()).await;
    let cookie = jar.header();
    assert_eq!(sessions().read::<Visitor>(&cookie).await.unwrap().unwrap().visits, 11);
    assert_eq!(sessions().read::<Visitor>(&cookie).await.unwrap().unwrap().note, "noted early");
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_saves_the_session_too() {
    async fn refuse(
        request: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
        request.session::<Visitor>().await?.set_note("note of a refusal");
        Err(error::ErrorForbidden("no"))
    }
    let app = init_service(App::new().wrap(from_fn(refuse)).wrap(sessions()).route("/", web::get().to(count))).await;
    let error = app.call(TestRequest::default().to_request()).await.map(|_| ()).unwrap_err();
    for _ in 0..2 {
        let response = error.error_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let sent = set_cookies(response.headers());
        assert_eq!(sent.len(), 1);
        let (pair, _) = sent[0].split_once(';').unwrap();
        assert_eq!(sessions().read::<Visitor>(pair).await.unwrap().unwrap().note, "note of a refusal");
        assert_eq!(response.headers().get(VARY).unwrap(), "Cookie");
    }
}

#[actix_web::test]
async fn a_handler_that_fails_with_5xx_saves_nothing_and_logs_out_all_the_same() {
    let app = init_service(
        App::new()
            .wrap(sessions())
            .route(
                "/change",
                web::get().to(async |mut visitor: Session<Visitor>| {
                    visitor.set_note("half done");
                    HttpResponse::InternalServerError().finish()
                }),
            )
            .route(
                "/logout",
                web::get().to(async |mut visitor: Session<Visitor>| {
                    visitor.clear_user();
                    visitor.set_note("half done");
                    HttpResponse::InternalServerError().finish()
                }),
            )
            .route(
                "/teapot",
                web::get().to(async |mut visitor: Session<Visitor>| {
                    visitor.set_note("all done");
                    HttpResponse::ImATeapot().finish()
                }),
            ),
    )
    .await;
    let mut data = Visitor::empty();
    data.set_user("ada");
    let cookie = sessions().cookie_for(&data).await.unwrap();
    let sent = async |path: &str| {
        let request = TestRequest::with_uri(path).insert_header(("cookie", cookie.as_str())).to_request();
        let response = call_service(&app, request).await;
        set_cookies(response.headers()).first().map(|header| header.split(';').next().unwrap().to_owned())
    };
    assert_eq!(sent("/change").await, None);
    let after = sessions().read::<Visitor>(&sent("/teapot").await.unwrap()).await.unwrap().unwrap();
    assert_eq!((after.user(), after.note()), (Some("ada"), "all done"));
    // The user was all that the session held, so nothing is left of it.
    assert_eq!(sent("/logout").await.as_deref(), Some("__Host-session="));
}

#[actix_web::test]
async fn a_cookie_larger_than_browsers_keep_is_a_500_and_the_old_one_stays() {
    let app = init_service(App::new().wrap(sessions()).route(
        "/{bytes}",
        web::get().to(async |mut visitor: Session<Visitor>, bytes: web::Path<usize>| {
            visitor.set_note("x".repeat(*bytes));
            HttpResponse::Ok().finish()
        }),
    ))
    .await;
    let mut jar = Jar::default();
    let fits = send(&app, &mut jar, TestRequest::with_uri("/2900")).await;
    assert_eq!(fits.status(), StatusCode::OK);
    let before = jar.header();
    assert!(before.len() <= 4097, "name, `=` and value: {}", before.len());
    let response = send(&app, &mut jar, TestRequest::with_uri("/3100")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(set_cookies(response.headers()), [""; 0]);
    assert_eq!(jar.header(), before);
}

#[test]
fn a_change_after_the_response_is_an_error_line_and_not_silence() {
    let late = logged_async(async {
        let app = init_service(App::new().wrap(sessions()).route(
            "/",
            web::get().to(async |visitor: Session<Visitor>| HttpResponse::Ok().streaming(OneChunk(Some(visitor)))),
        ))
        .await;
        let response = call_service(&app, TestRequest::default().to_request()).await;
        assert_eq!(set_cookies(response.headers()), [""; 0]);
        actix_web::test::read_body(response).await
    });
    assert_eq!(late.0, "late");
    assert!(late.1.contains("ERROR") && late.1.contains("after the response was sent"), "{}", late.1);
    assert!(late.1.contains("visits"), "it names the key: {}", late.1);
}

/// A body that counts a visit when it is sent.
struct OneChunk(Option<Session<Visitor>>);

impl futures_core::Stream for OneChunk {
    type Item = Result<web::Bytes, Error>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(|mut visitor| {
            visitor.increment_visits(1);
            Ok("late".into())
        }))
    }
}

#[actix_web::test]
async fn an_untouched_session_costs_no_header() {
    let app = init_service(App::new().wrap(sessions()).route("/", web::get().to(HttpResponse::Ok))).await;
    let mut data = Visitor::empty();
    data.set_note("kept");
    let cookie = sessions().cookie_for(&data).await.unwrap();
    let request = TestRequest::default().insert_header(("cookie", cookie)).to_request();
    let response = call_service(&app, request).await;
    assert_eq!(response.headers().len(), 0, "{:?}", response.headers());
}

#[actix_web::test]
async fn caches_are_told_merged_with_what_the_application_set() {
    let app = init_service(
        App::new()
            .wrap(sessions())
            .route(
                "/read",
                web::get().to(async |_: Session<Visitor>| HttpResponse::Ok().insert_header((VARY, "Accept")).finish()),
            )
            .route(
                "/write",
                web::get().to(async |mut visitor: Session<Visitor>| {
                    visitor.increment_visits(1);
                    HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=60")).finish()
                }),
            ),
    )
    .await;
    let mut jar = Jar::default();
    let read = send(&app, &mut jar, TestRequest::with_uri("/read")).await;
    assert_eq!(read.headers().get(VARY).unwrap(), "Accept, Cookie");
    assert!(read.headers().get(CACHE_CONTROL).is_none());
    let write = send(&app, &mut jar, TestRequest::with_uri("/write")).await;
    assert_eq!(write.headers().get(CACHE_CONTROL).unwrap(), "max-age=60, private");
}

#[actix_web::test]
async fn a_guard_reads_the_session() {
    let members =
        guard::fn_guard(|context| context.session_now::<Visitor>().is_ok_and(|visitor| visitor.user().is_some()));
    let app = init_service(
        App::new().service(
            web::scope("")
                .wrap(sessions())
                .route("/", web::get().guard(members).to(async || "member"))
                .route("/", web::get().to(async || "guest")),
        ),
    )
    .await;
    let mut jar = Jar::default();
    assert_eq!(text(&app, &mut jar, "/").await, "guest");
    let mut data = Visitor::empty();
    data.set_user("ada");
    let cookie = sessions().cookie_for(&data).await.unwrap();
    let (name, value) = cookie.split_once('=').unwrap();
    jar.set(name, value);
    assert_eq!(text(&app, &mut jar, "/").await, "member");
}

#[actix_web::test]
async fn two_scopes_are_two_sessions() {
    let admin = SessionMiddleware::signed(key()).scope("admin").build().unwrap();
    let app = init_service(App::new().wrap(sessions()).wrap(admin).route(
        "/",
        web::get().to(async |mut visitor: Session<Visitor>, mut admin: Session<Admin>| {
            visitor.increment_visits(1);
            admin.level += 2;
            format!("{} {}", visitor.visits(), admin.level)
        }),
    ))
    .await;
    let mut jar = Jar::default();
    assert_eq!(text(&app, &mut jar, "/").await, "1 2");
    assert_eq!(text(&app, &mut jar, "/").await, "2 4");
    assert!(jar.get("__Host-session").is_some() && jar.get("__Host-session-admin").is_some());
}

#[actix_web::test]
async fn the_inner_of_two_middlewares_of_one_scope_serves_its_handlers() {
    let inner = SessionMiddleware::signed(key()).cookie_name("inner").build().unwrap();
    let app = init_service(
        App::new()
            .wrap(sessions())
            .service(web::scope("/in").wrap(inner).route("", web::get().to(count)))
            .route("/out", web::get().to(count)),
    )
    .await;
    let mut jar = Jar::default();
    assert_eq!(text(&app, &mut jar, "/in").await, "1");
    assert_eq!(text(&app, &mut jar, "/in").await, "2");
    assert_eq!(text(&app, &mut jar, "/out").await, "1");
    assert!(jar.get("__Host-inner").is_some());
}

#[actix_web::test]
async fn a_login_is_asked_for_only_where_somebody_must_be_logged_in() {
    let app = init_service(
        App::new()
            .wrap(sessions())
            .service(web::resource("/account").to(async |visitor: LoggedIn<Visitor>| visitor.login_id().to_owned())),
    )
    .await;
    for (method, status, location) in [
        (actix_web::http::Method::GET, 303, Some("/login?next=%2Faccount%3Fa%3D1")),
        (actix_web::http::Method::HEAD, 303, Some("/login?next=%2Faccount%3Fa%3D1")),
        (actix_web::http::Method::POST, 401, None),
        (actix_web::http::Method::DELETE, 401, None),
    ] {
        let request = TestRequest::with_uri("/account?a=1").method(method).to_request();
        let response = call_service(&app, request).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().get(LOCATION).map(|value| value.to_str().unwrap()), location);
    }
    let mut data = Visitor::empty();
    data.set_user("");
    let cookie = sessions().cookie_for(&data).await.unwrap();
    let request = TestRequest::with_uri("/account").insert_header(("cookie", cookie)).to_request();
    assert_eq!(call_service(&app, request).await.status(), 303, "an empty name is nobody");
}

#[test]
fn a_session_prints_its_keys_and_no_values() {
    let shown = actix_web::rt::System::new().block_on(async {
        let app = init_service(
            App::new().wrap(sessions()).route("/", web::get().to(async |session: Session| format!("{session:?}"))),
        )
        .await;
        let mut data = Visitor::empty();
        data.set_note("private");
        let cookie = sessions().cookie_for(&data).await.unwrap();
        let request = TestRequest::default().insert_header(("cookie", cookie)).to_request();
        let body = actix_web::test::call_and_read_body(&app, request).await;
        String::from_utf8(body.to_vec()).unwrap()
    });
    assert!(shown.contains("note") && !shown.contains("private"), "{shown}");
}

#[actix_web::test]
async fn nothing_is_saved_while_a_handler_panics() {
    // A middleware that turns a panic into a response, so that there is one to save with.
    async fn catch(
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
        let held = request.request().clone();
        let mut response = Box::pin(next.call(request));
        std::future::poll_fn(move |context| {
            let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| response.as_mut().poll(context)));
            polled.map_or_else(
                |_| Poll::Ready(Ok(ServiceResponse::new(held.clone(), HttpResponse::Ok().finish()))),
                |polled| polled.map_ok(ServiceResponse::map_into_boxed_body),
            )
        })
        .await
    }
    let app = init_service(App::new().service(web::resource("/{panics}").wrap(from_fn(catch)).wrap(sessions()).to(
        async |mut visitor: Session<Visitor>, panics: web::Path<bool>| {
            visitor.increment_visits(1);
            assert!(!*panics, "on purpose");
            HttpResponse::Ok().finish()
        },
    )))
    .await;
    for (path, cookies) in [("/true", 0), ("/false", 1)] {
        let response = send(&app, &mut Jar::default(), TestRequest::with_uri(path)).await;
        assert_eq!((response.status().as_u16(), set_cookies(response.headers()).len()), (200, cookies), "{path}");
    }
}
