//! What a session allocates in a request, exactly: part of `cargo bench -p session-actix`, and of test.sh, which fails where a figure
//! is above its limit.
//!
//! It is a program of its own: an allocator that counts would slow down whoever allocates most.

#![allow(
    clippy::cast_possible_wrap,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and stops at the first surprise"
)]

mod subjects;

use std::process::ExitCode;

use actix_web::rt::{System, SystemRunner};
use allocation_counter::{AllocationInfo, measure};
use subjects::{Case, Running, Subject};

const FEW: usize = 10;
const MANY: usize = 110;

/// The most allocations over bare, where there is a limit.
fn limit(case: Case, subject: Subject) -> Option<i64> {
    let signed = match case {
        Case::Untouched | Case::UntouchedAmongOthers => return is_ours(subject).then_some(1),
        Case::Read | Case::LoggedIn => 5,
        Case::Write | Case::FlashPush | Case::FlashRead => 8,
        Case::New => 7,
        Case::ReadBig | Case::WriteBig => return (subject == Subject::OursLazy).then_some(8),
    };
    match subject {
        Subject::OursSigned => Some(signed),
        Subject::OursEncrypted => Some(signed + 1),
        _ => None,
    }
}

fn is_ours(subject: Subject) -> bool {
    matches!(subject, Subject::OursSigned | Subject::OursLazy | Subject::OursEncrypted | Subject::OursMemory)
}

fn main() -> ExitCode {
    println!(
        "{:31} {:25} {:>11} {:>9} {:>5} {:>7} {:>7}",
        "case", "subject", "allocations", "over bare", "limit", "bytes", "cookie"
    );
    let system = System::new();
    let mut exceeded = 0;
    for case in Case::ALL {
        for subject in Subject::ALL.into_iter().filter(|subject| subject.serves(case)) {
            let (allocations, bytes, cookie_bytes) = count(&system, subject, case);
            let over_bare = allocations - count(&system, subject.bare(), case).0;
            let limit = limit(case, subject);
            let is_exceeded = limit.is_some_and(|limit| over_bare > limit);
            exceeded += u32::from(is_exceeded);
            println!(
                "{:31} {:25} {allocations:11} {over_bare:9} {:>5} {bytes:7} {cookie_bytes:7}{}",
                case.name(),
                subject.name(),
                limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string()),
                if is_exceeded { "  too many" } else { "" },
            );
        }
    }
    if exceeded == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("{exceeded} figures are above their limit");
    ExitCode::FAILURE
}

/// Allocations and bytes of one request, and its cookie's size.
fn count(system: &SystemRunner, subject: Subject, case: Case) -> (i64, i64, usize) {
    let running = system.block_on(subject.start(case));
    // What is kept from request to request is there by then.
    answer(system, &running, MANY);
    let (few, many) = (answer(system, &running, FEW), answer(system, &running, MANY));
    // What the runtime allocates is the same for both.
    let of_one = |few: u64, many: u64| (many as i64 - few as i64) / (MANY - FEW) as i64;
    (of_one(few.count_total, many.count_total), of_one(few.bytes_total, many.bytes_total), running.cookie_bytes)
}

fn answer(system: &SystemRunner, running: &Running, requests: usize) -> AllocationInfo {
    running.prepare(requests);
    measure(|| system.block_on(running.answer()))
}
