//! A session without a struct, with errors that a handler can return.

use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;
use session_core::{Field, Fields, SessionData, Values};

use crate::error::SessionError;

/// Session data that is read and written by key, for what no struct names.
///
/// The library's own keys (`_permanent`, `_flashes`, `_lifetime`, `_created`) are not reached this way. Besides the
/// methods here there are those of [`session_core::Dynamic`]: `remove`, `contains_key`, `keys`, `len`, `is_empty`, `raw`,
/// `flash`, `add_flash`, `flashes` and `take_flashes`. Once a page had a form, `_csrf` is kept beside yours (see [`csrf`](crate::csrf)).
///
/// # Examples
///
/// ```
/// use actix_web::Responder;
/// use session_actix::{Session, SessionError};
///
/// async fn count(mut session: Session) -> Result<impl Responder, SessionError> {
///     let visits = session.get::<u32>("visits")?.unwrap_or_default() + 1;
///     session.insert("visits", visits)?;
///     Ok(format!("{visits} visits"))
/// }
/// ```
///
/// Without a server:
///
/// ```
/// use session_actix::{Dynamic, SessionError};
///
/// let mut session = Dynamic::default();
/// session.insert_raw("cart", r#"{"apples": 2}"#)?;
/// let cart = session.take::<std::collections::HashMap<String, u32>>("cart")?;
/// assert!(cart.is_some() && !session.contains_key("cart"));
/// # Ok::<(), SessionError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Dynamic(session_core::Dynamic);

impl Dynamic {
    /// A value, or `None` where there is none.
    ///
    /// # Errors
    ///
    /// The value has another type, or the key is reserved.
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Result<Option<V>, SessionError> {
        Ok(self.0.get(key)?)
    }

    /// Sets a value. One that serializes to `null` is removed instead.
    ///
    /// # Errors
    ///
    /// The value has no JSON, or the key is reserved.
    pub fn insert(&mut self, key: &str, value: impl Serialize) -> Result<(), SessionError> {
        Ok(self.0.insert(key, value)?)
    }

    /// Removes a value and returns it.
    ///
    /// # Errors
    ///
    /// The value has another type, in which case it stays, or the key is reserved.
    pub fn take<V: DeserializeOwned>(&mut self, key: &str) -> Result<Option<V>, SessionError> {
        Ok(self.0.take(key)?)
    }

    /// Sets a value to a JSON text, which is kept byte for byte.
    ///
    /// # Errors
    ///
    /// The text is not JSON that a session can hold, or the key is reserved.
    pub fn insert_raw(&mut self, key: &str, json: &str) -> Result<(), SessionError> {
        Ok(self.0.insert_raw(key, json)?)
    }
}

impl Deref for Dynamic {
    type Target = session_core::Dynamic;

    fn deref(&self) -> &session_core::Dynamic {
        &self.0
    }
}

impl DerefMut for Dynamic {
    fn deref_mut(&mut self) -> &mut session_core::Dynamic {
        &mut self.0
    }
}

impl SessionData for Dynamic {
    const FIELDS: &'static [Field] = session_core::Dynamic::FIELDS;

    fn decode_fields(fields: &Fields<'_>) -> Self {
        Self(session_core::Dynamic::decode_fields(fields))
    }

    fn encode_fields(&self, values: &mut Values) {
        self.0.encode_fields(values);
    }
}
