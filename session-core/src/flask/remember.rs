//! Flask-Login's second cookie, which logs a user in again after the session ended.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;

use crate::clock::{Clock, SystemClock};
use crate::config::flask::{werkzeug_domain, werkzeug_path};
use crate::cookie::read::candidates;
use crate::cookie::write::{Age, Attributes, CookieTemplate, SameSite};
use crate::hex;
use crate::key::Key;

/// Writes and reads the "remember me" cookie of Flask-Login.
///
/// A Flask application makes one where `login_user(user, remember=True)` was called. Read it where the session has no
/// `_user_id`; who comes in this way is logged in with `_fresh` false. Setters have the names of Flask-Login's configuration.
///
/// # Security
///
/// The cookie holds the user's id and a signature, and no time: a copy of it logs in until the secret changes. For a cookie that
/// ends, use a permanent session instead.
///
/// # Examples
///
/// ```
/// use session_core::flask::RememberCookie;
///
/// let remember = RememberCookie::new("the SECRET_KEY of the Flask application").secure(true);
/// let set_cookie = remember.set_cookie("42");
/// let cookie = set_cookie.split(';').next().unwrap();
/// assert_eq!(remember.read([cookie.as_bytes()]).as_deref(), Some("42"));
/// assert_eq!(remember.decode(&remember.encode("42")), Some("42"));
/// assert!(remember.removal_cookie().contains("Max-Age=0"));
/// ```
///
/// For an application that changed Flask-Login's configuration:
///
/// ```
/// use std::time::Duration;
/// use session_core::flask::RememberCookie;
/// use session_core::{ManualClock, SameSite};
///
/// let remember = RememberCookie::new("the SECRET_KEY of the Flask application")
///     .name("keep_me")
///     .duration(Duration::from_secs(7 * 24 * 60 * 60))
///     .domain("example.org")
///     .path("/shop")
///     .secure(true)
///     .http_only(true)
///     .same_site(SameSite::Lax)
///     .clock(ManualClock::at(1_700_000_000));
/// assert!(remember.set_cookie("42").ends_with("; Secure; HttpOnly; Path=/shop; SameSite=Lax"));
/// ```
#[derive(Clone)]
pub struct RememberCookie {
    secret: Key,
    name: String,
    duration: Duration,
    attributes: Attributes,
    clock: Arc<dyn Clock>,
}

/// `REMEMBER_COOKIE_DURATION` where it is not set: 365 days.
const DEFAULT_DURATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl RememberCookie {
    /// With Flask-Login's defaults. The secret is Flask's `SECRET_KEY`. One with letters outside of ASCII is given as its bytes in Latin-1,
    /// which Flask-Login takes here, where the session has UTF-8.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self {
            secret: Key::of_any_length(secret.into()),
            name: "remember_token".into(),
            duration: DEFAULT_DURATION,
            attributes: Attributes {
                domain: None,
                path: "/".into(),
                secure: false,
                http_only: true,
                same_site: None,
                partitioned: false,
            },
            clock: Arc::new(SystemClock),
        }
    }

    /// `REMEMBER_COOKIE_NAME`, by default `remember_token`.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// `REMEMBER_COOKIE_DURATION`, by default 365 days.
    #[must_use]
    pub fn duration(self, duration: Duration) -> Self {
        Self { duration, ..self }
    }

    /// `REMEMBER_COOKIE_DOMAIN`, by default none.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.attributes.domain = Some(werkzeug_domain(&domain.into()));
        self
    }

    /// `REMEMBER_COOKIE_PATH`, by default `/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.attributes.path = werkzeug_path(&path.into());
        self
    }

    /// `REMEMBER_COOKIE_SECURE`, by default `false`.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.attributes.secure = secure;
        self
    }

    /// `REMEMBER_COOKIE_HTTPONLY`, by default `true`.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.attributes.http_only = http_only;
        self
    }

    /// `REMEMBER_COOKIE_SAMESITE`, by default none.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = Some(same_site);
        self
    }

    /// Where the time comes from, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The cookie's value for a user (`encode_cookie`).
    #[must_use]
    pub fn encode(&self, user_id: &str) -> String {
        let digest = self.keyed(user_id).map(|mac| hex::encode(&mac.finalize().into_bytes())).unwrap_or_default();
        format!("{user_id}|{digest}")
    }

    /// The user of such a value (`decode_cookie`), or `None` where nobody who has the secret made it.
    ///
    /// # Security
    ///
    /// Signatures are compared in constant time.
    #[must_use]
    pub fn decode<'v>(&self, value: &'v str) -> Option<&'v str> {
        let (user_id, digest) = value.rsplit_once('|')?;
        self.keyed(user_id)?.verify_slice(&hex::decode(digest)?).ok()?;
        Some(user_id)
    }

    /// The `Set-Cookie` header that remembers a user.
    #[must_use]
    pub fn set_cookie(&self, user_id: &str) -> String {
        let template = CookieTemplate::new(self.name.clone(), &self.attributes);
        let mut header = format!("{}={}", self.name, quoted(&self.encode(user_id)));
        template.finish(&mut header, Some(Age::Until(self.clock.now().saturating_add(self.duration.as_secs()))));
        header
    }

    /// The `Set-Cookie` header that forgets the user.
    #[must_use]
    pub fn removal_cookie(&self) -> String {
        CookieTemplate::new(self.name.clone(), &self.attributes).removal()
    }

    /// The user in the `Cookie` headers of a request, whose bytes these are.
    #[must_use]
    pub fn read<'h>(&self, headers: impl IntoIterator<Item = &'h [u8]>) -> Option<String> {
        candidates(headers.into_iter(), &self.name).find_map(|value| self.decode(&unquoted(value)?).map(str::to_owned))
    }

    fn keyed(&self, user_id: &str) -> Option<Hmac<Sha512>> {
        // An HMAC takes a key of any length.
        Hmac::new_from_slice(self.secret.bytes()).ok().map(|mac: Hmac<Sha512>| mac.chain_update(user_id))
    }
}

