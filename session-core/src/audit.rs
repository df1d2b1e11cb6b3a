//! What a configuration leaves open of OWASP ASVS 5.0, chapters 3.3 (cookie setup) and 7 (session management).

use std::fmt;

use crate::config::Config;
use crate::cookie::write::SameSite;
use crate::data::Field;

/// A requirement of OWASP ASVS 5.0 that the configuration does not meet, and the call that closes it.
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Engine, Finding, Key};
///
/// let engine: Engine = Builder::signed(Key::generate()).http_only(false).build()?;
/// let finding: Finding = engine.audit().into_iter().find(|finding| finding.requirement() == "3.3.4").unwrap();
/// assert_eq!(finding.gap(), "scripts of the page can read the cookie");
/// assert_eq!(finding.fix(), "remove `.http_only(false)`");
/// # Ok::<(), session_core::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    requirement: &'static str,
    gap: &'static str,
    fix: &'static str,
}

impl Finding {
    /// The requirement's number, as in `7.3.2`.
    #[must_use]
    pub fn requirement(&self) -> &str {
        self.requirement
    }

    /// What is open.
    #[must_use]
    pub fn gap(&self) -> &str {
        self.gap
    }

    /// What to call instead.
    #[must_use]
    pub fn fix(&self) -> &str {
        self.fix
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ASVS 5.0, {}: {}; {}", self.requirement, self.gap, self.fix)
    }
}

const STORE: &str = "keep the sessions in a store: `SessionMiddleware::stored(..)`";
const STORE_WITH_OWNER: &str =
    "keep the sessions in a store, `SessionMiddleware::stored(..)`, and say whose they are with `#[session(owner)]`";

/// What the settings leave open. What Flask shares is to be changed on both sides.
pub(crate) fn settings(config: &Config, is_flask: bool) -> Vec<Finding> {
    let fix = |ours, shared| if is_flask { shared } else { ours };
    let attributes = &config.attributes;
    let name = config.full_cookie_name();
    let host = name.starts_with("__Host-");
    let all = [
        (
            !attributes.secure,
            "3.3.1",
            "the cookie travels over plain http too",
            fix("remove `.secure(false)`", "call `.secure(true)`, and set Flask's `SESSION_COOKIE_SECURE`"),
        ),
        (
            attributes.secure && !host && !name.starts_with("__Secure-"),
            "3.3.1",
            "the cookie's name does not say that it is secure",
            fix(
                "remove `.host_prefix(false)`, or begin the `.cookie_name(..)` with `__Secure-`",
                "begin the `.cookie_name(..)` and Flask's `SESSION_COOKIE_NAME` with `__Host-`",
            ),
        ),
        (
            matches!(attributes.same_site, None | Some(SameSite::None)),
            "3.3.2",
            "every other site can make a browser send the cookie along",
            fix(
                "choose `.same_site(SameSite::Lax)` or `Strict`",
                "choose `.same_site(SameSite::Lax)`, and set Flask's `SESSION_COOKIE_SAMESITE`",
            ),
        ),
        (
            !host && attributes.domain.is_none(),
            "3.3.3",
            "another host of the same domain can replace the cookie",
            fix(
                "remove `.host_prefix(false)` and `.secure(false)`",
                "call `.secure(true)`, and begin both cookies' names with `__Host-`",
            ),
        ),
        (!attributes.http_only, "3.3.4", "scripts of the page can read the cookie", "remove `.http_only(false)`"),
        (
            config.absolute_lifetime.is_none(),
            "7.3.2",
            "a session that is used lives for ever",
            "choose an `.absolute_lifetime(Some(..))`",
        ),
    ];
    findings(all)
}

/// What no session in a cookie can give.
pub(crate) fn cookie_backend() -> Vec<Finding> {
    findings([
        (true, "7.2.4", "the cookie from before a login stays valid until it expires", STORE),
        (true, "7.4.1", "a copy of the cookie outlives the logout, until it expires", STORE),
        (true, "7.4.2", "the sessions of a disabled account cannot be ended", STORE_WITH_OWNER),
        (true, "7.4.3", "a user who changes the password cannot end other sessions", STORE_WITH_OWNER),
        (true, "7.4.5", "an administrator cannot end a user's sessions", STORE_WITH_OWNER),
        (true, "7.5.2", "a user cannot see and end their sessions", STORE_WITH_OWNER),
    ])
}

