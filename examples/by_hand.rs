//! Session data without the derive: the whole contract, as short as what the derive writes.
//!
//! Run it with `cargo run --example by_hand`; its tests show how session code is tested without a server.

use actix_web::{get, App, HttpServer, Responder};
use session_actix::{Field, Fields, Key, Session, SessionData, SessionMiddleware, Values};

#[derive(Debug, PartialEq)]
struct Visitor {
    name: Option<String>,
    visits: u32,
}

impl SessionData for Visitor {
    const FIELDS: &'static [Field] = &[Field::value("name"), Field::counter::<u32>("visits")];

    fn decode_fields(fields: &Fields<'_>) -> Self {
        Self { name: fields.get("name").unwrap_or_default(), visits: fields.get("visits").unwrap_or_default() }
    }

    fn encode_fields(&self, values: &mut Values) {
        values.put("name", &self.name);
        values.put("visits", &self.visits);
    }
}

/// What the page says. It knows nothing of requests, so it is tested without one.
fn greet(visitor: &mut Visitor) -> String {
    visitor.visits += 1;
    let name = visitor.name.as_deref().unwrap_or("stranger");
    format!("Hello {name}, this is your visit number {}", visitor.visits)
}

#[get("/")]
async fn index(mut visitor: Session<Visitor>) -> impl Responder {
    greet(&mut visitor)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = SessionMiddleware::signed(Key::generate()).build()?;
    println!("Listening on http://127.0.0.1:8080");
    HttpServer::new(move || App::new().wrap(sessions.clone()).service(index)).bind(("127.0.0.1", 8080))?.run().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use session_actix::testing;

    #[test]
    fn a_visit_is_counted_and_nothing_else_is_changed() {
        let mut visitor = testing::view(Visitor { name: Some("Ada".into()), visits: 41 });
        assert_eq!(greet(&mut visitor), "Hello Ada, this is your visit number 42");
        let changes = visitor.changes();
        assert_eq!(changes.keys().collect::<Vec<_>>(), ["visits"]);
    }

    #[test]
    fn what_is_only_read_changes_nothing() {
        let visitor = testing::view(Visitor::empty());
        assert_eq!(*visitor, Visitor { name: None, visits: 0 });
        assert!(visitor.changes().is_empty());
    }
}
