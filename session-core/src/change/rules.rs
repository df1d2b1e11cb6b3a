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

#[cfg(test)]
mod tests {
    use super::*;

    const USER: Field = Field::value("user").login().aliases(&["username"]);
    const ROLE: Field = Field::value("role").privileged();
    const NAME: Field = Field::value("name");
    const NAMES: Field = Field::queue("name");
    const SCHEMA: &[Field] = &[Field::value("user"), Field::value("cart"), Field::value("rank").privileged()];

    fn rules() -> Rules<'static> {
        Rules { schema: SCHEMA, registered: &[&USER, &ROLE, &NAME], default: |_| 0 }
    }

    #[test]
    fn privileged_fields_are_those_of_the_struct_and_of_registered_ones() {
        let keys: Vec<_> = rules().privileged().map(Field::key).collect();
        assert_eq!(keys, ["rank", "user", "role"]);
    }

    #[test]
    fn a_key_is_looked_up_in_the_struct_and_in_registered_ones() {
        assert_eq!(rules().of("cart"), Some(&SCHEMA[1]));
        assert_eq!(rules().of("role"), Some(&ROLE));
        assert_eq!(rules().of("username"), Some(&USER), "by an older name");
        assert_eq!(rules().of("other"), None);
        assert_eq!(rules().of("user"), Some(&USER), "the struct does not say that it logs in");
    }

    #[test]
    fn the_word_that_grants_more_care_counts() {
        for (less, more) in [(&ROLE, &USER), (&NAME, &ROLE), (&NAME, &NAMES), (&NAMES, &ROLE)] {
            assert_eq!(stronger(Some(less), Some(more)), Some(more));
            assert_eq!(stronger(Some(more), Some(less)), Some(more));
        }
        assert_eq!(stronger(None, Some(&NAME)), Some(&NAME));
        assert_eq!(stronger(Some(&NAME), None), Some(&NAME));
        assert_eq!(stronger(Some(&SCHEMA[0]), Some(&NAME)), Some(&SCHEMA[0]), "of two alike the first");
        assert_eq!(stronger(None, None), None);
    }
}
