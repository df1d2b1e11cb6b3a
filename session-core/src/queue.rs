//! Changes of a queue: entries taken, by value, and entries added at the end.

#[cfg(feature = "flask")]
use std::collections::BTreeMap;
use std::ops::Range;

#[cfg(feature = "flask")]
use crate::flask;
use crate::recycled::{Recycled, Text, recycle};
use crate::scan;

/// Most entries of a queue; then the oldest go.
pub(crate) const MAX_ENTRIES: usize = 64;

/// Most bytes of a queue's entries as JSON; then the oldest go.
pub(crate) const MAX_BYTES: usize = 2048;

/// What a request did to a queue. Entries are JSON texts.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct QueueChange {
    taken: Recycled<Vec<Text>>,
    added: Recycled<Vec<Text>>,
}

recycle!(Text);
recycle!(Range<usize>);

impl QueueChange {
    /// What happened between two encodings: entries only leave, in any place, and only join at the end. `None` where the second is no
    /// list whose entries can be told apart.
    pub(crate) fn between(before: &str, after: &str) -> Option<Self> {
        let (before, after) = (List::read(before), List::of(after)?);
        let mut after = after.iter().peekable();
        let mut change = Self { taken: Recycled::take(), added: Recycled::take() };
        for entry in before.iter() {
            if after.next_if_eq(&entry).is_none() {
                change.taken.push(Text::of(entry));
            }
        }
        change.added.extend(after.map(Text::of));
        Some(change)
    }

    /// Adds what a later view of the same request did.
    pub(crate) fn then(&mut self, mut later: Self) {
        for entry in later.taken.drain(..) {
            match self.added.iter().position(|added| *added == entry) {
                Some(index) => drop(self.added.remove(index)),
                None => self.taken.push(entry),
            }
        }
        self.added.append(&mut later.added);
    }

    /// The queue after this change as a JSON array, or `None` where it is empty.
    pub(crate) fn apply(&self, current: Option<&str>) -> Option<Text> {
        let mut queue = List::read(current.unwrap_or_default());
        for entry in self.taken.iter() {
            queue.remove(entry);
        }
        self.join(&queue)
    }

    /// As [`QueueChange::apply`], for the messages of a session that Flask shares: a message that was taken goes by what it says, if
    /// not by its text, since Flask writes more kinds than we do, such as numbers for texts.
    #[cfg(feature = "flask")]
    pub(crate) fn apply_to_messages(&self, current: Option<&str>) -> Option<Text> {
        let mut queue = List::read(current.unwrap_or_default());
        let mut missed: BTreeMap<_, usize> = BTreeMap::new();
        for entry in self.taken.iter() {
            if !queue.remove(entry)
                && let Some(message) = flask::message(entry)
            {
                *missed.entry(message).or_default() += 1;
            }
        }
        if !missed.is_empty() {
            queue.retain(|entry| {
                let left = flask::message(entry).and_then(|message| missed.get_mut(&message)).filter(|left| **left > 0);
                left.map(|left| *left -= 1).is_none()
            });
        }
        self.join(&queue)
    }

    /// What is left of a queue, with what was added, as far as it fits.
    fn join(&self, queue: &List<'_>) -> Option<Text> {
        // One that alone is too large must not push out all the others.
        let fits = |entry: &&str| size(entry) <= MAX_BYTES;
        let all = || queue.iter().chain(self.added.iter().map(|entry| entry.as_str()).filter(fits));
        let mut bytes = 0;
        let kept = all().rev().take(MAX_ENTRIES).take_while(|entry| {
            bytes += size(entry);
            bytes <= MAX_BYTES
        });
        let (kept, fitting) = (kept.count(), all().count());
        let dropped = queue.len() + self.added.len() - kept;
        if dropped > 0 {
            tracing::warn!(name: "session.queue.full",
                dropped,
                MAX_ENTRIES,
                MAX_BYTES,
                "a session's message queue is full; the oldest entries are dropped"
            );
        }
        let mut json = Text::take();
        let mut separator = '[';
        for entry in all().skip(fitting - kept) {
            json.push(separator);
            json.push_str(entry);
            separator = ',';
        }
        json.push(']');
        (kept > 0).then_some(json)
    }

