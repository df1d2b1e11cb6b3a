//! Whether the time of a comparison tells how much of a guess was right, by the method of dudect (Reparaz, Balasch and Verbauwhede,
//! 2017): two classes of inputs in random order, and Welch's t over their times. Beyond 10 is a leak for certain, below 4.5
//! nothing was found.
//!
//! `cargo bench -p session-core --bench constant_time --features flask [-- MEASUREMENTS]`
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program run by hand, which counts far below the limits of these types"
)]

use std::hint::black_box;
use std::time::Instant;

use session_core::flask::Signer;
use session_core::store::TokenHash;
use session_core::{Builder, Dynamic, Engine, Key, View};

const MEASUREMENTS: usize = 1_000_000;

/// Calls that are timed at once, since one is shorter than what a clock tells apart.
const CALLS: usize = 8;

/// Guesses of each class. They differ in the letter that is wrong, or what is told apart is that letter, which its sender knows.
const GUESSES: usize = 61;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn main() {
    let measurements = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MEASUREMENTS);
    let key = || Key::try_from([7; 32].as_slice()).expect("a key");
    let engine: Engine = Builder::signed(key()).build().expect("the settings work");

    // The signature of a session's cookie: wrong in its first letter, or in its last but one.
    let mut transaction = engine.open(std::iter::empty(), false);
    let mut view = transaction.view::<Dynamic>().expect("no secrets");
    view.insert("username", "ada").expect("a text");
    transaction.record(View::changes(&view, &engine), View::epoch(&view));
    let header = transaction.commit(200).set_cookie.expect("a cookie");
    let cookie = header.split(';').next().expect("a pair").to_owned();
    let start = cookie.rfind('.').expect("a signature") + 1;
    let cookies = guesses(|number| [start, cookie.len() - 2].map(|place| wrong(&cookie, place, number)));
    report("a session's signature", measurements, &cookies, |cookie| {
        black_box(engine.open(std::iter::once(black_box(cookie.as_bytes())), false).is_new());
    });

    // What a store has of a token, compared with the hash of the one that was sent.
    let hash = TokenHash::from_bytes([7; 32]);
    let hashes = guesses(|number| {
        [0, 31].map(|place| {
            let mut bytes = [7; 32];
            bytes[place] ^= 1 + number as u8;
            TokenHash::from_bytes(bytes)
        })
    });
    report("a token's hash", measurements, &hashes, |guess| {
        black_box(black_box(&hash) == black_box(guess));
    });

    // The token of a form, masked anew for each guess.
    let mut transaction = engine.open(std::iter::empty(), false);
    let epoch = View::epoch(&transaction.view::<Dynamic>().expect("no secrets"));
    let tokens = guesses(|number| {
        let token = transaction.csrf_token(epoch).expect("random numbers");
        [0, token.len() - 2].map(|place| wrong(&token, place, number))
    });
    report("a form's token", measurements, &tokens, |token| {
        black_box(transaction.csrf_matches(black_box(token)));
    });

    // Flask's signature.
    let signer = Signer::new("a SECRET_KEY that is long enough");
    let genuine = signer.sign("value");
    let texts = guesses(|number| ["value.".len(), genuine.len() - 2].map(|place| wrong(&genuine, place, number)));
    report("a signature of Flask's", measurements, &texts, |text| {
        black_box(signer.unsign(black_box(text)).is_err());
    });

    // What a leak looks like here.
    let texts = guesses(|number| [0, cookie.len() - 2].map(|place| wrong(&cookie, place, number)));
    report("for comparison: `==` by letters", measurements, &texts, |text| {
        black_box(black_box(&cookie).bytes().zip(black_box(text).bytes()).all(|(one, other)| one == other));
    });
}

/// Pairs of a guess of each class.
fn guesses<G>(pair: impl FnMut(usize) -> [G; 2]) -> Vec<[G; 2]> {
    (0..GUESSES).map(pair).collect()
}

/// The text with another letter of the same alphabet in this place.
fn wrong(text: &str, place: usize, number: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let own = LETTERS.iter().position(|letter| *letter == bytes[place]).unwrap_or_default();
    bytes[place] = LETTERS[(own + 1 + number) % LETTERS.len()];
    String::from_utf8(bytes).expect("letters")
}

fn report<G: Clone>(what: &str, measurements: usize, guesses: &[[G; 2]], mut call: impl FnMut(&G)) {
    // All guesses in one place, or what is told apart is where they lie in memory.
    let mut guess = guesses[0][0].clone();
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
    for number in 0..measurements + 1000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = usize::from(random >> 40 & 1 == 1);
        guess.clone_from(&guesses[(random % GUESSES as u64) as usize][class]);
        let began = Instant::now();
        for _ in 0..CALLS {
            call(&guess);
        }
        let time = began.elapsed().as_nanos();
        // The first warm everything up.
        if number >= 1000 {
            times[class].push(time as f64);
        }
    }
    // The slowest are other programs' interruptions; which these are is told over both classes.
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let t = [0.5, 0.9, 0.99, 1.0].map(|share| {
        let limit = all[((all.len() - 1) as f64 * share) as usize];
        welch(times.each_ref().map(|times| times.iter().copied().filter(|time| *time <= limit).collect()))
    });
    let most = t.iter().fold(0.0_f64, |most, t| most.max(t.abs()));
    let median = all[all.len() / 2] / CALLS as f64;
    println!("{what}: t = {most:.2} of {measurements} measurements, {median:.0} ns");
}

fn welch([one, other]: [Vec<f64>; 2]) -> f64 {
    let moments = |times: &[f64]| {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(&one), moments(&other));
    (mean - other_mean) / (error + other_error).sqrt()
}
