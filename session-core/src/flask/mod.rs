//! Sessions that a Flask application reads and writes too.
//!
//! # Examples
//!
//! ```
//! use session_core::flask::UrlSafeTimedSerializer;
//!
//! // URLSafeTimedSerializer(secret, salt="password-reset").dumps(42)
//! let tokens = UrlSafeTimedSerializer::new("the SECRET_KEY of the application").salt("password-reset");
//! let token = tokens.dumps(&42)?;
//! assert_eq!(tokens.loads::<u64>(&token, None)?, 42);
//! # Ok::<(), session_core::flask::TokenError>(())
//! ```

mod base64;
mod check;
mod compound;
mod convert;
mod date;
mod de;
mod error;
mod key;
mod login;
mod parse;
pub(crate) mod payload;
mod remember;
mod root;
mod ser;
mod serializer;
mod session;
mod signer;
mod tag;
mod text;
mod types;

pub(crate) use compound::Compound;
pub(crate) use convert::{from_json, holds_parts, is_nobody, is_same_value, to_json};
pub(crate) use date::http_date_at;
pub use error::TokenError;
pub use login::session_identifier;
pub(crate) use parse::{Node, parse};
pub use remember::RememberCookie;
pub(crate) use root::{check_value, elements, is_truthy, read_root, write_root};
pub(crate) use ser::Serializer;
pub use serializer::UrlSafeTimedSerializer;
pub use signer::{Digest, KeyDerivation, Signer};
pub use types::{Bytes, DateTime, Markup, Tuple, Uuid};
// What `Uuid` and `DateTime` hold.
pub use {time, uuid};

use crate::flash::Flash;
use crate::notation::Notation;

/// What an entry of the message queue says: category, text, and whether that is HTML.
pub(crate) fn message(entry: &str) -> Option<(String, String, bool)> {
    let flash: Flash = Notation::Flask.read(entry)?;
    Some((flash.category().to_owned(), flash.text().to_owned(), flash.is_markup()))
}

/// How many bytes a text has without its escapes.
pub(crate) fn unescaped_bytes(text: &str) -> usize {
    text::unescape(text).len()
}
