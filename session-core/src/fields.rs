//! What a struct reads its fields from.

use std::cell::RefCell;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::data::Field;
use crate::lazy::Lazy;
use crate::notation::Notation;
use crate::payload::Payload;
use crate::reader::Reader;

static NO_FIELDS: Payload = Payload::empty(Notation::Json);

/// The fields of a session, as [`SessionData::decode_fields`](crate::SessionData::decode_fields) reads them.
///
/// Each is decoded straight from where it stands in the session's one buffer; what nobody asks for is not decoded.
///
/// # Examples
///
/// ```
/// use session_core::{Field, Fields, SessionData, Values};
///
/// struct Visitor {
///     visits: u32,
/// }
///
/// impl SessionData for Visitor {
///     const FIELDS: &'static [Field] = &[Field::counter::<u32>("visits")];
///
///     fn decode_fields(fields: &Fields<'_>) -> Self {
///         Self { visits: fields.get("visits").unwrap_or_default() }
///     }
///
///     fn encode_fields(&self, values: &mut Values) {
///         values.put("visits", &self.visits);
///     }
/// }
/// assert_eq!(Visitor::empty().visits, 0);
/// ```
///
/// What the derive writes for other attributes:
///
/// ```
/// use serde::Deserialize;
/// use session_core::{Fields, Lazy};
///
/// fn read(fields: &Fields<'_>) {
///     // A field of type `Lazy<Vec<u64>>`, and one with `#[session(with = module)]`.
///     let cart: Lazy<Vec<u64>> = fields.get_lazy("cart").unwrap_or_default();
///     let account = fields.get_with("account", |reader| String::deserialize(reader));
///     // A login field, last; and one `with` a module.
///     let username: Option<String> = fields.login("username").unwrap_or_default();
///     let staff = fields.login_with("staff", |reader| u64::deserialize(reader));
///     # assert!(cart.is_empty() && account.is_none() && username.is_none() && staff.is_none());
/// }
/// read(&Fields::none(&[]));
/// ```
pub struct Fields<'a> {
    payload: &'a Payload,
    schema: &'static [Field],
    /// Privileged fields that could not be read. The login is not to be believed either, then.
    unreadable: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(payload: &'a Payload, schema: &'static [Field]) -> Self {
        Self { payload, schema, unreadable: RefCell::default() }
    }

    /// The fields of an empty session.
    #[must_use]
    pub fn none(schema: &'static [Field]) -> Fields<'static> {
        Fields::new(&NO_FIELDS, schema)
    }

    /// A field's value: `None` where the session does not have it, and where it has another type. The latter is
    /// logged, and the stored value stays as it is until the field is set: a new release logs nobody out.
    #[must_use]
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Option<V> {
        let value = self.payload.notation().read(self.find(key)?);
        if value.is_none() {
            self.distrust(key);
        }
        value
    }

    /// As [`Fields::get`], with a function such as the `deserialize` of a serde `with` module.
    pub fn get_with<V, R>(&self, key: &str, read: R) -> Option<V>
    where
        R: FnOnce(Reader<'_, 'a>) -> serde_json::Result<V>,
    {
        let value = self.payload.notation().read_with(self.find(key)?, read);
        if value.is_none() {
            self.distrust(key);
        }
        value
    }

    /// As [`Fields::get`], for a value that is decoded when it is looked at. Only a privileged one is decoded at once, since it
    /// says whether the login may be believed.
    #[must_use]
    pub fn get_lazy<V: DeserializeOwned>(&self, key: &str) -> Option<Lazy<V>> {
        let text = self.find(key)?;
        let (field, notation) = (Field::named(self.schema, key), self.payload.notation());
        if field.is_some_and(Field::is_privileged) && notation.read::<V>(text).is_none() {
            self.distrust(key);
            return None;
        }
        Some(Lazy::stored(field.map_or("", Field::key), text, notation))
    }

    /// A field's JSON, by its key or an older one.
    fn find(&self, key: &str) -> Option<&'a str> {
        self.payload
            .get(key)
            .or_else(|| Field::named(self.schema, key)?.keys().skip(1).find_map(|alias| self.payload.get(alias)))
    }

    /// A field has another type than the struct. Not generic, since every field's type would have a copy.
    fn distrust(&self, key: &str) {
        log_another_type(key);
        if let Some(field) = Field::named(self.schema, key).filter(|field| field.is_privileged()) {
            self.unreadable.borrow_mut().push(field.key());
        }
    }

    /// The login field's value, which is read last: `None` also where a privileged field could not be read, since
    /// a user whose role is unknown must not count as logged in.
    #[must_use]
    pub fn login<V: DeserializeOwned>(&self, key: &str) -> Option<V> {
        if self.are_trusted() { self.get(key) } else { None }
    }

    /// As [`Fields::login`], with a function such as the `deserialize` of a serde `with` module.
    pub fn login_with<V, R>(&self, key: &str, read: R) -> Option<V>
    where
        R: FnOnce(Reader<'_, 'a>) -> serde_json::Result<V>,
    {
        if self.are_trusted() { self.get_with(key, read) } else { None }
    }

    /// Whether all privileged fields could be read.
    pub(crate) fn are_trusted(&self) -> bool {
        self.unreadable.borrow().is_empty()
    }

    pub(crate) fn unreadable(&self) -> Vec<&'static str> {
        self.unreadable.take()
    }

    pub(crate) fn payload(&self) -> &'a Payload {
        self.payload
    }
}

