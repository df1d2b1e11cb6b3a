#![doc = include_str!("../README.md")]
// On docs.rs, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the derive's paths hold inside this crate too.
extern crate self as session_actix;

mod boxed;
pub mod csrf;
mod dynamic;
mod error;
mod ext;
#[cfg(feature = "from-actix-session")]
pub mod from_actix_session;
mod guard;
mod headers;
mod logged_in;
mod login_required;
mod middleware;
mod next;
mod session;
mod session_data;
mod slot;
mod storing;

#[cfg(feature = "flask")]
pub use session_core::flask;

#[cfg(feature = "minijinja")]
pub mod minijinja;

#[cfg(feature = "testing")]
pub mod testing;

pub use dynamic::Dynamic;
pub use error::SessionError;
pub use ext::{SessionExt, SessionFuture};
pub use guard::{Guarded, GuardedFuture};
pub use logged_in::{LoggedIn, LoggedInFuture};
pub use login_required::{LoginRequired, login_required};
pub use middleware::{SessionMiddleware, SessionResponseFuture, SessionService};
pub use next::safe_next;
pub use session::Session;
pub use session_core::http::{local_path, login_location};
#[doc(hidden)]
pub use session_core::probe;
pub use session_core::store;
pub use session_core::{
    Builder, Clock, ConfigError, Counter, Field, FieldKind, FieldValue, Fields, Finding, Flash, Flashes, Key, KeyError,
    KeyRing, Lazy, Login, MIN_KEY_BYTES, MessageQueue, Optional, Refresh, SameSite, SystemClock, Values, is_somebody,
};
pub use session_data::SessionData;

/// The project's README runs too.
#[cfg(all(doctest, feature = "flask"))]
#[doc = include_str!("../../README.md")]
struct ProjectReadme;

/// And so do its guides.
#[cfg(all(doctest, feature = "flask"))]
#[doc = include_str!("../../docs/from-flask.md")]
struct FromFlask;

/// The guides that need no feature.
#[cfg(doctest)]
#[doc = include_str!("../../docs/sessions.md")]
struct Sessions;

/// The way here from another library.
#[cfg(all(doctest, feature = "from-actix-session"))]
#[doc = include_str!("../../docs/from-actix-session.md")]
struct FromActixSession;

/// The help needs none of them.
#[cfg(doctest)]
#[doc = include_str!("../../docs/troubleshooting.md")]
struct Troubleshooting;

/// The one of stores needs one of them.
#[cfg(all(doctest, feature = "postgres"))]
#[doc = include_str!("../../docs/stores.md")]
struct Stores;
