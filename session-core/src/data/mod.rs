//! The contract between a user's struct and the session: what the derive writes, and what one may write by hand.

mod field;

pub use field::{Field, FieldKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fields::Fields;
use crate::flash::Flashes;
use crate::notation::Notation;
use crate::values::Values;

/// A struct that can be kept in a session.
///
/// Derive it. Writing it by hand is as short as this:
///
/// ```
/// use session_core::{Field, Fields, SessionData, Values};
///
/// struct Visitor {
///     username: Option<String>,
///     visits: u32,
/// }
///
/// impl SessionData for Visitor {
///     const FIELDS: &'static [Field] = &[Field::value("username"), Field::counter::<u32>("visits")];
///
///     fn decode_fields(fields: &Fields<'_>) -> Self {
///         Self {
///             username: fields.get("username").unwrap_or_default(),
///             visits: fields.get("visits").unwrap_or_default(),
///         }
///     }
///
///     fn encode_fields(&self, values: &mut Values) {
///         values.put("username", &self.username);
///         values.put("visits", &self.visits);
///     }
/// }
///
/// assert_eq!(Visitor::empty().visits, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not session data",
    label = "this type cannot be kept in a session",
    note = "add `#[derive(SessionData)]` to `{Self}`"
)]
pub trait SessionData: Sized + 'static {
    /// The fields that are kept, each once.
    const FIELDS: &'static [Field];

    /// Which of several independent sessions of one application the struct belongs to; the middleware of the same
    /// scope serves it. Empty for the usual one.
    const SCOPE: &'static str = "";

    /// Reads the struct. It never fails: a field that is missing or unreadable takes its default.
    fn decode_fields(fields: &Fields<'_>) -> Self;

    /// Writes every field that is kept, under the keys of [`SessionData::FIELDS`].
    fn encode_fields(&self, values: &mut Values);

    /// Writes the login field alone. It tells when another user logs in half-way through a request, so that what is set afterwards
    /// is told from what the last user had.
    ///
    /// It must be written where `FIELDS` has a [`Field::login`]: otherwise nobody ever counts as logged in ([`is_somebody`]).
    fn encode_login(&self, values: &mut Values) {
        let _ = values;
    }

    /// The struct as a new visitor's session has it: every field at its default. It is what [`SessionData::decode_fields`] makes of no
    /// fields, and not to be written otherwise.
    #[must_use]
    fn empty() -> Self {
        Self::decode_fields(&Fields::none(Self::FIELDS))
    }
}

/// Session data with a login field: the derive's `#[session(login(field, redirect = "/login"))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who is logged in",
    label = "this session data has no login field",
    note = "name the field that holds the user: `#[session(login(username, redirect = \"/login\"))]`"
)]
pub trait Login: SessionData {
    /// What the login field holds: `str` for `Option<String>`, else the type in the `Option`.
    type Id: ?Sized + ToOwned;

    /// Where a visitor who must log in first is sent; without it the answer is 401.
    const REDIRECT: Option<&'static str>;

    /// Who is logged in. An empty text is nobody.
    fn login_id(&self) -> Option<&Self::Id>;
}

/// An `Option`, also by another name: what the derive uses where it cannot see the type written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must be an `Option`",
    label = "this is not an `Option`",
    note = "a login field and a value that is shown once may be missing"
)]
pub trait Optional {
    /// What the `Option` holds.
    type Value;

    /// The value by reference.
    fn as_option(&self) -> Option<&Self::Value>;

    /// The value itself.
    fn into_option(self) -> Option<Self::Value>;

    /// The field of a value.
    fn from_option(value: Option<Self::Value>) -> Self;
}

impl<V> Optional for Option<V> {
    type Value = V;

    fn as_option(&self) -> Option<&V> {
        self.as_ref()
    }

    fn into_option(self) -> Self {
        self
    }

    fn from_option(value: Self) -> Self {
        value
    }
}

/// Whether the login field holds somebody: nobody is called `""`. For types of which that cannot be seen otherwise.
///
/// # Examples
///
/// ```
/// use session_core::{SessionData, is_somebody};
///
/// #[derive(SessionData)]
/// #[session(login(username))]
/// struct Visitor {
///     username: Option<String>,
/// }
///
/// let mut visitor = Visitor::empty();
/// assert!(!is_somebody(&visitor));
/// visitor.set_username("ada");
/// assert!(is_somebody(&visitor));
/// ```
pub fn is_somebody<T: SessionData>(data: &T) -> bool {
    let mut values = Values::new(T::FIELDS, Notation::Json);
    data.encode_login(&mut values);
    values.iter().any(|(_, json)| !Notation::Json.is_nobody(json))
}

/// The type of a field with `#[session(flash(..))]`: [`Flashes`], also by another name.
#[diagnostic::on_unimplemented(
    message = "messages with categories need the type `Flashes`",
    label = "this is not `Flashes`",
    note = "for one value that is shown once, write `#[session(flash)]` on an `Option`"
)]
pub trait MessageQueue {
    /// The messages.
    fn flashes(&self) -> &Flashes;

    /// The messages, to be added to and taken.
    fn flashes_mut(&mut self) -> &mut Flashes;
}

impl MessageQueue for Flashes {
    fn flashes(&self) -> &Flashes {
        self
    }

    fn flashes_mut(&mut self) -> &mut Flashes {
        self
    }
}

/// A type that a field of session data can have: all that serde can write and read again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a session",
    label = "serde cannot write this type and read it again",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to the type, or `#[session(with = module)]` or \
            `#[session(skip)]` to the field"
)]
pub trait FieldValue: Sized {
    /// [`Fields::get`], as the derive calls it: so a type that serde does not know is one error at its place, and not one
    /// in reading and one in writing.
    fn read(fields: &Fields<'_>, key: &str) -> Option<Self>;

    /// [`Fields::login`].
    fn read_login(fields: &Fields<'_>, key: &str) -> Option<Self>;

    /// [`Values::put`].
    fn write(&self, values: &mut Values, key: &str);
}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned> FieldValue for V {
    fn read(fields: &Fields<'_>, key: &str) -> Option<Self> {
        fields.get(key)
    }

    fn read_login(fields: &Fields<'_>, key: &str) -> Option<Self> {
        fields.login(key)
    }

    fn write(&self, values: &mut Values, key: &str) {
        values.put(key, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_no_name_or_an_empty_one() {
        #[derive(crate::SessionData)]
        #[session(login(user), crate = crate)]
        struct Visitor {
            user: Option<String>,
            note: Option<String>,
        }
        for (user, is_known) in [(None, false), (Some(""), false), (Some("ada"), true)] {
            let visitor = Visitor { user: user.map(str::to_owned), note: Some("a".into()) };
            assert_eq!(is_somebody(&visitor), is_known, "{user:?}");
        }
    }

    #[test]
    fn an_option_by_another_name_is_what_it_is() {
        type Maybe = Option<u8>;
        assert_eq!(Optional::as_option(&Maybe::Some(7)), Some(&7));
        assert_eq!(Optional::into_option(Maybe::Some(7)), Some(7));
        assert_eq!(<Maybe as Optional>::from_option(Some(7)), Some(7));
    }

    #[test]
    fn messages_by_another_name_are_what_they_are() {
        let mut messages = Flashes::default();
        messages.flashes_mut().push("info", "saved");
        assert_eq!(messages.flashes().len(), 1);
    }
}
