//! The documents say what the code does.

const README: &str = include_str!("../README.md");
const QUICKSTART: &str = include_str!("../examples/quickstart.rs");

#[test]
fn the_readme_shows_the_quickstart_word_for_word() {
    assert!(README.contains(&format!("```rust,no_run\n{QUICKSTART}```")));
}

#[test]
fn the_readme_shows_the_builders_defaults() {
    let sessions = session_actix::SessionMiddleware::signed(session_actix::Key::generate()).build().unwrap();
    let shown = format!("{sessions:?}");
    for (said, is) in [
        ("`__Host-session`", "__Host-session"),
        ("31 days", "lifetime: 2678400s"),
        ("90 days", "absolute_lifetime: Some(7776000s)"),
        ("`Secure`", "secure: true"),
        ("`HttpOnly`", "http_only: true"),
        ("`SameSite=Lax`", "same_site: Some(Lax)"),
    ] {
        assert!(README.contains(said) && shown.contains(is), "{said}: {shown}");
    }
}
