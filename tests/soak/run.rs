//! The load, the faults, and what came of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::browser::{Browser, Line, Trouble};
use crate::model::Act;
use crate::process::Process;

const BROWSERS: usize = 1000;
/// How many of them wait for an answer at once.
const LINES: usize = 50;
/// The application is killed so often, in the first half. In the second its memory is watched.
const BETWEEN_KILLS: Duration = Duration::from_secs(15);

#[derive(Default)]
struct Report {
    requests: Cell<u64>,
    /// Answers that never came, while the application was down.
    broken: Cell<u64>,
    failures: RefCell<BTreeMap<u16, u64>>,
    losses: RefCell<Vec<String>>,
    kills: Cell<u32>,
}

pub fn soak(backend: &str, seconds: u64) -> ExitCode {
    let local = tokio::task::LocalSet::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    local.block_on(&runtime, load(backend, Duration::from_secs(seconds)))
}

async fn load(backend: &str, time: Duration) -> ExitCode {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let mut process = Process::start(backend, port).await;
    let report = Rc::new(Report::default());
    let stored = !matches!(backend, "signed" | "encrypted" | "flask");
    let began = Instant::now();

    let workers: Vec<_> = (0..LINES)
        .map(|number| {
            let browsers = (0..BROWSERS / LINES).map(|_| Browser::new(stored)).collect();
            tokio::task::spawn_local(work(browsers, port, number as u64 + 1, began + time, Rc::clone(&report)))
        })
        .collect();

    // What is in memory does not outlive its process.
    while backend != "memory" && began.elapsed() + BETWEEN_KILLS < time / 2 {
        sleep(BETWEEN_KILLS).await;
        process.kill_and_start().await;
        report.kills.set(report.kills.get() + 1);
    }
    let mut memory = Vec::new();
    sleep((time / 2 + time / 10).saturating_sub(began.elapsed())).await;
    for tenth in 6..10 {
        memory.push(process.memory());
        sleep((time * (tenth + 1) / 10).saturating_sub(began.elapsed())).await;
    }
    memory.push(process.memory());

    let checked: usize = join_all(workers).await.into_iter().map(|browsers| browsers.expect("no worker panics")).sum();
    print(backend, time, &report, &memory, checked)
}

/// Sends what browsers send, until the time is over; then looks at every session once more.
async fn work(mut browsers: Vec<Browser>, port: u16, seed: u64, end: Instant, report: Rc<Report>) -> usize {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut next = |below: u64| {
        // Xorshift: the same load each time.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let (mut line, mut second) = (Line::new(port), Line::new(port));
    while Instant::now() < end {
        let place = usize::try_from(next(browsers.len() as u64)).unwrap_or_default();
        let browser = &mut browsers[place];
        let number = u32::try_from(next(20)).unwrap_or_default();
        let act = match next(100) {
            0..40 => Act::Look,
            40..65 => Act::Visit,
            65..75 => Act::Cart(number),
            75..82 => Act::Flash(number),
            82..88 => Act::Show,
            88..94 => Act::LogIn(number % 3),
            94..96 => Act::LogOut,
            _ => {
                two_tabs(browser, (&mut line, &mut second), &report).await;
                continue;
            }
        };
        one(browser, &mut line, act, &report).await;
    }
    for browser in &mut browsers {
        one(browser, &mut line, Act::Look, &report).await;
    }
    browsers.len()
}

async fn one(browser: &mut Browser, line: &mut Line, act: Act, report: &Report) {
    report.requests.set(report.requests.get() + 1);
    match browser.send(line, act).await {
        Ok(seen) => {
            if let Err(loss) = browser.model.answered(act, &seen) {
                report.losses.borrow_mut().push(loss);
            }
        }
        Err(trouble) => not_answered(browser, act, &trouble, report).await,
    }
}

async fn two_tabs(browser: &mut Browser, lines: (&mut Line, &mut Line), report: &Report) {
    report.requests.set(report.requests.get() + 2);
    let had_session = browser.has_cookie();
    match browser.send_twice(lines, Act::Visit).await {
        [Ok(_), Ok(_)] => browser.model.answered_twice(Act::Visit, had_session),
        answers => {
            for answer in answers {
                match answer {
                    // In whatever order: what is lost is done or not, before or after it.
                    Ok(_) => browser.model.done(Act::Visit),
                    Err(trouble) => not_answered(browser, Act::Visit, &trouble, report).await,
                }
            }
        }
    }
}

async fn not_answered(browser: &mut Browser, act: Act, trouble: &Trouble, report: &Report) {
    browser.model.lost(act);
    match trouble {
        Trouble::Broken => {
            report.broken.set(report.broken.get() + 1);
            sleep(Duration::from_millis(20)).await;
        }
        Trouble::Status(status) => *report.failures.borrow_mut().entry(*status).or_default() += 1,
    }
}

fn print(backend: &str, time: Duration, report: &Report, memory: &[u64], checked: usize) -> ExitCode {
    let kind = backend.split(':').next().unwrap_or_default();
    let failures = report.failures.borrow();
    let losses = report.losses.borrow();
    let mib: Vec<String> = memory.iter().map(|kib| format!("{:.1}", *kib as f64 / 1024.0)).collect();
    println!(
        "{kind}: {} requests in {} s, {} kills, {} answers lost with them, other statuses {failures:?}, {checked} sessions looked at in the \
         end, losses {}, MiB in the second half {}",
        report.requests.get(),
        time.as_secs(),
        report.kills.get(),
        report.broken.get(),
        losses.len(),
        mib.join(" "),
    );
    for loss in losses.iter().take(10) {
        println!("  {loss}");
    }
    if losses.is_empty() && failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
