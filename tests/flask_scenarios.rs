//! The golden cases that are several requests: each step has the request's cookie, what the view does, and the headers that
//! Flask answered with.
//!
//! The middleware is eager, so that Flask's rule holds to the letter: a permanent session is refreshed by responses that did not
//! look at it too. Where we differ on purpose, [`DIFFERENCES`] says why.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::Service as _;
use actix_web::http::header::{LOCATION, SET_COOKIE, VARY};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpResponseBuilder, error, web};
use serde_json::Value;
use session_actix::testing::ManualClock;
use session_actix::{Dynamic, Flash, Refresh, SameSite, Session, SessionExt as _, SessionMiddleware};
use std::time::Duration;

use crate::flask_cases::{Anything, Typed, holds, inflated, of_kind, text};
use crate::support::{logged_async, set_cookies};

pub const KIND: &str = "scenario";

/// Steps whose headers are others here, and why. A step of `None` is the whole case.
const DIFFERENCES: &[(&str, Option<usize>, &str)] = &[
    ("req/set-same-value-again", Some(1), "what is as it was before is not written"),
    ("req/update-empty-marks-modified", Some(1), "what is as it was before is not written"),
    ("req/after-request-write-is-saved", Some(1), "what is as it was before is not written"),
    ("req/nested-append-lost", Some(1), "a change inside of a value is kept: nobody loses a cart"),
    ("req/nested-dict-lost", Some(1), "a change inside of a value is kept"),
    ("req/nested-then-modified-false", None, "there is no `modified` to forget or to reset"),
    ("req/too-large-warning", None, "a cookie that browsers drop is an error, and the old one stays"),
    ("req/max-size-custom", None, "a cookie over the limit is an error, and the old one stays"),
    ("req/vary-star", None, "`*` says more than `*, Cookie` (RFC 9110 section 12.5.5)"),
    ("flash/same-request-flash-then-get", Some(0), "a browser that sent no cookie has none to delete"),
    ("req/no-secret-key-write-500", None, "there is no middleware without a secret: `build()` refuses it"),
    ("req/no-secret-key-flash-500", None, "there is no middleware without a secret: `build()` refuses it"),
    ("req/empty-secret-key-write-500", None, "there is no middleware without a secret: `build()` refuses it"),
];

fn differs(name: &str, step: usize) -> bool {
    DIFFERENCES.iter().any(|(case, at, _)| *case == name && at.is_none_or(|at| at == step))
}

fn sessions(case: &Value, clock: ManualClock) -> SessionMiddleware {
    let mut builder = SessionMiddleware::flask(text(case, "secret_key")).allow_weak_secret().eager(true).clock(clock);
    for (name, value) in case["config"].as_object().unwrap() {
        let word = || value.as_str().unwrap();
        builder = match name.as_str() {
            "SESSION_COOKIE_NAME" => builder.cookie_name(word()),
            "SESSION_COOKIE_DOMAIN" if value.is_string() => builder.domain(word()),
            "SESSION_COOKIE_PATH" | "APPLICATION_ROOT" => builder.path(word()),
            "SESSION_COOKIE_HTTPONLY" => builder.http_only(value.as_bool().unwrap()),
            "SESSION_COOKIE_SECURE" => builder.secure(value.as_bool().unwrap()),
            "SESSION_COOKIE_PARTITIONED" => builder.partitioned(value.as_bool().unwrap()),
            "SESSION_COOKIE_SAMESITE" => match word() {
                "Strict" => builder.same_site(SameSite::Strict),
                "Lax" => builder.same_site(SameSite::Lax),
                other => panic!("{other}"),
            },
            "SESSION_REFRESH_EACH_REQUEST" if value == false => builder.refresh(Refresh::OnChange),
            "SESSION_COOKIE_DOMAIN" | "SESSION_REFRESH_EACH_REQUEST" => builder,
            "PERMANENT_SESSION_LIFETIME" => builder.lifetime(Duration::from_secs(value.as_u64().unwrap())),
            other => panic!("{other}"),
        };
    }
    builder.build().unwrap()
}

#[test]
fn every_scenario_has_flasks_headers() {
    for case in of_kind(KIND) {
        let name = text(case, "name");
        if DIFFERENCES.iter().any(|(case, step, _)| *case == name && step.is_none()) {
            continue;
        }
        let clock = ManualClock::at(0);
        let sessions = sessions(case, clock.clone());
        for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            clock.set(step["now"].as_u64().unwrap());
            let (answer, log) = logged_async(answer(&sessions, case, step));
            assert_eq!(answer.status, step["status"], "{name} {index} {log}");
            if differs(name, index) {
                continue;
            }
            assert_eq!(answer.vary, strings(&step["vary"]), "{name} {index}");
            let expected = strings(&step["set_cookie"]);
            if step["set_cookie_byte_exact"] == false {
                assert_eq!(plain(&answer.set_cookies), plain(&expected), "{name} {index}");
            } else {
                assert_eq!(answer.set_cookies, expected, "{name} {index}");
            }
        }
    }
}

