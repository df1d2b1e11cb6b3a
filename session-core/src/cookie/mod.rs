//! The text of `Cookie` and `Set-Cookie` headers (RFC 6265), bytes in and text out.

pub(crate) mod read;
pub(crate) mod write;
