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
    Add(i128, Start),
    Queue(QueueChange),
}

/// What a counter begins at where a session has none to add to.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    At(i128),
    /// As the struct says, which is made for the question.
    Of(DefaultOf),
}

/// What a struct's counter begins at, by its key.
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
    /// Of a view that began with nothing of the last user's.
    pub(super) own: bool,
}

impl Change {
    /// From one value to another. Without a `default`, the old one is the field's default.
    pub(super) fn between(old: Option<&str>, new: &str, kind: Option<FieldKind>, default: Option<DefaultOf>) -> Self {
        match kind {
            Some(FieldKind::Counter { .. }) => match (old.and_then(integer), integer(new)) {
                (Some(old), Some(new)) => Self::Add(new.saturating_sub(old), default.map_or(Start::At(old), Start::Of)),
                _ => Self::Set(new.to_owned()),
            },
            // What is no list would be taken for an empty one; as a value it is refused.
            Some(FieldKind::Queue) => QueueChange::between(old.unwrap_or_default(), new)
                .map_or_else(|| Self::Set(new.to_owned()), Self::Queue),
            _ => Self::Set(new.to_owned()),
        }
    }

    /// Merges a later change of the same field into this one.
    pub(super) fn then(&mut self, later: Self, key: &str, field: Option<&'static Field>) {
        let sum = |old, delta, start| Self::Set(sum(old, delta, key, field, start).to_string());
        *self = match (std::mem::replace(self, Self::Remove), later) {
            (Self::Set(old), Self::Add(delta, start)) => sum(Some(&old), delta, start),
            (Self::Remove, Self::Add(delta, start)) => sum(None, delta, start),
            (Self::Add(delta, start), Self::Add(more, _)) => Self::Add(delta.saturating_add(more), start),
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
        match &self.change {
            Change::Set(json) => session.set(&self.key, json),
            Change::Remove => {
                session.remove(&self.key);
            }
            Change::Add(delta, start) => {
                let sum = sum(self.current(session), *delta, &self.key, self.field, *start);
                session.set_number(&self.key, sum);
            }
            Change::Queue(queue) => match self.queued(queue, self.current(session), session.notation()) {
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

    fn current<'s>(&self, session: &'s Payload) -> Option<&'s str> {
        match self.field {
            Some(field) => session.get_field(field),
            None => session.get(&self.key),
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
fn sum(current: Option<&str>, delta: i128, key: &str, field: Option<&'static Field>, start: Start) -> i128 {
    let (min, max) = match field.map(Field::kind) {
        Some(FieldKind::Counter { min, max }) => (min, max),
        _ => (i128::MIN, i128::MAX),
    };
    // One that its type cannot hold was read as missing too.
    let current = current.and_then(integer).filter(|current| (min..=max).contains(current));
    let current = current.unwrap_or_else(|| match start {
        Start::At(default) => default,
        Start::Of(default) => default(key),
    });
    current.saturating_add(delta).clamp(min, max)
}

fn integer(json: &str) -> Option<i128> {
    // Most fit into 64 bits, which are read faster.
    json.parse::<i64>().map(i128::from).or_else(|_| json.parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recycled::Text as Json;

    static VISITS: Field = Field::counter::<u8>("visits").aliases(&["views"]);
    static FLASHES: Field = Field::queue("messages");

    fn applied(field: Option<&'static Field>, key: &'static str, change: Change, session: &str) -> String {
        let mut payload = Payload::parse(Json::of(session)).unwrap();
        FieldChange { key: Cow::Borrowed(key), field, change, derived: false, removed: false, own: false }
            .apply(&mut payload);
        payload.to_json().into_inner()
    }

    fn merged(mut first: Change, later: Change, field: &'static Field, session: &str) -> String {
        first.then(later, field.key(), Some(field));
        applied(Some(field), field.key(), first, session)
    }

    fn set(json: &str) -> Change {
        Change::Set(json.into())
    }

    fn add(delta: i128) -> Change {
        Change::Add(delta, Start::Of(|_| 10))
    }

    fn queue(before: &str, after: &str) -> Change {
        Change::Queue(QueueChange::between(before, after).unwrap())
    }

    #[test]
    fn only_counters_are_counted_and_only_from_number_to_number() {
        let kind = Some(VISITS.kind());
        assert!(matches!(Change::between(Some("3"), "5", kind, Some(|_| 0)), Change::Add(2, _)));
        assert!(matches!(Change::between(Some("5"), "3", kind, Some(|_| 0)), Change::Add(-2, _)));
        for (old, new) in [(None, "5"), (Some("\"x\""), "5"), (Some("3"), "\"x\"")] {
            assert!(matches!(Change::between(old, new, kind, Some(|_| 0)), Change::Set(json) if json == new));
        }
        assert!(matches!(Change::between(Some("3"), "5", None, Some(|_| 0)), Change::Set(_)));
    }

    #[test]
    fn a_sum_where_nothing_is_to_add_to_begins_at_the_default() {
        let kind = Some(VISITS.kind());
        let of_new_session = Change::between(Some("3"), "5", kind, None);
        let of_another = Change::between(Some("3"), "5", kind, Some(|_| 10));
        for (change, begins) in [(of_new_session, 3), (of_another, 10)] {
            let sum = |session| applied(Some(&VISITS), "visits", change.clone(), session);
            assert_eq!(sum("{}"), format!(r#"{{"visits":{}}}"#, begins + 2));
            assert_eq!(sum(r#"{"visits":100}"#), r#"{"visits":102}"#);
        }
    }

    #[test]
    fn a_queue_that_is_no_list_is_a_value() {
        let kind = Some(FieldKind::Queue);
        assert!(matches!(Change::between(Some("[1]"), "[2]", kind, Some(|_| 0)), Change::Queue(_)));
        assert!(matches!(Change::between(Some("[1]"), "5", kind, Some(|_| 0)), Change::Set(_)));
    }

    #[test]
    fn a_later_sum_adds_to_what_the_request_set_or_removed() {
        let session = r#"{"visits":100}"#;
        assert_eq!(merged(set("5"), add(2), &VISITS, session), r#"{"visits":7}"#);
        assert_eq!(merged(Change::Remove, add(2), &VISITS, session), r#"{"visits":12}"#);
        assert_eq!(merged(add(1), add(2), &VISITS, session), r#"{"visits":103}"#);
        assert_eq!(merged(add(1), set("5"), &VISITS, session), r#"{"visits":5}"#);
        assert_eq!(merged(add(1), Change::Remove, &VISITS, session), "{}");
    }

    #[test]
    fn a_later_change_of_a_queue_goes_on_from_what_the_request_made_of_it() {
        let session = r#"{"messages":["z"]}"#;
        let changes = queue(r#"["a"]"#, r#"["b"]"#);
        assert_eq!(merged(set(r#"["a"]"#), changes.clone(), &FLASHES, session), r#"{"messages":["b"]}"#);
        assert_eq!(merged(Change::Remove, changes.clone(), &FLASHES, session), r#"{"messages":["b"]}"#);
        let more = queue(r#"["b"]"#, r#"["b","c"]"#);
        assert_eq!(merged(changes.clone(), more, &FLASHES, session), r#"{"messages":["z","b","c"]}"#);
        let taken = queue(r#"["a"]"#, "[]");
        assert_eq!(merged(set(r#"["a"]"#), taken.clone(), &FLASHES, session), "{}");
        assert_eq!(merged(Change::Remove, taken, &FLASHES, session), "{}");
        assert_eq!(merged(changes, Change::Remove, &FLASHES, session), "{}");
    }

    #[test]
    fn a_counter_is_found_under_an_older_name_and_goes_on_under_its_own() {
        assert_eq!(applied(Some(&VISITS), "visits", add(1), r#"{"views":4}"#), r#"{"visits":5}"#);
        assert_eq!(applied(None, "visits", add(1), r#"{"views":4}"#), r#"{"views":4,"visits":11}"#);
        assert_eq!(applied(Some(&VISITS), "visits", Change::Remove, r#"{"views":4,"a":1}"#), r#"{"a":1}"#);
    }

    #[test]
    fn what_a_counters_type_cannot_hold_is_as_if_it_were_not_there() {
        for (current, expected) in
            [("256", 11), ("255", 255), ("0", 1), ("-1", 11), ("1.5", 11), ("\"4\"", 11), ("4", 5)]
        {
            assert_eq!(sum(Some(current), 1, "visits", Some(&VISITS), Start::Of(|_| 10)), expected, "{current}");
        }
        assert_eq!(sum(None, -20, "visits", Some(&VISITS), Start::Of(|_| 10)), 0);
        assert_eq!(sum(Some("256"), 1, "visits", None, Start::Of(|_| 10)), 257, "of no type");
        assert_eq!(sum(Some(&i128::MAX.to_string()), 1, "visits", None, Start::Of(|_| 10)), i128::MAX);
        assert_eq!(integer(&u64::MAX.to_string()), Some(u64::MAX.into()));
    }

    #[cfg(feature = "flask")]
    #[test]
    fn a_message_of_flask_that_was_taken_goes_by_what_it_says() {
        let taken = Change::Queue(QueueChange::between(r#"[{" t":["message","5"]}]"#, "[]").unwrap());
        let apply = |key: &'static str, notation| {
            let mut payload = Payload::empty(notation);
            payload.set(key, r#"[{" t":["message",5]}]"#);
            let change = taken.clone();
            FieldChange { key: Cow::Borrowed(key), field: None, change, derived: false, removed: false, own: false }
                .apply(&mut payload);
            payload.get(key).is_none()
        };
        assert!(apply(FLASHES_KEY, Notation::Flask));
        assert!(!apply("messages", Notation::Flask) && !apply(FLASHES_KEY, Notation::Json));
    }
}
