//! What a configuration leaves open, by the numbers of OWASP ASVS 5.0.

use session_actix::{Builder, Finding, SameSite, SessionMiddleware};

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
