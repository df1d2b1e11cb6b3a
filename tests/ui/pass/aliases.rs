//! What the derive cannot see must still compile and behave.

#![deny(warnings)]

use session_actix::{Flashes, Login as _, SessionData};

type Name = String;
type Maybe = Option<String>;
type Count = u64;
type List = Vec<u8>;
type Messages = Flashes;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Maybe,
    name: Name,
    #[session(counter)]
    count: Count,
    list: List,
    #[session(flash)]
    notice: Maybe,
    #[session(flash(info))]
    messages: Messages,
}

#[derive(SessionData)]
#[session(login(user))]
struct Named {
    user: Option<Name>,
}

#[derive(SessionData)]
#[session(login(user))]
struct Boxed {
    user: Option<Box<str>>,
}

fn main() {
    let mut visitor = Visitor::empty();
    visitor.set_user(Some("ada".into()));
    visitor.set_name("Ada".into());
    visitor.increment_count(2);
    visitor.list_mut().push(1);
    visitor.flash_notice("hello".into());
    visitor.flash_info("hello");
    assert_eq!(visitor.login_id().map(String::as_str), Some("ada"));
    assert_eq!((visitor.name().as_str(), *visitor.count(), visitor.list().len()), ("Ada", 2, 1));
    assert_eq!(visitor.take_notice().as_deref(), Some("hello"));
    assert_eq!(visitor.take_messages().len(), 1);

    visitor.set_user(Some(String::new()));
    assert_eq!(visitor.login_id(), None, "nobody is called nothing");
    let mut named = Named::empty();
    named.set_user(String::new());
    assert_eq!(named.login_id(), None);
    let mut boxed = Boxed::empty();
    boxed.set_user("".into());
    assert_eq!(boxed.login_id(), None);
    boxed.set_user("ada".into());
    assert_eq!(boxed.login_id().map(|id| &**id), Some("ada"));
}
