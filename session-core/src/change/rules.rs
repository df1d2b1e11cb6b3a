//! What structs say of keys.

use super::field::DefaultOf;
use crate::data::{Field, FieldKind};

/// Where to look up what a struct says of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// The fields of the struct that is compared.
    pub(crate) schema: &'static [Field],
    /// The fields of all registered structs, for keys that are written by name.
    pub(crate) registered: &'a [&'static Field],
    /// What the struct's counters begin at.
    pub(crate) default: DefaultOf,
}

impl Rules<'_> {
    pub(super) fn privileged(&self) -> impl Iterator<Item = &'static Field> {
        self.schema.iter().chain(self.registered.iter().copied()).filter(|field| field.is_privileged())
    }

    pub(super) fn of(&self, key: &str) -> Option<&'static Field> {
        let known = self.registered.iter().copied().find(|field| field.key() == key);
        stronger(Field::named(self.schema, key), known).or_else(|| {
            // Written by an older name, it is the same field.
            self.registered.iter().copied().find(|field| field.keys().any(|name| name == key))
        })
    }
}

/// Of two structs' words about one key, the one that grants more care.
pub(super) fn stronger(a: Option<&'static Field>, b: Option<&'static Field>) -> Option<&'static Field> {
    let care = |field: Option<&'static Field>| {
        field.map(|field| (field.is_login(), field.is_privileged(), field.kind() != FieldKind::Value))
    };
    if care(b) > care(a) { b } else { a }
}