    /// The entries that joined.
    pub(crate) fn added(&self) -> impl Iterator<Item = &str> {
        self.added.iter().map(|entry| entry.as_str())
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
struct List<'j> {
    json: &'j str,
    places: Recycled<Vec<Range<usize>>>,
}

impl<'j> List<'j> {
    fn of(json: &'j str) -> Option<Self> {
        let places = scan::array(json).ok().or_else(|| more_places(json))?;
        Some(Self { json, places })
    }

    /// What is no list has no entries.
    fn read(json: &'j str) -> Self {
        Self::of(json).unwrap_or_else(|| Self { json, places: Recycled::default() })
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = &'j str> {
        self.places.iter().filter_map(|place| self.json.get(place.clone()))
    }

    /// Removes the first of these entries, and says whether there was one.
    fn remove(&mut self, entry: &str) -> bool {
        let found = self.places.iter().position(|place| self.json.get(place.clone()) == Some(entry));
        found.map(|index| self.places.remove(index)).is_some()
    }

    #[cfg(feature = "flask")]
    fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.places.retain(|place| keep(self.json.get(place.clone()).unwrap_or_default()));
    }
}

/// Those of a list that is none in JSON: Flask's may hold `NaN`, or be a tuple.
#[cfg_attr(not(feature = "flask"), allow(unused_variables, reason = "Flask alone writes other lists"))]
fn more_places(list: &str) -> Option<Recycled<Vec<Range<usize>>>> {
    #[cfg(feature = "flask")]
    if let Some(places) = flask::elements(list) {
        return Some(Recycled::new(places));
    }
    None
}

