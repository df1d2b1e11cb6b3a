//! Each attribute alone and together.
#![deny(warnings, missing_docs, unused_qualifications)]

use std::collections::BTreeMap;

use session_actix::{Flashes, SessionData};

/// A visitor.
#[derive(SessionData)]
#[session(login(user, redirect = "/login"), rename_all = "camelCase", scope = "admin")]
pub struct Visitor {
    /// Who it is.
    #[session(owner, alias = "name", alias = "nick")]
    pub user: Option<String>,
    /// What they may do.
    #[session(privileged, rename = "role_name")]
    pub role: Option<String>,
    #[session(counter)]
    visits: u32,
    #[session(default)]
    age: Option<u8>,
    #[session(default = vec![1, 2, 3])]
    numbers: Vec<u64>,
    #[session(default = [0; 4])]
    array: [u8; 4],
    #[session(default = if cfg!(test) { 1 } else { 2 })]
    branch: u8,
    #[session(skip)]
    scratch: Option<std::time::Instant>,
    #[session(skip, default = 7)]
    seven: u8,
    #[session(with = reversed)]
    word: String,
    #[session(secret)]
    card: Option<String>,
    #[session(flash)]
    order: Option<u64>,
    #[session(flash(success, error, r#type))]
    messages: Flashes,
    #[session(accessors = false)]
    purge: bool,
    prices: BTreeMap<String, u64>,
}

mod reversed {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(word: &str, serializer: S) -> Result<S::Ok, S::Error> {
        word.chars().rev().collect::<String>().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer).map(|word| word.chars().rev().collect())
    }
}

fn main() {
    let mut visitor = Visitor::empty();
    assert_eq!((visitor.numbers(), visitor.array(), visitor.branch()), (&[1, 2, 3][..], &[0; 4], 2));
    assert_eq!((visitor.seven, visitor.scratch, visitor.purge), (7, None, false));
    visitor.flash_type("a raw category");
    visitor.flash_order(5);
    assert_eq!(visitor.peek_order(), Some(&5));
    assert_eq!((visitor.take_order(), visitor.peek_order()), (Some(5), None));
    let keys: Vec<_> = Visitor::FIELDS.iter().map(|field| field.key()).collect();
    assert_eq!(&keys[..3], ["user", "role_name", "visits"]);
    assert_eq!(Visitor::SCOPE, "admin");
}
