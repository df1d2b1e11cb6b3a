//! The decisions of an application that shares its sessions with Flask, in Flask's words where it has some.

use super::{Builder, Config, Refresh};
use crate::engine::Engine;
use crate::flask::{Digest, KeyDerivation};
use crate::key::{Key, KeyRing};
use crate::token::Kind;

/// Fewest bytes of a secret, unless the application insists: shorter ones are found by trying.
const MIN_SECRET_BYTES: usize = 16;

/// Secrets of documentations and templates of 16 bytes and more, with which everybody can log in as anybody.
const WELL_KNOWN: &[&[u8]] = &[
    // Flask's own documentation, now and before.
    b"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    b"_5#y2L\"F4Q8z\n\xec]/",
    b"_5#y2L\"F4Q8z\\n\\xec]/",
    b"A0Zr98j/3yX R~XHH!jmN]LWX/,?RT",
    // Widely read tutorials and templates.
    b"you-will-never-guess",
    b"hard to guess string",
    b"super-secret-key",
    b"supersecretkey123",
    b"your-secret-key-here",
    b"your_secret_key_here",
    b"change-me-in-production",
    b"this-is-a-secret-key",
    b"thisisasecretkey",
    b"a-very-secret-key",
    b"super secret string",
    // Apache Superset (CVE-2023-27524).
    b"\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h",
    b"CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
    b"thisISaSECRET_1234",
    b"YOUR_OWN_RANDOM_GENERATED_SECRET_KEY",
    b"TEST_NON_DEV_SECRET",
];

/// What a subclass of Flask's `SecureCookieSessionInterface` may have changed.
#[derive(Clone, Debug)]
pub(crate) struct Signing {
    pub(crate) salt: String,
    pub(crate) digest: Digest,
    pub(crate) derivation: KeyDerivation,
}

impl Default for Signing {
    fn default() -> Self {
        Self { salt: "cookie-session".into(), digest: Digest::Sha1, derivation: KeyDerivation::Hmac }
    }
}

impl<M: From<Engine>> Builder<M> {
    /// Sessions that a Flask application reads and writes too, under Flask's rules and defaults. The secret is Flask's
    /// `SECRET_KEY`, a text in UTF-8.
    ///
    /// The cookie's name, domain, path and flags must be the same on both sides: where one of the first three differs, browsers keep two
    /// cookies, and where a flag does, that of the last response holds.
    ///
    /// # Security
    ///
    /// As with [`Builder::signed`], the server keeps no list of such sessions. Flask's cookie is neither bound to its name
    /// nor secure by default: set `.secure(true)` and `.same_site(SameSite::Lax)` here and `SESSION_COOKIE_SECURE` and
    /// `SESSION_COOKIE_SAMESITE` there.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine, SameSite};
    ///
    /// let secret = "8f42a73054b1749f8f58848be5e6502c"; // app.secret_key
    /// let engine: Engine = Builder::flask(secret).secure(true).same_site(SameSite::Lax).build()?;
    /// assert_eq!(engine.cookie_name(), "session");
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn flask(secret: impl Into<Vec<u8>>) -> Self {
        let keys = KeyRing::new(Key::of_any_length(secret.into()));
        Self::new(Kind::Flask, keys).set(|config| *config = Config::flask())
    }

    /// Older secrets of a Flask session, which only verify (`SECRET_KEY_FALLBACKS`). As in Flask, what they verified is signed
    /// with the current secret when it is written next.
    ///
    /// # Security
    ///
    /// A fallback can still forge sessions. A secret that leaked is removed at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine};
    ///
    /// let engine: Engine = Builder::flask("the new SECRET_KEY").fallbacks(["the SECRET_KEY of last year"]).build()?;
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn fallbacks(mut self, secrets: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let secrets = secrets.into_iter().map(|secret| Key::of_any_length(secret.into()));
        self.keys = secrets.fold(self.keys, KeyRing::fallback);
        self.only_flask(".fallbacks(..)")
    }

    /// Takes a Flask secret of fewer than 16 bytes, or one that stands in a documentation.
    ///
    /// # Security
    ///
    /// Such a secret is found from a single cookie in no time, and with it everybody can log in as anybody.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine};
    ///
    /// assert!(Builder::<Engine>::flask("dev").build().is_err());
    /// assert!(Builder::<Engine>::flask("dev").allow_weak_secret().build().is_ok());
    /// ```
    pub fn allow_weak_secret(self) -> Self {
        self.set(|config| config.weak_secret = true).only_flask(".allow_weak_secret()")
    }

