//! Beside items of the user's that are called like ours, without the prelude.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code)]

extern crate session_actix as sessions;

mod core {}
mod std {}
mod session_actix {}
mod serde {}
struct Option;
struct String;
struct Result;
struct Vec;
struct Some;
struct Flashes;
struct Field;
struct Fields;
struct Values;
trait Default {}
trait Into {}
const fields: u8 = 1;
const values: u8 = 2;

fn default_fields() -> u8 {
    fields
}

#[derive(sessions::SessionData)]
#[session(login(user, redirect = "/login"), crate = ::session_actix)]
struct Visitor {
    user: ::std::option::Option<::std::string::String>,
    #[session(counter)]
    fields: u32,
    #[session(default = default_fields())]
    values: u8,
    value: ::std::vec::Vec<u8>,
    text: ::std::string::String,
    category: ::std::option::Option<u8>,
    json: bool,
    #[session(flash(info))]
    messages: sessions::Flashes,
    #[session(flash)]
    by: ::std::option::Option<u8>,
    strange: Strange,
}

/// Not the standard library's, though it is called so.
#[derive(::serde::Serialize, ::serde::Deserialize)]
struct Strange {
    string: u8,
}

impl ::std::default::Default for Strange {
    fn default() -> Self {
        Self { string: 1 }
    }
}

fn main() {
    use sessions::SessionData;
    let mut visitor = Visitor::empty();
    visitor.set_user("Ada");
    visitor.increment_fields(1);
    visitor.flash_info("hello");
    visitor.flash_by(1);
    ::std::assert!(visitor.values() == 1 && visitor.fields() == 1 && visitor.strange().string == 1);
}
