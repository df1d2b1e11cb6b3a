//! The derive behind `#[derive(SessionData)]`.
//!
//! Depend on `session-actix`, or on `session-core` where there is no actix-web: both re-export it with paths of
//! their own. The files are its pipeline: `attr` reads attributes, `model` puts them beside the fields, `check` rejects
//! what cannot work, `expand` writes code with `accessors` and `probe`, and `fallback` stands in where something was rejected.

mod accessors;
mod attr;
mod check;
mod errors;
mod expand;
mod fallback;
mod generics;
mod model;
mod probe;
mod rename;
mod shape;
#[cfg(test)]
mod snapshots;

use proc_macro2::TokenStream;
use syn::parse::{Parse as _, Parser as _};
use syn::{DeriveInput, Path, parse_quote};

use crate::errors::Errors;
use crate::model::Model;

/// Makes a struct's fields the fields of a session; as `session_core::SessionData`.
#[proc_macro_derive(SessionDataForCore, attributes(session))]
pub fn session_data_for_core(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into(), parse_quote!(::session_core)).into()
}

/// Makes a struct's fields the fields of a session, with typed accessors.
///
/// Each field is kept under its own name, changes of it are found by themselves, and every field gets accessors: see
/// the table in the README of `session-actix`. A field's type needs `Serialize`, `DeserializeOwned` and `Default`; the
/// struct itself needs neither.
///
/// On a field, in `#[session(..)]`:
///
/// * `rename = "key"`: the key in the session
/// * `alias = "old"`: a key that is read where the field's own is missing; may be repeated
/// * `default = expression`: the value of a field that is missing, in place of `Default`
/// * `skip`: not kept, always at its default
/// * `with = module`: how it is written and read, as in serde
/// * `counter`: an integer that several requests may count at once
/// * `flash(success, error)`: on `Flashes`, messages that are shown once
/// * `flash`: on an `Option`, a value that is shown once
/// * `privileged`: a change renews the session
/// * `owner`: whom the session belongs to, for "log out everywhere"; privileged too
/// * `secret`: kept only where the cookie's owner cannot read it
/// * `accessors = false`: none for this field
///
/// On the struct:
///
/// * `login(field, redirect = "/login")`: the field that says who is logged in
/// * `rename_all = "camelCase"`: how keys are made from field names
/// * `scope = "admin"`: which of several independent sessions it belongs to
/// * `accessors = false`: none at all
/// * `crate = path`: where `session-actix` is found when it was renamed
#[proc_macro_derive(SessionDataForActix, attributes(session))]
pub fn session_data_for_actix(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into(), parse_quote!(::session_actix)).into()
}

fn derive(input: TokenStream, krate: Path) -> TokenStream {
    let input = match DeriveInput::parse.parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let model = Model::read(&input, krate, &mut errors);
    check::check(&model, &mut errors);
    match errors.into_compile_errors() {
        None => expand::expand(&model),
        Some(errors) => {
            let stub = fallback::expand(&model);
            quote::quote!(#errors #stub)
        }
    }
}
