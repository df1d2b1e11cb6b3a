//! Generated code sets off no lint, whatever the user's names and attributes are.
#![deny(warnings, missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]

use session_actix::SessionData;

/// A struct.
#[derive(SessionData)]
#[allow(non_snake_case)]
pub struct Visitor {
    #[deprecated]
    old: u8,
    _hidden: u8,
    trailing_: Vec<u8>,
    camelCase: String,
    #[doc(alias = "size")]
    len: usize,
    /// Documented.
    documented: Option<u8>,
}

/// A struct without fields.
#[derive(SessionData)]
pub struct Nothing {}

/// A unit struct.
#[derive(SessionData)]
pub struct Unit;

fn main() {
    let mut visitor = Visitor::empty();
    visitor.set_hidden(1);
    visitor.trailing_mut().push(2);
    assert_eq!((visitor._hidden(), visitor.trailing_(), visitor.len()), (1, &[2][..], 0));
    let (Nothing {}, Unit) = (Nothing::empty(), Unit::empty());
}
