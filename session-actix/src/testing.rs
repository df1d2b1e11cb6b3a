//! Tools for the tests of an application.

pub use session_core::ManualClock;
