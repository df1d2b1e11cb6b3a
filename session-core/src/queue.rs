//! Changes of a queue: entries taken, by value, and entries added at the end.

use std::collections::BTreeMap;

#[cfg(feature = "flask")]
use crate::flask;
use crate::scan;

/// Most entries of a queue; then the oldest go.
pub(crate) const MAX_ENTRIES: usize = 64;

/// Most bytes of a queue's entries as JSON; then the oldest go.
pub(crate) const MAX_BYTES: usize = 2048;

/// What a request did to a queue. Entries are JSON texts.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct QueueChange {
    taken: Vec<String>,
    added: Vec<String>,
}

impl QueueChange {
    /// What happened between two encodings: entries only leave, in any place, and only join at the end.
    pub(crate) fn between(before: &str, after: &str) -> Self {
        let mut after = entries(after).into_iter().peekable();
        let mut change = Self::default();
        for entry in entries(before) {
            if after.next_if_eq(&entry).is_none() {
                change.taken.push(entry.to_owned());
            }
        }
        change.added.extend(after.map(str::to_owned));
        change
    }

    /// Adds what a later view of the same request did.
    pub(crate) fn then(&mut self, later: Self) {
        for entry in later.taken {
            if !remove_first(&mut self.added, &entry) {
                self.taken.push(entry);
            }
        }
        self.added.extend(later.added);
    }

    /// The queue after this change as a JSON array, or `None` where it is empty.
    pub(crate) fn apply(&self, current: Option<&str>) -> Option<String> {
        self.apply_to(entries(current.unwrap_or_default()))
    }

    /// As [`QueueChange::apply`], for the messages of a session that Flask shares: a message that was taken goes by what it says, if
    /// not by its text, since Flask writes more kinds than we do, such as numbers for texts.
    #[cfg(feature = "flask")]
    pub(crate) fn apply_to_messages(&self, current: Option<&str>) -> Option<String> {
        let (queue, missed) =
            without(entries(current.unwrap_or_default()), &self.taken, |entry| Some(entry.to_owned()));
        let (queue, _) = without(queue, &missed, flask::message);
        Self { taken: Vec::new(), added: self.added.clone() }.apply_to(queue)
    }

    fn apply_to(&self, current: Vec<&str>) -> Option<String> {
        let (mut queue, _) = without(current, &self.taken, |entry| Some(entry.to_owned()));
        // One that alone is too large must not push out all the others.
        let (fitting, oversized): (Vec<_>, Vec<_>) =
            self.added.iter().map(String::as_str).partition(|entry| size(entry) <= MAX_BYTES);
        queue.extend(fitting);
        let overflow = overflow(&queue);
        let dropped = overflow + oversized.len();
        if dropped > 0 {
            tracing::warn!(
                dropped,
                MAX_ENTRIES,
                MAX_BYTES,
                "a session's message queue is full; the oldest entries are dropped"
            );
        }
        let kept = queue.get(overflow..).unwrap_or_default();
        (!kept.is_empty()).then(|| format!("[{}]", kept.join(",")))
    }

    /// Puts back what was taken.
    pub(crate) fn keep_taken(&mut self) {
        self.taken.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.added.is_empty()
    }
}

/// The entries of a list. What is no list holds none.
fn entries(json: &str) -> Vec<&str> {
    scan::array(json).ok().or_else(|| more_entries(json)).unwrap_or_default()
}

/// Those of a list that is none in JSON: Flask's may hold `NaN`, or be a tuple.
#[cfg(feature = "flask")]
fn more_entries(list: &str) -> Option<Vec<&str>> {
    flask::elements(list)
}

#[cfg(not(feature = "flask"))]
fn more_entries(_: &str) -> Option<Vec<&str>> {
    None
}

fn remove_first(queue: &mut Vec<String>, entry: &str) -> bool {
    let found = queue.iter().position(|other| other == entry);
    found.map(|index| queue.remove(index)).is_some()
}

/// A queue without the first of each entry that was taken, and what was taken but is not there. Entries are compared by what
/// `identity` makes of them, once for each.
fn without<'q, K: Ord>(
    queue: Vec<&'q str>,
    taken: &[String],
    identity: impl Fn(&str) -> Option<K>,
) -> (Vec<&'q str>, Vec<String>) {
    if taken.is_empty() {
        return (queue, Vec::new());
    }
    let mut wanted: BTreeMap<K, Vec<&String>> = BTreeMap::new();
    for entry in taken {
        if let Some(key) = identity(entry) {
            wanted.entry(key).or_default().push(entry);
        }
    }
    let mut is_taken = |entry: &str| identity(entry).and_then(|key| wanted.get_mut(&key)?.pop()).is_some();
    let kept = queue.into_iter().filter(|entry| !is_taken(entry)).collect();
    (kept, wanted.into_values().flatten().cloned().collect())
}

/// The bytes of an entry. Flask writes six for a letter that is not ASCII, which are not the message's fault.
fn size(entry: &str) -> usize {
    #[cfg(feature = "flask")]
    if entry.contains("\\u") {
        return flask::unescaped_bytes(entry);
    }
    entry.len()
}

/// How many of the oldest entries must go.
fn overflow(queue: &[&str]) -> usize {
    let mut bytes = 0;
    let fits = queue.iter().rev().take(MAX_ENTRIES).take_while(|entry| {
        bytes += size(entry);
        bytes <= MAX_BYTES
    });
    queue.len() - fits.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(before: &str, after: &str, current: &str) -> Option<String> {
        QueueChange::between(before, after).apply(Some(current))
    }

    #[test]
    fn taking_and_adding_merge_with_what_another_request_did() {
        // This request took "a" and added "c", while another one added "b".
        assert_eq!(applied(r#"["a"]"#, r#"["c"]"#, r#"["a","b"]"#).as_deref(), Some(r#"["b","c"]"#));
        // Both took "a".
        assert_eq!(applied(r#"["a"]"#, "[]", "[]"), None);
        // Of two alike, one goes.
        assert_eq!(applied(r#"["a","a"]"#, r#"["a"]"#, r#"["a","a"]"#).as_deref(), Some(r#"["a"]"#));
    }

    #[test]
    fn what_a_request_added_and_took_again_is_gone() {
        let mut change = QueueChange::between("[]", r#"["a","b"]"#);
        change.then(QueueChange::between(r#"["x","a","b"]"#, r#"["b","c"]"#));
        assert_eq!(change.apply(Some(r#"["x","y"]"#)).as_deref(), Some(r#"["y","b","c"]"#));
    }

    #[test]
    fn the_oldest_go_when_a_queue_is_full() {
        let all: Vec<String> = (0..70).map(|n| n.to_string()).collect();
        let kept = applied("[]", &format!("[{}]", all.join(",")), "[]").unwrap();
        assert_eq!(kept, format!("[{}]", all[6..].join(",")));

        let long = |letter: &str| format!("\"{}\"", letter.repeat(1000));
        let kept = applied("[]", &format!("[{},{},{}]", long("a"), long("b"), long("c")), "[]").unwrap();
        assert_eq!(kept, format!("[{},{}]", long("b"), long("c")));
    }

    #[test]
    fn an_entry_larger_than_the_queue_is_dropped_alone_and_without_a_panic() {
        assert_eq!(applied("[]", &format!("[\"{}\"]", "x".repeat(3000)), "[]"), None);
        let after = format!("[1,\"{}\",2]", "x".repeat(3000));
        assert_eq!(applied("[1]", &after, "[1]").as_deref(), Some("[1,2]"));
    }
}
