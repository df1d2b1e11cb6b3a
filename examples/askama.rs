//! A page of the blog, with templates that the compiler checks: a field that the session does not have is an error.
//!
//! Run it with `cargo run --example askama` and open <http://127.0.0.1:8080>.

use actix_web::web::{Form, Html, Redirect, ServiceConfig};
use actix_web::{error, get, post, App, HttpServer, Responder};
use askama::Template;
use serde::Deserialize;
use session_actix::csrf::{self, CsrfProtect};
use session_actix::{Flash, Flashes, Key, Session, SessionData, SessionMiddleware};

#[derive(SessionData)]
#[session(login(username, redirect = "/"))]
struct Visitor {
    username: Option<String>,
    #[session(counter)]
    visits: u32,
    #[session(flash(success, error))]
    messages: Flashes,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<title>Home</title>
{%- for flash in messages %}
<p class="flash {{ flash.category() }}">{{ flash.text() }}</p>
{%- endfor %}
{%- match visitor.username() %}
{%- when Some(name) %}
<h1>Welcome back, {{ name }}!</h1>
{%- when None %}
<h1>You are not logged in</h1>
<form method="post" action="/login">
  <input type="hidden" name="csrf_token" value="{{ csrf_token }}">
  <label>Name <input name="username"></label>
  <button>Log in</button>
</form>
{%- endmatch %}
<p>Your visit count: {{ visitor.visits() }}</p>
"#
)]
struct HomePage<'a> {
    visitor: &'a Visitor,
    messages: Vec<Flash>,
    csrf_token: String,
}

#[get("/")]
async fn home(mut visitor: Session<Visitor>) -> actix_web::Result<impl Responder> {
    visitor.increment_visits(1);
    let messages = visitor.take_messages();
    let csrf_token = csrf::token(&mut visitor)?;
    let page = HomePage { visitor: &visitor, messages, csrf_token };
    Ok(Html::new(page.render().map_err(error::ErrorInternalServerError)?))
}

#[derive(Deserialize)]
struct LoginForm {
    username: String,
}

#[post("/login")]
async fn login(mut visitor: Session<Visitor>, form: Form<LoginForm>) -> impl Responder {
    match form.username.trim() {
        "" => visitor.flash_error("Username cannot be empty"),
        name => {
            visitor.set_username(name);
            visitor.flash_success("You were logged in");
        }
    }
    Redirect::to("/").see_other()
}

/// The pages, for the `App`.
fn site(config: &mut ServiceConfig) {
    config.service(home).service(login);
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = SessionMiddleware::signed(Key::generate()).build()?;
    println!("Listening on http://127.0.0.1:8080");
    HttpServer::new(move || App::new().wrap(CsrfProtect::new()).wrap(sessions.clone()).configure(site))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use session_actix::testing::TestClient;

    use super::*;

    #[actix_web::test]
    async fn a_login_is_greeted_once_and_its_name_is_escaped() {
        let sessions = SessionMiddleware::signed(Key::generate()).build().unwrap();
        let app = App::new().wrap(CsrfProtect::new()).wrap(sessions).configure(site);
        let mut client = TestClient::new(app).following_redirects();
        let page = client.get("/").await;
        assert!(page.text().contains("You are not logged in") && page.text().contains("Your visit count: 1"));
        let token = page.text().split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let page = client.post("/login", [("username", "<Ada>"), ("csrf_token", token)]).await;
        assert!(page.text().contains(r#"<p class="flash success">You were logged in</p>"#), "{page:?}");
        assert!(page.text().contains("<h1>Welcome back, &#60;Ada&#62;!</h1>"), "{page:?}");
        assert!(!client.get("/").await.text().contains("flash"));
    }
}
