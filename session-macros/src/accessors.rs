//! The accessors of a field, by its type as written: the table in the design, row by row.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Ident, Path, Type};

use crate::model::{Field, Model};
use crate::shape::{Inner, Shape};

/// A generated method, with its name apart so that clashes are found.
pub(crate) struct Accessor {
    pub(crate) name: Ident,
    /// Doc lines and attributes.
    docs: TokenStream,
    /// From the argument list on.
    signature: TokenStream,
    body: TokenStream,
}

impl Accessor {
    pub(crate) fn expand(&self, model: &Model<'_>) -> TokenStream {
        self.expand_with(&self.body, model)
    }

    /// The method without its content, for a struct that was rejected.
    pub(crate) fn expand_stub(&self, model: &Model<'_>) -> TokenStream {
        self.expand_with(&quote!(::core::unreachable!()), model)
    }

    fn expand_with(&self, body: &TokenStream, model: &Model<'_>) -> TokenStream {
        let Self { name, docs, signature, .. } = self;
        let vis = model.vis;
        quote!(#docs #vis fn #name #signature { #body })
    }
}

/// The accessors that the attributes leave a field.
pub(crate) fn of(field: &Field<'_>, model: &Model<'_>) -> Vec<Accessor> {
    let wanted = |switch: &Option<syn::LitBool>| switch.as_ref().is_none_or(|switch| switch.value);
    if !wanted(&model.attrs.accessors) || !wanted(&field.attrs.accessors) || field.attrs.skip.is_some() {
        return Vec::new();
    }
    let names = Names { field, krate: &model.krate };
    match (&field.attrs.flash, field.shape) {
        (Some(flash), shape) => match (&flash.categories, shape) {
            (Some(categories), _) => names.queue(categories),
            (None, Shape::Option(inner, _)) => names.one_time(inner),
            // Rejected by `check`.
            (None, _) => Vec::new(),
        },
        (None, Shape::Primitive) => names.primitive(),
        (None, Shape::String) => names.string(),
        (None, Shape::Option(_, Inner::String)) => names.optional_string(),
        (None, Shape::Option(inner, Inner::Primitive)) => names.optional(inner, true),
        (None, Shape::Option(inner, _)) => names.optional(inner, false),
        (None, Shape::Vec(item)) => names.vec(item),
        (None, Shape::Other) => names.other(),
    }
}

struct Names<'a> {
    field: &'a Field<'a>,
    krate: &'a Path,
}

