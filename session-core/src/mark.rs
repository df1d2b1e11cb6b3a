//! Names of newtype structs by which our own types tell a session's notation what they are. Where a notation does not know
//! them, serde passes them over.

/// A sequence that Python has as a tuple.
pub(crate) const TUPLE: &str = "$session::Tuple";

/// A text that Python has as `Markup`: a template does not escape it.
pub(crate) const MARKUP: &str = "$session::Markup";

/// A message, of which Flask has more kinds than text.
pub(crate) const FLASH: &str = "$session::Flash";

/// The Base64 of what Python has as `bytes`.
#[cfg(feature = "flask")]
pub(crate) const BYTES: &str = "$session::Bytes";

/// 32 hexadecimal digits.
#[cfg(feature = "flask")]
pub(crate) const UUID: &str = "$session::Uuid";

/// A date as HTTP has it.
#[cfg(feature = "flask")]
pub(crate) const DATE_TIME: &str = "$session::DateTime";
