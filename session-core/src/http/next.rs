//! Where a visitor goes after a login, without becoming anybody's open redirect (OWASP ASVS 5.0, 3.7.2).

use std::fmt::Write as _;

/// A path of our own site as it may stand in `Location`, or `None` for anything a browser might take for another
/// site.
///
/// Allowed is one leading slash, and no backslash and no control character anywhere. What is not ASCII is
/// percent-encoded.
///
/// # Examples
///
/// ```
/// use session_core::http::local_path;
///
/// assert_eq!(local_path("/account?tab=1").as_deref(), Some("/account?tab=1"));
/// assert_eq!(local_path("//evil.example"), None);
/// ```
#[must_use]
pub fn local_path(text: &str) -> Option<String> {
    let rest = text.strip_prefix('/')?;
    if rest.starts_with('/') || text.contains(|letter: char| letter == '\\' || letter.is_control()) {
        return None;
    }
    Some(percent_encode(text, |byte| byte.is_ascii_graphic()))
}

/// The login page with the way back: `/login?next=%2Faccount`.
///
/// # Examples
///
/// ```
/// use session_core::http::login_location;
///
/// assert_eq!(login_location("/login", "/posts?page=2"), "/login?next=%2Fposts%3Fpage%3D2");
/// ```
#[must_use]
pub fn login_location(login: &str, next: &str) -> String {
    let separator = if login.contains('?') { '&' } else { '?' };
    let next = percent_encode(next, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    format!("{login}{separator}next={next}")
}

fn percent_encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_redirects_are_refused() {
        for text in [
            "",
            "evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            " /account",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\\b",
            "/a\u{0}",
            "/a\u{85}",
            "?next=/",
            "#/",
        ] {
            assert_eq!(local_path(text), None, "{text:?}");
        }
    }

    #[test]
    fn paths_of_our_own_are_kept() {
        for text in ["/", "/account", "/a/b?c=d&e=%2F#f", "/a//b", "/x?y=https://evil.example"] {
            assert_eq!(local_path(text).as_deref(), Some(text));
        }
        assert_eq!(local_path("/é x").as_deref(), Some("/%C3%A9%20x"));
    }

    #[test]
    fn the_way_back_is_one_query_value() {
        assert_eq!(login_location("/login?lang=en", "/a&b"), "/login?lang=en&next=%2Fa%26b");
    }
}
