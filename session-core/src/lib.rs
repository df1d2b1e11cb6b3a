#![doc = include_str!("../README.md")]
// On docs.rs, items say which feature they need.
#![cfg_attr(docsrs, feature(doc_cfg))]

// So that the derive's paths hold inside this crate too.
extern crate self as session_core;

mod audit;
mod base64url;
mod change;
mod clock;
mod config;
mod cookie;
mod counter;
mod data;
mod dynamic;
mod engine;
mod error;
mod fields;
mod flash;
#[cfg(feature = "flask")]
pub mod flask;
mod hex;
pub mod http;
mod inspect;
mod json_key;
mod key;
#[cfg(any(test, fuzzing))]
#[cfg(all(feature = "encrypted", feature = "flask"))]
#[doc(hidden)]
pub mod laws;
mod lazy;
mod lifetime;
mod mark;
mod measure;
mod notation;
mod payload;
#[doc(hidden)]
pub mod probe;
mod queue;
mod random;
mod reader;
mod recycled;
mod reserved;
mod scan;
pub mod store;
mod swar;
mod token;
mod transaction;
mod values;
mod view;
mod writer;

pub use audit::Finding;
pub use change::Changes;
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Builder, ConfigError, Refresh};
pub use cookie::write::SameSite;
pub use counter::Counter;
pub use data::{Field, FieldKind, FieldValue, Login, MessageQueue, Optional, SessionData, is_somebody};
pub use dynamic::Dynamic;
pub use engine::Engine;
pub use error::Error;
pub use fields::Fields;
pub use flash::{Flash, Flashes};
pub use inspect::Inspection;
pub use key::{Key, KeyError, KeyRing, MIN_KEY_BYTES};
pub use lazy::Lazy;
pub use reader::Reader;
pub use session_macros::SessionDataForCore as SessionData;
pub use transaction::{CSRF_KEY, Commit, CsrfDraft, Epoch, Loaded, Loading, Patience, StoreCommit, Transaction};
pub use values::Values;
pub use view::View;
pub use writer::{Compound, Writer};
