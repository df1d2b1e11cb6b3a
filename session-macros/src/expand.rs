//! Writing the code. The model is known to be sound here, so nothing can fail.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, WherePredicate, parse_quote};

use crate::accessors::{self, optional_inner};
use crate::generics;
use crate::model::{Field, Kind, Model};
use crate::probe;
use crate::shape::{Inner, Shape};

pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let data = session_data(model);
    let login = model.login().map(|field| login(field, model));
    let (hidden, plain): (Vec<_>, Vec<_>) = model.kept().partition(|field| field.needs_option());
    let expanded = |field: &Field<'_>| -> Vec<TokenStream> {
        accessors::of(field, model).iter().map(|accessor| accessor.expand(model)).collect()
    };
    let accessors = accessor_block(model, None, &plain.into_iter().flat_map(expanded).collect::<Vec<_>>());
    // A type that turns out to be no `Option` is one error at the bound, and none in each method.
    let hidden = hidden.into_iter().map(|field| {
        let (ty, krate) = (field.ty, located(&model.krate, field.type_span()));
        let bound = quote_spanned!(field.type_span()=> #ty: #krate::Optional);
        accessor_block(model, Some(parse_quote!(#bound)), &expanded(field))
    });
    let probe = probe::expand(model);
    quote!(#data #login #accessors #(#hidden)* #probe)
}

/// Lints that a user's own attributes or names may set off, and that are no fault of the generated code.
pub(crate) fn lints() -> TokenStream {
    quote!(#[allow(deprecated, unused_qualifications)])
}

fn session_data(model: &Model<'_>) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = generics::where_clause(model);
    let lints = lints();
    let scope = model.scope.as_ref().map(|scope| quote!(const SCOPE: &'static str = #scope;));
    let fields = model.kept().map(|field| field_const(field, model));
    // The login field comes last: it is only believed when the other privileged fields could be read.
    let (login, others): (Vec<_>, Vec<_>) = model.fields.iter().partition(|field| field.is_login);
    let decoded = others.into_iter().chain(login).map(|field| decode(field, model));
    let encoded = model.kept().map(|field| encode(field, model));
    let encoded_login = model.login().map(|field| encode(field, model)).map(|encoded| {
        quote! {
            fn encode_login(&self, __values: &mut #krate::Values) {
                #encoded
            }
        }
    });
    quote! {
        #[automatically_derived]
        #lints
        impl #impl_generics #krate::SessionData for #ident #type_generics #where_clause {
            const FIELDS: &'static [#krate::Field] = &[#(#fields),*];
            #scope
            fn decode_fields(__fields: &#krate::Fields<'_>) -> Self {
                Self { #(#decoded),* }
            }
            fn encode_fields(&self, __values: &mut #krate::Values) {
                #(#encoded)*
            }
            #encoded_login
        }
    }
}

fn field_const(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let Field { key, ty, kind, attrs, .. } = field;
    let krate = &model.krate;
    let mut tokens = match kind {
        Kind::Queue(_) => quote!(#krate::Field::queue(#key)),
        Kind::Once => quote!(#krate::Field::value(#key).once()),
        // Of a type that cannot be seen, the bounds are asked for as the accessor asks for the sum: so one that is no
        // integer is one error.
        Kind::Counter if field.may_hide_option() => {
            let at_type = located(krate, field.type_span());
            let counter = quote_spanned!(field.type_span()=> <#ty as #at_type::Counter>);
            quote!(#krate::Field::counter_between(#key, #counter::MIN, #counter::MAX))
        }
        Kind::Counter => quote!(#krate::Field::counter::<#ty>(#key)),
        Kind::Value | Kind::Skipped => quote!(#krate::Field::value(#key)),
    };
    if !attrs.aliases.is_empty() {
        let aliases = attrs.aliases.iter().map(|alias| &alias.value);
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

fn decode(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let Field { ident, key, kind, attrs, .. } = field;
    let span = field.type_span();
    let krate = located(&model.krate, span);
    let value = match (kind, &attrs.with, field.is_login) {
        (Kind::Skipped, ..) => None,
        (_, Some(with), is_login) => {
            let module = &with.value;
            let span = Span::call_site().located_at(with.value.span());
            let get = if is_login { quote!(login_with) } else { quote!(get_with) };
            Some(quote_spanned!(span=> __fields.#get(#key, |__json| #module::deserialize(__json))))
        }
        (_, None, false) => Some(quote_spanned!(span=> #krate::FieldValue::read(__fields, #key))),
        (_, None, true) => Some(quote_spanned!(span=> #krate::FieldValue::read_login(__fields, #key))),
    };
    let value = match (value, field.default()) {
        (Some(value), Some(default)) => {
            let span = Span::call_site().located_at(default.span());
            quote_spanned!(span=> #value.unwrap_or_else(|| #default))
        }
        (Some(value), None) => quote_spanned!(span=> #value.unwrap_or_default()),
        (None, Some(default)) => quote!(#default),
        (None, None) => quote_spanned!(span=> ::core::default::Default::default()),
    };
    quote!(#ident: #value)
}

fn encode(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let Field { ident, key, .. } = field;
    if let Some(with) = &field.attrs.with {
        let module = &with.value;
        let span = Span::call_site().located_at(with.value.span());
        quote_spanned!(span=> __values.put_with(#key, |__json| #module::serialize(&self.#ident, __json));)
    } else {
        let span = field.type_span();
        let krate = located(&model.krate, span);
        quote_spanned!(span=> #krate::FieldValue::write(&self.#ident, __values, #key);)
    }
}

/// Who is logged in. Where the type cannot be seen to hold text or a number, a blank text in it is found when it is
/// written: nobody is called `""`.
fn login(field: &Field<'_>, model: &Model<'_>) -> TokenStream {
    let krate = &model.krate;
    let (name, ty) = (field.ident, field.ty);
    let span = field.type_span();
    let (id, value) = match field.shape {
        Shape::Option(_, Inner::String) => (
            quote!(::core::primitive::str),
            quote!(::core::option::Option::as_deref(&self.#name).filter(|__id| !__id.is_empty())),
        ),
        Shape::Option(inner, Inner::Primitive) => (quote!(#inner), quote!(::core::option::Option::as_ref(&self.#name))),
        _ => (
            optional_inner(field, krate),
            quote_spanned! {span=>
                <#ty as #krate::Optional>::as_option(&self.#name).filter(|_| #krate::is_somebody(self))
            },
        ),
    };
    // As with accessors, a type that turns out to be no `Option` is one error at the bound.
    let bound = field.may_hide_option().then(|| {
        let krate = located(krate, span);
        let bound = quote_spanned!(span=> #ty: #krate::Optional);
        parse_quote!(#bound)
    });
    login_impl(model, &id, &value, bound)
}

/// The impl that says who is logged in, with this type and body.
pub(crate) fn login_impl(
    model: &Model<'_>,
    id: &TokenStream,
    value: &TokenStream,
    bound: Option<WherePredicate>,
) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let params: Vec<_> = model.generics.type_params().map(|param| &param.ident).collect();
    let mut where_clause = generics::where_clause(model);
    if let Some(clause) = where_clause.as_mut().filter(|_| generics::mentions(id.clone(), &params)) {
        clause.predicates.push(parse_quote!(#id: ::std::borrow::ToOwned));
    }
    let trivial = bound.as_ref().map(|_| quote!(#[allow(trivial_bounds)]));
    if let Some(bound) = bound {
        let clause = where_clause.get_or_insert_with(|| parse_quote!(where));
        clause.predicates.push(bound);
        clause.predicates.push(parse_quote!(#id: ::std::borrow::ToOwned));
    }
    let lints = lints();
    let redirect = model.redirect.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |redirect| quote!(::core::option::Option::Some(#redirect)),
    );
    quote! {
        #[automatically_derived]
        #lints
        #trivial
        impl #impl_generics #krate::Login for #ident #type_generics #where_clause {
            type Id = #id;
            const REDIRECT: ::core::option::Option<&'static ::core::primitive::str> = #redirect;
            fn login_id(&self) -> ::core::option::Option<&#id> {
                #value
            }
        }
    }
}

/// A path at another place, so that an error about a bound does not point from the derive to the field.
pub(crate) fn located(path: &Path, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    path.to_token_stream().into_iter().map(located).collect()
}

/// The `impl` around accessors. A struct rarely uses all it has.
pub(crate) fn accessor_block(
    model: &Model<'_>,
    bound: Option<WherePredicate>,
    accessors: &[TokenStream],
) -> Option<TokenStream> {
    let ident = model.ident;
    let mut generics = model.generics.clone();
    // A bound on a type that has no parameter is meant here.
    let trivial = bound.as_ref().map(|_| quote!(#[allow(trivial_bounds)]));
    if let Some(bound) = bound {
        generics.make_where_clause().predicates.push(bound);
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    (!accessors.is_empty()).then(|| {
        quote! {
            #[allow(
                dead_code,
                deprecated,
                non_snake_case,
                unused_qualifications,
                clippy::iter_not_returning_iterator,
                clippy::len_without_is_empty,
                rustdoc::private_intra_doc_links
            )]
            #trivial
            impl #impl_generics #ident #type_generics #where_clause {
                #(#accessors)*
            }
        }
    })
}
