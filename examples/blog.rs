//! A small site: log in with any name and the password `demo`, write posts, fill a cart.
//!
//! Run it with `cargo run --example blog` and open <http://127.0.0.1:8080>.
//!
//! Sessions are in cookies, or where `SESSION_STORE` says: `redis://..`, `postgres://..`, `mysql://..`, `sqlite:blog.db` or `memory`.

use std::fmt::Write as _;
use std::sync::Mutex;

use actix_web::http::header::ContentType;
use actix_web::web::{Data, Form, Redirect, ServiceConfig};
use actix_web::{get, post, App, HttpRequest, HttpResponse, HttpServer, Responder};
use serde::Deserialize;
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
async fn home_page(mut visitor: Session<Visitor>) -> impl Responder {
    visitor.increment_visits(1);
    let visits = visitor.visits();
    let greeting = match visitor.username() {
        Some(name) => format!("<h1>Welcome back, {}!</h1>", escape(name)),
        None => "<h1>You are not logged in</h1><p><a href=\"/login\">Log in</a></p>".into(),
    };
    page(&mut visitor, "Home", &format!("{greeting}<p>Your visit count: {visits}</p>"))
}

#[get("/login")]
async fn login_page(request: HttpRequest, mut visitor: Session<Visitor>) -> impl Responder {
    let next = safe_next(&request).unwrap_or_else(|| "/".into());
    let form = format!(
        r#"<h1>Log in</h1>
        <form method="post" action="/login">
          <label>Name <input name="username" autocomplete="username" autofocus></label>
          <label>Password <input name="password" type="password" autocomplete="current-password" placeholder="demo"></label>
          <label class="tick"><input name="remember" type="checkbox"> Remember me</label>
          <input name="next" type="hidden" value="{}">
          <button>Log in</button>
        </form>"#,
        escape(&next)
    );
    page(&mut visitor, "Log in", &form)
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
async fn account_page(mut visitor: LoggedIn<Visitor>) -> impl Responder {
    let kept = if visitor.permanent() { "until you log out" } else { "until you close the browser" };
    let content = format!(
        "<h1>Your account</h1><p>You are <strong>{}</strong>. This browser remembers you {kept}.</p>",
        escape(visitor.login_id())
    );
    page(&mut visitor, "Account", &content)
}

#[get("/posts")]
async fn posts_page(mut visitor: LoggedIn<Visitor>, posts: Data<Posts>) -> impl Responder {
    let list = list(&lock(&posts), "Nothing published yet");
    let content = format!(
        r#"<h1>Posts</h1>{list}
        <form method="post" action="/posts">
          <label>Title <input name="title"></label>
          <button>Publish</button>
        </form>"#
    );
    page(&mut visitor, "Posts", &content)
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
async fn cart_page(mut visitor: Session<Visitor>) -> impl Responder {
    let content = format!(
        r#"<h1>Cart</h1>{}
        <form method="post" action="/cart">
          <label>Item <input name="item"></label>
          <button>Put into the cart</button>
        </form>"#,
        list(visitor.cart(), "Your cart is empty")
    );
    page(&mut visitor, "Cart", &content)
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
    config
        .service(home_page)
        .service(login_page)
        .service(login)
        .service(account_page)
        .service(posts_page)
        .service(publish)
        .service(cart_page)
        .service(add_to_cart)
        .service(logout);
}

/// The one layout. It takes the messages, so that each is shown once, on the next page whatever that is.
fn page(visitor: &mut Session<Visitor>, title: &str, content: &str) -> HttpResponse {
    let messages = visitor.take_messages().iter().fold(String::new(), |mut html, flash| {
        // Writing to a text cannot fail.
        let _ = write!(html, r#"<p class="flash {}">{}</p>"#, escape(flash.category()), escape(flash.text()));
        html
    });
    let account = match visitor.username() {
        Some(name) => format!(
            r#"<a href="/account">{}</a> <form method="post" action="/logout"><button>Log out</button></form>"#,
            escape(name)
        ),
        None => r#"<a href="/login">Log in</a>"#.into(),
    };
    HttpResponse::Ok().content_type(ContentType::html()).body(format!(
        r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{CSS}</style></head>
<body>
<nav><a href="/">Home</a> <a href="/posts">Posts</a> <a href="/cart">Cart</a> <span>{account}</span></nav>
<main>{messages}{content}</main>
</body>
</html>
"#
    ))
}

const CSS: &str = "
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #223; background: #f6f6f9; }
    nav { display: flex; gap: 1.5rem; align-items: center; padding: .75rem 1.5rem; background: #223; }
    nav a { color: #fff; text-decoration: none; } nav span { margin-left: auto; display: flex; gap: 1rem; }
    nav form { margin: 0; display: inline; }
    main { max-width: 38rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border-radius: .5rem; }
    main form { display: grid; gap: 1rem; margin-top: 1.5rem; } label { display: grid; gap: .25rem; }
    label.tick { display: flex; } input { font: inherit; padding: .4rem; border: 1px solid #99a; border-radius: .25rem; }
    button { font: inherit; padding: .4rem 1rem; border: 0; border-radius: .25rem; background: #35c; color: #fff; }
    .flash { padding: .6rem 1rem; border-left: .25rem solid; border-radius: .25rem; }
    .success { background: #e8f6ec; border-color: #2a8; } .error { background: #fdecec; border-color: #c33; }
";

fn list(items: &[String], empty: &str) -> String {
    if items.is_empty() {
        return format!("<p>{empty}</p>");
    }
    let items: String = items.iter().flat_map(|item| ["<li>".into(), escape(item), "</li>".into()]).collect();
    format!("<ul>{items}</ul>")
}

/// Text as HTML: what users typed is never markup.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, letter| {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
        html
    })
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
