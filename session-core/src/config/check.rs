//! Refusing settings that cannot work.

use std::fmt;
use std::time::Duration;

use super::{Config, HOST_PREFIX, LONGEST_LIFETIME, MAX_COOKIE_BYTES, Refresh};
use crate::cookie::write::SameSite;
use crate::data::Field;
use crate::key::KeyRing;
use crate::token::Kind;

/// Settings that cannot work, and what to change. All faults are named at once.
///
/// `Debug` prints the same text as `Display`, so that `fn main() -> Result<(), Box<dyn Error>>` ends with a message
/// one can act on.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use session_core::{Builder, ConfigError, Engine, Key};
///
/// let error: ConfigError = Builder::<Engine>::signed(Key::generate()).lifetime(Duration::ZERO).path("shop").build().unwrap_err();
/// assert_eq!(error.faults().count(), 3, "all of them at once: the path is none of `__Host-` either");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<String>,
}

impl ConfigError {
    /// One sentence for each fault.
    pub fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(String::as_str)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the session settings cannot work: {}", self.faults.join("; "))
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    #[cfg_attr(not(feature = "flask"), allow(unused_variables, reason = "a key is checked where it is made"))]
    pub(super) fn check(&self, kind: Kind, keys: &KeyRing) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        #[cfg(feature = "flask")]
        if kind.is_flask() {
            self.check_secrets(keys, &mut faults);
        }
        self.check_cookie(kind, &mut faults);
        self.check_lifetimes(&mut faults);
        self.check_structs(kind, &mut faults);
        if !faults.is_empty() {
            return Err(ConfigError { faults });
        }
        if !self.attributes.secure {
            let change = if kind.is_flask() {
                "Flask's default; call `.secure(true)` here and set `SESSION_COOKIE_SECURE` there"
            } else {
                "`.secure(false)` is for development"
            };
            tracing::warn!(name: "session.config.plain_http",
                "the session cookie travels over plain http, where anybody on the way can copy it; {change}"
            );
        }
        Ok(())
    }

    fn check_cookie(&self, kind: Kind, faults: &mut Vec<String>) {
        for setter in self.flask_setters.iter().filter(|_| !kind.is_flask()) {
            faults.push(format!("`{setter}` is for `SessionMiddleware::flask(..)` alone: remove it"));
        }
        // Flask sends an empty domain, which browsers pass over.
        let no_domain = |domain: &str| domain.is_empty() && kind.is_flask();
        let be_secure = if kind.is_flask() { "add `.secure(true)`" } else { "remove `.secure(false)`" };
        let mut refuse = |broken: bool, fault: &str| {
            if broken {
                faults.push(fault.replace("BE_SECURE", be_secure));
            }
        };
        let name = self.full_cookie_name();
        let attributes = &self.attributes;
        refuse(
            name.is_empty() || self.cookie_name.as_deref() == Some("") || !name.bytes().all(is_token_byte),
            "the cookie's name is empty or holds a character that names cannot have: use letters, digits, `-` and `_` \
             in `.cookie_name(..)` and `.scope(..)`",
        );
        if self.has_host_prefix() {
            // It may stand in the name that the application gave.
            let named = self.cookie_name.as_ref().is_some_and(|name| has_prefix(name, HOST_PREFIX));
            let (insecure, other) = if named {
                ("take `__Host-` out of `.cookie_name(..)`", "take `__Host-` out of `.cookie_name(..)`")
            } else {
                ("remove `.host_prefix(true)`", "add `.host_prefix(false)`")
            };
            refuse(!attributes.secure, &format!("a `__Host-` cookie must be secure: BE_SECURE or {insecure}"));
            refuse(
                attributes.domain.is_some(),
                &format!("a `__Host-` cookie has no domain: remove `.domain(..)` or {other}"),
            );
            refuse(
                attributes.path != "/",
                &format!("a `__Host-` cookie has the path `/`: remove `.path(..)` or {other}"),
            );
        }
        refuse(
            has_prefix(&name, "__Secure-") && !attributes.secure,
            "a `__Secure-` cookie must be secure: BE_SECURE or choose another name",
        );
        refuse(
            self.cookie_name.as_ref().is_some_and(|name| has_prefix(name, HOST_PREFIX))
                && self.host_prefix == Some(false),
            "the cookie's name begins with `__Host-` although `.host_prefix(false)` was called: leave out one of them",
        );
        refuse(
            attributes.same_site == Some(SameSite::None) && !attributes.secure,
            "browsers refuse `SameSite=None` without `Secure`: BE_SECURE or choose `SameSite::Lax`",
        );
        refuse(
            attributes.partitioned && !attributes.secure,
            "browsers refuse `Partitioned` without `Secure`: BE_SECURE or `.partitioned(true)`",
        );
        refuse(
            attributes.domain.as_ref().is_some_and(|domain| !is_host_name(domain) && !no_domain(domain)),
            "the cookie's domain is not a host name: write it as in `example.com`",
        );
        refuse(
            !attributes.path.starts_with('/')
                || !attributes.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';'),
            "the cookie's path must begin with `/` and hold neither `;` nor white space nor other than ASCII",
        );
        refuse(
            !(1..=MAX_COOKIE_BYTES).contains(&self.max_cookie_bytes),
            "`.max_cookie_bytes(..)` must lie between 1 and 4096: browsers drop larger cookies",
        );
    }

    fn check_lifetimes(&self, faults: &mut Vec<String>) {
        let mut check = |setter: &str, lifetime: Duration| {
            if lifetime.as_secs() == 0 {
                faults.push(format!("`{setter}` is below one second: a session would end before it began"));
            } else if lifetime > LONGEST_LIFETIME {
                faults.push(format!("`{setter}` is over 400 days, the longest that browsers keep a cookie"));
            }
        };
        check(".lifetime(..)", self.lifetime);
        if let Some(max) = self.max_lifetime {
            check(".max_lifetime(..)", max);
        }
        // No browser keeps this one, so it may be as long as one likes.
        if self.absolute_lifetime.is_some_and(|absolute| absolute.as_secs() == 0) {
            faults.push("`.absolute_lifetime(..)` is below one second: a session would end before it began".into());
        }
        if self.store_timeout.is_zero() {
            faults.push("`.store_timeout(..)` is zero: no store answers in no time".into());
        }
        if let Refresh::After(after) = self.refresh
            && after >= self.lifetime
        {
            faults.push(
                "`Refresh::After(..)` is not below `.lifetime(..)`: every session would end before its first refresh; \
                 use `Refresh::OnChange` if that is meant"
                    .into(),
            );
        }
        if self.longest_lifetime() < self.lifetime {
            faults.push("`.max_lifetime(..)` is below `.lifetime(..)`: raise it or lower the other".into());
        }
        if self.absolute_lifetime.is_some_and(|absolute| absolute < self.lifetime) {
            faults.push(
                "`.absolute_lifetime(..)` is below `.lifetime(..)`: raise it, lower the other, or pass `None`".into(),
            );
        }
    }

    fn check_structs(&self, kind: Kind, faults: &mut Vec<String>) {
        for (index, data) in self.registered.iter().enumerate() {
            if !kind.conceals()
                && let Some(field) = data.fields.iter().find(|field| field.is_secret())
            {
                faults.push(format!(
                    "the field {:?} of `{}` is secret, and everybody can read a signed cookie: use \
                     `SessionMiddleware::stored(..)`, or `encrypted(..)` with the feature `encrypted`",
                    field.key(),
                    data.name
                ));
            }
            if data.scope != self.scope {
                faults.push(format!(
                    "`{}` belongs to the scope {:?}, the middleware has {:?}: make `.scope(..)` and \
                     `#[session(scope = ..)]` the same",
                    data.name, data.scope, self.scope
                ));
            }
            for other in self.registered.iter().take(index) {
                for field in data.fields {
                    let shares_a_key = |same: &Field| field.keys().any(|key| same.keys().any(|other| other == key));
                    if other.fields.iter().any(|same| shares_a_key(same) && same != field) {
                        faults.push(format!(
                            "`{}` and `{}` say different things of the key {:?}: give the field the same attributes in \
                             both, or another `rename`",
                            other.name,
                            data.name,
                            field.key()
                        ));
                    }
                }
            }
        }
    }
}