/// The bytes of an entry. Flask writes six for a letter that is not ASCII, which are not the message's fault.
fn size(entry: &str) -> usize {
    #[cfg(feature = "flask")]
    if entry.contains("\\u") {
        return flask::unescaped_bytes(entry);
    }
    entry.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(before: &str, after: &str, current: &str) -> Option<String> {
        QueueChange::between(before, after).unwrap().apply(Some(current)).map(Text::into_inner)
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
        let mut change = QueueChange::between("[]", r#"["a","b"]"#).unwrap();
        change.then(QueueChange::between(r#"["x","a","b"]"#, r#"["b","c"]"#).unwrap());
        assert_eq!(change.apply(Some(r#"["x","y"]"#)).unwrap().as_str(), r#"["y","b","c"]"#);
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

    fn added(entries: &[String]) -> QueueChange {
        QueueChange::between("[]", &format!("[{}]", entries.join(","))).unwrap()
    }

    /// An entry of so many bytes.
    fn entry(letter: &str, bytes: usize) -> String {
        format!("\"{}\"", letter.repeat(bytes - 2))
    }

    #[test]
    fn a_change_is_empty_when_nothing_left_and_nothing_joined() {
        assert!(QueueChange::between(r#"["a"]"#, r#"["a"]"#).unwrap().is_empty());
        let (taken, joined) =
            (QueueChange::between(r#"["a"]"#, "[]").unwrap(), QueueChange::between("[]", r#"["a"]"#).unwrap());
        assert!(!taken.is_empty() && !joined.is_empty());
        assert_eq!(joined.added().collect::<Vec<_>>(), [r#""a""#]);
        assert_eq!(taken.added().count(), 0);
        let mut kept = taken;
        kept.keep_taken();
        assert!(kept.is_empty());
    }

    #[test]
    fn a_queue_that_there_is_none_of_begins_empty() {
        assert_eq!(added(&["1".into()]).apply(None).unwrap().as_str(), "[1]");
        assert_eq!(added(&["1".into()]).apply(Some("5")).unwrap().as_str(), "[1]");
        assert!(QueueChange::default().apply(None).is_none());
    }

    #[test]
    fn only_lists_are_lists() {
        for (json, is_list) in
            [("[]", true), ("[1,[2]]", true), ("{}", false), ("5", false), ("[1", false), ("", false)]
        {
            assert_eq!(QueueChange::between("[]", json).is_some(), is_list, "{json}");
        }
        #[cfg(feature = "flask")]
        assert!(
            QueueChange::between("[]", r#"{" t":[1,2]}"#).is_some() && QueueChange::between("[]", "[NaN]").is_some()
        );
    }

    #[test]
    fn a_queue_holds_64_entries_and_2048_bytes() {
        let small: Vec<String> = (0..MAX_ENTRIES).map(|number| number.to_string()).collect();
        assert_eq!(added(&small).apply(Some("[]")).unwrap().as_str(), format!("[{}]", small.join(",")));
        assert!(!added(&small).apply(Some("[\"old\"]")).unwrap().contains("old"));
        assert!(added(&small[1..]).apply(Some("[\"old\"]")).unwrap().contains("old"));

        let (one, rest) = (entry("a", 48), entry("b", MAX_BYTES - 48));
        let all = format!("[{one},{rest}]");
        assert_eq!(added(&[one.clone(), rest]).apply(None).unwrap().as_str(), all);
        let more = entry("b", MAX_BYTES - 47);
        assert_eq!(added(&[one.clone(), more.clone()]).apply(None).unwrap().as_str(), format!("[{more}]"));
        let whole = entry("c", MAX_BYTES);
        assert_eq!(added(&[one.clone(), whole.clone()]).apply(None).unwrap().as_str(), format!("[{whole}]"));
        assert_eq!(added(&[one.clone(), entry("c", MAX_BYTES + 1)]).apply(None).unwrap().as_str(), format!("[{one}]"));
    }

    #[test]
    fn what_a_later_view_takes_of_the_session_is_taken_too() {
        let mut change = added(&["1".into()]);
        change.then(QueueChange::between("[7,1]", "[1,2]").unwrap());
        assert_eq!(change.apply(Some("[7,8]")).unwrap().as_str(), "[8,1,2]");
        assert_eq!(change.added().collect::<Vec<_>>(), ["1", "2"]);
    }

    #[cfg(feature = "flask")]
    #[test]
    fn a_message_in_flasks_escapes_is_as_long_as_its_letters() {
        let long = format!("\"{}\"", "\\u00e9".repeat(1000));
        assert!(long.len() > MAX_BYTES);
        assert_eq!(added(std::slice::from_ref(&long)).apply(None).unwrap().as_str(), format!("[{long}]"));
        assert!(added(&[format!("\"{}\"", "\\u00e9".repeat(1025))]).apply(None).is_none());
    }

    #[cfg(feature = "flask")]
    #[test]
    fn a_message_that_flask_writes_otherwise_is_taken_as_often_as_it_was_shown() {
        let ours = r#"{" t":["message","5"]}"#;
        let theirs = r#"{" t":["message",5]}"#;
        let other = r#"{" t":["message","6"]}"#;
        for (shown, left) in [(1, 2), (2, 1), (3, 0), (4, 0)] {
            let change = QueueChange::between(&format!("[{}]", vec![ours; shown].join(",")), "[]").unwrap();
            let queue = format!("[{theirs},{other},{theirs},{theirs}]");
            let kept = change.apply_to_messages(Some(&queue)).unwrap();
            assert_eq!(kept.matches(theirs).count(), left, "{shown}");
            assert!(kept.contains(other));
        }
        let exact = QueueChange::between(&format!("[{ours}]"), "[]").unwrap();
        let kept = exact.apply_to_messages(Some(&format!("[{theirs},{ours}]"))).unwrap();
        assert_eq!(kept.as_str(), format!("[{theirs}]"), "the same text goes first");
        assert!(exact.apply_to_messages(Some(&format!("[{ours}]"))).is_none());
        assert!(exact.apply_to_messages(None).is_none());
    }
}
