//! The application, in a process of its own that can be killed.

use std::process::ExitCode;

use actix_web::web::{Data, Json, Path};
use actix_web::{App, HttpServer, web};
use session_actix::store::{MemoryStore, MySqlStore, PostgresStore, RedisStore, SqliteStore};
use session_actix::{Flashes, Key, Session, SessionData, SessionMiddleware};

use crate::model::State;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(owner)]
    user: Option<u32>,
    #[session(counter)]
    visits: u32,
    cart: Vec<u32>,
    #[session(flash(info))]
    messages: Flashes,
}

pub fn serve(backend: &str, port: u16) -> ExitCode {
    // What a change of the log's level costs is not asked here, but warnings are to be seen.
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    actix_web::rt::System::new().block_on(async {
        let sessions = sessions(backend).await;
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(sessions.clone()))
                .wrap(sessions.clone())
                .route("/look", web::get().to(look))
                .route("/visit", web::get().to(visit))
                .route("/cart/{item}", web::get().to(cart))
                .route("/flash/{number}", web::get().to(flash))
                .route("/show", web::get().to(show))
                .route("/login/{user}", web::get().to(login))
                .route("/logout", web::get().to(logout))
        });
        server.workers(2).bind(("127.0.0.1", port)).expect("the port is free").run().await.expect("the server runs");
    });
    ExitCode::SUCCESS
}

/// The key is the same after each start, and the cookie goes over plain http.
async fn sessions(backend: &str) -> SessionMiddleware {
    let key = || Key::try_from([7; 32].as_slice()).expect("a key");
    let builder = match backend.split(':').next().unwrap_or_default() {
        "signed" => SessionMiddleware::signed(key()),
        "encrypted" => SessionMiddleware::encrypted(key()),
        "flask" => SessionMiddleware::flask("a secret that Flask has too").secure(true),
        "memory" => SessionMiddleware::stored(MemoryStore::new(), key()),
        "sqlite" => SessionMiddleware::stored(SqliteStore::open(&backend[7..]).await.expect("a file"), key()),
        "redis" => SessionMiddleware::stored(RedisStore::connect(backend).await.expect("Redis"), key()),
        "cluster" => {
            SessionMiddleware::stored(RedisStore::cluster(backend[8..].split(' ')).await.expect("a cluster"), key())
        }
        "postgres" => SessionMiddleware::stored(PostgresStore::connect(backend).await.expect("PostgreSQL"), key()),
        "mysql" => SessionMiddleware::stored(MySqlStore::connect(backend).await.expect("MySQL"), key()),
        other => panic!("no backend is called {other}"),
    };
    builder.build().expect("the settings work")
}

fn state(visitor: &Visitor) -> Json<State> {
    Json(State {
        user: visitor.user,
        visits: visitor.visits,
        cart: visitor.cart.clone(),
        messages: visitor.messages.iter().map(|flash| flash.text().to_owned()).collect(),
    })
}

async fn look(visitor: Session<Visitor>) -> Json<State> {
    state(&visitor)
}

async fn visit(mut visitor: Session<Visitor>) -> Json<State> {
    visitor.visits += 1;
    state(&visitor)
}

async fn cart(mut visitor: Session<Visitor>, item: Path<u32>) -> Json<State> {
    match visitor.cart.iter().position(|have| *have == *item) {
        Some(place) => drop(visitor.cart.remove(place)),
        None => visitor.cart.push(*item),
    }
    state(&visitor)
}

async fn flash(mut visitor: Session<Visitor>, number: Path<u32>) -> Json<State> {
    visitor.flash_info(number.to_string());
    state(&visitor)
}

async fn show(mut visitor: Session<Visitor>) -> Json<State> {
    let _ = visitor.messages.take();
    state(&visitor)
}

async fn login(mut visitor: Session<Visitor>, user: Path<u32>) -> Json<State> {
    visitor.set_user(*user);
    // The next mutable use begins with what is the new user's. `&mut visitor` alone would be a use of the session, and not of the struct.
    let visitor: &mut Visitor = &mut visitor;
    state(visitor)
}

async fn logout(mut visitor: Session<Visitor>) -> Json<State> {
    visitor.purge();
    state(&visitor)
}
