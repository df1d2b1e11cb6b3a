//! A struct on loan from the session, whose changes are found by comparison when it is given back.

use std::ops::{Deref, DerefMut};

use crate::change::{Changes, Rules};
use crate::data::{Field, SessionData};
use crate::dynamic::Dynamic;
use crate::engine::Engine;
use crate::error::Error;
use crate::fields::Fields;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::transaction::Epoch;
use crate::values::Values;

/// A session's data as one struct sees it.
///
/// The first mutable use encodes the struct once; giving the view back encodes it again and compares field by
/// field. So a change deep inside a field is never missed, a mutable use that changed nothing writes nothing, and a
/// view that is only read costs no comparison.
///
/// It has no methods, which would hide those of the struct: what it can do is called as `View::changes(&view, ..)`.
///
/// # Examples
///
/// ```
/// use session_core::{SessionData, View};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     visits: u32,
/// }
///
/// let mut view = View::of(Visitor { visits: 3 });
/// assert_eq!(view.visits, 3);
/// view.visits += 1;
/// assert!(!View::own_changes(&view).0.is_empty());
///
/// View::settle(&mut view);
/// assert!(View::own_changes(&view).0.is_empty(), "what was changed so far was recorded");
/// assert_eq!(View::to_dynamic(&view).raw("visits"), Some("4"));
///
/// let view = View::emptied(&view, View::epoch(&view));
/// assert_eq!(View::into_data(view).visits, 0);
/// ```
///
/// With an engine, [`View::changes`] also knows the rules of registered structs:
///
/// ```
/// use session_core::{Builder, Dynamic, Engine, Key, View};
///
/// let engine: Engine = Builder::signed(Key::generate()).build()?;
/// let mut transaction = engine.open(std::iter::empty(), false);
/// let mut view = transaction.view::<Dynamic>()?;
/// view.insert("visits", 1)?;
/// let (changes, error) = View::changes(&view, &engine);
/// assert!(changes.keys().eq(["visits"]) && error.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct View<T> {
    data: T,
    /// Since the first mutable use. In a box, since a view is moved about more often than it is used so.
    edit: Option<Box<Edit>>,
    /// Where the login cannot be believed.
    doubt: Option<Box<Doubt>>,
    epoch: Epoch,
    notation: Notation,
    /// It was made of a session without any field.
    new: bool,
    /// Another user logged in by this view, and it went on with nothing of the last one's.
    parted: bool,
}

/// What a view that is used mutably was before.
struct Edit {
    before: Values,
    /// What was changed until somebody logged in by this view, and from use to use since then.
    earlier: Changes,
    /// Who logged in by this view last, as JSON.
    user: Option<String>,
}

/// A login that is not shown, since what goes with it could not be read.
struct Doubt {
    /// The privileged fields that could not be read.
    unreadable: Vec<&'static str>,
    /// Who was logged in then, as JSON.
    user: Option<String>,
}

impl<T: SessionData> View<T> {
    /// A view of data that comes from no session.
    #[must_use]
    pub fn of(data: T) -> Self {
        Self {
            data,
            edit: None,
            doubt: None,
            epoch: Epoch::default(),
            notation: Notation::Json,
            new: false,
            parted: false,
        }
    }

    pub(crate) fn read(session: &Payload, epoch: Epoch) -> Self {
        let fields = Fields::new(session, T::FIELDS);
        let data = T::decode_fields(&fields);
        let doubt = Doubt::of::<T>(fields.unreadable(), session);
        Self { data, edit: None, doubt, epoch, notation: session.notation(), new: session.is_empty(), parted: false }
    }

    /// The data, with no trace of what was changed.
    #[must_use]
    pub fn into_data(view: Self) -> T {
        view.data
    }

    /// Which of the request's sessions the view belongs to, and which of its users.
    #[must_use]
    pub fn epoch(view: &Self) -> Epoch {
        view.epoch
    }

    /// The view with no data, in another epoch: for after the session was cleared or ended.
    #[must_use]
    pub fn emptied(view: &Self, epoch: Epoch) -> Self {
        match view.notation {
            Notation::Json => Self { epoch, new: true, ..Self::of(T::empty()) },
            // Such as `Dynamic`, which must go on in its notation.
            #[cfg(feature = "flask")]
            Notation::Flask => Self::read(&Payload::empty(view.notation), epoch),
        }
    }

    /// What was changed since the view was made, and an error where a field's value has no JSON that a session can
    /// hold, such as a map whose keys are not texts.
    #[must_use]
    pub fn changes(view: &Self, engine: &Engine) -> (Changes, Option<Error>) {
        Self::changes_by(view, &engine.rules::<T>())
    }

    /// As [`View::changes`], by what the struct itself says of its fields: for tests without an engine.
    #[must_use]
    pub fn own_changes(view: &Self) -> (Changes, Option<Error>) {
        Self::changes_by(view, &own_rules::<T>())
    }

