#!/usr/bin/env bash
# How long a first `cargo build` takes: the quickstart with this library, and the same application with actix-session and
# actix-web-flash-messages. They are built in turn, from nothing, and their crates counted. It takes several minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

app() {
  mkdir -p "$work/$1/src"
  printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\nactix-web = "4"\nserde = { version = "1", features = ["derive"] }\n' "$1" >"$work/$1/Cargo.toml"
  cat >>"$work/$1/Cargo.toml"
}

app ours <<TOML
session-actix = { path = "$here/session-actix" }
TOML
cp "$here/examples/quickstart.rs" "$work/ours/src/main.rs"

app theirs <<'TOML'
actix-session = { version = "0.11", features = ["cookie-session"] }
actix-web-flash-messages = { version = "0.5", features = ["cookies"] }
TOML
cat >"$work/theirs/src/main.rs" <<'RUST'
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::{App, Error, HttpResponse, HttpServer, Responder, get, post, web};
use actix_web_flash_messages::storage::CookieMessageStore;
use actix_web_flash_messages::{FlashMessage, FlashMessagesFramework, IncomingFlashMessages};
use serde::Deserialize;

#[derive(Deserialize)]
struct LoginForm {
    username: String,
}

#[get("/")]
async fn index(session: Session, messages: IncomingFlashMessages) -> Result<impl Responder, Error> {
    let visits: u32 = session.get("visits")?.unwrap_or_default();
    session.insert("visits", visits + 1)?;
    let mut cart: Vec<u64> = session.get("cart")?.unwrap_or_default();
    cart.push(7);
    session.insert("cart", cart)?;
    let messages: Vec<_> = messages.iter().map(|message| message.content().to_owned()).collect();
    Ok(format!("{visits} visits, {:?}, {messages:?}", session.get::<String>("username")?))
}

#[post("/login")]
async fn login(session: Session, form: web::Form<LoginForm>) -> Result<impl Responder, Error> {
    session.renew();
    session.insert("username", &form.username)?;
    FlashMessage::success("You were logged in").send();
    Ok(web::Redirect::to("/").see_other())
}

#[get("/account")]
async fn account(session: Session) -> Result<HttpResponse, Error> {
    Ok(match session.get::<String>("username")? {
        Some(username) => HttpResponse::Ok().body(format!("hello {username}")),
        None => HttpResponse::SeeOther().insert_header(("location", "/login")).finish(),
    })
}

#[post("/logout")]
async fn logout(session: Session) -> impl Responder {
    session.purge();
    web::Redirect::to("/").see_other()
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let key = Key::generate();
    HttpServer::new(move || {
        let messages = CookieMessageStore::builder(key.clone()).build();
        App::new()
            .wrap(FlashMessagesFramework::builder(messages).build())
            .wrap(SessionMiddleware::new(CookieSessionStore::default(), key.clone()))
            .service(index)
            .service(login)
            .service(account)
            .service(logout)
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await
}
RUST

for name in ours theirs; do
  cp "$here/Cargo.lock" "$work/$name/Cargo.lock"
  (cd "$work/$name" && cargo fetch --quiet)
done
for round in 1 2; do
  for name in ours theirs; do
    rm -rf "$work/$name/target"
    start=$(date +%s.%N)
    (cd "$work/$name" && CARGO_TARGET_DIR=$work/$name/target cargo build --quiet)
    end=$(date +%s.%N)
    crates=$(cd "$work/$name" && cargo tree --edges normal,build --prefix none --no-dedupe --format '{p}' | sort -u | wc -l)
    awk -v name="$name" -v round="$round" -v start="$start" -v end="$end" -v crates="$crates" \
      'BEGIN { printf "%-6s round %d: %5.1f s, %d crates\n", name, round, end - start, crates }'
  done
done
