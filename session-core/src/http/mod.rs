//! Texts of HTTP that belong to sessions and to no framework: caching headers, and where to go after a login.

mod headers;
mod next;

pub use headers::{NO_CACHED_COOKIE, VARY_COOKIE, cache_control_with_cookie, vary_cookie};
pub use next::{local_path, login_location};
