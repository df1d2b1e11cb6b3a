//! A thousand browsers work on an application for minutes, on one kind of session; the application is killed and started again in
//! between; and at the end every session is what its browser knows.
//!
//! `cargo test --release -p tests --test soak --all-features -- BACKEND [SECONDS]`, where BACKEND is `signed`, `encrypted`, `flask`, `memory`,
//! `sqlite:FILE`, `redis://..`, `cluster:redis://.. redis://..`, `postgres://..` or `mysql://..`. `tests/soak.sh` runs all of them.

#[path = "soak/app.rs"]
mod app;
#[path = "soak/browser.rs"]
mod browser;
#[path = "soak/model.rs"]
mod model;
#[path = "soak/process.rs"]
mod process;
#[path = "soak/run.rs"]
mod run;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["app", backend, port] => app::serve(backend, port.parse().expect("a port")),
        [backend] => run::soak(backend, 600),
        [backend, seconds] => run::soak(backend, seconds.parse().expect("SECONDS is a number")),
        _ => panic!("say which BACKEND, and for how many SECONDS"),
    }
}