/// What a store leaves to the application.
pub(crate) fn store(registered: &[&'static Field]) -> Vec<Finding> {
    let has_owner = registered.iter().any(|field| field.is_owner());
    findings([
        (!has_owner, "7.4.2", "the sessions of a disabled account cannot be found", OWNER),
        (!has_owner, "7.4.3", "a user who changes the password cannot end other sessions", OWNER),
        (!has_owner, "7.4.5", "an administrator cannot end a user's sessions", OWNER),
        (!has_owner, "7.5.2", "a user cannot see and end their sessions", OWNER),
    ])
}

const OWNER: &str = "say whose the sessions are with `#[session(owner)]`, and name the struct with `.data::<..>()`";

type Check = (bool, &'static str, &'static str, &'static str);

fn findings(checks: impl IntoIterator<Item = Check>) -> Vec<Finding> {
    checks
        .into_iter()
        .filter(|(open, ..)| *open)
        .map(|(_, requirement, gap, fix)| Finding { requirement, gap, fix })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::key::Key;
    use crate::store::MemoryStore;

    #[derive(crate::SessionData)]
    #[session(crate = crate)]
    struct Visitor {
        #[session(owner)]
        user: Option<String>,
    }

    fn signed() -> Builder {
        Builder::signed(Key::try_from([7; 32].as_slice()).unwrap())
    }

    /// The requirements that the settings leave open.
    fn open(builder: Builder) -> Vec<&'static str> {
        let engine = builder.build().unwrap();
        let of_every_cookie = cookie_backend();
        let findings = engine.audit().into_iter().filter(|finding| !of_every_cookie.contains(finding));
        findings.map(|finding| finding.requirement).collect()
    }

    #[test]
    fn each_setting_that_opens_something_is_found_and_the_defaults_are_not() {
        for (open_to, builder) in [
            (vec![], signed()),
            (vec!["3.3.1", "3.3.3"], signed().secure(false).host_prefix(false)),
            (vec!["3.3.1", "3.3.3"], signed().host_prefix(false)),
            (vec!["3.3.1"], signed().host_prefix(false).domain("example.com")),
            (vec!["3.3.3"], signed().host_prefix(false).cookie_name("__Secure-session")),
            (vec!["3.3.2"], signed().same_site(SameSite::None)),
            (vec!["3.3.4"], signed().http_only(false)),
            (vec!["7.3.2"], signed().absolute_lifetime(None)),
        ] {
            assert_eq!(open(builder), open_to);
        }
    }

    #[test]
    fn a_cookie_leaves_open_what_only_a_store_can_close() {
        let requirements: Vec<_> = cookie_backend().iter().map(|finding| finding.requirement).collect();
        assert_eq!(requirements, ["7.2.4", "7.4.1", "7.4.2", "7.4.3", "7.4.5", "7.5.2"]);
        assert_eq!(signed().build().unwrap().audit(), cookie_backend());
    }

    #[test]
    fn a_store_leaves_open_what_needs_an_owner() {
        let stored = || Builder::stored(MemoryStore::new(), Key::try_from([7; 32].as_slice()).unwrap());
        assert_eq!(open(stored()), ["7.4.2", "7.4.3", "7.4.5", "7.5.2"]);
        assert!(open(stored().data::<Visitor>()).is_empty());
    }

    #[test]
    fn a_finding_says_what_is_open_and_what_to_call() {
        let findings = signed().http_only(false).build().unwrap().audit();
        let [finding, ..] = findings.as_slice() else { panic!("{findings:?}") };
        let parts = (finding.requirement(), finding.gap(), finding.fix());
        assert_eq!(parts, ("3.3.4", "scripts of the page can read the cookie", "remove `.http_only(false)`"));
        assert_eq!(finding.to_string(), format!("ASVS 5.0, {}: {}; {}", parts.0, parts.1, parts.2));
    }

    #[cfg(feature = "flask")]
    #[test]
    fn what_flask_shares_is_to_be_changed_there_too() {
        let shared: Builder = Builder::flask("0123456789abcdef");
        let findings = shared.build().unwrap().audit();
        assert!(findings.iter().any(|finding| finding.fix().contains("SESSION_COOKIE_SECURE")), "{findings:?}");
    }
}
