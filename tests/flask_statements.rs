//! Which of the 156 statements about Flask's sessions hold here.
//!
//! `flask/BEHAVIOUR.md` says what Flask 3.1 does in 156 numbered statements. A test that covers some
//! carries their numbers: `s35_36_..`. The others are in [`NOT_OURS`], with the reason.

/// Statements that say nothing of us, and why.
const NOT_OURS: &[(&[u32], &str)] = &[
    (&[56], "a Rust type says by serde how it is written; an unknown tag is a dict of one key"),
    (&[58, 68, 69, 70, 71], "there is no middleware without a secret, so there is no session that cannot be written"),
    (&[60], "the rules of a request say how cookies are found; the golden headers are in `flask_vectors`"),
    (&[67], "a session is the argument of a handler; without the middleware that is a 500 which says so"),
    (&[73], "`Session::is_new` says whether the request brought a session"),
    (&[74, 78], "there is no flag: what changed is found by comparing"),
    (&[80, 132], "a template is given values, not the session"),
    (&[111], "a configuration is checked once, by `build()`, and never changes"),
    (&[131], "there are no signals; a handler knows what it says"),
    (&[135], "a test reads the session out of its cookie"),
    (&[139, 141], "Flask-Login's own work; what it needs to find is written in s137"),
    (&[144], "the application's: a text in the session like any other"),
    (&[148, 149, 150, 151, 152, 153], "Flask-Session keeps another kind of session, on the server"),
    (&[154], "measured with Flask's versions: they share the golden cookies"),
    (&[156], "about Flask's future"),
];

/// How many there are.
const COUNT: u32 = 156;

/// The files whose tests carry numbers.
const FILES: &[&str] = &[
    include_str!("flask_wire.rs"),
    include_str!("flask_types.rs"),
    include_str!("flask_saving.rs"),
    include_str!("flask_headers.rs"),
    include_str!("flask_flashes.rs"),
    include_str!("flask_beside.rs"),
];

/// The numbers in the names of tests: of `fn s1_2_a_cookie`, 1 and 2.
fn numbers(source: &str) -> impl Iterator<Item = u32> {
    let names = source.lines().filter_map(|line| line.trim_start_matches("async ").strip_prefix("fn s"));
    names.flat_map(|name| name.split('_').map_while(|part| part.parse().ok()))
}

#[test]
fn every_statement_is_covered_by_a_test_or_not_ours() {
    let covered: Vec<u32> = FILES.iter().flat_map(|source| numbers(source)).collect();
    let not_ours: Vec<u32> = NOT_OURS.iter().flat_map(|(numbers, _)| *numbers).copied().collect();
    for number in 1..=COUNT {
        let found = (covered.contains(&number), not_ours.contains(&number));
        assert!(found.0 != found.1, "{number}: covered and not ours: {found:?}");
    }
    assert!(covered.iter().chain(&not_ours).all(|number| (1..=COUNT).contains(number)));
}
