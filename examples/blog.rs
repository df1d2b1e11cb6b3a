//! A small site: log in with any name and the password `demo`, write posts, fill a cart.
//!
//! Run it with `cargo run --example blog` and open <http://127.0.0.1:8080>.
//!
//! Sessions are in cookies, or where `SESSION_STORE` says: `redis://..`, `postgres://..`, `mysql://..`, `sqlite:blog.db` or `memory`.

use std::sync::Mutex;

use actix_web::web::{scope, Data, Form, Redirect, ServiceConfig};
use actix_web::{get, post, App, HttpRequest, HttpResponse, HttpServer, Responder};
use serde::Deserialize;
use session_actix::csrf::CsrfProtect;
use session_actix::minijinja::{context, environment, page, Environment, TemplateError};
use session_actix::store::{MemoryStore, MySqlStore, PostgresStore, RedisStore, SqliteStore};
use session_actix::{
    local_path, login_location, safe_next, Flashes, Key, LoggedIn, Session, SessionData, SessionMiddleware,
};

/// What the session keeps. The password is not in it: who may log in is checked once, at the login.
#[derive(SessionData)]
#[session(login(username, redirect = "/login"))]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    cart: Vec<String>,
    #[session(flash(success, error))]
    messages: Flashes,
}

/// The titles that were published, since the server started.
#[derive(Default)]
pub struct Posts(Mutex<Vec<String>>);

