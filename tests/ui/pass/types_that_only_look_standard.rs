//! `my::String` is not `String`.

use session_actix::SessionData;

mod my {
    use serde::{Deserialize, Serialize};

    #[derive(Default, Serialize, Deserialize)]
    pub struct String(pub u8);
    #[derive(Default, Serialize, Deserialize)]
    pub struct Vec<T>(pub T);
    #[derive(Default, Serialize, Deserialize)]
    pub struct Option<T>(pub T);
}

#[derive(SessionData)]
struct Visitor {
    a: my::String,
    b: my::Vec<u8>,
    c: my::Option<u8>,
    d: std::string::String,
    e: core::option::Option<u8>,
}

fn main() {
    let mut visitor = Visitor::empty();
    visitor.a_mut().0 = 1;
    visitor.set_b(my::Vec(2));
    visitor.set_d("four");
    visitor.set_e(5);
    assert_eq!((visitor.a().0, visitor.b().0, visitor.c().0, visitor.d(), visitor.e()), (1, 2, 0, "four", Some(5)));
}
