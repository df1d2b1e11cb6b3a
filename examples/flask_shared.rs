//! One session for a Flask application and an actix-web application, while a site moves from one to the other.
//!
//! Make a secret, have Flask (`pip install flask`), run both with it, each in a terminal, and go to and fro between <http://127.0.0.1:5000/old> and
//! <http://127.0.0.1:8080/>:
//!
//! ```sh
//! openssl rand -hex 32 > secret.key
//! SECRET_KEY=$(cat secret.key) python examples/flask_shared.py
//! SECRET_KEY=$(cat secret.key) cargo run --example flask_shared
//! ```

use actix_web::{get, web, App, HttpServer, Responder};
use session_actix::{Flashes, LoggedIn, Session, SessionData, SessionMiddleware};

/// The keys that Flask uses too, with their types. What it does not name stays as Flask wrote it.
#[derive(SessionData)]
#[session(login(username, redirect = "/login/ada"))]
struct Visitor {
    username: Option<String>, // session.get("username")
    #[session(counter)]
    visits: u32, // session.get("visits", 0)
    #[session(flash(success))]
    messages: Flashes, // flash(..), get_flashed_messages()
}

#[get("/")]
async fn index(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.visits += 1;
    let messages = visitor.take_messages();
    visitor.flash_success("Hello from actix-web");
    format!("actix-web: visit {} of {}, {messages:?}", visitor.visits(), visitor.username().unwrap_or("nobody"))
}

#[get("/login/{name}")]
async fn login(mut visitor: Session<Visitor>, name: web::Path<String>) -> impl Responder {
    visitor.set_username(name.into_inner()); // of a form with a password, in earnest
    web::Redirect::to("/account").see_other()
}

#[get("/account")]
async fn account(visitor: LoggedIn<Visitor>) -> impl Responder {
    format!("hello {}", visitor.login_id())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("SECRET_KEY").map_err(|_| "set SECRET_KEY to the Flask application's")?;
    let port: u16 = std::env::var("PORT").map_or(Ok(8080), |port| port.parse())?;
    let sessions = SessionMiddleware::flask(secret).build()?;
    let server =
        HttpServer::new(move || App::new().wrap(sessions.clone()).service(index).service(login).service(account))
            .bind(("127.0.0.1", port))?;
    println!("Listening on http://{}", server.addrs()[0]);
    server.run().await?;
    Ok(())
}
