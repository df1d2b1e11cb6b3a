//! One name for two things: the trait of session-core, and the derive with this crate's paths.

// The derive shadows session-core's own, and leaves the trait of the same name.
pub use session_core::*;
pub use session_macros::SessionDataForActix as SessionData;
