//! Fields that `cfg` removes.

use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[cfg(any())]
    gone: Missing,
    #[cfg(all())]
    here: u8,
    name: String,
}

fn main() {
    let mut visitor = Visitor::empty();
    visitor.set_here(3);
    visitor.set_name("Ada");
    assert_eq!((Visitor::FIELDS.len(), visitor.here(), visitor.name()), (2, 3, "Ada"));
}
