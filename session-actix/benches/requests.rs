//! What a session costs a request: `cargo bench -p session-actix`.
//!
//! All subjects of a case take turns, a batch of requests each, so that what disturbs the machine disturbs all of them.
//! What a subject costs is its batch less the bare one's of the same turn; figures are medians over all turns.

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

mod subjects;
mod targets;

use std::time::{Duration, Instant};

use subjects::{Case, Running, Subject};

/// Requests of a batch: few enough that actix-web's own pools hold them all.
const BATCH: usize = 50;

const TURNS: usize = 600;

/// What was measured of one subject in one case.
pub(crate) struct Figure {
    case: Case,
    subject: Subject,
    /// Nanoseconds of a request.
    total: f64,
    /// Those that the bare one does not take.
    over_bare: f64,
    cookie_bytes: usize,
}

fn main() {
    let figures: Vec<Figure> = actix_web::rt::System::new().block_on(async {
        let mut figures = Vec::new();
        for case in Case::ALL {
            figures.extend(measure(case).await);
        }
        figures
    });
    print(&figures);
    targets::print(&figures);
}

async fn measure(case: Case) -> Vec<Figure> {
    let mut running: Vec<(Subject, Running)> = Vec::new();
    for subject in Subject::ALL.into_iter().filter(|subject| subject.serves(case)) {
        running.push((subject, subject.start(case).await));
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(TURNS); running.len()];
    for turn in 0..TURNS {
        // Nobody is always the one who comes after the slowest.
        for index in (0..running.len()).map(|index| (index + turn) % running.len()) {
            let app = &running[index].1;
            app.prepare(BATCH);
            let start = Instant::now();
            app.answer().await;
            times[index].push(nanoseconds(start.elapsed()) / BATCH as f64);
        }
    }
    let bare = |subject: Subject| running.iter().position(|(other, _)| *other == subject.bare()).expect("it is there");
    let figure = |(index, (subject, app)): (usize, &(Subject, Running))| {
        let over = times[index].iter().zip(&times[bare(*subject)]).map(|(total, bare)| total - bare);
        Figure {
            case,
            subject: *subject,
            total: median(times[index].clone()),
            over_bare: median(over.collect()),
            cookie_bytes: app.cookie_bytes,
        }
    };
    running.iter().enumerate().map(figure).collect()
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print(figures: &[Figure]) {
    println!(
        "{:31} {:25} {:>8} {:>9} {:>7} {:>9} {:>13} {:>7}",
        "case", "subject", "ns", "over bare", "x bare", "x by hand", "x its rival's", "cookie"
    );
    for figure in figures {
        let ratio = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        println!(
            "{:31} {:25} {:8.0} {:9.0} {:>7} {:>9} {:>13} {:>7}",
            figure.case.name(),
            figure.subject.name(),
            figure.total,
            figure.over_bare,
            ratio(Some(figure.total / (figure.total - figure.over_bare))),
            ratio(targets::over(figures, figure.case, Subject::Floor).map(|floor| figure.over_bare / floor)),
            ratio(targets::over_rival(figures, figure)),
            figure.cookie_bytes,
        );
    }
}
