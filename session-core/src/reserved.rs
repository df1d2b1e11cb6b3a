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
