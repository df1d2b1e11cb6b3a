//! The servers that are put under load.

use std::io::Write as _;

use actix_session::storage::{CookieSessionStore, RedisSessionStore};
use actix_session::{Session as TheirSession, SessionMiddleware as TheirMiddleware};
use actix_web::cookie::Key as TheirKey;
use actix_web::rt::System;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer, web};
use session_actix::store::RedisStore;
use session_actix::{Key, Session, SessionData, SessionMiddleware};

const USERNAME: &str = "ada.lovelace";

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Route {
    Untouched,
    Read,
    Write,
}

impl Route {
    pub(crate) const ALL: [Self; 3] = [Self::Untouched, Self::Read, Self::Write];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Read => "read",
            Self::Write => "read and write",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Untouched => "/",
            Self::Read => "/read",
            Self::Write => "/write",
        }
    }
}

/// Who answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Bare,
    Ours,
    Theirs,
    OursRedis,
    TheirsRedis,
}

impl Server {
    pub(crate) const ALL: [Self; 5] = [Self::Bare, Self::Ours, Self::Theirs, Self::OursRedis, Self::TheirsRedis];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare actix-web",
            Self::Ours => "ours, signed",
            Self::Theirs => "actix-session, signed",
            Self::OursRedis => "ours, Redis",
            Self::TheirsRedis => "actix-session, Redis",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|server| server.name() == name).expect("a server's name")
    }

    pub(crate) fn uses_redis(self) -> bool {
        matches!(self, Self::OursRedis | Self::TheirsRedis)
    }
}

#[derive(SessionData)]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    theme: String,
}

/// Serves for ever, with one worker, once its port was printed.
macro_rules! run {
    ($app:expr) => {{
        let server = HttpServer::new(move || $app).workers(1).bind(("127.0.0.1", 0)).expect("a port is free");
        let port = server.addrs().first().expect("an address").port();
        writeln!(std::io::stdout(), "{port}").expect("somebody reads");
        server.run().await.expect("the server runs");
    }};
}

pub(crate) fn serve(server: Server, redis_port: u16) {
    System::new().block_on(async move {
        let redis = format!("redis://127.0.0.1:{redis_port}");
        let their_key = || TheirKey::from(&[7; 64]);
        match server {
            Server::Bare => run!(App::new().configure(bare)),
            Server::Ours => {
                let sessions = SessionMiddleware::signed(Key::generate()).build().expect("defaults are good");
                run!(App::new().wrap(sessions.clone()).configure(ours));
            }
            Server::OursRedis => {
                let store = RedisStore::connect(&redis).await.expect("Redis listens");
                let sessions = SessionMiddleware::stored(store, Key::generate()).build().expect("defaults are good");
                run!(App::new().wrap(sessions.clone()).configure(ours));
            }
            Server::Theirs => {
                run!(
                    App::new().wrap(TheirMiddleware::new(CookieSessionStore::default(), their_key())).configure(theirs)
                );
            }
            Server::TheirsRedis => {
                let store = RedisSessionStore::new(redis).await.expect("Redis listens");
                run!(App::new().wrap(TheirMiddleware::new(store.clone(), their_key())).configure(theirs));
            }
        }
    });
}

fn bare(config: &mut ServiceConfig) {
    for path in ["/", "/read", "/write", "/begin"] {
        config.route(path, web::get().to(HttpResponse::Ok));
    }
}

fn ours(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(HttpResponse::Ok))
        .route("/read", web::get().to(read))
        .route("/write", web::get().to(write))
        .route("/begin", web::get().to(begin));
}

async fn read(visitor: Session<Visitor>) -> HttpResponse {
    answer(visitor.username() == Some(USERNAME))
}

async fn write(mut visitor: Session<Visitor>) -> HttpResponse {
    visitor.visits += 1;
    answer(visitor.username() == Some(USERNAME))
}

async fn begin(mut visitor: Session<Visitor>) -> HttpResponse {
    let visitor = &mut *visitor;
    visitor.set_username(USERNAME);
    visitor.set_theme("dark");
    HttpResponse::Ok().finish()
}

fn theirs(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(HttpResponse::Ok))
        .route("/read", web::get().to(their_read))
        .route("/write", web::get().to(their_write))
        .route("/begin", web::get().to(their_begin));
}

async fn their_read(session: TheirSession) -> HttpResponse {
    answer(session.get::<String>("username").expect("a text").as_deref() == Some(USERNAME))
}

async fn their_write(session: TheirSession) -> HttpResponse {
    let visits: u32 = session.get("visits").expect("a number").unwrap_or_default();
    session.insert("visits", visits + 1).expect("it has JSON");
    answer(session.get::<String>("username").expect("a text").as_deref() == Some(USERNAME))
}

async fn their_begin(session: TheirSession) -> HttpResponse {
    session.insert("username", USERNAME).expect("it has JSON");
    session.insert("visits", 0).expect("it has JSON");
    session.insert("theme", "dark").expect("it has JSON");
    HttpResponse::Ok().finish()
}

/// Wrong where the session was not found, so that it is counted as a failure.
fn answer(is_known: bool) -> HttpResponse {
    if is_known { HttpResponse::Ok().finish() } else { HttpResponse::Forbidden().finish() }
}
