//! Structs whose parts come through `macro_rules`, as groups and as tokens.

use session_actix::{Flashes, SessionData};

macro_rules! by_type {
    ($name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        #[derive(SessionData)]
        struct $name {
            $($field: $ty,)*
            #[session(counter)]
            own: u32,
        }
    };
}

macro_rules! by_tokens {
    ($name:ident { $($body:tt)* }) => {
        #[derive(SessionData)]
        struct $name {
            $($body)*
        }
    };
}

by_type!(First { name: Option<String>, list: Vec<u8>, age: u8 });
by_tokens!(Second {
    name: Option<String>,
    #[session(counter)]
    visits: u32,
    #[session(flash(info))]
    messages: Flashes,
});

fn main() {
    let mut first = First::empty();
    first.set_name("Ada");
    first.increment_own(1);
    assert_eq!((first.name(), first.own(), first.age()), (Some("Ada"), 1, 0));
    let mut second = Second::empty();
    second.increment_visits(2);
    second.flash_info("hello");
    assert_eq!((second.visits(), second.take_messages().len()), (2, 1));
}
