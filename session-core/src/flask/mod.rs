//! Sessions that a Flask application reads and writes too.

mod base64;
mod check;
mod convert;
mod date;
mod de;
mod error;
mod key;
mod login;
mod parse;
mod payload;
mod remember;
mod root;
mod ser;
mod serializer;
mod session;
mod signer;
mod tag;
mod text;
mod types;

pub(crate) use convert::{from_json, holds_parts, is_nobody, is_same_value, to_json};
pub(crate) use date::http_date_at;
pub use error::TokenError;
pub use login::session_identifier;
pub(crate) use parse::{Node, parse};
pub use remember::RememberCookie;
pub(crate) use root::{check_value, elements, is_truthy, read_root, write_root};
pub(crate) use ser::{Compound, Serializer};
pub use serializer::UrlSafeTimedSerializer;
pub use signer::{Digest, KeyDerivation, Signer};
pub use types::{Bytes, DateTime, Markup, Tuple, Uuid};
// What `Uuid` and `DateTime` hold.
pub use {time, uuid};

use crate::flash::Flash;
use crate::notation::Notation;

/// Whether two entries of the message queue are one message: Flask writes more kinds than we do, such as lists for pairs and
/// numbers for texts.
pub(crate) fn is_same_message(one: &str, another: &str) -> bool {
    let message = |entry| Notation::Flask.read::<Flash>(entry);
    message(one).is_some_and(|one| message(another) == Some(one))
}

/// How many bytes a text has without its escapes.
pub(crate) fn unescaped_bytes(text: &str) -> usize {
    text::unescape(text).len()
}
