//! Writing the code. The model is known to be sound here, so nothing can fail.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use crate::accessors;
use crate::attr::DefaultValue;
use crate::generics;
use crate::model::{Field, Model};
use crate::shape::{Inner, Shape};

pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let data = session_data(model);
    let login = model.login().map(|field| login(field, model));
    let accessors = accessor_impl(model);
    quote!(#data #login #accessors)
}

fn session_data(model: &Model<'_>) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = generics::where_clause(model);
    let scope = model.attrs.scope.as_ref().map(|scope| quote!(const SCOPE: &'static str = #scope;));
    let fields = model.kept().map(|field| field_const(field, model));
    // The login field comes last: it is only believed when the other privileged fields could be read.
    let (login, others): (Vec<_>, Vec<_>) = model.fields.iter().partition(|field| field.is_login);
    let decoded = others.into_iter().chain(login).map(decode);
    let encoded = model.kept().map(encode);
    let encoded_login = model.login().map(encode).map(|encoded| {
        quote! {
            fn encode_login(&self, values: &mut #krate::Values) {
                #encoded
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::SessionData for #ident #type_generics #where_clause {
            const FIELDS: &'static [#krate::Field] = &[#(#fields),*];
            #scope
            fn decode_fields(fields: &#krate::Fields<'_>) -> Self {
                Self { #(#decoded),* }
            }
            fn encode_fields(&self, values: &mut #krate::Values) {
                #(#encoded)*
            }
            #encoded_login
        }
    }
}

fn field_const(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let Field { key, ty, cfgs, attrs, .. } = field;
    let krate = &model.krate;
    let constructor = match &attrs.flash {
        Some(flash) if flash.categories.is_some() => quote!(queue(#key)),
        Some(_) => quote!(value(#key).once()),
        None if attrs.counter.is_some() => quote_spanned!(ty.span()=> counter::<#ty>(#key)),
        None => quote!(value(#key)),
    };
    let mut tokens = quote!(#(#cfgs)* #krate::Field::#constructor);
    if !attrs.aliases.is_empty() {
        let aliases = &attrs.aliases;
        tokens.extend(quote!(.aliases(&[#(#aliases),*])));
    }
    let flags = [
        (field.is_login, quote!(.login())),
        (attrs.owner.is_some(), quote!(.owner())),
        (attrs.privileged.is_some() && !field.is_login && attrs.owner.is_none(), quote!(.privileged())),
        (attrs.secret.is_some(), quote!(.secret())),
    ];
    tokens.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, call)| call));
    tokens
}

fn decode(field: &Field<'_>) -> TokenStream {
    let Field { ident, key, ty, cfgs, attrs, .. } = field;
    let value = match (&attrs.skip, &attrs.with) {
        (Some(_), _) => None,
        (None, Some(module)) => Some(quote!(fields.get_with(#key, |json| #module::deserialize(json)))),
        (None, None) if field.is_login => Some(quote_spanned!(ty.span()=> fields.login(#key))),
        (None, None) => Some(quote_spanned!(ty.span()=> fields.get(#key))),
    };
    let value = match (value, &attrs.default) {
        (Some(value), Some(DefaultValue::Expr(default))) => quote!(#value.unwrap_or_else(|| #default)),
        (Some(value), _) => quote_spanned!(ty.span()=> #value.unwrap_or_default()),
        (None, Some(DefaultValue::Expr(default))) => quote!(#default),
        (None, _) => quote_spanned!(ty.span()=> ::core::default::Default::default()),
    };
    quote!(#(#cfgs)* #ident: #value)
}

fn encode(field: &Field<'_>) -> TokenStream {
    let Field { ident, key, ty, cfgs, .. } = field;
    let call = if let Some(module) = &field.attrs.with {
        quote!(values.put_with(#key, |json| #module::serialize(&self.#ident, json)))
    } else {
        quote_spanned!(ty.span()=> values.put(#key, &self.#ident))
    };
    quote!(#(#cfgs)* #call;)
}

fn login(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let redirect = model.attrs.login.as_ref().and_then(|login| login.redirect.as_ref()).map_or_else(
        || quote!(::core::option::Option::None),
        |redirect| quote!(::core::option::Option::Some(#redirect)),
    );
    let name = field.ident;
    let (id, value) = match field.shape {
        Shape::Option(_, Inner::String) => {
            (quote!(str), quote!(::core::option::Option::as_deref(&self.#name).filter(|id| !id.is_empty())))
        }
        Shape::Option(inner, _) => (quote!(#inner), quote!(::core::option::Option::as_ref(&self.#name))),
        // Rejected by `check`.
        _ => return TokenStream::new(),
    };
    login_impl(model, &id, &redirect, &value)
}

pub(crate) fn login_impl(
    model: &Model<'_>,
    id: &TokenStream,
    redirect: &TokenStream,
    value: &TokenStream,
) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = generics::where_clause(model);
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Login for #ident #type_generics #where_clause {
            type Id = #id;
            const REDIRECT: ::core::option::Option<&'static str> = #redirect;
            fn login_id(&self) -> ::core::option::Option<&#id> {
                #value
            }
        }
    }
}

fn accessor_impl(model: &Model<'_>) -> Option<TokenStream> {
    let accessors = model.kept().flat_map(|field| accessors::of(field, model));
    accessor_block(model, &accessors.map(|accessor| accessor.expand(model)).collect::<Vec<_>>())
}

/// The `impl` around accessors. A struct rarely uses all it has.
pub(crate) fn accessor_block(model: &Model<'_>, accessors: &[TokenStream]) -> Option<TokenStream> {
    let ident = model.ident;
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    (!accessors.is_empty()).then(|| {
        quote! {
            #[allow(dead_code)]
            impl #impl_generics #ident #type_generics #where_clause {
                #(#accessors)*
            }
        }
    })
}
