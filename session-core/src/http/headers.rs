//! What a shared cache must know about a response that depends on a session (RFC 9110 section 12.5.5, RFC 9111).

/// The value of `Cache-Control` for a response that carries a session cookie, where the application set none.
pub const NO_CACHED_COOKIE: &str = r#"no-cache="Set-Cookie""#;

/// The value of `Vary` for a response whose session was looked at, where the application set none.
pub const VARY_COOKIE: &str = "Cookie";

/// The value of `Vary` for a response whose session was looked at, merged with what the application set, or `None`
/// where that says it already.
///
/// # Examples
///
/// ```
/// use session_core::http::{VARY_COOKIE, vary_cookie};
///
/// assert_eq!(vary_cookie([]).as_deref(), Some(VARY_COOKIE));
/// assert_eq!(vary_cookie(["Accept-Encoding"]).as_deref(), Some("Accept-Encoding, Cookie"));
/// assert_eq!(vary_cookie(["cookie"]), None);
/// ```
#[must_use]
pub fn vary_cookie<'a>(set: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = set.into_iter().flat_map(directives).collect();
    let known = names.iter().any(|name| *name == "*" || name.eq_ignore_ascii_case("cookie"));
    (!known).then(|| joined(names, VARY_COOKIE))
}

/// The value of `Cache-Control` for a response that carries a session cookie, merged with what the application set:
/// no shared cache may keep the cookie.
///
/// # Examples
///
/// ```
/// use session_core::http::{NO_CACHED_COOKIE, cache_control_with_cookie};
///
/// assert_eq!(cache_control_with_cookie([]), NO_CACHED_COOKIE);
/// assert_eq!(cache_control_with_cookie(["public, max-age=60"]), "max-age=60, private");
/// ```
#[must_use]
pub fn cache_control_with_cookie<'a>(set: impl IntoIterator<Item = &'a str>) -> String {
    let set: Vec<&str> = set.into_iter().flat_map(directives).collect();
    if set.is_empty() {
        return NO_CACHED_COOKIE.into();
    }
    let kept = set.into_iter().filter(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim();
        // `private` is written again without the list of fields it may have.
        !["public", "s-maxage", "private"].iter().any(|shared| name.eq_ignore_ascii_case(shared))
    });
    joined(kept.collect(), "private")
}

fn joined<'a>(mut values: Vec<&'a str>, last: &'a str) -> String {
    values.push(last);
    values.join(", ")
}

/// The parts of a list, split at commas that are not in quotes.
fn directives(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value
        .split(move |letter| {
            quoted ^= letter == '"';
            letter == ',' && !quoted
        })
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vary_is_merged_into_one_list() {
        assert_eq!(vary_cookie([]).as_deref(), Some("Cookie"));
        assert_eq!(vary_cookie(["Accept", "Origin,  DNT"]).as_deref(), Some("Accept, Origin, DNT, Cookie"));
        assert_eq!(vary_cookie(["Accept, COOKIE"]), None);
        assert_eq!(vary_cookie(["*"]), None);
    }

    #[test]
    fn a_shared_cache_is_told_not_to_keep_the_response() {
        for (set, expected) in [
            ("public", "private"),
            ("Public, S-MaxAge=5, max-age=1", "max-age=1, private"),
            ("no-store", "no-store, private"),
            ("private", "private"),
            (r#"private="x, y", no-cache="a, public""#, r#"no-cache="a, public", private"#),
        ] {
            assert_eq!(cache_control_with_cookie([set]), expected, "{set}");
        }
    }
}