#[test]
fn what_differs_on_purpose_is_in_the_cases() {
    for (name, step, _) in DIFFERENCES {
        let case = of_kind(KIND).into_iter().find(|case| case["name"] == *name).unwrap();
        assert!(step.is_none_or(|step| step < case["steps"].as_array().unwrap().len()), "{name}");
    }
}

#[test]
fn without_a_secret_there_is_no_middleware() {
    let error = SessionMiddleware::flask("").allow_weak_secret().build().unwrap_err();
    assert!(error.to_string().contains("`SECRET_KEY`"), "{error}");
}

#[test]
fn a_change_inside_of_a_value_that_flask_loses_is_kept() {
    for name in ["req/nested-append-lost", "req/nested-dict-lost"] {
        let case = of_kind(KIND).into_iter().find(|case| case["name"] == name).unwrap();
        let sessions = sessions(case, ManualClock::at(1_700_000_000));
        let (answer, _) = logged_async(answer(&sessions, case, &case["steps"][1]));
        assert_eq!(answer.set_cookies.len(), 1, "{name}");
    }
}

#[test]
fn a_session_that_is_too_large_is_an_error_and_the_old_one_stays() {
    let case = of_kind(KIND).into_iter().find(|case| case["name"] == "req/too-large-warning").unwrap();
    let sessions = sessions(case, ManualClock::at(1_700_000_000));
    let (answer, log) = logged_async(answer(&sessions, case, &case["steps"][0]));
    assert_eq!((answer.status, answer.set_cookies.len()), (500, 0));
    assert!(log.contains("the biggest keys are"), "{log}");
}

