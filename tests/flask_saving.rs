//! When Flask opens and saves its session. The numbers are those of `flask_statements`.

use actix_web::dev::Service as _;
use actix_web::http::header::{COOKIE, HeaderMap, SET_COOKIE, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, guard, web};
use session_actix::testing::ManualClock;
use session_actix::{Dynamic, Refresh, Session, SessionExt as _, SessionMiddleware};
use std::time::Duration;

use crate::flask_support::{T0, answer, cookie, flask, flask_at, read_json, signed, visit_once};
use crate::support::{logged_async, set_cookies};

const REMOVAL: &str = "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/";

fn a() -> String {
    cookie(r#"{"a":1}"#)
}

fn permanent() -> String {
    cookie(r#"{"_permanent":true,"a":1}"#)
}

/// The head of the answer to a request whose handler never looks at the session.
async fn untouched(sessions: SessionMiddleware, value: &str, method: Method, path: &str) -> HeaderMap {
    let app = App::new().wrap(sessions).route("/", web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    let request = TestRequest::with_uri(path).method(method).insert_header((COOKIE, format!("session={value}")));
    app.call(request.to_request()).await.unwrap().headers().clone()
}

#[actix_web::test]
async fn s59_every_cookie_of_the_name_is_tried_until_one_counts() {
    let stale = format!("garbage; session={}", a());
    let sessions = flask().build().unwrap();
    let seen = visit_once(&sessions, Some(&stale), |session| session.get::<u8>("a").unwrap()).await;
    assert_eq!(seen.result, Some(1));
    assert!(visit_once(&sessions, Some(""), |session| session.is_new()).await.result);
}

#[actix_web::test]
async fn s61_90_sessions_that_are_not_permanent_end_after_their_last_write() {
    let clock = ManualClock::at(T0);
    let sessions = flask_at(clock.clone()).lifetime(Duration::from_secs(60)).build().unwrap();
    clock.set(T0 + 60);
    let seen = visit_once(&sessions, Some(&a()), |session| session.get::<u8>("a").unwrap()).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (Some(1), 0), "reading does not extend it");
    clock.set(T0 + 61);
    assert_eq!(visit_once(&sessions, Some(&a()), |session| session.get::<u8>("a").unwrap()).await.result, None);
}

#[actix_web::test]
async fn s62_64_65_a_cookie_that_does_not_count_stays_until_something_is_written() {
    let sessions = flask_at(ManualClock::at(T0 + 31 * 86_400 + 1)).build().unwrap();
    for value in [a(), "garbage".into(), signed("eyJhIjoxfQ")] {
        assert_eq!(answer(&sessions, Some(&value), |session| assert!(session.is_empty())).await, [""; 0]);
        let set_cookies = answer(&sessions, Some(&value), |session| session.insert("b", 2).unwrap()).await;
        assert!(set_cookies[0].starts_with("session=eyJiIjoyfQ."), "old keys are gone");
    }
}

#[test]
fn s52_63_a_signed_cookie_that_holds_no_session_is_an_empty_one_and_no_500() {
    for json in ["[1]", "5", "\"ab\"", "false", "{", "", r#"{"x":{" t":5}}"#] {
        let value = cookie(json);
        let (seen, log) = logged_async(async move {
            visit_once(&flask().build().unwrap(), Some(&value), |session| session.is_empty()).await
        });
        assert!(seen.result && seen.set_cookies.is_empty(), "{json}");
        assert!(log.contains("signed by us but holds no session"), "{json}: {log}");
    }
    logged_async(async {
        for json in ["null", "[]", "\"\""] {
            assert!(read_json(json).await.is_some_and(|session| session.is_empty()), "{json}");
        }
        assert_eq!(read_json(r#"[["a",1]]"#).await.unwrap().get("a").unwrap(), Some(1));
    });
}

#[actix_web::test]
async fn s66_a_guard_sees_the_session_before_the_route_is_chosen() {
    let logged_in = guard::fn_guard(|context| context.session_now::<Dynamic>().unwrap().contains_key("a"));
    let app = App::new().wrap(flask().build().unwrap()).route("/", web::get().guard(logged_in).to(HttpResponse::Ok));
    let app = init_service(app).await;
    let request = |value: &str| TestRequest::default().insert_header((COOKIE, format!("session={value}"))).to_request();
    assert_eq!(app.call(request(&a())).await.unwrap().status(), StatusCode::OK);
    assert_eq!(app.call(request("")).await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn s72_whether_a_session_is_permanent_is_kept_where_it_is_false_too() {
    let sessions = flask().build().unwrap();
    for (permanent, json) in [(true, r#"{"_permanent":true}"#), (false, r#"{"_permanent":false}"#)] {
        let set_cookies = answer(&sessions, None, move |session| session.set_permanent(permanent)).await;
        assert!(set_cookies[0].starts_with(&format!("session={};", cookie(json))), "{set_cookies:?}");
    }
    for (json, permanent) in [("1", true), ("0", false), ("null", false), ("\"x\"", true), ("[]", false)] {
        let value = cookie(&format!(r#"{{"_permanent":{json},"a":1}}"#));
        let seen = visit_once(&sessions, Some(&value), |session| session.permanent()).await;
        assert_eq!(seen.result, permanent, "Python's truth of {json}");
    }
}

#[actix_web::test]
async fn s75_76_77_81_what_changed_is_found_by_looking() {
    let sessions = flask().build().unwrap();
    let same = answer(&sessions, Some(&a()), |session| session.insert("a", 1).unwrap()).await;
    assert_eq!(same, [""; 0], "an equal value is no change");
    let value = cookie(r#"{"l":[1]}"#);
    let nested = answer(&sessions, Some(&value), |session| {
        let mut list: Vec<u8> = session.get("l").unwrap().unwrap();
        list.push(2);
        session.insert("l", list).unwrap();
    });
    assert!(nested.await[0].starts_with(&format!("session={};", cookie(r#"{"l":[1,2]}"#))));
    let failed = answer(&sessions, Some(&a()), |session| assert!(session.insert("_flashes", 1).is_err())).await;
    assert_eq!(failed, [""; 0]);
}

#[actix_web::test]
async fn s82_93_a_middleware_may_write_after_the_view_and_the_sessions_cookie_comes_last() {
    let view = async || HttpResponse::Ok().append_header((SET_COOKIE, "other=v; Path=/")).finish();
    let app = App::new()
        .wrap_fn(|request, service| {
            let response = service.call(request);
            async move {
                let response = response.await?;
                response.session::<Dynamic>().await?.insert("a", 1)?;
                Ok(response)
            }
        })
        .wrap(flask().build().unwrap())
        .default_service(web::to(view));
    let response = init_service(app).await.call(TestRequest::default().to_request()).await.unwrap();
    assert_eq!(
        set_cookies(response.headers()),
        ["other=v; Path=/".to_owned(), format!("session={}; HttpOnly; Path=/", a())]
    );
}

#[actix_web::test]
async fn s83_error_responses_save_too() {
    for status in [404, 500] {
        let view = move |mut session: Session| async move {
            session.insert("a", 1).unwrap();
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
        };
        let app = init_service(App::new().wrap(flask().build().unwrap()).default_service(web::to(view))).await;
        let response = app.call(TestRequest::default().to_request()).await.unwrap();
        assert_eq!(set_cookies(response.headers()).len(), 1, "{status}");
    }
}

#[actix_web::test]
async fn s84_88_89_a_permanent_session_is_refreshed_by_every_response_where_the_middleware_is_eager() {
    let later = || flask_at(ManualClock::at(T0 + 100));
    let refreshed = "Expires=Fri, 15 Dec 2023 22:15:00 GMT; HttpOnly; Path=/";
    for (method, path) in [(Method::GET, "/"), (Method::HEAD, "/"), (Method::OPTIONS, "/"), (Method::GET, "/nope")] {
        let headers = untouched(later().eager(true).build().unwrap(), &permanent(), method.clone(), path).await;
        assert!(set_cookies(&headers)[0].ends_with(refreshed), "{method} {path}");
        assert_eq!(headers.get(VARY).unwrap(), "Cookie");
        // As it comes, only a response that looked at the session is.
        let headers = untouched(later().build().unwrap(), &permanent(), method, path).await;
        assert_eq!((set_cookies(&headers).len(), headers.get(VARY)), (0, None));
    }
    let looked = answer(&later().build().unwrap(), Some(&permanent()), |_| ()).await;
    assert!(looked[0].ends_with(refreshed));
}

#[actix_web::test]
async fn s90_no_refresh_means_a_cookie_only_when_something_changed() {
    let sessions = flask_at(ManualClock::at(T0 + 100)).refresh(Refresh::OnChange).eager(true).build().unwrap();
    assert_eq!(answer(&sessions, Some(&permanent()), |_| ()).await, [""; 0]);
    assert_eq!(answer(&sessions, Some(&permanent()), |session| session.insert("b", 2).unwrap()).await.len(), 1);
}

#[actix_web::test]
async fn s85_86_87_an_emptied_session_is_deleted_where_the_browser_has_one() {
    let sessions = flask().build().unwrap();
    assert_eq!(answer(&sessions, Some(&a()), Session::clear).await, [REMOVAL]);
    assert_eq!(answer(&sessions, Some(&a()), |session| assert!(session.remove("a"))).await, [REMOVAL]);
    assert_eq!(answer(&sessions, Some("garbage"), Session::clear).await, [REMOVAL]);
    assert_eq!(answer(&sessions, Some(&a()), Session::purge).await, [REMOVAL]);
    // Flask deletes a cookie that the browser does not have.
    assert_eq!(answer(&sessions, None, Session::clear).await, [""; 0]);
    let set_and_removed = |session: &mut Session| {
        session.insert("a", 1).unwrap();
        session.remove("a");
    };
    assert_eq!(answer(&sessions, None, set_and_removed).await, [""; 0]);
}

#[actix_web::test]
async fn s91_92_101_only_a_permanent_session_has_a_date_and_never_an_age() {
    let sessions = flask().build().unwrap();
    let on = answer(&sessions, Some(&a()), |session| session.set_permanent(true)).await;
    assert_eq!(on, [format!("session={}; Expires=Fri, 15 Dec 2023 22:13:20 GMT; HttpOnly; Path=/", permanent())]);
    let off = answer(&sessions, Some(&permanent()), |session| session.set_permanent(false)).await;
    let json = r#"{"_permanent":false,"a":1}"#;
    assert_eq!(off, [format!("session={}; HttpOnly; Path=/", cookie(json))]);
}

#[actix_web::test]
async fn s79_95_96_vary_names_the_cookie_once_the_session_was_asked_for() {
    let vary = async |looks: bool| {
        let app = App::new().wrap(flask().build().unwrap());
        let app =
            app.route("/", web::to(HttpResponse::Ok)).route("/looks", web::to(async |_: Session| HttpResponse::Ok()));
        let path = if looks { "/looks" } else { "/" };
        let response = init_service(app).await.call(TestRequest::with_uri(path).to_request()).await.unwrap();
        response.headers().get(VARY).cloned()
    };
    assert_eq!(vary(true).await.unwrap(), "Cookie");
    assert_eq!(vary(false).await, None);
}

#[actix_web::test]
async fn s113_a_session_that_a_fallback_verified_is_signed_anew_when_it_is_written() {
    let sessions = SessionMiddleware::flask("new").fallbacks(["dev-secret"]).allow_weak_secret();
    let sessions = sessions.clock(ManualClock::at(T0)).build().unwrap();
    let seen = visit_once(&sessions, Some(&a()), |session| session.get::<u8>("a").unwrap()).await;
    assert_eq!((seen.result, seen.set_cookies.len()), (Some(1), 0));
    let set_cookies = answer(&sessions, Some(&a()), |session| session.insert("b", 2).unwrap()).await;
    assert!(set_cookies[0].starts_with("session=eyJhIjoxLCJiIjoyfQ.ZVPxAA."));
}

#[actix_web::test]
async fn an_absolute_lifetime_is_kept_in_a_session_that_flask_shares() {
    let clock = ManualClock::at(T0);
    let day = Duration::from_secs(86_400);
    let sessions = flask_at(clock.clone()).absolute_lifetime(Some(40 * day)).build().unwrap();
    let mut value = String::new();
    for _ in 0..3 {
        let set_cookies = answer(&sessions, Some(&value), |session| {
            let visits = session.get::<u32>("visits").unwrap().unwrap_or_default();
            session.insert("visits", visits + 1).unwrap();
        });
        value = set_cookies.await[0].split(';').next().unwrap().strip_prefix("session=").unwrap().to_owned();
        clock.advance(20 * day);
    }
    let seen = visit_once(&sessions, Some(&value), |session| session.get::<u32>("visits").unwrap()).await;
    assert_eq!(seen.result, None, "60 days after it began");
}