    /// Dates the cookies of a Flask session back by so many seconds. Flask takes a cookie that is a second ahead of its own
    /// clock for forged, so this is for Flask hosts whose clocks lag behind.
    ///
    /// # Default
    ///
    /// 0
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::{Builder, Engine};
    ///
    /// let engine: Engine = Builder::flask("the SECRET_KEY of Flask").backdate(2).build()?;
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn backdate(self, seconds: u64) -> Self {
        self.set(|config| config.backdate = seconds).only_flask(".backdate(..)")
    }

    /// The salt of a Flask session's signature, where the application changed `SecureCookieSessionInterface.salt`.
    ///
    /// # Default
    ///
    /// `cookie-session`
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::flask::{Digest, KeyDerivation};
    /// use session_core::{Builder, Engine};
    ///
    /// // class OurSessions(SecureCookieSessionInterface):
    /// //     salt = "our-sessions"
    /// //     digest_method = staticmethod(hashlib.sha256)
    /// //     key_derivation = "django-concat"
    /// let engine: Engine = Builder::flask("the SECRET_KEY of Flask")
    ///     .salt("our-sessions")
    ///     .digest(Digest::Sha256)
    ///     .key_derivation(KeyDerivation::DjangoConcat)
    ///     .build()?;
    /// # Ok::<(), session_core::ConfigError>(())
    /// ```
    pub fn salt(self, salt: impl Into<String>) -> Self {
        self.set(|config| config.signing.salt = salt.into()).only_flask(".salt(..)")
    }

    /// The hash function of a Flask session's signature, where the application changed
    /// `SecureCookieSessionInterface.digest_method`.
    ///
    /// # Default
    ///
    /// [`Digest::Sha1`]
    pub fn digest(self, digest: Digest) -> Self {
        self.set(|config| config.signing.digest = digest).only_flask(".digest(..)")
    }

    /// How the key of a Flask session's signature is made, where the application changed
    /// `SecureCookieSessionInterface.key_derivation`.
    ///
    /// # Default
    ///
    /// [`KeyDerivation::Hmac`]
    pub fn key_derivation(self, derivation: KeyDerivation) -> Self {
        self.set(|config| config.signing.derivation = derivation).only_flask(".key_derivation(..)")
    }

    fn only_flask(self, setter: &'static str) -> Self {
        self.set(|config| config.flask_setters.push(setter))
    }
}

impl Config {
    /// Flask's defaults (`Flask.default_config`).
    pub(super) fn flask() -> Self {
        let mut config = Self {
            host_prefix_by_default: false,
            absolute_lifetime: None,
            refresh: Refresh::EveryResponse,
            commit_on_server_error: true,
            ..Self::default()
        };
        config.attributes.secure = false;
        config.attributes.same_site = None;
        config
    }

    /// Writes the attributes as Werkzeug's `dump_cookie` does.
    pub(super) fn follow_werkzeug(&mut self) {
        let attributes = &mut self.attributes;
        attributes.secure |= attributes.partitioned;
        attributes.path = werkzeug_path(&attributes.path);
        attributes.domain = attributes.domain.as_deref().map(werkzeug_domain);
    }

    /// Refuses secrets that are no secret.
    pub(super) fn check_secrets(&self, keys: &KeyRing, faults: &mut Vec<String>) {
        for (index, key) in keys.keys().iter().enumerate() {
            let (which, remedy) = if index == 0 {
                let remedy = "make a good one with `openssl rand -hex 32` and give it to Flask too";
                ("the secret", remedy)
            } else {
                ("a fallback secret", "remove it, which ends the sessions that it signed")
            };
            let bytes = key.bytes();
            let strict = !self.weak_secret;
            if bytes.is_empty() {
                faults.push(format!("{which} is empty: without a `SECRET_KEY` Flask has no session either"));
            } else if strict && bytes.len() < MIN_SECRET_BYTES {
                faults.push(format!(
                    "{which} has {} bytes, at least {MIN_SECRET_BYTES} are needed: {remedy}, or call `.allow_weak_secret()`",
                    bytes.len()
                ));
            } else if strict && WELL_KNOWN.contains(&bytes) {
                faults.push(format!(
                    "{which} stands in a documentation, so everybody knows it: {remedy}, or call `.allow_weak_secret()`"
                ));
            }
        }
        if !self.scope.is_empty() && self.signing.salt == Signing::default().salt {
            faults.push(
                "a Flask session is not bound to its cookie's name, so one of another scope would open this one: give it \
                 a `.salt(..)` of its own, as in Flask, or remove `.scope(..)`"
                    .into(),
            );
        }
        if self.backdate >= self.lifetime.as_secs() {
            faults.push("`.backdate(..)` is not below `.lifetime(..)`: every session would end before it began".into());
        }
    }
}

/// Without port and leading dots, and in ASCII. What is no host name stays as it is.
pub(crate) fn werkzeug_domain(domain: &str) -> String {
    let host = domain.split(':').next().unwrap_or_default().trim_start_matches('.');
    let ascii = if host.is_ascii() { None } else { idna::domain_to_ascii(host).ok() };
    ascii.unwrap_or_else(|| host.to_owned())
}

