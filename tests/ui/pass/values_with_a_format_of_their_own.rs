//! Values with a format of their own, which need not be owned, and methods of the user's own.

use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(with = interned, default = "dark")]
    theme: &'static str,
    iter: Vec<u8>,
}

impl Visitor {
    fn own(&self) -> &str {
        self.theme()
    }
}

mod interned {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(theme: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
        theme.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        Ok(if String::deserialize(deserializer)? == "light" { "light" } else { "dark" })
    }
}

fn main() {
    let visitor = Visitor::empty();
    assert_eq!((visitor.own(), visitor.iter().len()), ("dark", 0));
}