/// The secret is not shown.
impl fmt::Debug for RememberCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RememberCookie").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A value as Werkzeug's `dump_cookie` writes it: in quotes, with octal escapes, where it holds what a cookie cannot.
fn quoted(value: &str) -> String {
    if value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b',' | b';' | 0..=0x1f | 0x7f.. => {
                // Writing to a text cannot fail.
                let _ = write!(quoted, "\\{byte:03o}");
            }
            _ => quoted.push(char::from(byte)),
        }
    }
    quoted.push('"');
    quoted
}

/// What such a value stands for.
fn unquoted(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Some(value.to_owned());
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let octal = |digits: &[u8]| {
            let sound = digits.iter().all(|digit| matches!(digit, b'0'..=b'7'));
            sound.then(|| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok())?
        };
        let octal = rest.split_at_checked(3).and_then(|(digits, after)| octal(digits).zip(Some(after)));
        let (byte, after) = octal.or_else(|| rest.split_first().map(|(byte, after)| (*byte, after)))?;
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_user_with_unusual_letters_comes_back() {
        let remember = RememberCookie::new("dev-secret");
        for user in ["42", "a|b", "é;\"\\,", "with space", ""] {
            let header = remember.set_cookie(user);
            let cookie = header.split("; ").next().unwrap();
            assert_eq!(remember.read([cookie.as_bytes()]).as_deref(), Some(user));
        }
    }

    #[test]
    fn the_headers_are_flask_logins() {
        let remember = RememberCookie::new("dev-secret").clock(ManualClock::at(1_700_000_000));
        let value = remember.encode("42");
        let expected = format!("remember_token={value}; Expires=Wed, 13 Nov 2024 22:13:20 GMT; HttpOnly; Path=/");
        assert_eq!(remember.set_cookie("42"), expected);
    }

    #[test]
    fn the_settings_are_those_of_the_cookie() {
        let remember = RememberCookie::new("dev-secret").clock(ManualClock::at(1_700_000_000));
        let remember = remember.name("stay").duration(Duration::from_secs(60)).secure(true);
        let value = remember.encode("42");
        let expected = format!("stay={value}; Expires=Tue, 14 Nov 2023 22:14:20 GMT; Secure; HttpOnly; Path=/");
        assert_eq!(remember.set_cookie("42"), expected);
        let removal = remember.removal_cookie();
        assert!(removal.starts_with("stay=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0;"), "{removal}");
        assert_eq!(format!("{remember:?}"), r#"RememberCookie { name: "stay", .. }"#);
        assert_eq!(remember.read([format!("stay={value}").as_bytes()]).as_deref(), Some("42"));
    }

    #[test]
    fn a_forged_remember_cookie_is_refused() {
        let remember = RememberCookie::new("dev-secret");
        let value = remember.encode("42");
        let other = RememberCookie::new("other").encode("42");
        for forged in [value.replace("42|", "43|"), value.to_uppercase(), other, "42|".into(), "42".into(), value + "0"]
        {
            assert_eq!(remember.decode(&forged), None, "{forged}");
        }
    }
}