/// serde's own text would quote the value.
pub(crate) fn log_another_type(key: &str) {
    tracing::warn!(name: "session.field.unreadable", key, "a session field has another type than the struct; it takes its default");
}

/// Key names only.
impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fields").field(self.payload).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recycled::Text;

    const SCHEMA: &[Field] =
        &[Field::value("user").login(), Field::value("role").privileged(), Field::value("name").aliases(&["old_name"])];

    fn with<R>(json: &str, look: impl FnOnce(Fields<'_>) -> R) -> R {
        look(Fields::new(&Payload::parse(Text::new(json.into())).unwrap(), SCHEMA))
    }

    #[test]
    fn a_field_of_the_wrong_type_is_none_and_the_others_are_read() {
        with(r#"{"visits":"many","name":"x"}"#, |fields| {
            assert_eq!(fields.get::<u32>("visits"), None);
            assert_eq!(fields.get::<String>("name").as_deref(), Some("x"));
        });
    }

    #[test]
    fn an_alias_is_read_where_the_key_is_missing() {
        with(r#"{"old_name":"old"}"#, |fields| assert_eq!(fields.get::<String>("name").as_deref(), Some("old")));
        with(r#"{"old_name":"old","name":"new"}"#, |fields| {
            assert_eq!(fields.get::<String>("name").as_deref(), Some("new"));
        });
    }

    #[test]
    fn a_privileged_field_of_the_wrong_type_logs_the_user_out() {
        with(r#"{"user":"ada","role":5}"#, |fields| {
            assert_eq!(fields.get::<String>("role"), None);
            assert_eq!(fields.login::<Option<String>>("user"), None);
        });
        with(r#"{"user":"ada","role":"admin","name":5}"#, |fields| {
            assert!(fields.get::<String>("role").is_some() && fields.get::<String>("name").is_none());
            assert_eq!(fields.login::<Option<String>>("user"), Some(Some("ada".into())));
        });
    }

    #[test]
    fn every_way_to_read_a_privileged_field_tells_whether_the_login_may_be_believed() {
        use serde::Deserialize as _;

        for (role, is_read) in [("\"admin\"", true), ("5", false)] {
            with(&format!(r#"{{"user":"ada","role":{role}}}"#), |fields| {
                assert_eq!(fields.get_with("role", |reader| String::deserialize(reader)).is_some(), is_read);
                assert_eq!(fields.are_trusted(), is_read);
                let login = fields.login_with("user", |reader| String::deserialize(reader));
                assert_eq!(login.as_deref(), is_read.then_some("ada"));
                assert_eq!(fields.unreadable(), if is_read { vec![] } else { vec!["role"] });
                assert!(fields.are_trusted(), "it was taken");
            });
            with(&format!(r#"{{"user":"ada","role":{role}}}"#), |fields| {
                assert_eq!(fields.get_lazy::<String>("role").is_some(), is_read);
                assert_eq!(fields.login::<String>("user").is_some(), is_read);
            });
        }
    }

    #[test]
    fn a_lazy_field_is_decoded_when_it_is_looked_at() {
        with(r#"{"user":"ada","old_name":5,"other":"x"}"#, |fields| {
            let name = fields.get_lazy::<String>("name").unwrap();
            assert!(fields.are_trusted() && name.is_empty());
            assert_eq!(*fields.get_lazy::<String>("other").unwrap(), "x");
            assert!(fields.get_lazy::<String>("role").is_none() && fields.are_trusted(), "it is not there");
        });
    }

    #[test]
    fn a_field_that_gives_no_privilege_may_have_any_type() {
        with(r#"{"name":5}"#, |fields| {
            assert_eq!(fields.get::<String>("name"), None);
            assert!(fields.are_trusted() && fields.unreadable().is_empty());
            assert_eq!(fields.payload().get("name"), Some("5"));
        });
    }

    #[test]
    fn debug_shows_key_names_only() {
        with(r#"{"name":"secret"}"#, |fields| {
            let shown = format!("{fields:?}");
            assert!(shown.contains("name") && !shown.contains("secret"), "{shown}");
        });
        assert!(Fields::none(SCHEMA).get::<String>("name").is_none());
    }
}
