//! `Vary` and `Cache-Control` on every kind of response.

use actix_web::http::header::{CACHE_CONTROL, HeaderMap, VARY};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, error, web};
use session_actix::{Session, SessionData};

use crate::support::{Jar, send, sessions};

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: u32,
}

type Headers = &'static [(&'static str, &'static str)];

/// The response of a handler that changes the session or only looks at it, and answers with these headers.
async fn headers(status: u16, write: bool, set: Headers) -> HeaderMap {
    let handler = move |mut session: Session<Visitor>| async move {
        if write {
            session.increment_visits(1);
        }
        let mut response = HttpResponse::build(status.try_into().unwrap());
        for header in set {
            response.append_header(*header);
        }
        response.finish()
    };
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(handler))).await;
    send(&app, &mut Jar::default(), TestRequest::default()).await.headers().clone()
}

fn all<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).map(|value| value.to_str().unwrap()).collect()
}

#[actix_web::test]
async fn vary_names_the_cookie_once_the_session_was_looked_at_whatever_the_answer() {
    for status in [200, 204, 303, 304, 400, 404, 500, 503] {
        for write in [false, true] {
            assert_eq!(all(&headers(status, write, &[]).await, VARY.as_str()), ["Cookie"], "{status} {write}");
        }
    }
}

#[actix_web::test]
async fn vary_is_merged_with_what_the_application_set() {
    const VARIES: [(Headers, &[&str]); 5] = [
        (&[("vary", "Accept-Encoding")], &["Accept-Encoding, Cookie"]),
        (&[("vary", "Accept"), ("vary", "Origin")], &["Accept, Origin, Cookie"]),
        (&[("vary", "cookie")], &["cookie"]),
        (&[("vary", "Accept, COOKIE")], &["Accept, COOKIE"]),
        (&[("vary", "*")], &["*"]),
    ];
    for (set, expected) in VARIES {
        assert_eq!(all(&headers(200, false, set).await, VARY.as_str()), expected);
    }
}

#[actix_web::test]
async fn a_response_with_a_session_cookie_is_for_no_shared_cache() {
    const CACHES: [(Headers, &str); 5] = [
        (&[], r#"no-cache="Set-Cookie""#),
        (&[("cache-control", "public, max-age=60")], "max-age=60, private"),
        (&[("cache-control", "s-maxage=60")], "private"),
        (
            &[("cache-control", "max-age=60"), ("cache-control", "must-revalidate")],
            "max-age=60, must-revalidate, private",
        ),
        (&[("cache-control", "no-store")], "no-store, private"),
    ];
    for (set, expected) in CACHES {
        assert_eq!(all(&headers(200, true, set).await, CACHE_CONTROL.as_str()), [expected]);
    }
}

#[actix_web::test]
async fn a_response_without_a_session_cookie_is_cached_as_the_application_says() {
    assert_eq!(all(&headers(200, false, &[]).await, CACHE_CONTROL.as_str()), [""; 0]);
    let public: &[_] = &[("cache-control", "public, max-age=60")];
    assert_eq!(all(&headers(200, false, public).await, CACHE_CONTROL.as_str()), ["public, max-age=60"]);
}

#[actix_web::test]
async fn an_error_that_a_handler_returns_has_them_too() {
    let handler = |mut session: Session<Visitor>| async move {
        session.increment_visits(1);
        Err::<HttpResponse, _>(error::ErrorNotFound("no such page"))
    };
    let app = init_service(App::new().wrap(sessions()).default_service(web::to(handler))).await;
    let mut jar = Jar::default();
    let response = send(&app, &mut jar, TestRequest::default()).await;
    assert_eq!(response.status(), 404);
    assert_eq!(all(response.headers(), "vary"), ["Cookie"]);
    assert_eq!(all(response.headers(), "cache-control"), [r#"no-cache="Set-Cookie""#]);
    assert!(jar.get("__Host-session").is_some(), "and it saves the session");
}
