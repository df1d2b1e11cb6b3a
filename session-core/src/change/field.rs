//! What happened to one field, and how two such changes become one.

use std::borrow::Cow;

use crate::data::{Field, FieldKind};
#[cfg(feature = "flask")]
use crate::flash::FLASHES_KEY;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::queue::QueueChange;
use crate::recycled::Text;

/// What happened to one field.
#[derive(Clone)]
pub(crate) enum Change {
    /// The field has this JSON value now.
    Set(String),
    Remove,
    /// The integer is larger by this much.
    Add(i128, DefaultOf),
    Queue(QueueChange),
}

/// What a counter begins at, by its key, where a session has none to add to.
pub(crate) type DefaultOf = fn(&str) -> i128;

#[derive(Clone)]
pub(super) struct FieldChange {
    pub(super) key: Cow<'static, str>,
    /// What a struct says of the field; unknown for a key that was written by name.
    pub(super) field: Option<&'static Field>,
    pub(super) change: Change,
    /// A list or map that was made from the one before, and may hold parts of it.
    pub(super) derived: bool,
    /// The field was removed during the request, whatever it was set to since.
    pub(super) removed: bool,
}

impl Change {
    pub(super) fn between(old: Option<&str>, new: &str, kind: Option<FieldKind>, default: DefaultOf) -> Self {
        match kind {
            Some(FieldKind::Counter { .. }) => match (old.and_then(integer), integer(new)) {
                (Some(old), Some(new)) => Self::Add(new.saturating_sub(old), default),
                _ => Self::Set(new.to_owned()),
            },
            // What is no list would be taken for an empty one; as a value it is refused.
            Some(FieldKind::Queue) if QueueChange::is_list(new) => {
                Self::Queue(QueueChange::between(old.unwrap_or_default(), new))
            }
            _ => Self::Set(new.to_owned()),
        }
    }

    /// Merges a later change of the same field into this one.
    pub(super) fn then(&mut self, later: Self, key: &str, field: Option<&'static Field>) {
        let sum = |old, delta, default| Self::Set(sum(old, delta, key, field, default).to_string());
        *self = match (std::mem::replace(self, Self::Remove), later) {
            (Self::Set(old), Self::Add(delta, default)) => sum(Some(&old), delta, default),
            (Self::Remove, Self::Add(delta, default)) => sum(None, delta, default),
            (Self::Add(delta, default), Self::Add(more, _)) => Self::Add(delta.saturating_add(more), default),
            (Self::Set(old), Self::Queue(queue)) => {
                queue.apply(Some(&old)).map_or(Self::Remove, |json| Self::Set(json.to_string()))
            }
            (Self::Remove, Self::Queue(queue)) => {
                queue.apply(None).map_or(Self::Remove, |json| Self::Set(json.to_string()))
            }
            (Self::Queue(mut queue), Self::Queue(later)) => {
                queue.then(later);
                Self::Queue(queue)
            }
            (_, later) => later,
        };
    }
}

impl FieldChange {
    pub(super) fn apply(&self, session: &mut Payload) {
        let current = match self.field {
            Some(field) => session.get_field(field),
            None => session.get(&self.key),
        };
        match &self.change {
            Change::Set(json) => session.set(&self.key, json),
            Change::Remove => {
                session.remove(&self.key);
            }
            Change::Add(delta, default) => {
                let sum = sum(current, *delta, &self.key, self.field, *default);
                session.set_number(&self.key, sum);
            }
            Change::Queue(queue) => match self.queued(queue, current, session.notation()) {
                Some(json) => session.set(&self.key, &json),
                None => {
                    session.remove(&self.key);
                }
            },
        }
        for alias in self.field.into_iter().flat_map(|field| field.keys().skip(1)) {
            session.remove(alias);
        }
    }

    #[cfg_attr(
        not(feature = "flask"),
        allow(clippy::unused_self, unused_variables, reason = "Flask's messages alone differ")
    )]
    fn queued(&self, queue: &QueueChange, current: Option<&str>, notation: Notation) -> Option<Text> {
        #[cfg(feature = "flask")]
        if self.key == FLASHES_KEY && notation == Notation::Flask {
            return queue.apply_to_messages(current);
        }
        queue.apply(current)
    }
}

/// A counter after `delta` was added, within the bounds of its type.
fn sum(current: Option<&str>, delta: i128, key: &str, field: Option<&'static Field>, default: DefaultOf) -> i128 {
    let (min, max) = match field.map(Field::kind) {
        Some(FieldKind::Counter { min, max }) => (min, max),
        _ => (i128::MIN, i128::MAX),
    };
    // One that its type cannot hold was read as missing too.
    let current = current.and_then(integer).filter(|current| (min..=max).contains(current));
    let current = current.unwrap_or_else(|| default(key));
    current.saturating_add(delta).clamp(min, max)
}

fn integer(json: &str) -> Option<i128> {
    // Most fit into 64 bits, which are read faster.
    json.parse::<i64>().map(i128::from).or_else(|_| json.parse()).ok()
}
