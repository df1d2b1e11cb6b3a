//! A field that is decoded when it is looked at, and not before.

use std::cell::OnceCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::FieldValue;
use crate::fields::{Fields, log_another_type};
use crate::notation::Notation;
use crate::values::Values;

/// A field of a session whose JSON stays as it is until somebody looks at it: for what is large and seldom needed, such
/// as a cart on a page that shows only who is logged in.
///
/// It dereferences to its value, which is decoded the first time. A value of another type shows as the type's `Default` and is logged then; it stays
/// stored as it is until it is changed. What was never changed is written back byte for byte.
///
/// It is a type for the field itself, and not for parts of one. A privileged field is decoded at once in any case, since the
/// login depends on it.
///
/// # Examples
///
/// ```
/// use session_core::{Lazy, SessionData};
///
/// #[derive(SessionData)]
/// struct Shopper {
///     username: Option<String>,
///     cart: Lazy<Vec<u64>>,
/// }
///
/// let mut shopper = Shopper::empty();
/// shopper.cart.push(7);
/// assert_eq!(shopper.cart.len(), 1);
/// shopper.set_cart(vec![1, 2].into());
/// assert_eq!(*shopper.cart, [1, 2]);
/// assert_eq!(Lazy::into_inner(Lazy::new(vec![7_u64])), [7]);
/// ```
#[derive(Clone)]
pub struct Lazy<T> {
    stored: Option<Stored>,
    /// What was seen of what is stored.
    seen: OnceCell<T>,
    /// What may differ from what is stored.
    own: Option<Own<T>>,
}

#[derive(Clone)]
struct Own<T> {
    value: T,
    /// The text that this very value had before it was used mutably: an equal one may be written in another order, as sets are.
    before: Vec<u8>,
}

/// What the session holds.
#[derive(Clone)]
struct Stored {
    key: &'static str,
    text: String,
    notation: Notation,
}

impl<T> Lazy<T> {
    /// A value that is not in the session yet.
    pub const fn new(value: T) -> Self {
        Self { stored: None, seen: OnceCell::new(), own: Some(Own { value, before: Vec::new() }) }
    }

    pub(crate) fn stored(key: &'static str, text: &str, notation: Notation) -> Self {
        Self { stored: Some(Stored { key, text: text.to_owned(), notation }), seen: OnceCell::new(), own: None }
    }
}

impl<T: DeserializeOwned + Default> Lazy<T> {
    /// The value itself.
    #[must_use]
    pub fn into_inner(lazy: Self) -> T {
        let Self { stored, seen, own } = lazy;
        own.map(|own| own.value).or_else(|| seen.into_inner()).unwrap_or_else(|| decode(stored.as_ref()))
    }
}

impl<T: Serialize + DeserializeOwned + Default> Lazy<T> {
    /// Appends the value's text. Where it is what is stored, it is that byte for byte: to have used it mutably is not to have
    /// changed it.
    pub(crate) fn write(&self, notation: Notation, out: &mut Vec<u8>) -> bool {
        let stored = self.stored.as_ref().filter(|stored| stored.notation == notation);
        let start = out.len();
        let written = match (stored, &self.own) {
            (Some(_), None) => true,
            _ => notation.write(&**self, out),
        };
        let is_as_before = |own: &Own<T>| out.get(start..) == Some(own.before.as_slice());
        if let Some(stored) = stored.filter(|_| written && self.own.as_ref().is_none_or(is_as_before)) {
            out.truncate(start);
            out.extend_from_slice(stored.text.as_bytes());
        }
        written
    }
}

impl<T: DeserializeOwned + Default> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.own {
            Some(own) => &own.value,
            None => self.seen.get_or_init(|| decode(self.stored.as_ref())),
        }
    }
}

impl<T: Serialize + DeserializeOwned + Default> DerefMut for Lazy<T> {
    fn deref_mut(&mut self) -> &mut T {
        let Self { stored, seen, own } = self;
        let make_own = || {
            let value = seen.take().unwrap_or_else(|| decode(stored.as_ref()));
            let (mut before, notation) = (Vec::new(), stored.as_ref().map(|stored| stored.notation));
            // What cannot be written now is an error when it is given back.
            notation.unwrap_or_default().write(&value, &mut before);
            Own { value, before }
        };
        &mut own.get_or_insert_with(make_own).value
    }
}

fn decode<T: DeserializeOwned + Default>(stored: Option<&Stored>) -> T {
    let Some(Stored { key, text, notation }) = stored else { return T::default() };
    notation.read(text).unwrap_or_else(|| {
        log_another_type(key);
        T::default()
    })
}

impl<T> From<T> for Lazy<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Lazy<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// The value, once it was decoded.
impl<T: fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.own.as_ref().map(|own| &own.value).or_else(|| self.seen.get()) {
            Some(value) => value.fmt(f),
            None => f.write_str("Lazy(..)"),
        }
    }
}

