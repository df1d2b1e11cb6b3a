use actix_web::{get, post, web, App, HttpServer, Responder};
use serde::Deserialize;
use session_actix::{Flashes, Key, LoggedIn, Session, SessionData, SessionMiddleware};

#[derive(SessionData)]
#[session(login(username, redirect = "/login"))]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    cart: Vec<u64>,
    #[session(flash(success, error))]
    messages: Flashes,
}

#[derive(Deserialize)]
struct LoginForm {
    username: String,
    #[serde(default)]
    remember: bool,
}

#[get("/")]
async fn index(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.visits += 1; // plain fields,
    visitor.cart.push(7); // nested changes are seen,
    let messages = visitor.take_messages(); // and generated accessors
    format!("{} visits, {:?}, {messages:?}", visitor.visits(), visitor.username())
}

#[post("/login")]
async fn login(mut visitor: Session<Visitor>, form: web::Form<LoginForm>) -> impl Responder {
    visitor.set_username(&form.username); // the login field: the session is renewed by itself
    visitor.set_permanent(form.remember);
    visitor.flash_success("You were logged in");
    web::Redirect::to("/").see_other()
}

#[get("/account")]
async fn account(visitor: LoggedIn<Visitor>) -> impl Responder {
    format!("hello {}", visitor.login_id()) // nobody logged in: 303 to /login?next=%2Faccount
}

#[post("/logout")]
async fn logout(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.purge();
    web::Redirect::to("/").see_other()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = SessionMiddleware::signed(Key::from_env("SECRET_KEY")?).build()?;
    HttpServer::new(move || {
        App::new().wrap(sessions.clone()).service(index).service(login).service(account).service(logout)
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    Ok(())
}
