//! `session`: keys and cookies on the command line.

#![allow(clippy::doc_markdown, reason = "the documentation of arguments is the help, which is read as it is")]

mod cookie;
mod inspect;
mod keygen;
mod kind;
mod sign;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Makes keys, and looks into the cookies of session-actix and Flask.
#[derive(Parser)]
#[command(name = "session", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Keygen(keygen::Keygen),
    Inspect(inspect::Inspect),
    Sign(sign::Sign),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Keygen(keygen) => keygen.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Sign(sign) => sign.run(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("session: {error}");
        ExitCode::from(2)
    })
}
