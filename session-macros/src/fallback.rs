//! What stands in for the code of a struct that was rejected.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use crate::accessors;
use crate::expand::{accessor_block, login_impl};
use crate::generics;
use crate::model::Model;
use crate::shape::{Inner, Shape};

/// The shape of the real code without its content, so that a mistake is one error and not a trail of them.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = generics::where_clause(model);
    let unreachable = quote!(::core::unreachable!());
    let login = model.login_name.as_ref().map(|_| login_impl(model, &login_id(model), &unreachable, None));
    // Of two accessors that clash, one is enough.
    let mut names = HashSet::new();
    let accessors = model
        .kept()
        .flat_map(|field| accessors::of(field, model))
        .filter(|accessor| names.insert(accessor.name.to_string()))
        .map(|accessor| accessor.expand_stub(model));
    let accessors = accessor_block(model, None, &accessors.collect::<Vec<_>>());
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::SessionData for #ident #type_generics #where_clause {
            const FIELDS: &'static [#krate::Field] = &[];
            fn decode_fields(_: &#krate::Fields<'_>) -> Self { #unreachable }
            fn encode_fields(&self, _: &mut #krate::Values) {}
        }
        #login
        #accessors
    }
}

fn login_id(model: &Model<'_>) -> TokenStream {
    if let Some(Shape::Option(inner, Inner::Primitive | Inner::Other)) = model.login().map(|field| field.shape) {
        return inner.to_token_stream();
    }
    quote!(::core::primitive::str)
}
