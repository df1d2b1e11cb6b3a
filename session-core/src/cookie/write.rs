//! Writing `Set-Cookie`.

use std::fmt::Write as _;

#[cfg(feature = "flask")]
use crate::flask;

/// Whether a browser sends the cookie along when another site leads to ours (RFC 6265bis section 5.4.7).
///
/// # Examples
///
/// ```
/// use session_core::{Builder, Engine, Key, SameSite};
///
/// let error = Builder::<Engine>::signed(Key::generate()).secure(false).same_site(SameSite::None).build().unwrap_err();
/// assert!(error.to_string().contains("Secure"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the standard knows these three")]
pub enum SameSite {
    /// Never: not even when the user follows a link to us.
    Strict,
    /// Only when the user follows a link to us. The default.
    Lax,
    /// Always. Browsers ask for `Secure` with it.
    None,
}

/// The attributes of a cookie, in Flask's order, formatted once.
#[derive(Clone, Debug)]
pub(crate) struct CookieTemplate {
    name: String,
    before_age: String,
    after_age: String,
}

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Age {
    /// `Max-Age`.
    Seconds(u64),
    /// `Expires`, in seconds since 1970: what Flask sends.
    #[cfg(feature = "flask")]
    Until(u64),
}

/// What the attributes are made from.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: Option<SameSite>,
    pub(crate) partitioned: bool,
}

impl CookieTemplate {
    pub(crate) fn new(name: String, attributes: &Attributes) -> Self {
        let before_age = attributes.domain.as_ref().map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        let mut after_age = String::new();
        if attributes.secure {
            after_age.push_str("; Secure");
        }
        if attributes.http_only {
            after_age.push_str("; HttpOnly");
        }
        after_age.push_str("; Path=");
        after_age.push_str(&attributes.path);
        after_age.push_str(match attributes.same_site {
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None",
            None => "",
        });
        if attributes.partitioned {
            after_age.push_str("; Partitioned");
        }
        Self { name, before_age, after_age }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of a header without an age, save for those of the value.
    pub(crate) fn bytes(&self) -> usize {
        self.name.len() + "=".len() + self.before_age.len() + self.after_age.len()
    }

    /// Completes a header that holds `name=value`. Without an age the cookie goes when the browser closes.
    pub(crate) fn finish(&self, header: &mut String, age: Option<Age>) {
        header.push_str(&self.before_age);
        // Writing to a text cannot fail.
        let _ = match age {
            None => Ok(()),
            Some(Age::Seconds(seconds)) => write!(header, "; Max-Age={seconds}"),
            #[cfg(feature = "flask")]
            Some(Age::Until(time)) => {
                flask::http_date_at(time).map_or(Ok(()), |date| write!(header, "; Expires={date}"))
            }
        };
        header.push_str(&self.after_age);
    }

    /// The header that removes the cookie: same name, domain, path and flags, or the browser would keep it.
    pub(crate) fn removal(&self) -> String {
        format!("{}={}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0{}", self.name, self.before_age, self.after_age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_repeats_every_attribute() {
        let template = CookieTemplate::new(
            "admin".into(),
            &Attributes {
                domain: Some("example.com".into()),
                path: "/admin".into(),
                secure: true,
                http_only: true,
                same_site: Some(SameSite::None),
                partitioned: true,
            },
        );
        let mut header = String::from("admin=value");
        template.finish(&mut header, Some(Age::Seconds(60)));
        let flags = "Secure; HttpOnly; Path=/admin; SameSite=None; Partitioned";
        assert_eq!(header, format!("admin=value; Domain=example.com; Max-Age=60; {flags}"));
        assert_eq!(
            template.removal(),
            format!("admin=; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; {flags}")
        );
    }

    fn attributes() -> Attributes {
        Attributes {
            domain: None,
            path: "/".into(),
            secure: false,
            http_only: false,
            same_site: None,
            partitioned: false,
        }
    }

    fn finished(attributes: &Attributes, age: Option<Age>) -> String {
        let mut header = String::new();
        CookieTemplate::new("a".into(), attributes).finish(&mut header, age);
        header
    }

    #[test]
    fn each_attribute_is_sent_where_it_is_set_and_not_elsewhere() {
        assert_eq!(finished(&attributes(), None), "; Path=/");
        for (attributes, text) in [
            (Attributes { secure: true, ..attributes() }, "; Secure; Path=/"),
            (Attributes { http_only: true, ..attributes() }, "; HttpOnly; Path=/"),
            (Attributes { partitioned: true, ..attributes() }, "; Path=/; Partitioned"),
            (Attributes { same_site: Some(SameSite::Strict), ..attributes() }, "; Path=/; SameSite=Strict"),
            (Attributes { same_site: Some(SameSite::Lax), ..attributes() }, "; Path=/; SameSite=Lax"),
            (Attributes { same_site: Some(SameSite::None), ..attributes() }, "; Path=/; SameSite=None"),
            (Attributes { domain: Some("a.b".into()), ..attributes() }, "; Domain=a.b; Path=/"),
        ] {
            assert_eq!(finished(&attributes, None), text);
        }
    }

    #[cfg(feature = "flask")]
    #[test]
    fn flasks_cookies_end_at_a_date_where_there_is_one() {
        let date = "; Expires=Tue, 14 Nov 2023 22:13:20 GMT; Path=/";
        assert_eq!(finished(&attributes(), Some(Age::Until(1_700_000_000))), date);
        assert_eq!(finished(&attributes(), Some(Age::Until(u64::MAX))), "; Path=/");
    }

    #[test]
    fn the_bytes_of_a_header_are_known_before_it_is_written() {
        let with_domain = Attributes { domain: Some("example.com".into()), ..attributes() };
        let template = CookieTemplate::new("admin".into(), &with_domain);
        let mut header = String::from("admin=value");
        template.finish(&mut header, None);
        assert_eq!((template.bytes(), template.name()), (header.len() - "value".len(), "admin"));
    }
}