/// Cookies with their payloads inflated, and without the signatures that go with the compressed bytes.
fn plain(set_cookies: &[String]) -> Vec<(String, String)> {
    let parts = |cookie: &String| {
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        (inflated(pair.split_once('=').unwrap().1), attributes.to_owned())
    };
    set_cookies.iter().map(parts).collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

struct Answer {
    status: u16,
    set_cookies: Vec<String>,
    vary: Vec<String>,
}

async fn answer(sessions: &SessionMiddleware, case: &'static Value, step: &'static Value) -> Answer {
    let after = case["after_request_ops"].as_array().map_or(&[][..], Vec::as_slice);
    let app = App::new()
        .wrap_fn(move |request, service| {
            let response = service.call(request);
            async move {
                let response = response.await?;
                for op in after {
                    let mut session = response.session::<Dynamic>().await?;
                    run(&mut session, op, None);
                }
                Ok(response)
            }
        })
        .wrap(sessions.clone())
        .default_service(web::to(move |request: HttpRequest| view(request, step)));
    let app = init_service(app).await;
    let method = text(step, "method").parse().unwrap();
    let mut request = TestRequest::with_uri(text(step, "path")).method(method);
    if let Some(cookie) = step["request_cookie"].as_str() {
        let name = case["config"]["SESSION_COOKIE_NAME"].as_str().unwrap_or("session");
        request = request.insert_header(("cookie", format!("{name}={cookie}")));
    }
    let response = app.call(request.to_request()).await.unwrap();
    let headers = response.headers();
    let vary = headers.get_all(VARY).map(|value| value.to_str().unwrap().to_owned()).collect();
    Answer { status: response.status().as_u16(), set_cookies: set_cookies(headers), vary }
}

/// The view: what it does to the session, and then how it answers.
async fn view(request: HttpRequest, step: &'static Value) -> Result<HttpResponse, Error> {
    if request.path() != "/" {
        return Ok(HttpResponse::NotFound().finish());
    }
    let answer = Rc::new(RefCell::new(HttpResponse::Ok()));
    let ops = step["ops"].as_array().unwrap();
    if flashes_more_than_texts(ops) {
        let mut session = request.session::<Anything>().await?;
        session.0 = anything(ops);
        return Ok(HttpResponse::Ok().finish());
    }
    for (index, op) in ops.iter().enumerate() {
        if respond(&mut answer.borrow_mut(), op)? {
            continue;
        }
        let mut session = request.session::<Dynamic>().await?;
        let expected = step["op_results"].get(index);
        if op[0] == "render" {
            assert_eq!(rendered(&mut session), text_of(expected.unwrap()));
        } else if op[0] == "set" && op[2][0] == "unsupported" {
            return Err(error::ErrorInternalServerError("there is no such value"));
        } else if op[0] == "del" && !session.remove(op[1].as_str().unwrap()) {
            return Err(error::ErrorInternalServerError("there is no such key"));
        } else {
            run(&mut session, op, expected);
        }
    }
    let response = answer.borrow_mut().finish();
    Ok(response)
}

/// What concerns the response and not the session.
fn respond(answer: &mut HttpResponseBuilder, op: &Value) -> Result<bool, Error> {
    match op[0].as_str().unwrap() {
        "noop" => {}
        "raise" => return Err(error::ErrorInternalServerError("as the case says")),
        "redirect" => {
            answer.status(actix_web::http::StatusCode::FOUND).insert_header((LOCATION, op[1].as_str().unwrap()));
        }
        "vary" => {
            answer.append_header((VARY, op[1].as_str().unwrap()));
        }
        "set_cookie" => {
            let cookie = format!("{}={}; Path=/", op[1].as_str().unwrap(), op[2].as_str().unwrap());
            answer.append_header((SET_COOKIE, cookie));
        }
        "render" if !op[1].as_str().unwrap().contains("get_flashed_messages") => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// Does to a session what a view of Flask did, and compares what it found.
fn run(session: &mut Session, op: &Value, expected: Option<&Value>) {
    let word = |index: usize| op[index].as_str().unwrap();
    match word(0) {
        "get" => assert!(found(session, word(1), expected.unwrap()), "{op}"),
        "pop" => {
            assert!(found(session, word(1), expected.unwrap()), "{op}");
            session.remove(word(1));
        }
        "setdefault" if session.contains_key(word(1)) => assert!(found(session, word(1), expected.unwrap()), "{op}"),
        "set" | "setdefault" => session.insert(word(1), Typed(op[2].clone())).unwrap(),
        "update" => {
            for (key, value) in Typed(op[1].clone()).fields().unwrap() {
                session.insert(&key, value).unwrap();
            }
        }
        "append" => {
            let mut list: Vec<Value> = session.get(word(1)).unwrap().unwrap();
            list.push(serde_json::to_value(Typed(op[2].clone())).unwrap());
            session.insert(word(1), list).unwrap();
        }
        "nested_set" => {
            let mut dict: serde_json::Map<String, Value> = session.get(word(1)).unwrap().unwrap();
            let key = op[2][1].as_str().unwrap().to_owned();
            dict.insert(key, serde_json::to_value(Typed(op[3].clone())).unwrap());
            session.insert(word(1), dict).unwrap();
        }
        "clear" => session.clear(),
        "set_permanent" => session.set_permanent(op[1].as_bool().unwrap()),
        "get_permanent" => assert_eq!(session.permanent(), expected.unwrap()[1].as_bool().unwrap()),
        // Flask's cookie sessions are never new; ours are where the request brought none.
        "get_new" => assert!(!session.is_new()),
        "flash" => session.add_flash(flash(op)),
        "flashed" => {
            let mut flashes = session.take_flashes();
            // Flask's filter takes all and shows some.
            if let Some(shown) = op[2].as_array() {
                flashes.retain(|flash| shown.iter().any(|category| category == flash.category()));
            }
            let expected = Typed(expected.unwrap().clone()).elements();
            assert_eq!(flashes.len(), expected.len(), "{op}");
            assert!(flashes.iter().zip(&expected).all(|(flash, expected)| shows(flash, expected)), "{op}");
        }
        other => panic!("{other}"),
    }
}

/// Whether a key has this value, where `null` is no value.
fn found(session: &Dynamic, key: &str, expected: &Value) -> bool {
    match expected[0].as_str().unwrap() {
        "null" => session.raw(key).is_none(),
        _ => holds(session, &Typed(serde_json::json!(["dict", [[key, expected]]]))),
    }
}

fn flash(op: &Value) -> Flash {
    let category = op.get(2).map_or_else(|| "message".into(), text_of);
    match op[1][0].as_str().unwrap() {
        "markup" => Flash::markup(category, text_of(&op[1])),
        _ => Flash::new(category, text_of(&op[1])),
    }
}

/// Whether a message is the expected one, which is a text, or a pair of category and text.
fn shows(flash: &Flash, expected: &Typed) -> bool {
    let text = match expected.0[0].as_str().unwrap() {
        "tuple" => {
            let [category, text] = &expected.elements()[..] else { panic!("a pair") };
            assert_eq!(flash.category(), text_of(&category.0));
            text.clone()
        }
        _ => expected.clone(),
    };
    flash.text() == text_of(&text.0) && flash.is_markup() == (text.0[0] == "markup")
}

/// A value as a template shows it.
fn text_of(value: &Value) -> String {
    if value[0] == "null" { "None".into() } else { value[1].as_str().unwrap().into() }
}

/// `{% for c, m in get_flashed_messages(with_categories=true) %}{{ c }}:{{ m }};{% endfor %}`
fn rendered(session: &mut Session) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let show = |flash: Flash| {
        let text = if flash.is_markup() { flash.text().into() } else { escape(flash.text()) };
        format!("{}:{text};", flash.category())
    };
    session.take_flashes().into_iter().map(show).collect()
}

fn flashes_more_than_texts(ops: &[Value]) -> bool {
    ops.iter().any(|op| op[0] == "flash" && !["str", "markup"].contains(&op[1][0].as_str().unwrap()))
}

/// Messages that are no texts, as another program would write them.
fn anything(ops: &[Value]) -> Vec<(String, Typed)> {
    let entries: Vec<Value> = ops.iter().map(|op| serde_json::json!(["tuple", [["str", "message"], op[1]]])).collect();
    vec![("_flashes".into(), Typed(serde_json::json!(["list", entries])))]
}
