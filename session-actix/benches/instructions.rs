//! Instructions that a request takes, counted under callgrind: `cargo bench -p session-actix --bench instructions`.
//!
//! On a noisy machine a regression shows here that times hide. valgrind knows no SHA instructions, so the digest runs in software there and
//! would drown all else: its function is shown apart. A figure is the difference of two runs, so that starting counts for nothing.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and stops at the first surprise")]

#[allow(dead_code, reason = "other programs print more of what runs")]
mod subjects;

use std::collections::HashMap;
use std::env;
use std::fs;
use std::process::{Command, Stdio};

use actix_web::rt::System;
use subjects::{Case, Subject};

const FEW: usize = 50;
const MANY: usize = 250;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, mode, case, subject, requests] = arguments.as_slice()
        && mode == "--answer"
    {
        return answer(number(case), number(subject), number(requests));
    }
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("instructions are counted by valgrind, which is not installed: apt-get install valgrind");
        return;
    }
    println!(
        "{:31} {:25} {:>12} {:>9} {:>9} {:>9}",
        "case", "subject", "instructions", "SHA-256", "others", "over bare"
    );
    for (case_index, case) in Case::ALL.iter().enumerate() {
        let mut bare = HashMap::new();
        for (subject_index, subject) in Subject::ALL.iter().enumerate().filter(|(_, subject)| subject.serves(*case)) {
            let (few, many) = (count(case_index, subject_index, FEW), count(case_index, subject_index, MANY));
            let of_one = |few: u64, many: u64| many.saturating_sub(few) / (MANY - FEW) as u64;
            let (all, digest) = (of_one(few.all, many.all), of_one(few.digest, many.digest));
            let others = all.saturating_sub(digest);
            if subject.bare() == *subject {
                bare.insert(subject.name(), others);
            }
            let over_bare = bare.get(subject.bare().name()).map(|bare| others.saturating_sub(*bare));
            println!(
                "{:31} {:25} {all:12} {digest:9} {others:9} {:>9}",
                case.name(),
                subject.name(),
                over_bare.map_or_else(|| "-".to_owned(), |over| over.to_string()),
            );
        }
    }
}

/// What is counted: some requests, and nothing but the start besides.
fn answer(case: usize, subject: usize, requests: usize) {
    let case = *Case::ALL.get(case).expect("a case");
    let subject = Subject::ALL.get(subject).expect("a subject");
    System::new().block_on(async {
        let running = subject.start(case).await;
        for _ in 0..requests / FEW {
            running.prepare(FEW);
            running.answer().await;
        }
    });
}

/// Instructions of a whole run.
struct Count {
    all: u64,
    /// Those of SHA-256's compression.
    digest: u64,
}

fn count(case: usize, subject: usize, requests: usize) -> Count {
    let out = env::temp_dir().join(format!("session-instructions-{}", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", &format!("--callgrind-out-file={}", out.display())])
        .arg(env::current_exe().expect("this program"))
        .args(["--answer", &case.to_string(), &subject.to_string(), &requests.to_string()])
        .status()
        .expect("valgrind runs");
    assert!(status.success(), "the program ends well under valgrind");
    let profile = fs::read_to_string(&out).expect("valgrind writes a profile");
    fs::remove_file(&out).expect("the profile is ours");
    read(&profile)
}

/// Reads callgrind's format: `fn=(id) name` begins a function, whose own costs follow as `line cost`; after `calls=` comes a
/// line with the cost of what was called.
fn read(profile: &str) -> Count {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let (mut all, mut digest) = (0, 0);
    let (mut in_digest, mut is_call) = (false, false);
    for line in profile.lines() {
        if let Some(function) = line.strip_prefix("fn=") {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            let name = if name.is_empty() { names.get(id).copied().unwrap_or_default() } else { name };
            names.insert(id, name);
            in_digest = name.contains("sha256") && name.contains("compress");
        } else if let Some(callee) = line.strip_prefix("cfn=") {
            // A name may be told where it is called first.
            if let Some((id, name)) = callee.split_once(' ') {
                names.insert(id, name);
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            all = number(total);
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).map_or(0, number::<u64>);
            if in_digest && !is_call {
                digest += cost;
            }
            is_call = false;
        }
    }
    Count { all, digest }
}

fn number<N: std::str::FromStr>(text: &str) -> N {
    text.trim().parse().ok().expect("a number")
}
