//! Where-bounds for structs with type parameters: on the fields that mention one, and nowhere else.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{GenericParam, Ident, WhereClause, parse_quote};

use crate::model::{Kind, Model};

/// The struct's where-clause with what session data needs of its parameters.
pub(crate) fn where_clause(model: &Model<'_>) -> Option<WhereClause> {
    if model.generics.params.is_empty() {
        return model.generics.where_clause.clone();
    }
    let mut generics = model.generics.clone();
    let clause = generics.make_where_clause();
    let mut params: Vec<&Ident> = Vec::new();
    for param in &model.generics.params {
        match param {
            GenericParam::Type(ty) => {
                let ident = &ty.ident;
                clause.predicates.push(parse_quote!(#ident: 'static));
                params.push(ident);
            }
            // Rejected by `check`; the stub must not be a second error.
            GenericParam::Lifetime(lifetime) => {
                let lifetime = &lifetime.lifetime;
                clause.predicates.push(parse_quote!(#lifetime: 'static));
            }
            GenericParam::Const(constant) => params.push(&constant.ident),
        }
    }
    for field in model.fields.iter().filter(|field| mentions(field.ty.to_token_stream(), &params)) {
        let (ty, krate) = (field.ty, &model.krate);
        if !matches!(field.kind, Kind::Skipped) && field.attrs.with.is_none() {
            let bound = quote_spanned!(field.type_span()=> #ty: #krate::FieldValue);
            clause.predicates.push(parse_quote!(#bound));
        }
        if field.default().is_none() {
            let bound = quote_spanned!(field.type_span()=> #ty: ::core::default::Default);
            clause.predicates.push(parse_quote!(#bound));
        }
    }
    generics.where_clause.filter(|clause| !clause.predicates.is_empty())
}

/// Whether a parameter stands anywhere in these tokens.
pub(crate) fn mentions(tokens: TokenStream, params: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), params),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