impl Names<'_> {
    fn primitive(&self) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        let mut accessors = vec![
            self.getter(&quote!(#ty), quote!(self.#ident)),
            self.setter(&quote!(value: #ty), quote!(self.#ident = value;)),
        ];
        accessors.extend(self.counter());
        accessors
    }

    fn counter(&self) -> Option<Accessor> {
        let Field { ident, ty, attrs, .. } = self.field;
        let krate = self.krate;
        attrs.counter.map(|_| {
            self.method(
                self.name("increment_", ""),
                "Adds to `{}`, stopping at the bounds of its type. Requests that count at once both count.",
                quote!((&mut self, by: #ty)),
                quote!(self.#ident = #krate::Counter::count(self.#ident, by);),
            )
        })
    }

    fn string(&self) -> Vec<Accessor> {
        let ident = self.field.ident;
        vec![
            self.getter(&quote!(&str), quote!(&self.#ident)),
            self.setter(&into_string(), quote!(self.#ident = ::core::convert::Into::into(value);)),
        ]
    }

    fn optional_string(&self) -> Vec<Accessor> {
        let ident = self.field.ident;
        let value = quote!(::core::convert::Into::into(value));
        vec![
            self.getter(&option(&quote!(&str)), quote!(::core::option::Option::as_deref(&self.#ident))),
            self.setter(&into_string(), self.assign_some(&value)),
            self.clear(),
            self.take(&quote!(::std::string::String)),
        ]
    }

    fn optional(&self, inner: &Type, by_value: bool) -> Vec<Accessor> {
        let ident = self.field.ident;
        let getter = if by_value {
            self.getter(&option(&quote!(#inner)), quote!(self.#ident))
        } else {
            self.getter(&option(&quote!(&#inner)), quote!(::core::option::Option::as_ref(&self.#ident)))
        };
        vec![
            getter,
            self.setter(&quote!(value: #inner), self.assign_some(&quote!(value))),
            self.clear(),
            self.take(&quote!(#inner)),
        ]
    }

    fn vec(&self, item: &Type) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        vec![
            self.getter(&quote!(&[#item]), quote!(&self.#ident)),
            self.setter(&quote!(value: #ty), quote!(self.#ident = value;)),
            self.mutable(),
        ]
    }

    fn other(&self) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        let mut accessors = vec![
            self.getter(&quote!(&#ty), quote!(&self.#ident)),
            self.setter(&quote!(value: #ty), quote!(self.#ident = value;)),
            self.mutable(),
        ];
        accessors.extend(self.counter());
        accessors
    }

    fn one_time(&self, inner: &Type) -> Vec<Accessor> {
        let ident = self.field.ident;
        let returns = option(&quote!(&#inner));
        vec![
            self.reader(
                self.name("peek_", ""),
                "Looks at `{}` and leaves it to be shown.",
                quote!((&self) -> #returns),
                quote!(::core::option::Option::as_ref(&self.#ident)),
            ),
            self.method(
                self.name("flash_", ""),
                "Sets `{}`, which stays until it is taken.",
                quote!((&mut self, value: #inner)),
                self.assign_some(&quote!(value)),
            ),
            self.take(&quote!(#inner)),
        ]
    }

    fn queue(&self, categories: &[Ident]) -> Vec<Accessor> {
        let ident = self.field.ident;
        let krate = self.krate;
        let text_type = quote!(impl ::core::convert::Into<::std::string::String>);
        let mut accessors = vec![self.getter(&quote!(&#krate::Flashes), quote!(&self.#ident))];
        for category in categories {
            let category_text = category.unraw().to_string();
            accessors.push(self.method(
                format_ident!("flash_{category_text}", span = category.span()),
                &format!("Adds a message of the category `{category_text}`, which stays until it is taken."),
                quote!((&mut self, text: #text_type)),
                quote!(self.#ident.push(#category_text, text);),
            ));
        }
        accessors.push(self.method(
            format_ident!("flash", span = ident.span()),
            "Adds a message of any category to `{}`, which stays until it is taken.",
            quote!((&mut self, category: #text_type, text: #text_type)),
            quote!(self.#ident.push(category, text);),
        ));
        accessors.push(self.reader(
            self.name("take_", ""),
            "Takes the messages of `{}`, to be shown on this page.",
            quote!((&mut self) -> ::std::vec::Vec<#krate::Flash>),
            quote!(self.#ident.take()),
        ));
        accessors
    }

    fn getter(&self, returns: &TokenStream, body: TokenStream) -> Accessor {
        let Field { ident, docs, cfgs, .. } = self.field;
        let mut getter = self.reader((*ident).clone(), "The session's `{}`.", quote!((&self) -> #returns), body);
        if !docs.is_empty() {
            getter.docs = quote!(#(#cfgs)* #(#docs)* #[must_use]);
        }
        getter
    }

    fn setter(&self, argument: &TokenStream, body: TokenStream) -> Accessor {
        self.method(self.name("set_", ""), "Sets `{}`.", quote!((&mut self, #argument)), body)
    }

    fn clear(&self) -> Accessor {
        let ident = self.field.ident;
        self.method(
            self.name("clear_", ""),
            "Removes `{}` from the session.",
            quote!((&mut self)),
            quote!(self.#ident = ::core::option::Option::None;),
        )
    }

    fn take(&self, inner: &TokenStream) -> Accessor {
        let ident = self.field.ident;
        let returns = option(inner);
        self.method(
            self.name("take_", ""),
            "Removes `{}` from the session and returns it.",
            quote!((&mut self) -> #returns),
            quote!(::core::option::Option::take(&mut self.#ident)),
        )
    }

    fn mutable(&self) -> Accessor {
        let Field { ident, ty, .. } = self.field;
        self.method(
            self.name("", "_mut"),
            "The session's `{}`, to be changed in place.",
            quote!((&mut self) -> &mut #ty),
            quote!(&mut self.#ident),
        )
    }

    fn assign_some(&self, value: &TokenStream) -> TokenStream {
        let ident = self.field.ident;
        quote!(self.#ident = ::core::option::Option::Some(#value);)
    }

    /// A method whose result must be used.
    fn reader(&self, name: Ident, doc: &str, signature: TokenStream, body: TokenStream) -> Accessor {
        let mut accessor = self.method(name, doc, signature, body);
        accessor.docs.extend(quote!(#[must_use]));
        accessor
    }

    fn method(&self, name: Ident, doc: &str, signature: TokenStream, body: TokenStream) -> Accessor {
        let doc = doc.replace("{}", &self.field.name());
        let cfgs = &self.field.cfgs;
        Accessor { name, docs: quote!(#(#cfgs)* #[doc = #doc]), signature, body }
    }

    fn name(&self, before: &str, after: &str) -> Ident {
        format_ident!("{before}{}{after}", self.field.name(), span = self.field.ident.span())
    }
}

fn option(inner: &TokenStream) -> TokenStream {
    quote!(::core::option::Option<#inner>)
}

fn into_string() -> TokenStream {
    quote!(value: impl ::core::convert::Into<::std::string::String>)
}
