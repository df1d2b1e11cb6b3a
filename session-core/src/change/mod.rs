//! What a request changed, field by field: recorded by comparing two encodings, merged, and applied.

mod field;
mod rules;

use std::borrow::Cow;
use std::fmt;

pub(crate) use field::Change;
pub(crate) use rules::Rules;

use self::field::FieldChange;
use self::rules::stronger;
use crate::data::Field;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::recycled::{Recycled, recycle};
use crate::values::Values;

/// The changes of a request, merged: at most one for each field.
///
/// Two requests of one session that overlap are merged by applying the changes of each to the newest session, not
/// by writing whole sessions over each other.
///
/// # Examples
///
/// ```
/// use session_core::{Changes, SessionData, View};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     name: Option<String>,
///     cart: Vec<u64>,
/// }
///
/// let mut view = View::of(Visitor { name: None, cart: vec![1] });
/// view.cart.push(7);
/// let (changes, error) = View::own_changes(&view);
/// assert!(error.is_none());
/// assert_eq!(changes.keys().collect::<Vec<_>>(), ["cart"]);
/// assert!(!changes.is_privileged() && !changes.is_cleared());
/// assert!(Changes::default().is_empty());
/// ```
#[derive(Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts about what happened")]
pub struct Changes {
    /// All fields were dropped before the changes below.
    cleared: bool,
    /// A login that could not be believed was made again.
    logged_in_again: bool,
    /// The request logged in one user after another.
    switched: bool,
    /// Another user logged in than the session had, who may have logged out again: the session is left behind.
    left: bool,
    fields: Recycled<Vec<FieldChange>>,
}

impl Changes {
    /// Compares two encodings of one struct.
    pub(crate) fn between(before: &Values, after: &Values, rules: &Rules<'_>) -> Self {
        let mut changes = Self::default();
        for (key, old, new) in after.beyond(before) {
            let field = rules.of(key);
            // Only a struct's own counter counts; a value that is written by name is meant as it is.
            let kind = Field::named(rules.schema, key).map(Field::kind);
            let change = Change::between(old, new, kind, (!before.are_defaults()).then_some(rules.default));
            // Whoever the new user is, that is not made from the last one.
            let identity = field.is_some_and(|field| field.is_login() || field.is_owner());
            let holds_parts = |json| before.notation().holds_parts(json);
            let derived =
                !identity && matches!(change, Change::Set(_)) && old.is_some_and(holds_parts) && holds_parts(new);
            changes.push(key, field, change, derived);
        }
        for key in before.missing_from(after) {
            let field = rules.of(key);
            // Under another of its names, the field may still be there.
            if !field.is_some_and(|field| field.keys().any(|name| after.get(name).is_some())) {
                changes.push(key, field, Change::Remove, false);
            }
        }
        changes
    }