/// `urllib.parse.quote` with the safe characters of `dump_cookie`. No path is the application's root.
pub(crate) fn werkzeug_path(path: &str) -> String {
    use std::fmt::Write as _;

    let mut quoted = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~%!$&'()*+,/:=@".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    if quoted.is_empty() { "/".into() } else { quoted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(builder: Builder) -> Vec<String> {
        builder.build().map_or_else(|error| error.faults().map(str::to_owned).collect(), |_| Vec::new())
    }

    #[test]
    fn a_secret_that_is_short_or_well_known_is_refused() {
        let good = "0123456789abcdef";
        assert_eq!(faults(Builder::flask(good)), [""; 0]);
        for weak in [b"dev".as_slice(), b"0123456789abcde", b"you-will-never-guess", b"_5#y2L\"F4Q8z\n\xec]/"] {
            assert_eq!(faults(Builder::flask(weak)).len(), 1);
            assert!(faults(Builder::flask(weak)).concat().starts_with("the secret "));
            let of_fallback = faults(Builder::flask(good).fallbacks([weak]));
            assert!(matches!(of_fallback.as_slice(), [fault] if fault.starts_with("a fallback secret ")));
            assert!(of_fallback.concat().contains(": remove it") && !of_fallback.concat().contains("openssl"));
            assert_eq!(faults(Builder::flask(weak).fallbacks([weak]).allow_weak_secret()), [""; 0]);
        }
        assert_eq!(faults(Builder::flask("").allow_weak_secret()).len(), 1);
        assert!(WELL_KNOWN.iter().all(|secret| secret.len() >= MIN_SECRET_BYTES));
    }

    #[test]
    fn no_error_shows_the_secret() {
        for secret in ["hunter2", "you-will-never-guess"] {
            assert!(!faults(Builder::flask(secret)).concat().contains(secret));
            let builder = format!("{:?}", Builder::<Engine>::flask(secret));
            assert!(builder.starts_with("Builder ") && !builder.contains(secret), "{builder}");
        }
    }

    #[test]
    fn setters_of_flasks_sessions_are_refused_elsewhere() {
        let builder: Builder = Builder::signed(Key::generate()).backdate(1).allow_weak_secret().fallbacks(["x"]);
        let named = faults(builder).concat();
        for setter in [".backdate(..)", ".allow_weak_secret()", ".fallbacks(..)"] {
            assert!(named.contains(setter), "{named}");
        }
        assert_eq!(faults(Builder::flask("0123456789abcdef").backdate(31 * 86_400)).len(), 1);
    }

    #[test]
    fn a_scope_needs_a_salt_of_its_own() {
        let scoped = || Builder::flask("0123456789abcdef").scope("admin");
        assert!(faults(scoped()).concat().contains("`.salt(..)`"));
        assert_eq!(faults(scoped().salt("admin-session")), [""; 0]);
    }

    #[test]
    fn the_defaults_are_flasks() {
        let engine: Engine = Builder::flask("0123456789abcdef").build().unwrap();
        assert_eq!(engine.cookie_name(), "session");
        assert!(engine.commits_on_server_error());
        let secure: Engine = Builder::flask("0123456789abcdef").secure(true).build().unwrap();
        assert_eq!(secure.cookie_name(), "session", "a prefix would be another cookie than Flask's");
        let config = Config::flask();
        assert!(config.absolute_lifetime.is_none() && config.refresh == Refresh::EveryResponse);
        assert!(!config.attributes.secure && config.attributes.same_site.is_none());
    }

    #[test]
    fn attributes_are_written_as_werkzeug_does() {
        for (secure, partitioned, expected) in [(false, false, false), (true, false, true), (false, true, true)] {
            let mut config = Config::flask();
            config.attributes.secure = secure;
            config.attributes.partitioned = partitioned;
            config.attributes.path = "/a b".into();
            config.attributes.domain = Some(".example.com".into());
            config.follow_werkzeug();
            let attributes = config.attributes;
            assert_eq!((attributes.secure, attributes.path.as_str()), (expected, "/a%20b"));
            assert_eq!(attributes.domain.as_deref(), Some("example.com"));
        }
    }

    #[test]
    fn domains_are_written_as_werkzeug_does() {
        for (domain, written) in [
            (".example.com", "example.com"),
            ("example.com:80", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(werkzeug_domain(domain), written);
        }
    }

    #[test]
    fn paths_are_quoted_as_werkzeug_does() {
        for (path, quoted) in [("/a b;c/ü%20", "/a%20b%3Bc/%C3%BC%20"), ("", "/"), ("/a+b=@~", "/a+b=@~")] {
            assert_eq!(werkzeug_path(path), quoted);
        }
    }
}
