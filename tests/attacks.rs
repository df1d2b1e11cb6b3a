//! The attacks of SECURITY.md, one file a boundary, each test named after its threat. Each says how often it was tried:
//!
//! `cargo test -p tests --test attacks --all-features -- --nocapture`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "attacks/derive.rs"]
mod derive;
#[path = "attacks/handlers.rs"]
mod handlers;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "attacks/network.rs"]
mod network;
#[path = "attacks/site.rs"]
mod site;
#[path = "attacks/store.rs"]
mod store;
