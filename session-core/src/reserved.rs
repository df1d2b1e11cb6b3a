//! The keys of a session that are the library's own.

use crate::flash::FLASHES_KEY;
use crate::json_key;

/// The browser keeps the cookie when it closes: `true` or missing.
pub(crate) const PERMANENT: &str = "_permanent";

/// This session's own lifetime in seconds, where it has one.
pub(crate) const LIFETIME: &str = "_lifetime";

/// When the session began, or its user logged in, in seconds since 1970.
pub(crate) const CREATED: &str = "_created";

const ALL: [&str; 4] = [PERMANENT, FLASHES_KEY, LIFETIME, CREATED];

pub(crate) fn is_reserved(key: &str) -> bool {
    ALL.contains(&key)
}

/// As [`is_content`], of a key in quotes as it stands.
pub(crate) fn is_content_in_quotes(quoted: &str) -> bool {
    // Nearly all keys are seen not to be ours by their first letter.
    let may_be_ours = matches!(quoted.as_bytes().get(1), Some(b'_' | b'\\'));
    !may_be_ours || is_content(&json_key::decode(quoted))
}

/// Whether a key alone is reason enough for a session to exist.
pub(crate) fn is_content(key: &str) -> bool {
    key == FLASHES_KEY || !is_reserved(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_the_librarys_own_is_content_and_messages_are() {
        for (quoted, is_ours, counts) in [
            (r#""_permanent""#, true, false),
            (r#""_lifetime""#, true, false),
            (r#""_created""#, true, false),
            (r#""_flashes""#, true, true),
            (r#""_csrf""#, false, true),
            (r#""a""#, false, true),
            (r#""""#, false, true),
            (r#""permanent""#, false, true),
            (r#""\u005fcreated""#, true, false),
            (r#""_cre\u0061ted""#, true, false),
            (r#""\u005fother""#, false, true),
        ] {
            let key = json_key::decode(quoted);
            assert_eq!((is_reserved(&key), is_content(&key)), (is_ours, counts), "{quoted}");
            assert_eq!(is_content_in_quotes(quoted), counts, "{quoted}");
        }
    }
}
