//! Tools for the tests of an application: a client that keeps cookies as a browser does, a clock that stands still, and views
//! without a server.
//!
//! Switch the feature on for tests alone: `session-actix = { version = "..", features = ["testing"] }` under
//! `[dev-dependencies]`, beside the line under `[dependencies]`.
//!
//! # Examples
//!
//! ```
//! use actix_web::{App, Responder, web};
//! use session_actix::testing::TestClient;
//! use session_actix::{Key, Session, SessionData, SessionMiddleware};
//!
//! #[derive(SessionData)]
//! struct Visitor {
//!     username: Option<String>,
//!     #[session(counter)]
//!     visits: u32,
//! }
//!
//! async fn index(mut visitor: Session<Visitor>) -> impl Responder {
//!     visitor.visits += 1;
//!     format!("{} visits of {:?}", visitor.visits(), visitor.username())
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), session_actix::ConfigError> {
//! let sessions = SessionMiddleware::signed(Key::generate()).build()?;
//! let mut client = TestClient::new(App::new().wrap(sessions.clone()).route("/", web::get().to(index)));
//!
//! assert_eq!(client.get("/").await.text(), "1 visits of None");
//! client.session::<Visitor>(&sessions, |visitor| visitor.set_username("Ada")).await;
//! assert_eq!(client.get("/").await.text(), "2 visits of Some(\"Ada\")");
//! # Ok(())
//! # }
//! ```

#![allow(clippy::expect_used, clippy::panic, reason = "a test should stop where something is wrong")]

mod app;
mod between;
mod client;
mod jar;
mod redirect;
mod response;
mod view;

pub use app::{IntoTestApp, NotStarted, Started};
pub use client::TestClient;
pub use jar::CookieJar;
pub use response::TestResponse;
pub use session_core::{Changes, ManualClock};
pub use view::{TestView, view};
