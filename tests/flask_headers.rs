//! The headers of Flask's session and the configuration that makes them. The numbers are those of `flask_statements`.

use actix_web::http::header::VARY;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use session_actix::{ConfigError, SameSite, Session, SessionMiddleware};
use std::time::Duration;

use crate::flask_cases::{Anything, Typed};
use crate::flask_support::{answer, flask};
use crate::support::{Jar, visit};

/// The attributes of the cookie that a new session gets, and of the one that removes it.
async fn attributes(sessions: SessionMiddleware) -> (String, String) {
    let mut jar = Jar::default();
    let set = visit(&sessions, &mut jar, |session: &mut Session| session.insert("a", 1).unwrap()).await.set_cookies;
    let (pair, attributes) = set[0].split_once("; ").unwrap();
    let (name, _) = pair.split_once('=').unwrap();
    let removed = visit(&sessions, &mut jar, |session: &mut Session| session.clear()).await.set_cookies;
    (format!("{name}; {attributes}"), removed[0].clone())
}

const GONE: &str = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0";

#[actix_web::test]
async fn s98_100_109_110_the_attributes_their_order_and_their_defaults() {
    let (set, removed) = attributes(flask().build().unwrap()).await;
    assert_eq!(set, "session; HttpOnly; Path=/");
    assert_eq!(removed, format!("session=; {GONE}; HttpOnly; Path=/"));
    let all = flask()
        .cookie_name("x")
        .domain("example.com")
        .path("/x")
        .secure(true)
        .http_only(false)
        .same_site(SameSite::Strict)
        .partitioned(true);
    let (set, removed) = attributes(all.build().unwrap()).await;
    assert_eq!(set, "x; Domain=example.com; Secure; Path=/x; SameSite=Strict; Partitioned");
    assert_eq!(removed, format!("x=; Domain=example.com; {GONE}; Secure; Path=/x; SameSite=Strict; Partitioned"));
}

#[actix_web::test]
async fn s99_dates_are_in_the_form_of_http() {
    let set = answer(&flask().build().unwrap(), None, |session| session.set_permanent(true)).await;
    assert!(set[0].contains("; Expires=Fri, 15 Dec 2023 22:13:20 GMT; "));
}

#[actix_web::test]
async fn s102_a_value_needs_no_quotes() {
    let set = answer(&flask().build().unwrap(), None, |session| session.insert("a", "é \";,\\").unwrap()).await;
    let value = set[0].split(';').next().unwrap().strip_prefix("session=").unwrap();
    assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
}

#[actix_web::test]
async fn s103_a_domain_is_written_as_werkzeug_does() {
    for (domain, written) in [
        ("example.com", "session; Domain=example.com; HttpOnly; Path=/"),
        (".example.com", "session; Domain=example.com; HttpOnly; Path=/"),
        ("example.com:5000", "session; Domain=example.com; HttpOnly; Path=/"),
        ("bücher.example", "session; Domain=xn--bcher-kva.example; HttpOnly; Path=/"),
        ("", "session; Domain=; HttpOnly; Path=/"),
    ] {
        assert_eq!(attributes(flask().domain(domain).build().unwrap()).await.0, written);
    }
    assert!(flask().domain("not a host").build().is_err());
}

#[actix_web::test]
async fn s104_a_path_is_quoted_as_werkzeug_does() {
    for (path, written) in [("/a b;c/ü%20", "/a%20b%3Bc/%C3%BC%20"), ("", "/"), ("/~x+y=@", "/~x+y=@")] {
        assert_eq!(
            attributes(flask().path(path).build().unwrap()).await.0,
            format!("session; HttpOnly; Path={written}")
        );
    }
}

#[actix_web::test]
async fn s105_106_same_site_and_partitioned() {
    for (same_site, written) in [(SameSite::Strict, "Strict"), (SameSite::Lax, "Lax")] {
        let (set, _) = attributes(flask().same_site(same_site).build().unwrap()).await;
        assert_eq!(set, format!("session; HttpOnly; Path=/; SameSite={written}"));
    }
    let (set, _) = attributes(flask().partitioned(true).build().unwrap()).await;
    assert_eq!(set, "session; Secure; HttpOnly; Path=/; Partitioned", "it forces `Secure`");
    // Flask sends `SameSite=None` without `Secure`, which browsers refuse.
    assert!(refusal(flask().same_site(SameSite::None).build()).contains("SameSite=None"));
    let (set, _) = attributes(flask().same_site(SameSite::None).secure(true).build().unwrap()).await;
    assert_eq!(set, "session; Secure; HttpOnly; Path=/; SameSite=None");
}

fn refusal(built: Result<SessionMiddleware, ConfigError>) -> String {
    built.unwrap_err().to_string()
}

#[actix_web::test]
async fn s107_108_a_cookie_that_browsers_would_drop_is_not_sent() {
    let insert = |bytes: usize| {
        let random: String = (0..bytes).map(|at| char::from(b'!' + u8::try_from(at * at % 89).unwrap())).collect();
        move |session: &mut Session| session.insert("a", random).unwrap()
    };
    let sessions = flask().max_cookie_bytes(300).build().unwrap();
    assert_eq!(answer(&sessions, None, insert(100)).await.len(), 1);
    let big = Typed(serde_json::json!(["str", (0..1000).map(|number| number.to_string()).collect::<String>()]));
    let error = sessions.cookie_for(&Anything(vec![("a".into(), big)])).await.unwrap_err();
    assert!(error.is_too_large() && error.to_string().contains("\"a\""), "{error}");
    // Fractions of a second are dropped.
    assert!(flask().lifetime(Duration::from_millis(60_900)).build().is_ok());
}

#[actix_web::test]
async fn s97_vary_is_merged_into_what_the_application_set() {
    for (set, merged) in [
        (&["Accept-Encoding, Accept-Language"][..], "Accept-Encoding, Accept-Language, Cookie"),
        (&["Accept", "Origin"], "Accept, Origin, Cookie"),
        (&["cookie"], "cookie"),
    ] {
        let view = move |_: Session| async move {
            let mut response = HttpResponse::Ok();
            for value in set {
                response.append_header((VARY, *value));
            }
            response.finish()
        };
        let app = App::new().wrap(flask().build().unwrap()).default_service(web::to(view));
        let response = call_service(&init_service(app).await, TestRequest::default().to_request()).await;
        let vary: Vec<_> = response.headers().get_all(VARY).collect();
        assert_eq!(vary, [merged]);
    }
}
