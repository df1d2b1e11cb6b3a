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
mod tests;
