//! Memory that sessions take in the memory store: part of `cargo bench -p session-actix`.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use actix_web::rt::System;
use session_actix::store::{MemoryStore, SessionStore as _};
use session_actix::{Key, SessionData, SessionMiddleware};

const SESSIONS: u32 = 100_000;

/// The most bytes of a session beyond its JSON.
const LIMIT: f64 = 400.0;

#[derive(SessionData)]
struct Visitor {
    #[session(owner)]
    username: Option<String>,
    visits: u32,
    theme: String,
}

fn main() {
    System::new().block_on(async {
        let store = MemoryStore::with_capacity(SESSIONS as usize);
        let sessions = SessionMiddleware::stored(store.clone(), Key::generate()).build().expect("defaults are good");
        let name = |number: u32| format!("user {number:07}");
        let before = resident();
        for number in 0..SESSIONS {
            let visitor = Visitor { username: Some(name(number)), visits: number, theme: "dark".into() };
            sessions.cookie_for(&visitor).await.expect("there is room");
        }
        let each = (resident() - before) as f64 / f64::from(SESSIONS);
        let ids = sessions.sessions_of(&name(SESSIONS - 1)).await.expect("a store lists");
        let last = store.load(ids.first().expect("it was kept")).await.expect("it answers").expect("it is there");
        let json = last.data().len() as f64;
        println!("memory store: {each:.0} bytes resident for each of {SESSIONS} sessions of {json:.0} bytes of JSON:");
        println!("{:.0} beyond the JSON, of at most {LIMIT:.0}", each - json);
    });
}

/// Bytes of this process that are in memory, as Linux tells them.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells of processes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it tells the size");
    line.trim().trim_end_matches(" kB").parse::<i64>().expect("a number") * 1024
}
