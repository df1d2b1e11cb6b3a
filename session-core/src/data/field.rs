//! What is known of a struct's field.

use crate::counter::Counter;

/// What is known of one field of a [`SessionData`](crate::SessionData) struct.
///
/// # Examples
///
/// ```
/// use session_core::Field;
///
/// const ROLE: Field = Field::value("role").privileged().aliases(&["rank"]);
/// assert_eq!(ROLE.key(), "role");
/// assert!(ROLE.is_privileged());
///
/// const USER: Field = Field::value("username").login().owner();
/// assert!(USER.is_login() && USER.is_owner() && USER.is_privileged());
///
/// const STARS: Field = Field::counter_between("stars", 0, 5);
/// assert_ne!(STARS.kind(), Field::counter::<u8>("stars").kind());
///
/// const NOTICES: Field = Field::queue("notices").once();
/// const TOKEN: Field = Field::value("api_token").secret();
/// assert!(NOTICES.is_once() && TOKEN.is_secret());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one attribute of the field")]
pub struct Field {
    key: &'static str,
    aliases: &'static [&'static str],
    kind: FieldKind,
    privileged: bool,
    login: bool,
    once: bool,
    secret: bool,
    owner: bool,
}

/// How the changes of a field are merged with those of other requests.
///
/// # Examples
///
/// ```
/// use session_core::{FieldKind, SessionData};
///
/// #[derive(SessionData)]
/// struct Visitor {
///     #[session(counter)]
///     visits: u32,
/// }
/// assert!(matches!(Visitor::FIELDS[0].kind(), FieldKind::Counter { .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// The later value wins.
    Value,
    /// An integer within these bounds; differences add up.
    Counter {
        /// The smallest value of the field's type.
        min: i128,
        /// The largest value of the field's type.
        max: i128,
    },
    /// A list that is only added to at its end and taken from; both merge.
    Queue,
}

impl Field {
    /// A field whose value is replaced as a whole.
    #[must_use]
    pub const fn value(key: &'static str) -> Self {
        Self {
            key,
            aliases: &[],
            kind: FieldKind::Value,
            privileged: false,
            login: false,
            once: false,
            secret: false,
            owner: false,
        }
    }

    /// An integer that several requests may count at once.
    #[must_use]
    pub const fn counter<C: Counter>(key: &'static str) -> Self {
        Self::counter_between(key, C::MIN, C::MAX)
    }

    /// A counter that stays between two bounds, such as those of an integer's type.
    #[must_use]
    pub const fn counter_between(key: &'static str, min: i128, max: i128) -> Self {
        Self { kind: FieldKind::Counter { min, max }, ..Self::value(key) }
    }

    /// A list of entries that are shown once, such as [`Flashes`](crate::Flashes).
    #[must_use]
    pub const fn queue(key: &'static str) -> Self {
        Self { kind: FieldKind::Queue, ..Self::value(key) }
    }

    /// Older keys, which are read where the field's own is missing and removed when the field is set.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// A change of this field renews the session.
    #[must_use]
    pub const fn privileged(self) -> Self {
        Self { privileged: true, ..self }
    }

    /// This field says who is logged in. Implies [`Field::privileged`].
    #[must_use]
    pub const fn login(self) -> Self {
        Self { login: true, privileged: true, ..self }
    }

    /// Only a session that its owner cannot read may hold this field.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// This field says whom the session belongs to, for "log out everywhere". Implies [`Field::privileged`].
    #[must_use]
    pub const fn owner(self) -> Self {
        Self { owner: true, privileged: true, ..self }
    }

    /// The value is shown once, like a message: a prefetch does not take it.
    #[must_use]
    pub const fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// The key in the session.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// How changes of the field are merged.
    #[must_use]
    pub const fn kind(&self) -> FieldKind {
        self.kind
    }

    /// Whether a change renews the session.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Whether the field says who is logged in.
    #[must_use]
    pub const fn is_login(&self) -> bool {
        self.login
    }

    /// Whether the field must not be readable by the cookie's owner.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.secret
    }

    /// Whether the field says whom the session belongs to.
    #[must_use]
    pub const fn is_owner(&self) -> bool {
        self.owner
    }

    /// Whether the value is shown once.
    #[must_use]
    pub const fn is_once(&self) -> bool {
        self.once
    }

    /// The key and its aliases, in the order in which they are looked up.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.key).chain(self.aliases.iter().copied())
    }

    pub(crate) fn named(schema: &'static [Self], key: &str) -> Option<&'static Self> {
        schema.iter().find(|field| field.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_owns_a_session_or_is_logged_in_has_privileges_by_it() {
        assert!(Field::value("user").owner().is_privileged() && Field::value("user").login().is_privileged());
        let plain = Field::value("user");
        assert!(
            !(plain.is_privileged() || plain.is_login() || plain.is_owner() || plain.is_secret() || plain.is_once())
        );
    }
}
