//! Names of newtype structs by which our own types tell a session's notation what they are. Where a notation does not know
//! them, serde passes them over.

/// With this all of them begin.
#[cfg(feature = "flask")]
pub(crate) const PREFIX: &str = "$session::";

/// A sequence that Python has as a tuple.
pub(crate) const TUPLE: &str = "$session::Tuple";

/// A message's text that Python has as `Markup`: a template does not escape it.
pub(crate) const HTML: &str = "$session::Html";

/// A message, of which Flask has more kinds than text.
pub(crate) const FLASH: &str = "$session::Flash";

/// What Python has as `Markup`.
#[cfg(feature = "flask")]
pub(crate) const MARKUP: &str = "$session::Markup";

/// What Python has as `bytes`.
#[cfg(feature = "flask")]
pub(crate) const BYTES: &str = "$session::Bytes";

/// What Python has as `UUID`.
#[cfg(feature = "flask")]
pub(crate) const UUID: &str = "$session::Uuid";

/// What Python has as `datetime`.
#[cfg(feature = "flask")]
pub(crate) const DATE_TIME: &str = "$session::DateTime";
