//! What a configuration leaves open, by the numbers of OWASP ASVS 5.0.

use session_actix::store::MemoryStore;
use session_actix::{Builder, Finding, SameSite, SessionData, SessionMiddleware};

use crate::support::key;

/// What no session in a cookie can give.
const COOKIE_BACKEND: [&str; 6] = ["7.2.4", "7.4.1", "7.4.2", "7.4.3", "7.4.5", "7.5.2"];

fn findings(builder: Builder<SessionMiddleware>) -> Vec<String> {
    let findings = builder.build().unwrap().audit();
    findings
        .iter()
        .map(|finding| finding.requirement().to_owned())
        .filter(|number| !COOKIE_BACKEND.contains(&number.as_str()))
        .collect()
}

#[test]
fn the_defaults_leave_open_only_what_needs_a_store() {
    assert_eq!(findings(SessionMiddleware::signed(key())), [""; 0]);
    assert_eq!(findings(SessionMiddleware::encrypted(key())), [""; 0]);
    let findings = SessionMiddleware::signed(key()).build().unwrap().audit();
    assert_eq!(findings.iter().map(Finding::requirement).collect::<Vec<_>>(), COOKIE_BACKEND);
    assert!(findings.iter().all(|finding| finding.fix().contains("SessionMiddleware::stored(..)")));
}

#[test]
fn every_weaker_setting_is_found_with_the_call_that_closes_it() {
    let builder = || SessionMiddleware::signed(key());
    for (weakened, numbers) in [
        (builder().secure(false), vec!["3.3.1", "3.3.3"]),
        (builder().host_prefix(false), vec!["3.3.1", "3.3.3"]),
        (builder().host_prefix(false).cookie_name("__Secure-session"), vec!["3.3.3"]),
        (builder().host_prefix(false).cookie_name("__Secure-session").domain("example.com"), vec![]),
        (builder().same_site(SameSite::None), vec!["3.3.2"]),
        (builder().same_site(SameSite::Strict), vec![]),
        (builder().http_only(false), vec!["3.3.4"]),
        (builder().absolute_lifetime(None), vec!["7.3.2"]),
    ] {
        assert_eq!(findings(weakened), numbers);
    }
}

#[test]
fn a_finding_is_one_line_to_print() {
    let sessions = SessionMiddleware::signed(key()).http_only(false).build().unwrap();
    assert_eq!(
        sessions.audit()[0].to_string(),
        "ASVS 5.0, 3.3.4: scripts of the page can read the cookie; remove `.http_only(false)`"
    );
}

#[test]
fn in_flasks_mode_the_advice_is_for_both_sides() {
    let flask = |text: &str| SessionMiddleware::flask(text).build().unwrap().audit();
    let findings = flask("the SECRET_KEY of an application");
    let open: Vec<_> =
        findings.iter().map(Finding::requirement).filter(|number| !COOKIE_BACKEND.contains(number)).collect();
    assert_eq!(open, ["3.3.1", "3.3.2", "3.3.3", "7.3.2"]);
    assert!(findings.iter().all(|finding| !finding.fix().contains("remove")), "{findings:?}");
    let closed = SessionMiddleware::flask("the SECRET_KEY of an application")
        .cookie_name("__Host-session")
        .secure(true)
        .same_site(SameSite::Lax)
        .absolute_lifetime(Some(std::time::Duration::from_secs(90 * 86_400)));
    assert_eq!(self::findings(closed), [""; 0]);
}

const TABLE: &str = include_str!("../docs/asvs.md");

/// The rows of the table, by their cells.
fn requirements() -> Vec<[&'static str; 6]> {
    let rows = TABLE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit()));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        cells.try_into().unwrap()
    })
    .collect()
}

/// Every requirement of the chapters, once and in their order.
#[test]
fn the_table_of_asvs_is_complete() {
    let numbers: Vec<&str> = requirements().iter().map(|[number, ..]| *number).collect();
    let sections =
        [("3.3", 5), ("7.1", 3), ("7.2", 4), ("7.3", 2), ("7.4", 5), ("7.5", 3), ("7.6", 2), ("9.1", 3), ("9.2", 4)];
    let all: Vec<String> = sections
        .iter()
        .flat_map(|(section, last)| (1..=*last).map(move |number| format!("{section}.{number}")))
        .collect();
    assert_eq!(numbers, all);
    let words = ["default", "call", "open", "application", "none"];
    assert!(requirements().iter().all(|[_, _, cookie, store, ..]| words.contains(cookie) && words.contains(store)));
}

#[test]
fn the_audit_finds_what_the_table_of_asvs_says_is_open() {
    #[derive(SessionData)]
    #[session(login(user))]
    struct Visitor {
        #[session(owner)]
        user: Option<String>,
    }

    let numbers = |builder: Builder<SessionMiddleware>| -> Vec<String> {
        builder.build().unwrap().audit().iter().map(|finding| finding.requirement().to_owned()).collect()
    };
    let said = |column: usize, word: &str| -> Vec<&str> {
        requirements().iter().filter(|row| row[column] == word).map(|row| row[0]).collect()
    };
    assert_eq!(numbers(SessionMiddleware::signed(key())), said(2, "open"));
    assert_eq!(numbers(SessionMiddleware::encrypted(key())), said(2, "open"));
    let stored = || SessionMiddleware::stored(MemoryStore::new(), key());
    assert_eq!(numbers(stored()), said(3, "call"));
    assert_eq!(numbers(stored().data::<Visitor>()), said(3, "open"));
    assert!(said(3, "open").is_empty() && said(2, "call").is_empty());
}

#[test]
fn the_audit_finds_what_the_table_of_asvs_says_is_weakened() {
    let mut weakened = 0;
    for [number, _, _, _, calls, _] in requirements() {
        for call in calls.split(", ").filter(|call| !call.is_empty()) {
            let builder = SessionMiddleware::signed(key());
            let builder = match call {
                "`.secure(false)`" => builder.secure(false),
                "`.same_site(SameSite::None)`" => builder.same_site(SameSite::None),
                "`.host_prefix(false)`" => builder.host_prefix(false),
                "`.http_only(false)`" => builder.http_only(false),
                "`.absolute_lifetime(None)`" => builder.absolute_lifetime(None),
                other => panic!("{other} is not known to this test"),
            };
            assert!(findings(builder).contains(&number.to_owned()), "{number}: {call}");
            weakened += 1;
        }
    }
    assert_eq!(weakened, 7);
}
