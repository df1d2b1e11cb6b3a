//! Where-bounds for structs with type parameters: on the fields that mention one, and nowhere else.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, WhereClause, parse_quote};

use crate::model::Model;

/// The struct's where-clause with what session data needs of its parameters.
pub(crate) fn where_clause(model: &Model<'_>) -> Option<WhereClause> {
    let params: Vec<&Ident> = model.generics.type_params().map(|param| &param.ident).collect();
    if params.is_empty() {
        return model.generics.where_clause.clone();
    }
    let mut generics = model.generics.clone();
    let clause = generics.make_where_clause();
    for param in &params {
        clause.predicates.push(parse_quote!(#param: 'static));
    }
    for field in &model.fields {
        let ty = field.ty;
        if !mentions(ty.to_token_stream(), &params) {
            continue;
        }
        let krate = &model.krate;
        if field.attrs.skip.is_none() && field.attrs.with.is_none() {
            let bound = quote_spanned!(ty.span()=> #ty: #krate::FieldValue);
            clause.predicates.push(parse_quote!(#bound));
        }
        if !matches!(field.attrs.default, Some(crate::attr::DefaultValue::Expr(_))) {
            clause.predicates.push(parse_quote!(#ty: ::core::default::Default));
        }
    }
    generics.where_clause
}

fn mentions(tokens: TokenStream, params: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), params),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
