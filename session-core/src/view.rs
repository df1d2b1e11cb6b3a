//! A struct on loan from the session, whose changes are found by comparison when it is given back.

use std::ops::{Deref, DerefMut};

use crate::change::{Changes, Rules};
use crate::data::SessionData;
use crate::error::Error;
use crate::values::Values;

/// A session's data as one struct sees it.
///
/// The first mutable use encodes the struct once; giving the view back encodes it again and compares field by
/// field. So a change deep inside a field is never missed, a mutable use that changed nothing writes nothing, and a
/// view that is only read costs no comparison.
pub struct View<T> {
    data: T,
    /// The encoding from before the first mutable use.
    before: Option<Values>,
    /// Which of the request's sessions the view belongs to: ending a session begins the next epoch.
    pub(crate) epoch: u32,
}

impl<T: SessionData> View<T> {
    /// A view of data that comes from no session.
    #[must_use]
    pub fn of(data: T) -> Self {
        Self::new(data, 0)
    }

    pub(crate) fn new(data: T, epoch: u32) -> Self {
        Self { data, before: None, epoch }
    }

    /// The data, with no trace of what was changed.
    #[must_use]
    pub fn into_data(self) -> T {
        self.data
    }

    /// Forgets all changes and goes on with other data.
    pub(crate) fn reset(&mut self, data: T, epoch: u32) {
        *self = Self::new(data, epoch);
    }

    /// What was changed since the view was made.
    ///
    /// # Errors
    ///
    /// A field's value has no JSON, such as a map whose keys are not texts.
    pub(crate) fn changes(&self, rules: &Rules<'_>) -> Result<Changes, Error> {
        let Some(before) = &self.before else {
            return Ok(Changes::default());
        };
        let after = encode(&self.data);
        match after.failed() {
            Some(key) => Err(Error::encode(key)),
            None => Ok(Changes::between(before.payload(), after.payload(), rules)),
        }
    }
}

impl<T> Deref for View<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T: SessionData> DerefMut for View<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.before.get_or_insert_with(|| encode(&self.data));
        &mut self.data
    }
}

/// Whether it was used mutably, and nothing of the data.
impl<T> std::fmt::Debug for View<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("touched", &self.before.is_some()).finish_non_exhaustive()
    }
}

pub(crate) fn encode<T: SessionData>(data: &T) -> Values {
    let mut values = Values::new();
    data.encode_fields(&mut values);
    values
}

/// What a counter of the struct begins at.
pub(crate) fn counter_default<T: SessionData>(key: &str) -> i128 {
    encode(&T::empty()).payload().get(key).and_then(|json| json.parse().ok()).unwrap_or_default()
}
