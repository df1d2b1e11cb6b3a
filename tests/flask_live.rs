//! A real Flask and a real actix-web server, one browser: what either does, the other sees.
//!
//! `test.sh` makes a virtual environment with Flask, Flask-Login and itsdangerous, and names its Python in `FLASK_PYTHON`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use actix_web::http::header::{COOKIE, HeaderValue, SET_COOKIE, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use proptest::prelude::{Strategy as _, any, prop_assert_eq};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Deserialize;
use serde_json::{Value, json};
use session_actix::flask::{RememberCookie, session_identifier};
use session_actix::{Flash, Session, SessionData, SessionMiddleware};

use crate::flask_cases::Typed;
use crate::flask_random::{Model, Op, object, op};
use crate::support::{Browser, Reply, Server, logged_async};

const SECRET: &str = "a secret that both of them know";

/// A Flask process, ended when dropped.
struct Flask {
    process: Child,
    address: SocketAddr,
}

impl Flask {
    fn start() -> Self {
        let python = std::env::var("FLASK_PYTHON").expect("test.sh sets FLASK_PYTHON");
        let app = concat!(env!("CARGO_MANIFEST_DIR"), "/flask/app.py");
        let mut process = Command::new(python)
            .args(["-u", app, SECRET])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        Self { process, address: ([127, 0, 0, 1], port.trim().parse().unwrap()).into() }
    }
}

impl Drop for Flask {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sessions() -> SessionMiddleware {
    SessionMiddleware::flask(SECRET).build().unwrap()
}

fn remember() -> RememberCookie {
    RememberCookie::new(SECRET)
}

/// One operation, and what it returned: what `/do` of `app.py` does.
async fn act(mut session: Session, op: web::Json<Op>) -> impl Responder {
    match op.into_inner() {
        // By its text, and by our types for Python's.
        Op::Set { key, value, typed } if typed.is_null() => session.insert_raw(&key, &value).unwrap(),
        Op::Set { key, typed, .. } => session.insert(&key, Typed(typed)).unwrap(),
        Op::Remove { key } => {
            session.remove(&key);
        }
        Op::Count => {
            let count = session.get::<u32>("count").unwrap().unwrap_or_default();
            session.insert("count", count + 1).unwrap();
        }
        Op::Flash { category, text, markup: true } => session.add_flash(Flash::markup(category, text)),
        Op::Flash { category, text, .. } => session.flash(category, text),
        Op::Take => {
            let taken = session.take_flashes();
            let taken: Vec<_> = taken.iter().map(|flash| (flash.category(), flash.text(), flash.is_markup())).collect();
            return web::Json(json!(taken));
        }
        Op::Permanent { on } => session.set_permanent(on),
        Op::Clear => session.clear(),
        Op::Look => {}
    }
    web::Json(json!([]))
}

/// The session as far as it can be seen by key.
async fn see(session: Session) -> impl Responder {
    let fields: BTreeMap<&str, Value> =
        session.keys().map(|key| (key, serde_json::from_str(session.raw(key).unwrap()).unwrap())).collect();
    HttpResponse::Ok().json(json!({ "fields": fields, "permanent": session.permanent() }))
}

/// What Flask-Login keeps.
#[derive(SessionData)]
#[session(login(user_id))]
struct Login {
    #[session(rename = "_user_id")]
    user_id: Option<String>,
    #[session(rename = "_fresh")]
    fresh: bool,
    #[session(rename = "_id")]
    identifier: Option<String>,
}

#[derive(Deserialize)]
struct LoginForm {
    user: String,
    remember: bool,
}

async fn login(mut visitor: Session<Login>, form: web::Json<LoginForm>, request: HttpRequest) -> impl Responder {
    let address = request.peer_addr().map(|address| address.ip().to_string());
    let user_agent = request.headers().get(USER_AGENT).map(HeaderValue::as_bytes);
    visitor.set_user_id(&form.user);
    visitor.set_fresh(true);
    visitor.set_identifier(session_identifier(address.as_deref(), user_agent));
    let mut response = HttpResponse::Ok();
    if form.remember {
        response.append_header((SET_COOKIE, remember().set_cookie(&form.user)));
    }
    response.finish()
}

async fn logout(mut visitor: Session<Login>) -> impl Responder {
    visitor.clear_user_id();
    visitor.clear_identifier();
    visitor.set_fresh(false);
    HttpResponse::Ok().append_header((SET_COOKIE, remember().removal_cookie())).finish()
}

async fn whoami(visitor: Session<Login>, request: HttpRequest) -> impl Responder {
    let remembered = remember().read(request.headers().get_all(COOKIE).map(HeaderValue::as_bytes));
    let user = visitor.user_id().map(str::to_owned).or(remembered);
    web::Json(json!([user, visitor.fresh()]))
}

fn site(config: &mut web::ServiceConfig) {
    config
        .route("/do", web::post().to(act))
        .route("/see", web::get().to(see))
        .route("/login", web::post().to(login))
        .route("/logout", web::post().to(logout))
        .route("/whoami", web::get().to(whoami));
}

/// Both servers and the browser between them.
struct Pair {
    flask: Flask,
    actix: Server,
    browser: Browser,
}

impl Pair {
    fn start() -> Self {
        let flask = Flask::start();
        let actix = Server::start(sessions(), site);
        let browser = Browser::new(&actix);
        Self { flask, actix, browser }
    }

