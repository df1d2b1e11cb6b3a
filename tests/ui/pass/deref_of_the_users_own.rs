//! A struct and a field with their own `Deref`, and blanket traits that get in the way of method calls.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use session_actix::{Flashes, SessionData};

#[derive(Default, Serialize, Deserialize)]
struct Wrapper(Vec<u8>);

impl Deref for Wrapper {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

trait Everywhere {
    fn push(&self) {}
    fn take(&self) {}
    fn clone(&self) {}
    fn get(&self) {}
    fn put(&self) {}
}

impl<T: ?Sized> Everywhere for T {}

#[derive(SessionData)]
struct Visitor {
    wrapper: Wrapper,
    name: Option<String>,
    #[session(flash(info))]
    messages: Flashes,
}

impl Deref for Visitor {
    type Target = Wrapper;

    fn deref(&self) -> &Wrapper {
        &self.wrapper
    }
}

fn main() {
    let mut visitor = Visitor::empty();
    Vec::push(&mut visitor.wrapper_mut().0, 1);
    visitor.flash_info("hello");
    visitor.set_name("Ada");
    assert_eq!((visitor.len(), visitor.take_messages().len(), visitor.take_name().as_deref()), (1, 1, Some("Ada")));
}
