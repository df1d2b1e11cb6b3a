//! Sessions in Redis: one key a session, one script a write.
//!
//! A session is a hash under `session:ID` with the fields `v` (version), `t` (hash of the token), `e` (expiry), `o` (owner), `d` (data) and `i`
//! (until when the owner's index surely names it). An owner's index is a sorted set under `sessions-of:OWNER`. In a cluster the two lie in different
//! slots, so no script touches both: the id enters the index before the session names the owner, and leaves it after.

mod again;
mod answer;
mod asking;
mod error;
mod hash;
mod link;
mod script;
mod server;
mod store;

pub use store::RedisStore;