#[derive(Deserialize)]
struct LoginForm {
    username: String,
    password: String,
    remember: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct PostForm {
    title: String,
}

#[derive(Deserialize)]
struct CartForm {
    item: String,
}

#[get("/")]
async fn home_page(mut visitor: Session<Visitor>, templates: Data<Templates>) -> Result<HttpResponse, TemplateError> {
    visitor.increment_visits(1);
    page(&templates, "home.html", context! {}, visitor)
}

#[get("/login")]
async fn login_page(
    request: HttpRequest,
    visitor: Session<Visitor>,
    templates: Data<Templates>,
) -> Result<HttpResponse, TemplateError> {
    let next = safe_next(&request).unwrap_or_else(|| "/".into());
    page(&templates, "login.html", context! { next }, visitor)
}

#[post("/login")]
async fn login(mut visitor: Session<Visitor>, form: Form<LoginForm>) -> impl Responder {
    let next = form.next.as_deref().and_then(local_path).unwrap_or_else(|| "/".into());
    let name = form.username.trim();
    let refused = if name.is_empty() {
        Some("Username cannot be empty")
    } else if form.password != "demo" {
        Some("Incorrect username or password")
    } else {
        None
    };
    if let Some(reason) = refused {
        visitor.flash_error(reason);
        return Redirect::to(login_location("/login", &next)).see_other();
    }
    visitor.set_username(name);
    visitor.set_permanent(form.remember.is_some());
    visitor.flash_success("You were logged in");
    Redirect::to(next).see_other()
}

#[get("/account")]
async fn account_page(visitor: LoggedIn<Visitor>, templates: Data<Templates>) -> Result<HttpResponse, TemplateError> {
    page(&templates, "account.html", context! {}, visitor)
}

#[get("/posts")]
async fn posts_page(
    visitor: LoggedIn<Visitor>,
    posts: Data<Posts>,
    templates: Data<Templates>,
) -> Result<HttpResponse, TemplateError> {
    let posts = lock(&posts).clone();
    page(&templates, "posts.html", context! { posts }, visitor)
}

#[post("/posts")]
async fn publish(mut visitor: LoggedIn<Visitor>, posts: Data<Posts>, form: Form<PostForm>) -> impl Responder {
    let title = form.title.trim();
    if title.is_empty() {
        visitor.flash_error("Title cannot be empty");
    } else {
        lock(&posts).push(title.to_owned());
        visitor.flash_success(format!("Article \"{title}\" published successfully!"));
    }
    Redirect::to("/posts").see_other()
}

#[get("/cart")]
async fn cart_page(visitor: Session<Visitor>, templates: Data<Templates>) -> Result<HttpResponse, TemplateError> {
    page(&templates, "cart.html", context! {}, visitor)
}

#[post("/cart")]
async fn add_to_cart(mut visitor: Session<Visitor>, form: Form<CartForm>) -> impl Responder {
    let item = form.item.trim();
    if item.is_empty() {
        visitor.flash_error("Item cannot be empty");
    } else {
        visitor.cart.push(item.to_owned()); // changed in place, and saved
    }
    Redirect::to("/cart").see_other()
}

#[post("/logout")]
async fn logout(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.purge();
    Redirect::to("/").see_other()
}

/// The pages, for the `App`. The session middleware goes around them.
pub fn site(config: &mut ServiceConfig) {
    let pages = scope("")
        .wrap(CsrfProtect::new())
        .service(home_page)
        .service(login_page)
        .service(login)
        .service(account_page)
        .service(posts_page)
        .service(publish)
        .service(cart_page)
        .service(add_to_cart)
        .service(logout);
    config.app_data(Data::new(templates())).service(pages);
}

type Templates = Environment<'static>;

/// The templates, which would render under Flask too. The layout shows the messages, so that each is shown once, on the next
/// page whatever that is.
fn templates() -> Templates {
    let mut templates = environment();
    for (name, source) in [
        ("layout.html", include_str!("blog/layout.html")),
        ("home.html", include_str!("blog/home.html")),
        ("login.html", include_str!("blog/login.html")),
        ("account.html", include_str!("blog/account.html")),
        ("posts.html", include_str!("blog/posts.html")),
        ("cart.html", include_str!("blog/cart.html")),
    ] {
        templates.add_template(name, source).expect("the templates are part of the program");
    }
    templates
}

fn lock(posts: &Posts) -> std::sync::MutexGuard<'_, Vec<String>> {
    // A list of titles is sound after any panic.
    posts.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The key of `SECRET_KEY`. Without one, a key for this run alone.
fn key() -> Result<Key, session_actix::KeyError> {
    match Key::from_env("SECRET_KEY") {
        Err(error) if error.is_missing() => {
            println!(
                "Using a key for this run: logins end with it. For a lasting one: \
                 export SECRET_KEY=$(openssl rand -hex 32)"
            );
            Ok(Key::generate())
        }
        key => key,
    }
}

/// The sessions that `SESSION_STORE` asks for. Handlers are the same for all of them.
async fn sessions(key: Key) -> Result<SessionMiddleware, Box<dyn std::error::Error>> {
    let Ok(url) = std::env::var("SESSION_STORE") else {
        return Ok(SessionMiddleware::signed(key).build()?);
    };
    let (kind, rest) = url.split_once(':').unwrap_or((&url, ""));
    let builder = match kind {
        // Several addresses are nodes of a cluster.
        "redis" if url.contains(',') => SessionMiddleware::stored(RedisStore::cluster(url.split(',')).await?, key),
        "redis" => SessionMiddleware::stored(RedisStore::connect(&url).await?, key),
        "postgres" => SessionMiddleware::stored(PostgresStore::connect(&url).await?, key),
        "mysql" => SessionMiddleware::stored(MySqlStore::connect(&url).await?, key),
        "sqlite" => SessionMiddleware::stored(SqliteStore::open(rest).await?, key),
        "memory" => SessionMiddleware::stored(MemoryStore::new(), key),
        _ => return Err("SESSION_STORE is redis://.., postgres://.., mysql://.., sqlite:FILE or memory".into()),
    };
    Ok(builder.build()?)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let port: u16 = std::env::var("PORT").map_or(Ok(8080), |port| port.parse())?;
    let sessions = sessions(key()?).await?;
    for finding in sessions.audit() {
        println!("Left open by this configuration: {finding}");
    }
    let posts = Data::new(Posts::default());
    let server = HttpServer::new(move || App::new().app_data(posts.clone()).wrap(sessions.clone()).configure(site))
        .bind(("127.0.0.1", port))?;
    for address in server.addrs() {
        println!("Listening on http://{address}");
    }
    server.run().await?;
    Ok(())
}
