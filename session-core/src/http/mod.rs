//! Texts of HTTP that belong to sessions and to no framework: caching headers, and where to go after a login.
//!
//! # Examples
//!
//! ```
//! use session_core::http::{local_path, login_location};
//!
//! assert_eq!(login_location("/login", "/cart?page=2"), "/login?next=%2Fcart%3Fpage%3D2");
//! assert_eq!(local_path("//evil.example"), None);
//! ```

mod headers;
mod next;

pub use headers::{NO_CACHED_COOKIE, VARY_COOKIE, cache_control_with_cookie, vary_cookie};
pub use next::{local_path, login_location};