/// Browsers know a prefix in any case (RFC 6265bis section 4.1.3).
pub(super) fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Labels of letters, digits and hyphens, with a dot before the first if one likes.
fn is_host_name(domain: &str) -> bool {
    let labels = domain.strip_prefix('.').unwrap_or(domain).split('.');
    labels.into_iter().all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// A byte of a `token` (RFC 9110 section 5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registered;
    use crate::key::Key;

    const SECOND: Duration = Duration::from_secs(1);

    fn checked(kind: Kind, change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        config.check(kind, &Key::generate().into()).err().map(|error| error.faults).unwrap_or_default()
    }

    fn faults(change: impl FnOnce(&mut Config)) -> Vec<String> {
        checked(Kind::Signed, change)
    }

    #[track_caller]
    fn assert_refused(part: &str, change: impl FnOnce(&mut Config)) {
        let faults = faults(change);
        assert!(matches!(&faults[..], [fault] if fault.contains(part)), "{part}: {faults:?}");
    }

    #[track_caller]
    fn assert_taken(change: impl FnOnce(&mut Config)) {
        assert_eq!(faults(change), [""; 0]);
    }

    #[test]
    fn the_defaults_can_work() {
        assert_taken(|_| ());
    }

    #[test]
    fn an_error_names_all_faults_in_display_and_debug() {
        let mut config = Config { lifetime: Duration::ZERO, store_timeout: Duration::ZERO, ..Config::default() };
        config.attributes.path = "shop".into();
        config.host_prefix = Some(false);
        let error = config.check(Kind::Signed, &Key::generate().into()).unwrap_err();
        assert_eq!(error.faults().count(), 3);
        let text = format!("the session settings cannot work: {}", error.faults().collect::<Vec<_>>().join("; "));
        assert_eq!((error.to_string(), format!("{error:?}")), (text.clone(), text));
    }

    #[test]
    fn a_cookies_name_is_a_token() {
        for name in ["", "a b", "a;b", "a=b", "a,b", "é", "a\n", "a(b)", "\"a\""] {
            assert_refused("cookie's name is empty or holds", |config| config.cookie_name = Some(name.into()));
        }
        assert_taken(|config| config.cookie_name = Some("!#$%&'*+-.^_`|~09azAZ".into()));
        assert_refused("cookie's name is empty or holds", |config| config.scope = "a b".into());
        assert_taken(|config| config.scope = "admin".into());
        // Without a prefix before it, it would be empty indeed.
        assert_refused("cookie's name is empty or holds", |config| {
            config.cookie_name = Some(String::new());
            config.host_prefix = Some(false);
        });
    }

    #[test]
    fn a_name_with_a_prefix_keeps_the_promise_of_the_prefix() {
        for name in ["__Host-a", "__host-a", "session"] {
            let named = |config: &mut Config| {
                config.cookie_name = Some(name.into());
                config.host_prefix = Some(true);
            };
            assert_taken(named);
            assert_refused("must be secure: remove `.secure(false)`", |config| {
                named(config);
                config.attributes.secure = false;
            });
            assert_refused("has no domain", |config| {
                named(config);
                config.attributes.domain = Some("example.com".into());
            });
            assert_refused("has the path `/`", |config| {
                named(config);
                config.attributes.path = "/shop".into();
            });
        }
        let secure = |config: &mut Config| {
            config.cookie_name = Some("__SECURE-a".into());
            config.host_prefix = Some(false);
        };
        assert_taken(secure);
        assert_refused("a `__Secure-` cookie must be secure", |config| {
            secure(config);
            config.attributes.secure = false;
        });
        assert_refused("although `.host_prefix(false)` was called", |config| {
            config.cookie_name = Some("__Host-a".into());
            config.host_prefix = Some(false);
        });
        assert_taken(|config| {
            config.host_prefix = Some(false);
            config.attributes.domain = Some("example.com".into());
            config.attributes.path = "/shop".into();
        });
        assert_taken(|config| config.attributes.secure = false);
    }

    #[test]
    fn what_browsers_refuse_without_secure_is_refused() {
        for (part, change) in [
            ("`SameSite=None`", (|config| config.attributes.same_site = Some(SameSite::None)) as fn(&mut Config)),
            ("`Partitioned`", |config| config.attributes.partitioned = true),
        ] {
            assert_taken(change);
            assert_refused(part, |config| {
                change(config);
                config.attributes.secure = false;
            });
        }
    }

    #[test]
    fn a_domain_is_a_host_name() {
        let with = |domain: &'static str| {
            move |config: &mut Config| {
                config.host_prefix = Some(false);
                config.attributes.domain = Some(domain.into());
            }
        };
        for domain in ["", ".", "a..b", "a.", "-a.b", "a-.b", "a b", "a;b", "http://a.b", "a.b:80", "é.b", "..a"] {
            assert_refused("domain is not a host name", with(domain));
        }
        for domain in ["localhost", "example.com", ".example.com", "xn--e1a.b-c.09", "127.0.0.1"] {
            assert_taken(with(domain));
        }
    }

    #[test]
    fn a_path_cannot_end_its_attribute() {
        for path in ["", "shop", "/a;b", "/a b", "/é", "/a\n", "/\u{7f}"] {
            assert_refused("path must begin with `/`", |config| {
                config.host_prefix = Some(false);
                config.attributes.path = path.into();
            });
        }
    }

    #[test]
    fn a_cookie_has_at_least_one_byte_and_at_most_4096() {
        for (bytes, works) in [(0, false), (1, true), (4096, true), (4097, false)] {
            let change = |config: &mut Config| config.max_cookie_bytes = bytes;
            if works { assert_taken(change) } else { assert_refused("must lie between 1 and 4096", change) }
        }
    }

    #[test]
    fn lifetimes_are_between_a_second_and_400_days() {
        let below = Duration::from_nanos(999_999_999);
        let without_absolute = |lifetime| {
            move |config: &mut Config| {
                config.lifetime = lifetime;
                config.absolute_lifetime = None;
            }
        };
        assert_refused("`.lifetime(..)` is below one second", without_absolute(below));
        assert_taken(without_absolute(SECOND));
        assert_taken(without_absolute(LONGEST_LIFETIME));
        assert!(faults(without_absolute(LONGEST_LIFETIME + SECOND))[0].contains("`.lifetime(..)` is over 400 days"));
        let short = |max| {
            move |config: &mut Config| {
                config.lifetime = SECOND;
                config.max_lifetime = Some(max);
            }
        };
        assert!(faults(short(below))[0].contains("`.max_lifetime(..)` is below one second"));
        assert_taken(short(SECOND));
        assert_taken(short(LONGEST_LIFETIME));
        assert_refused("`.max_lifetime(..)` is over 400 days", short(LONGEST_LIFETIME + SECOND));
    }

    #[test]
    fn the_longest_lifetimes_are_not_below_the_usual_one() {
        let minute = 60 * SECOND;
        let absolute = |absolute| {
            move |config: &mut Config| {
                config.lifetime = minute;
                config.absolute_lifetime = Some(absolute);
            }
        };
        assert_refused("`.absolute_lifetime(..)` is below `.lifetime(..)`", absolute(59 * SECOND));
        assert_taken(absolute(minute));
        assert_taken(absolute(10 * LONGEST_LIFETIME));
        assert!(faults(absolute(Duration::ZERO))[0].contains("`.absolute_lifetime(..)` is below one second"));
        assert_refused("`.max_lifetime(..)` is below `.lifetime(..)`", |config| {
            config.lifetime = minute;
            config.max_lifetime = Some(59 * SECOND);
        });
        assert_taken(|config| {
            config.lifetime = minute;
            config.max_lifetime = Some(minute);
        });
        for (after, works) in [(59 * SECOND, true), (minute, false), (2 * minute, false)] {
            let change = |config: &mut Config| {
                config.lifetime = minute;
                config.refresh = Refresh::After(after);
            };
            if works { assert_taken(change) } else { assert_refused("`Refresh::After(..)` is not below", change) }
        }
        assert_refused("`.store_timeout(..)` is zero", |config| config.store_timeout = Duration::ZERO);
    }

    #[test]
    fn setters_of_flask_are_for_flask_alone() {
        let change = |config: &mut Config| config.flask_setters = vec!["salt"];
        assert_refused("`salt` is for `SessionMiddleware::flask(..)` alone", change);
        #[cfg(feature = "flask")]
        assert_eq!(checked(Kind::Flask, change), [""; 0]);
    }

    #[cfg(feature = "flask")]
    #[test]
    fn with_flask_secure_is_to_be_added_and_a_domain_may_be_empty() {
        let faults = checked(Kind::Flask, |config| {
            config.attributes.secure = false;
            config.attributes.same_site = Some(SameSite::None);
            config.attributes.domain = Some(String::new());
        });
        assert!(matches!(&faults[..], [fault] if fault.contains("add `.secure(true)`")), "{faults:?}");
    }

    const SECRET: &[Field] = &[Field::value("token").secret()];
    const NAMED: &[Field] = &[Field::value("name").aliases(&["old"])];
    const COUNTED: &[Field] = &[Field::counter::<u8>("old")];

    fn registered(name: &'static str, fields: &'static [Field]) -> Registered {
        Registered { name, scope: "", fields }
    }

    #[test]
    fn secrets_are_only_for_sessions_that_their_owner_cannot_read() {
        let change = |config: &mut Config| config.registered = vec![registered("Visitor", SECRET)];
        assert_refused("the field \"token\" of `Visitor` is secret", change);
        assert_eq!(checked(Kind::Stored, change), [""; 0]);
    }

    #[test]
    fn a_struct_of_another_scope_is_refused() {
        assert_refused("`Visitor` belongs to the scope \"\", the middleware has \"admin\"", |config| {
            config.scope = "admin".into();
            config.registered = vec![registered("Visitor", NAMED)];
        });
    }

    #[test]
    fn two_structs_say_the_same_of_a_key() {
        let pair = |one, another| {
            move |config: &mut Config| config.registered = vec![registered("One", one), registered("Other", another)]
        };
        assert_taken(pair(NAMED, NAMED));
        assert_refused("`One` and `Other` say different things of the key \"old\"", pair(NAMED, COUNTED));
        assert_refused("`One` and `Other` say different things of the key \"name\"", pair(COUNTED, NAMED));
    }
}