// Not by serde, which would have to read the text to know where it ends.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Default> FieldValue for Lazy<T> {
    fn read(fields: &Fields<'_>, key: &str) -> Option<Self> {
        fields.get_lazy(key)
    }

    fn read_login(fields: &Fields<'_>, key: &str) -> Option<Self> {
        if fields.are_trusted() { fields.get_lazy(key) } else { None }
    }

    fn write(&self, values: &mut Values, key: &str) {
        values.put_lazy(key, self);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::Field;
    use crate::payload::Payload;
    use crate::recycled::Text;

    const SCHEMA: &[Field] = &[Field::value("user").login(), Field::value("cart"), Field::value("roles").privileged()];

    fn read<R>(json: &str, look: impl FnOnce(&Fields<'_>) -> R) -> R {
        look(&Fields::new(&Payload::parse(Text::of(json)).unwrap(), SCHEMA))
    }

    fn cart(json: &str) -> Lazy<Vec<u64>> {
        read(json, |fields| fields.get_lazy("cart")).unwrap()
    }

    fn written(lazy: &Lazy<Vec<u64>>) -> String {
        let mut values = Values::new(SCHEMA, Notation::Json);
        values.put_lazy("cart", lazy);
        values.get("cart").unwrap_or_default().to_owned()
    }

    #[test]
    fn what_is_not_looked_at_is_not_decoded_and_is_written_back_byte_for_byte() {
        let lazy = cart(r#"{"cart":[ 1,2 ]}"#);
        assert_eq!(format!("{lazy:?}"), "Lazy(..)");
        assert_eq!(written(&lazy), "[ 1,2 ]");
        assert_eq!(format!("{lazy:?}"), "Lazy(..)");
        assert_eq!((lazy.len(), format!("{lazy:?}").as_str()), (2, "[1, 2]"));
        assert_eq!(written(&lazy), "[ 1,2 ]");
    }

    #[test]
    fn a_mutable_use_that_changes_nothing_writes_what_was_stored() {
        let mut lazy = cart(r#"{"cart":[ 1,2 ]}"#);
        lazy.push(3);
        assert_eq!(written(&lazy), "[1,2,3]");
        lazy.pop();
        assert_eq!(written(&lazy), "[ 1,2 ]");
    }

    #[test]
    fn a_set_that_is_used_mutably_and_not_changed_is_written_as_it_was() {
        let json = format!(r#"{{"cart":[{}]}}"#, (0..50).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
        let mut lazy: Lazy<HashSet<u64>> = read(&json, |fields| fields.get_lazy("cart")).unwrap();
        let mut values = Values::new(SCHEMA, Notation::Json);
        lazy.insert(7);
        values.put_lazy("cart", &lazy);
        assert_eq!(format!(r#"{{"cart":{}}}"#, values.get("cart").unwrap()), json);
        lazy.insert(50);
        values.put_lazy("cart", &lazy);
        assert_ne!(format!(r#"{{"cart":{}}}"#, values.get("cart").unwrap()), json);
    }

    #[test]
    fn a_value_of_another_type_shows_its_default_and_stays_until_it_is_changed() {
        let mut lazy = cart(r#"{"cart":"of an older release"}"#);
        assert!(lazy.is_empty());
        lazy.clear();
        assert_eq!(written(&lazy), r#""of an older release""#);
        lazy.push(7);
        assert_eq!(written(&lazy), "[7]");
        assert_eq!(Lazy::into_inner(lazy), [7]);
    }

    #[test]
    fn a_privileged_field_of_another_type_logs_the_user_out_without_being_looked_at() {
        read(r#"{"user":"ada","roles":7}"#, |fields| {
            assert!(fields.get_lazy::<Vec<String>>("roles").is_none());
            assert_eq!(fields.login::<String>("user"), None);
        });
    }

    #[test]
    fn a_new_value_is_written_and_nothing_is_none() {
        assert_eq!(written(&vec![1].into()), "[1]");
        assert_eq!(written(&Lazy::default()), "[]");
        assert!(read("{}", |fields| fields.get_lazy::<Vec<u64>>("cart")).is_none());
    }

    #[test]
    fn it_is_a_field_like_any_other() {
        let json = r#"{"user":"ada","cart":[1]}"#;
        let cart: Lazy<Vec<u64>> = read(json, |fields| FieldValue::read(fields, "cart")).unwrap();
        let user: Lazy<String> = read(json, |fields| FieldValue::read_login(fields, "user")).unwrap();
        assert_eq!((&**cart, &**user), ([1].as_slice(), "ada"));
        let mut values = Values::new(SCHEMA, Notation::Json);
        FieldValue::write(&cart, &mut values, "cart");
        assert_eq!(values.get("cart"), Some("[1]"));
        read(r#"{"user":"ada","roles":7}"#, |fields| {
            assert!(<Lazy<Vec<u8>> as FieldValue>::read(fields, "roles").is_none());
            assert!(<Lazy<String> as FieldValue>::read_login(fields, "user").is_none());
        });
    }
}
