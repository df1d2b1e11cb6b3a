//! This library, with each of its backends.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use session_actix::store::MemoryStore;
use session_actix::{Flashes, Key, Lazy, LoggedIn, Session, SessionData, SessionMiddleware};

use super::data::{Item, MESSAGE, THEME, USERNAME, VISITS, cart};
use super::{Case, Running, run};

#[derive(SessionData)]
#[session(login(username))]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    theme: String,
}

#[derive(SessionData)]
#[session(login(username))]
struct Shopper {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    theme: String,
    cart: Vec<Item>,
}

#[derive(SessionData)]
#[session(login(username))]
struct LazyShopper {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    theme: String,
    cart: Lazy<Vec<Item>>,
}

/// With messages alone, as in the library for them.
#[derive(SessionData)]
struct Reader {
    #[session(flash(success))]
    messages: Flashes,
}

pub(crate) async fn signed(case: Case) -> Running {
    start(case, SessionMiddleware::signed(Key::generate()).build().expect("defaults are good")).await
}

pub(crate) async fn encrypted(case: Case) -> Running {
    start(case, SessionMiddleware::encrypted(Key::generate()).build().expect("defaults are good")).await
}

pub(crate) async fn memory(case: Case) -> Running {
    let sessions = SessionMiddleware::stored(MemoryStore::new(), Key::generate());
    start(case, sessions.build().expect("defaults are good")).await
}

pub(crate) async fn lazy(case: Case) -> Running {
    let sessions = SessionMiddleware::signed(Key::generate()).build().expect("defaults are good");
    let app = App::new().wrap(sessions.clone());
    let app = match case {
        Case::WriteBig => app.route("/", web::get().to(write_lazy)),
        _ => app.route("/", web::get().to(read_lazy)),
    };
    let cookie = sessions.cookie_for(&shopper()).await.expect("a cookie");
    run(case, init_service(app).await, Some(cookie)).await
}

async fn start(case: Case, sessions: SessionMiddleware) -> Running {
    let app = App::new().wrap(sessions.clone());
    let app = match case {
        Case::Untouched | Case::UntouchedAmongOthers => app.route("/", web::get().to(HttpResponse::Ok)),
        Case::Read => app.route("/", web::get().to(read)),
        Case::Write => app.route("/", web::get().to(write)),
        Case::New => app.route("/", web::get().to(begin)),
        Case::ReadBig => app.route("/", web::get().to(read_big)),
        Case::WriteBig => app.route("/", web::get().to(write_big)),
        Case::FlashPush => app.route("/", web::get().to(push)),
        Case::FlashRead => app.route("/", web::get().to(show)),
        Case::LoggedIn => app.route("/", web::get().to(account)),
    };
    run(case, init_service(app).await, cookie(case, &sessions).await).await
}

async fn cookie(case: Case, sessions: &SessionMiddleware) -> Option<String> {
    let made = match case {
        Case::New | Case::FlashPush => return None,
        Case::ReadBig | Case::WriteBig => sessions.cookie_for(&shopper()).await,
        Case::FlashRead => sessions.cookie_for(&reader()).await,
        _ => sessions.cookie_for(&visitor()).await,
    };
    Some(made.expect("a cookie"))
}

fn visitor() -> Visitor {
    Visitor { username: Some(USERNAME.into()), visits: VISITS, theme: THEME.into() }
}

fn shopper() -> Shopper {
    Shopper { username: Some(USERNAME.into()), visits: VISITS, theme: THEME.into(), cart: cart() }
}

fn reader() -> Reader {
    let mut messages = Flashes::default();
    messages.push("success", MESSAGE);
    Reader { messages }
}

async fn read(visitor: Session<Visitor>) -> HttpResponse {
    assert_eq!(visitor.visits(), VISITS);
    HttpResponse::Ok().finish()
}

async fn write(mut visitor: Session<Visitor>) -> HttpResponse {
    visitor.visits += 1;
    HttpResponse::Ok().finish()
}

async fn begin(mut visitor: Session<Visitor>) -> HttpResponse {
    let visitor = &mut *visitor;
    visitor.set_username(USERNAME);
    visitor.set_visits(VISITS);
    visitor.set_theme(THEME);
    HttpResponse::Ok().finish()
}

async fn read_big(shopper: Session<Shopper>) -> HttpResponse {
    assert_eq!(shopper.visits(), VISITS);
    HttpResponse::Ok().finish()
}

async fn write_big(mut shopper: Session<Shopper>) -> HttpResponse {
    shopper.visits += 1;
    HttpResponse::Ok().finish()
}

async fn read_lazy(shopper: Session<LazyShopper>) -> HttpResponse {
    assert_eq!(shopper.visits(), VISITS);
    HttpResponse::Ok().finish()
}

async fn write_lazy(mut shopper: Session<LazyShopper>) -> HttpResponse {
    shopper.visits += 1;
    HttpResponse::Ok().finish()
}

async fn push(mut reader: Session<Reader>) -> HttpResponse {
    reader.flash_success(MESSAGE);
    HttpResponse::Ok().finish()
}

async fn show(mut reader: Session<Reader>) -> HttpResponse {
    assert_eq!(reader.take_messages().len(), 1);
    HttpResponse::Ok().finish()
}

async fn account(visitor: LoggedIn<Visitor>) -> HttpResponse {
    assert_eq!(visitor.login_id(), USERNAME);
    HttpResponse::Ok().finish()
}