    fn changes_by(view: &Self, rules: &Rules<'_>) -> (Changes, Option<Error>) {
        let Some(edit) = &view.edit else {
            return (Changes::default(), None);
        };
        let mut changes = edit.earlier.clone();
        let (mut since, error) = compare(&edit.before, &encode(&view.data, view.notation), rules);
        let last = edit.user.as_deref();
        if since.login().zip(last).is_some_and(|((_, new), last)| !view.notation.is_same(last, new)) {
            changes.leave(true);
        } else if view.parted && since.login().is_none() {
            since.are_ones_own();
        }
        changes.then(since);
        // A login that could not be believed is made good by a new one, and what could not be read goes.
        if let (Some(doubt), Some(login)) = (&view.doubt, login_field::<T>())
            && changes.of(login.key()).is_some()
        {
            changes.log_in_again(T::FIELDS.iter().filter(|field| doubt.unreadable.contains(&field.key())));
        }
        (changes, error)
    }

    /// Begins to look for changes anew: what was changed so far was recorded. Where that was the login of another user, it begins
    /// with theirs; see [`Transaction::next_view`] for one that logged in elsewhere.
    ///
    /// [`Transaction::next_view`]: crate::Transaction::next_view
    pub fn settle(view: &mut Self) {
        let (recorded, _) = Self::own_changes(view);
        if let Some(doubt) = &mut view.doubt {
            doubt.unreadable.retain(|key| recorded.of(key).is_none());
        }
        view.part_users();
        if let Some(edit) = &mut view.edit {
            **edit =
                Edit { before: encode(&view.data, view.notation), earlier: Changes::default(), user: edit.user.take() };
        }
    }

    /// What the struct holds now, by key, its defaults included: for templates.
    #[must_use]
    pub fn to_dynamic(view: &Self) -> Dynamic {
        Dynamic::of_values(&encode(&view.data, view.notation))
    }

    /// Goes on with an empty session when another user was logged in since the last mutable use: what comes after is
    /// theirs, and must be told from what the last user had. Once this view logged somebody in, what each mutable use changed is kept apart,
    /// so that it can be told from what comes with the next login.
    fn part_users(&mut self) {
        let (Some(login), Some(edit)) = (login_field::<T>(), &mut self.edit) else { return };
        let mut now = Values::new(T::FIELDS, self.notation);
        self.data.encode_login(&mut now);
        let somebody = |user: Option<&str>| user.filter(|json| !self.notation.is_nobody(json)).map(str::to_owned);
        let (was, new) = (somebody(edit.before.get(login.key())), somebody(now.get(login.key())));
        let doubted = || somebody(self.doubt.as_ref().and_then(|doubt| doubt.user.as_deref()));
        let old = edit.user.clone().or_else(|| was.clone()).or_else(doubted);
        let is_another = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| !self.notation.is_same(old, new));
        let logs_in = new.is_some() && new != was;
        if !is_another && !logs_in && edit.user.is_none() {
            return;
        }
        let (mut changes, error) = compare(&edit.before, &encode(&self.data, self.notation), &own_rules::<T>());
        if error.is_some() {
            // It is found again when the view is given back, and nothing is saved.
            return;
        }
        if is_another {
            changes.warn_of_derived();
            changes.drop_derived();
            self.parted = true;
            let mut session = Payload::empty(self.notation);
            changes.apply(&mut session);
            edit.earlier.leave(edit.user.is_some());
            if let Some(doubt) = &mut self.doubt {
                doubt.user = None;
            }
            self.data = T::decode_fields(&Fields::new(&session, T::FIELDS));
        } else if self.parted {
            changes.are_ones_own();
        }
        edit.earlier.then(changes);
        edit.before = encode(&self.data, self.notation);
        if logs_in {
            edit.user = new;
        }
    }
}

impl Doubt {
    fn of<T: SessionData>(unreadable: Vec<&'static str>, session: &Payload) -> Option<Box<Self>> {
        if unreadable.is_empty() {
            return None;
        }
        let user = login_field::<T>().and_then(|login| session.get_field(login)).map(str::to_owned);
        Some(Box::new(Self { unreadable, user }))
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
        if self.edit.is_some() {
            self.part_users();
        } else {
            let before = encode(&self.data, self.notation).marked_as_defaults(self.new);
            self.edit = Some(Box::new(Edit { before, earlier: Changes::default(), user: None }));
        }
        &mut self.data
    }
}

/// Whether it was used mutably, and nothing of the data.
impl<T> std::fmt::Debug for View<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("touched", &self.edit.is_some()).finish_non_exhaustive()
    }
}

pub(crate) fn encode<T: SessionData>(data: &T, notation: Notation) -> Values {
    let mut values = Values::new(T::FIELDS, notation);
    data.encode_fields(&mut values);
    values
}

/// The changes between two encodings, and the first value that could not be read again.
pub(crate) fn compare(before: &Values, after: &Values, rules: &Rules<'_>) -> (Changes, Option<Error>) {
    let changes = Changes::between(before, after, rules);
    let error = after.failed().or_else(|| changes.unreadable(after.notation())).map(Error::encode);
    (changes, error)
}

fn login_field<T: SessionData>() -> Option<&'static Field> {
    T::FIELDS.iter().find(|field| field.is_login())
}

fn own_rules<T: SessionData>() -> Rules<'static> {
    Rules { schema: T::FIELDS, registered: &[], default: counter_default::<T> }
}

/// What a counter of the struct begins at.
pub(crate) fn counter_default<T: SessionData>(key: &str) -> i128 {
    encode(&T::empty(), Notation::Json).get(key).and_then(|json| json.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
