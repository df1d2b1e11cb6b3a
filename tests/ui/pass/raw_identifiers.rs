//! Fields that are called like keywords.

use session_actix::{Login as _, SessionData};

#[derive(SessionData)]
#[session(login(type))]
struct Visitor {
    r#type: Option<String>,
    r#match: u8,
    r#fn: Vec<u8>,
}

fn main() {
    let mut visitor = Visitor::empty();
    visitor.set_type("guest");
    visitor.set_match(3);
    visitor.fn_mut().push(1);
    assert_eq!((visitor.r#type(), visitor.r#match(), visitor.r#fn()), (Some("guest"), 3, &[1][..]));
    assert_eq!(visitor.login_id(), Some("guest"));
    assert_eq!(Visitor::FIELDS[0].key(), "type");
}
