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

#[doc = include_str!("derive.md")]
#[proc_macro_derive(SessionDataForCore, attributes(session))]
pub fn session_data_for_core(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(input.into(), parse_quote!(::session_core)).into()
}

#[doc = include_str!("derive.md")]
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
