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
    /// Another user logged in, and the view began with nothing of the last one's.
    parted: bool,
}

/// What a view that is used mutably was before.
struct Edit {
    before: Values,
    /// What was changed before another user logged in.
    earlier: Changes,
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

    /// The view of a request that logged in another user before.
    pub(crate) fn parted(view: Self) -> Self {
        Self { parted: true, ..view }
    }

    /// The data, with no trace of what was changed.
    #[must_use]
    pub fn into_data(view: Self) -> T {
        view.data
    }

    /// Which of the request's sessions the view belongs to.
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
        if view.parted {
            since.are_ones_own();
        }
        changes.then(since);
        if view.parted {
            changes.part();
        }
        // A login that could not be believed is made good by a new one, and what could not be read goes.
        if let (Some(doubt), Some(login)) = (&view.doubt, login_field::<T>())
            && changes.of(login.key()).is_some()
        {
            changes.log_in_again(T::FIELDS.iter().filter(|field| doubt.unreadable.contains(&field.key())));
        }
        (changes, error)
    }

    /// Begins to look for changes anew: what was changed so far was recorded. Where that was the login of another user, it begins
    /// with theirs.
    pub fn settle(view: &mut Self) {
        let (recorded, _) = Self::own_changes(view);
        if let Some(doubt) = &mut view.doubt {
            doubt.unreadable.retain(|key| recorded.of(key).is_none());
        }
        view.part_users();
        if let Some(edit) = &mut view.edit {
            **edit = Edit { before: encode(&view.data, view.notation), earlier: Changes::default() };
        }
    }

    /// What the struct holds now, by key, its defaults included: for templates.
    #[must_use]
    pub fn to_dynamic(view: &Self) -> Dynamic {
        Dynamic::of_values(&encode(&view.data, view.notation))
    }

    /// Goes on with an empty session when another user was logged in since the last mutable use: what comes after is
    /// theirs, and must be told from what the last user had.
    fn part_users(&mut self) {
        let (Some(login), Some(edit)) = (login_field::<T>(), &mut self.edit) else { return };
        let mut now = Values::new(T::FIELDS, self.notation);
        self.data.encode_login(&mut now);
        let user = |values: &Values| values.get(login.key()).map(str::to_owned);
        let is_somebody = |json: &String| !self.notation.is_nobody(json);
        let doubted = || self.doubt.as_ref().and_then(|doubt| doubt.user.clone());
        let old = user(&edit.before).or_else(doubted).filter(is_somebody);
        let (Some(old), Some(new)) = (old, user(&now).filter(is_somebody)) else { return };
        if self.notation.is_same(&old, &new) {
            return;
        }
        let (mut changes, error) = compare(&edit.before, &encode(&self.data, self.notation), &own_rules::<T>());
        if error.is_some() {
            // It is found again when the view is given back, and nothing is saved.
            return;
        }
        changes.warn_of_derived();
        changes.drop_derived();
        self.parted = true;
        let mut session = Payload::empty(self.notation);
        changes.apply(&mut session);
        edit.earlier.then(changes);
        if let Some(doubt) = &mut self.doubt {
            doubt.user = None;
        }
        self.data = T::decode_fields(&Fields::new(&session, T::FIELDS));
        edit.before = encode(&self.data, self.notation);
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
            let before = encode(&self.data, self.notation).as_defaults(self.new);
            self.edit = Some(Box::new(Edit { before, earlier: Changes::default() }));
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
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::key::Key;
    use crate::recycled::Text;

    #[derive(crate::SessionData)]
    #[session(login(user), crate = crate)]
    struct Visitor {
        user: Option<String>,
        #[session(privileged)]
        role: Option<String>,
        #[session(counter)]
        visits: u32,
        cart: Vec<u32>,
        note: Option<String>,
    }

    fn read(json: &str) -> View<Visitor> {
        View::read(&Payload::parse(Text::of(json)).unwrap(), Epoch::default())
    }

    /// What a view's changes make of a session.
    fn applied(view: &View<Visitor>, json: &str) -> String {
        let (changes, error) = View::own_changes(view);
        assert!(error.is_none());
        let mut session = Payload::parse(Text::of(json)).unwrap();
        changes.apply(&mut session);
        session.to_json().into_inner()
    }

    #[test]
    fn a_view_that_is_only_read_has_no_changes() {
        let view = read(r#"{"user":"ada","visits":3}"#);
        assert_eq!((view.user.as_deref(), view.visits), (Some("ada"), 3));
        assert!(View::own_changes(&view).0.is_empty());
        assert_eq!(format!("{view:?}"), "View { touched: false, .. }");
        let mut view = view;
        view.visits = 3;
        assert!(View::own_changes(&view).0.is_empty());
        assert_eq!(format!("{view:?}"), "View { touched: true, .. }");
        assert_eq!(View::into_data(view).visits, 3);
    }

    #[test]
    fn changes_are_those_since_the_view_was_made_or_settled() {
        let engine: Engine = Builder::signed(Key::generate()).build().unwrap();
        let mut view = read(r#"{"visits":3}"#);
        view.visits = 5;
        view.cart.push(7);
        let (changes, _) = View::changes(&view, &engine);
        assert_eq!(changes.keys().collect::<Vec<_>>(), ["visits", "cart"]);
        assert_eq!(applied(&view, r#"{"visits":10}"#), r#"{"visits":12,"cart":[7]}"#);
        View::settle(&mut view);
        assert!(View::own_changes(&view).0.is_empty());
        view.note = Some("x".into());
        assert_eq!(applied(&view, "{}"), r#"{"note":"x"}"#);
    }

    #[test]
    fn an_emptied_view_has_nothing_and_goes_on_in_its_epoch() {
        let mut view = read(r#"{"user":"ada","visits":3}"#);
        view.visits = 4;
        let engine: Engine = Builder::signed(Key::generate()).build().unwrap();
        let next = engine.open(std::iter::empty(), false).purge();
        assert_ne!(View::epoch(&view), next);
        let emptied = View::emptied(&view, next);
        assert_eq!(View::epoch(&emptied), next);
        assert!(emptied.user.is_none() && emptied.visits == 0 && View::own_changes(&emptied).0.is_empty());
        #[cfg(feature = "flask")]
        {
            let session = Payload::empty(Notation::Flask);
            let view = View::<Dynamic>::read(&session, Epoch::default());
            let emptied = View::emptied(&view, next);
            assert_eq!((emptied.notation, View::epoch(&emptied)), (Notation::Flask, next));
        }
        assert_eq!(emptied.notation, Notation::Json);
    }

    #[test]
    fn a_template_sees_what_the_struct_holds() {
        let dynamic = View::to_dynamic(&read(r#"{"user":"ada"}"#));
        assert_eq!(dynamic.raw("user"), Some("\"ada\""));
        assert_eq!(dynamic.raw("visits"), Some("0"));
    }

    #[test]
    fn what_is_set_after_another_user_logged_in_is_theirs_and_nothing_else_is() {
        let session = r#"{"user":"ada","role":"admin","cart":[1],"note":"ada's"}"#;
        let mut view = read(session);
        view.cart.push(2);
        view.user = Some("bob".into());
        assert!(view.note.is_some(), "it is not seen before the next mutable use");
        view.visits += 1;
        assert!(view.cart.is_empty() && view.role.is_none() && view.note.is_none());
        view.cart.push(7);
        assert_eq!((view.user.as_deref(), &view.cart[..]), (Some("bob"), [7].as_slice()));
        let (changes, _) = View::own_changes(&view);
        let mut theirs = Payload::empty(Notation::Json);
        changes.apply(&mut theirs);
        assert_eq!(theirs.to_json().as_str(), r#"{"user":"bob","visits":1,"cart":[7]}"#);
    }

    #[test]
    fn a_login_of_nobody_or_of_the_same_user_parts_nothing() {
        for (before, after) in [("ada", Some("ada")), ("ada", None), ("ada", Some("")), ("", Some("bob"))] {
            let mut view = read(&format!(r#"{{"user":"{before}","note":"kept"}}"#));
            view.user = after.map(str::to_owned);
            view.visits += 1;
            assert_eq!(view.note.as_deref(), Some("kept"), "{before} {after:?}");
            assert!(!view.parted);
        }
    }

    #[test]
    fn settling_after_another_users_login_begins_with_what_is_theirs() {
        let mut view = read(r#"{"user":"ada","note":"ada's"}"#);
        view.user = Some("bob".into());
        View::settle(&mut view);
        assert!(view.parted && view.note.is_none() && view.user.as_deref() == Some("bob"));
        assert!(View::own_changes(&view).0.is_empty());
    }

    #[test]
    fn what_a_view_of_the_next_user_changes_is_made_from_nobody_elses() {
        let session = r#"{"user":"bob","cart":[1]}"#;
        for parted in [false, true] {
            let mut view = if parted { View::parted(read(session)) } else { read(session) };
            view.cart.push(2);
            let (mut changes, _) = View::own_changes(&view);
            changes.drop_derived();
            assert_eq!(changes.is_empty(), !parted);
        }
    }

    #[test]
    fn a_login_that_cannot_be_believed_is_made_good_by_a_new_one() {
        let session = r#"{"user":"ada","role":5,"note":"x"}"#;
        let mut view = read(session);
        assert!(view.user.is_none() && view.note.is_some());
        view.visits = 1;
        assert_eq!(applied(&view, session), r#"{"user":"ada","role":5,"note":"x","visits":1}"#, "nobody is logged out");
        view.user = Some("ada".into());
        let (changes, _) = View::own_changes(&view);
        assert_eq!(changes.value_of("role"), Some(None), "what could not be read goes");
        let before = Payload::parse(Text::of(session)).unwrap();
        assert_eq!(changes.login_change(&before), crate::change::LoginChange::LoggedIn);
    }

    #[test]
    fn whoever_could_not_be_believed_is_another_user_than_the_next_one() {
        let mut view = read(r#"{"user":"ada","role":5,"note":"ada's"}"#);
        view.user = Some("bob".into());
        view.visits = 1;
        assert!(view.note.is_none() && view.parted);
        view.user = Some("eve".into());
        view.visits = 2;
        assert_eq!(view.user.as_deref(), Some("eve"));
    }

    #[test]
    fn what_was_recorded_of_a_doubted_field_is_no_doubt_any_more() {
        let mut view = read(r#"{"user":"ada","role":5}"#);
        view.role = Some("reader".into());
        View::settle(&mut view);
        view.user = Some("ada".into());
        assert_eq!(View::own_changes(&view).0.value_of("role"), None);
    }

    #[test]
    fn a_value_that_no_session_can_hold_is_an_error() {
        #[derive(crate::SessionData)]
        #[session(crate = crate)]
        struct Map {
            map: std::collections::BTreeMap<String, Vec<f64>>,
            pairs: std::collections::BTreeMap<(u8, u8), u8>,
        }
        let mut view = View::of(Map::empty());
        view.map.insert("a".into(), vec![1.5]);
        assert!(View::own_changes(&view).1.is_none());
        view.pairs.insert((1, 2), 3);
        let (_, error) = View::own_changes(&view);
        assert!(error.unwrap().to_string().contains("pairs"));
    }

    #[test]
    fn a_counter_begins_at_its_default() {
        #[derive(crate::SessionData)]
        #[session(crate = crate)]
        struct Lives {
            #[session(counter, default = 3)]
            lives: u8,
        }
        let added_to_nothing = |mut view: View<Lives>| {
            view.lives += 1;
            let mut session = Payload::empty(Notation::Json);
            View::own_changes(&view).0.apply(&mut session);
            session.get("lives").map(str::to_owned)
        };
        let with_two = Payload::parse(Text::new(r#"{"lives":2}"#.into())).unwrap();
        for session in [with_two, Payload::empty(Notation::Json)] {
            let view = View::read(&session, Epoch::default());
            assert_eq!(added_to_nothing(View::emptied(&view, Epoch::default())).as_deref(), Some("4"));
            assert_eq!(added_to_nothing(view).as_deref(), Some("4"), "another request may have removed the two");
        }
        assert_eq!(counter_default::<Lives>("lives"), 3);
        assert_eq!(counter_default::<Lives>("other"), 0);
        assert_eq!(counter_default::<Visitor>("user"), 0);
        assert_eq!(Lives::empty().lives, 3);
    }
}
