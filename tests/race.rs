//! Requests that race on one session, by seeded schedules: whatever the order and whatever fails, the promises hold.
//!
//! A schedule is a number, which a failing test names; `RACE_SEEDS` runs more of them than the tests do.

use std::pin::Pin;
use std::task::{Context, Waker};

use crate::race_model::problems;
use crate::race_request::{Act, World};
use crate::race_store::{Dice, Faults};

/// How many schedules a test runs.
const SEEDS: u64 = 3_000;

#[test]
fn writes_that_race_are_all_kept() {
    run_all(&ordinary, Faults::None);
}

#[test]
fn writes_that_race_are_kept_or_refused_where_the_store_loses_replies() {
    run_all(&ordinary, Faults::Lost);
}

#[test]
fn writes_that_race_count_once_where_the_store_writes_late() {
    run_all(&ordinary, Faults::Late);
}

#[test]
fn logouts_and_revocations_are_final_whatever_races_them() {
    run_all(&any, Faults::None);
}

#[test]
fn logouts_and_revocations_are_final_where_the_store_loses_replies() {
    run_all(&any, Faults::Lost);
}

#[test]
fn logouts_and_revocations_are_final_where_the_store_writes_late() {
    run_all(&any, Faults::Late);
}

fn run_all(acts: &dyn Fn(&Dice) -> Vec<Act>, faults: Faults) {
    let seeds = std::env::var("RACE_SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("RACE_SEEDS is a number"));
    for seed in 0..seeds {
        let world = run(seed, acts, faults);
        let found = problems(&world);
        assert!(found.is_empty(), "schedule {seed}: {found:#?} after {:#?}", world.done());
    }
}

/// Runs some requests at once, each for a step whenever the dice say so, to their ends.
fn run(seed: u64, acts: &dyn Fn(&Dice) -> Vec<Act>, faults: Faults) -> World {
    let dice = Dice::new(seed);
    let world = World::new(dice.clone(), faults);
    let requests = 2 + dice.below(7);
    let acts: Vec<_> = (0..requests).map(|_| acts(&dice)).collect();
    let mut running: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for (number, acts) in acts.into_iter().enumerate() {
        running.push(Box::pin(world.request(number, acts)));
    }
    while !running.is_empty() {
        world.step();
        if dice.says(25) {
            world.store().make_a_late_one();
        }
        let chosen = usize::try_from(dice.below(running.len() as u64)).unwrap();
        if running[chosen].as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            drop(running.swap_remove(chosen));
        }
    }
    drop(running);
    while world.store().make_a_late_one() {}
    world
}

/// What a request does that changes nobody's login.
fn ordinary(dice: &Dice) -> Vec<Act> {
    let one = |_| match dice.below(14) {
        0..=4 => Act::Count,
        5..=7 => Act::Set,
        8 => Act::TakeMessages,
        9 => Act::AddMessage,
        10 => Act::Look,
        11 => Act::Permanent(dice.says(50)),
        _ => Act::Renew,
    };
    (0..=dice.below(3)).map(one).collect()
}

/// What a request does at all.
fn any(dice: &Dice) -> Vec<Act> {
    let somebody = || ["ada", "bob"][usize::from(dice.says(50))];
    match dice.below(14) {
        0..=1 => vec![Act::Login(somebody())],
        2 => vec![Act::Login(somebody()), Act::Set, Act::Count],
        3 => vec![Act::Purge],
        4 => vec![Act::Purge, Act::Set],
        5 => vec![Act::Clear],
        6 => vec![Act::Logout],
        7 => vec![Act::Revoke(somebody())],
        8 => vec![Act::PassDays(1 + dice.below(5))],
        _ => ordinary(dice),
    }
}