    /// Whether nothing was changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.cleared && self.fields.is_empty()
    }

    /// Whether all fields were dropped, before the changes that [`Changes::keys`] names.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.cleared
    }

    /// The keys that were changed.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|change| change.key.as_ref())
    }

    /// Whether a field was changed whose change renews the session.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.fields.iter().any(|change| change.field.is_some_and(Field::is_privileged))
    }

    /// Sets a key of the library's own, or removes it.
    pub(crate) fn set(&mut self, key: &str, json: Option<&str>) {
        self.push(key, None, json.map_or(Change::Remove, |json| Change::Set(json.to_owned())), false);
    }

    /// Drops all fields. Those that give privileges are named one by one too, so that a logout is known as one.
    pub(crate) fn clear(&mut self, rules: &Rules<'_>, login: Option<&'static Field>) {
        self.fields.clear();
        self.cleared = true;
        for field in rules.privileged().chain(login) {
            self.push(field.key(), Some(field), Change::Remove, false);
        }
    }

    /// Adds the changes of a later view.
    pub(crate) fn then(&mut self, mut later: Self) {
        if later.cleared {
            // Whoever drops all keys may not know which of them give privileges.
            self.fields.retain(|change| change.field.is_some_and(Field::is_privileged));
            for FieldChange { change, derived, removed, .. } in self.fields.iter_mut() {
                (*change, *derived, *removed) = (Change::Remove, false, true);
            }
            self.cleared = true;
        }
        self.logged_in_again |= later.logged_in_again;
        self.switched |= later.switched;
        self.left |= later.left;
        if self.fields.is_empty() {
            self.fields = later.fields;
            return;
        }
        if self.switches_to(&later) {
            // What was set for the first of two users is not the second one's.
            self.fields.retain(|change| change.field.is_some_and(Field::is_login));
            self.switched = true;
        }
        for change in later.fields.drain(..) {
            self.push_change(change);
        }
    }

    /// Whether somebody is logged in by these changes, and somebody else by the later ones.
    fn switches_to(&self, later: &Self) -> bool {
        match (self.login(), later.login()) {
            (Some((_, first)), Some((_, second))) => first != second,
            _ => false,
        }
    }

    /// Leaves the session behind, since another user logs in by what comes next: drops what may hold parts of the last one's data, and
    /// all that was set for a user whom the request had logged in itself.
    pub(crate) fn leave(&mut self, of_the_request: bool) {
        self.left = true;
        self.warn_of_derived();
        self.drop_derived();
        if of_the_request {
            self.fields.retain(|change| change.field.is_some_and(Field::is_login));
            self.switched = true;
        }
    }

    /// Whether the session was left behind.
    pub(crate) fn has_left(&self) -> bool {
        self.left
    }

    /// Who is logged in by these changes.
    pub(crate) fn login(&self) -> Option<(&'static Field, &str)> {
        self.fields.iter().find_map(|change| match (&change.change, change.field) {
            (Change::Set(new), Some(field)) if field.is_login() && !Notation::Json.is_nobody(new) => {
                Some((field, new.as_str()))
            }
            _ => None,
        })
    }

    /// Says that nothing of this was made from another user's data.
    pub(crate) fn are_ones_own(&mut self) {
        self.fields.iter_mut().for_each(|change| (change.derived, change.own) = (false, true));
    }

    /// Where these log in another user than the session has: drops what may hold parts of the last one's data, and says so.
    pub(crate) fn part_users(&mut self, session: &Payload) {
        if self.login_change(session) == LoginChange::AnotherUser {
            self.warn_of_derived();
            self.drop_derived();
        }
    }

    /// Drops what may hold parts of another user's data.
    pub(crate) fn drop_derived(&mut self) {
        self.fields.retain(|change| !change.derived);
    }

    /// Says what [`Changes::drop_derived`] is about to lose for good.
    pub(crate) fn warn_of_derived(&self) {
        for change in self.fields.iter().filter(|change| change.derived) {
            tracing::warn!(name: "session.change.derived",
                key = %change.key,
                "another user logged in, so a list or map that was changed from the last user's is dropped; log in \
                 before it is changed"
            );
        }
    }

    /// Makes a login count although the session has it already, and removes what could not be read.
    pub(crate) fn log_in_again(&mut self, unreadable: impl Iterator<Item = &'static Field>) {
        self.logged_in_again = true;
        for field in unreadable {
            if self.of(field.key()).is_none() {
                self.push(field.key(), Some(field), Change::Remove, false);
            }
        }
    }

    /// The first key that is set to what could not be read again: nested too deep, or with a duplicate key in it.
    pub(crate) fn unreadable(&self, notation: Notation) -> Option<&str> {
        let unreadable = |json: &str| json.starts_with(['{', '[']) && notation.check(json).is_err();
        let change = self.fields.iter().find(|change| match &change.change {
            Change::Set(json) => unreadable(json),
            Change::Queue(queue) => queue.added().any(|entry| notation.check_entry(entry).is_err()),
            Change::Add(..) | Change::Remove => false,
        });
        change.map(|change| change.key.as_ref())
    }

    /// Leaves in place what was taken to be shown: the response goes to nobody who would see it.
    pub(crate) fn keep_taken(&mut self) {
        self.fields.retain_mut(|change| match &mut change.change {
            Change::Queue(queue) => {
                queue.keep_taken();
                !queue.is_empty()
            }
            Change::Remove => !change.field.is_some_and(Field::is_once),
            _ => true,
        });
    }

    /// As [`Changes::keep_lost_privileges`], with a line for whoever looks for the rest. A session that could not be saved has its
    /// error line already.
    pub(crate) fn keep_lost_privileges_and_say_so(&mut self, failed: bool) {
        if !self.is_empty() && !failed {
            tracing::debug!(
                name: "session.change.unsaved",
                keys = ?self.keys().collect::<Vec<_>>(),
                "changes are not saved because the response is a server error; `.commit_on_server_error(true)` saves them"
            );
        }
        self.keep_lost_privileges();
    }

    /// Keeps only what must survive a response that reports a server error: privileges that were given up.
    pub(crate) fn keep_lost_privileges(&mut self) {
        self.cleared = false;
        self.switched = false;
        self.left = false;
        for change in self.fields.iter_mut().filter(|change| change.removed) {
            change.change = Change::Remove;
        }
        self.fields.retain(|change| match (&change.change, change.field) {
            (Change::Remove, Some(field)) => field.is_privileged(),
            (Change::Set(json), Some(field)) => field.is_privileged() && is_nothing(json),
            _ => false,
        });
    }

    /// Makes the changes to a session, which is a new one where [`Changes::is_cleared`].
    pub(crate) fn apply(&self, session: &mut Payload) {
        for change in self.fields.iter() {
            change.apply(session);
        }
    }

    /// What this does to who is logged in.
    pub(crate) fn login_change(&self, session: &Payload) -> LoginChange {
        let Some((field, new)) = self.login() else {
            return if self.left { LoginChange::AnotherUser } else { LoginChange::None };
        };
        let same = |old| session.notation().is_same(old, new);
        match session.get_field(field) {
            _ if self.switched => LoginChange::AnotherUser,
            Some(old) if same(old) && !self.logged_in_again => LoginChange::None,
            Some(old) if !same(old) && !session.notation().is_nobody(old) => LoginChange::AnotherUser,
            _ => LoginChange::LoggedIn,
        }
    }

    /// Whom the session belongs to, where these changes touch that: `Some(None)` is nobody.
    #[allow(clippy::option_option, reason = "not changed, nobody and somebody are three answers")]
    pub(crate) fn owner(&self, registered: &[&'static Field], session: &Payload) -> Option<Option<String>> {
        // Another struct may call the same key no owner.
        let registered_owner = |key: &str| {
            registered.iter().copied().find(|field| field.is_owner() && field.keys().any(|name| name == key))
        };
        let owner = |change: &FieldChange| {
            change.field.filter(|field| field.is_owner()).or_else(|| registered_owner(&change.key))
        };
        let touched = self.fields.iter().find_map(owner);
        let cleared = || registered.iter().copied().find(|field| field.is_owner() && self.cleared);
        let Some(field) = touched.or_else(cleared) else { return self.cleared.then_some(None) };
        Some(session.get_field(field).filter(|json| !session.notation().is_nobody(json)).map(|json| {
            // As the field displays: a text without its quotes.
            session.notation().read::<String>(json).unwrap_or_else(|| json.to_owned())
        }))
    }

    /// The JSON that a key has after these changes, where they say it: `Some(None)` is a key that was removed.
    #[allow(clippy::option_option, reason = "not changed, removed and set are three answers")]
    pub(crate) fn value_of(&self, key: &str) -> Option<Option<&str>> {
        match self.of(key)? {
            Change::Set(json) => Some(Some(json)),
            Change::Remove => Some(None),
            Change::Add(..) | Change::Queue(_) => None,
        }
    }

    /// Lets a change go.
    pub(crate) fn forget(&mut self, key: &str) {
        self.fields.retain(|change| change.key != key);
    }

    /// What happened to a key, if anything did.
    pub(crate) fn of(&self, key: &str) -> Option<&Change> {
        self.fields.iter().find(|change| change.key == key).map(|change| &change.change)
    }

    fn push(&mut self, key: &str, field: Option<&'static Field>, change: Change, derived: bool) {
        let key = field.map_or_else(|| Cow::Owned(key.to_owned()), |field| Cow::Borrowed(field.key()));
        let removed = matches!(change, Change::Remove);
        self.push_change(FieldChange { key, field, change, derived, removed, own: false });
    }

    fn push_change(&mut self, change: FieldChange) {
        if let Some(known) = self.fields.iter_mut().find(|known| known.key == change.key) {
            known.field = stronger(known.field, change.field);
            // Which value it was made from is not known: that of the session, or one that the request set.
            known.derived = change.derived && !change.own;
            known.own = change.own;
            known.removed |= change.removed;
            known.change.then(change.change, &known.key, known.field);
            return;
        }
        if self.fields.capacity() == 0 {
            self.fields = Recycled::take();
        }
        self.fields.push(change);
    }
}

/// Whether a privilege of this value is none: a flag, a text, a list or a map. A number may be one at zero, too.
fn is_nothing(json: &str) -> bool {
    matches!(json, "null" | "false" | "\"\"" | "[]" | "{}")
}

recycle!(FieldChange);

/// Keys only: values are the user's.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("cleared", &self.cleared)
            .field("keys", &self.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Who is logged in, as far as a set of changes alters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginChange {
    None,
    /// Nobody was logged in before.
    LoggedIn,
    /// Somebody else was logged in before.
    AnotherUser,
}

#[cfg(test)]
mod tests;