    fn go(&mut self, to_flask: bool) -> &mut Browser {
        self.browser.go_to(if to_flask { self.flask.address } else { self.actix.address });
        &mut self.browser
    }
}

fn body(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

/// Always the same cases: what fails once fails again.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
#[ignore = "needs Flask: ./test.sh installs it"]
fn hundreds_of_random_operations_alternate_between_flask_and_actix() {
    let mut pair = Pair::start();
    let steps = proptest::collection::vec((any::<bool>(), op()), 40);
    let mut runner = runner(1);
    let mut done = 0;
    for _ in 0..15 {
        pair.browser.jar = crate::support::Jar::default();
        let mut model = Model::default();
        for (at_flask, op) in steps.new_tree(&mut runner).unwrap().current() {
            let expected = model.act(&op);
            let told = op.to_json();
            let returned = body(&pair.go(at_flask).post_json("/do", &told));
            assert_eq!(returned, expected, "{done} {at_flask} {op:?}");
            assert_eq!(body(&pair.go(true).get("/see")), model.as_flask_sees_it(), "{done} {at_flask} {op:?}");
            assert_eq!(body(&pair.go(false).get("/see")), model.as_actix_sees_it(), "{done} {at_flask} {op:?}");
            done += 1;
        }
    }
    assert_eq!(done, 600);
}

#[test]
#[ignore = "needs Flask: ./test.sh installs it"]
fn a_login_made_at_either_is_a_login_at_the_other() {
    for login_at_flask in [true, false] {
        let mut pair = Pair::start();
        let nobody = json!([null, false]);
        let fresh = json!(["ada|lovelace", true]);
        let form = |remember: bool| json!({ "user": "ada|lovelace", "remember": remember }).to_string();
        pair.go(login_at_flask).post_json("/login", &form(false));
        // Flask-Login would call it stale if our `_id` were wrong.
        assert_eq!(body(&pair.go(true).get("/whoami")), fresh);
        assert_eq!(body(&pair.go(false).get("/whoami")), fresh);
        pair.go(!login_at_flask).post("/logout", "");
        assert_eq!(body(&pair.go(true).get("/whoami")), nobody);
        assert_eq!(body(&pair.go(false).get("/whoami")), nobody);
        // With "remember me", and without the session.
        pair.go(login_at_flask).post_json("/login", &form(true));
        let remember = pair.browser.jar.get("remember_token").unwrap().to_owned();
        for at_flask in [true, false] {
            pair.browser.jar = crate::support::Jar::default();
            pair.browser.jar.set("remember_token", &remember);
            assert_eq!(body(&pair.go(at_flask).get("/whoami")), json!(["ada|lovelace", false]));
        }
    }
}

/// A session of plain values.
struct Plain(BTreeMap<String, Value>);

impl SessionData for Plain {
    const FIELDS: &'static [session_actix::Field] = &[];

    fn decode_fields(_: &session_actix::Fields<'_>) -> Self {
        Self(BTreeMap::new())
    }

    fn encode_fields(&self, values: &mut session_actix::Values) {
        self.0.iter().for_each(|(key, value)| values.put(key, value));
    }
}

#[test]
#[ignore = "needs Flask: ./test.sh installs it"]
fn any_json_object_survives_the_way_from_us_to_flask_and_from_flask_to_us() {
    let flask = Flask::start();
    let survive = |object: BTreeMap<String, Value>| {
        let mut browser = Browser::at(flask.address);
        let (cookie, _) = logged_async(async { sessions().cookie_for(&Plain(object.clone())).await.unwrap() });
        browser.jar.set_pair(&cookie);
        let seen: Value = serde_json::from_str(&browser.get("/see").body).unwrap();
        prop_assert_eq!(untagged(seen), json!(object.clone()));

        let mut browser = Browser::at(flask.address);
        browser.post_json("/load", &json!(object).to_string());
        let (session, _) =
            logged_async(async { sessions().read::<session_actix::Dynamic>(&browser.jar.header()).await });
        let session = session.unwrap().unwrap();
        let read = session.keys().map(|key| (key.to_owned(), session.get(key).unwrap().unwrap())).collect();
        prop_assert_eq!(object, read);
        Ok(())
    };
    runner(500).run(&object(), survive).unwrap();
}

/// Without the escapes of dicts that would be taken for tags. There are no other tags in plain values.
fn untagged(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key(" di") => {
            let (key, value) = fields[" di"].as_object().unwrap().iter().next().unwrap();
            json!({ key.strip_suffix("__").unwrap(): untagged(value.clone()) })
        }
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, untagged(value))).collect(),
        Value::Array(elements) => elements.into_iter().map(untagged).collect(),
        other => other,
    }
}
