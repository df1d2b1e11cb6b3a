//! Sessions that the server keeps. So far, how they are called.

mod id;

pub use id::SessionId;
