//! The accessors of a field, by its type as written: the table in session-actix's README, row by row.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Ident, Path, Type};

use crate::expand::located;
use crate::model::{Field, Kind, Model};
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
        // A method of the user's own with this name is an error at the field.
        let span = Span::call_site().located_at(name.span());
        quote_spanned!(span=> #docs #vis fn #name #signature { #body })
    }
}

/// The accessors of a field, none where the attributes say so.
pub(crate) fn of(field: &Field<'_>, model: &Model<'_>) -> Vec<Accessor> {
    if !field.has_accessors {
        return Vec::new();
    }
    let writer = Writer { field, krate: &model.krate };
    match (&field.kind, field.shape) {
        (Kind::Skipped, _) => Vec::new(),
        (Kind::Queue(categories), _) => writer.queue(categories),
        (Kind::Once, _) => writer.one_time(),
        (Kind::Value | Kind::Counter, shape) => match shape {
            Shape::Primitive => writer.primitive(),
            Shape::String => writer.string(),
            Shape::Option(_, Inner::String) => writer.optional_string(),
            Shape::Option(inner, Inner::Primitive) => writer.optional(inner, true),
            Shape::Option(inner, Inner::Option | Inner::Other) => writer.optional(inner, false),
            Shape::Vec(item) => writer.vec(item),
            Shape::Other => writer.other(),
        },
    }
}

struct Writer<'a> {
    field: &'a Field<'a>,
    krate: &'a Path,
}

impl Writer<'_> {
    fn primitive(&self) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        let mut accessors =
            vec![self.getter(&quote!(#ty), quote!(self.#ident)), self.setter(&quote!(#ty), Ident::to_token_stream)];
        accessors.extend(self.counter());
        accessors
    }

    fn counter(&self) -> Option<Accessor> {
        let Field { ident, ty, kind, .. } = self.field;
        let krate = self.krate;
        matches!(kind, Kind::Counter).then(|| {
            let by = self.local("by");
            // A type that is no counter is found at its own place.
            let at_type = located(krate, self.field.type_span());
            let count = quote_spanned!(self.field.type_span()=> <#ty as #at_type::Counter>::count);
            self.method(
                self.name("increment_", ""),
                "Adds to `{}`, stopping at the bounds of its type. Requests that count at once both count.",
                quote!((&mut self, #by: #ty)),
                quote!(self.#ident = #count(self.#ident, #by);),
            )
        })
    }

    fn string(&self) -> Vec<Accessor> {
        let ident = self.field.ident;
        vec![
            self.getter(&quote!(&str), quote!(&self.#ident)),
            self.setter(&into_string(), |value| quote!(::core::convert::Into::into(#value))),
        ]
    }

    fn optional_string(&self) -> Vec<Accessor> {
        let ident = self.field.ident;
        vec![
            self.getter(&option_of(&quote!(&str)), quote!(::core::option::Option::as_deref(&self.#ident))),
            self.setter(&into_string(), |value| some(&quote!(::core::convert::Into::into(#value)))),
            self.clear(),
            self.take(&quote!(::std::string::String)),
        ]
    }

    fn optional(&self, inner: &Type, by_value: bool) -> Vec<Accessor> {
        let ident = self.field.ident;
        let getter = if by_value {
            self.getter(&option_of(&quote!(#inner)), quote!(self.#ident))
        } else {
            self.getter(&option_of(&quote!(&#inner)), quote!(::core::option::Option::as_ref(&self.#ident)))
        };
        vec![
            getter,
            self.setter(&quote!(#inner), |value| some(&quote!(#value))),
            self.clear(),
            self.take(&quote!(#inner)),
        ]
    }

    fn vec(&self, item: &Type) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        vec![
            self.getter(&quote!(&[#item]), quote!(&self.#ident)),
            self.setter(&quote!(#ty), Ident::to_token_stream),
            self.mutable(),
        ]
    }

    fn other(&self) -> Vec<Accessor> {
        let Field { ident, ty, .. } = self.field;
        let mut accessors = vec![
            self.getter(&quote!(&#ty), quote!(&self.#ident)),
            self.setter(&quote!(#ty), Ident::to_token_stream),
            self.mutable(),
        ];
        accessors.extend(self.counter());
        accessors
    }

    fn one_time(&self) -> Vec<Accessor> {
        let Field { ident, .. } = self.field;
        let inner = optional_inner(self.field, self.krate);
        let value = self.local("value");
        let option = self.as_option();
        let (borrowed, owned) = (option_of(&quote!(&#inner)), option_of(&inner));
        let none = quote!(#option::from_option(::core::option::Option::None));
        vec![
            self.documented(self.reader(
                self.name("peek_", ""),
                "Looks at `{}` and leaves it to be shown.",
                quote!((&self) -> #borrowed),
                quote!(#option::as_option(&self.#ident)),
            )),
            self.method(
                self.name("flash_", ""),
                "Sets `{}`, which stays until it is taken.",
                quote!((&mut self, #value: #inner)),
                quote!(self.#ident = #option::from_option(::core::option::Option::Some(#value));),
            ),
            self.method(
                self.name("take_", ""),
                "Removes `{}` from the session and returns it.",
                quote!((&mut self) -> #owned),
                quote!(#option::into_option(::core::mem::replace(&mut self.#ident, #none))),
            ),
        ]
    }

    fn queue(&self, categories: &[Ident]) -> Vec<Accessor> {
        let ident = self.field.ident;
        let krate = self.krate;
        let span = self.field.type_span();
        let (text, category) = (self.local("text"), self.local("category"));
        let text_type = into_string();
        // By a trait, so that another type is one error at its place.
        let at_type = located(krate, span);
        let queue = quote_spanned!(span=> #at_type::MessageQueue::flashes_mut(&mut self.#ident));
        let push = |category: &TokenStream| quote!(#krate::Flashes::push(#queue, #category, #text););
        let mut accessors =
            vec![self.getter(
                &quote!(&#krate::Flashes),
                quote_spanned!(span=> #at_type::MessageQueue::flashes(&self.#ident)),
            )];
        for name in categories {
            let category_text = name.unraw().to_string();
            accessors.push(self.method(
                format_ident!("flash_{category_text}", span = name.span()),
                &format!("Adds a message of the category `{category_text}`, which stays until it is taken."),
                quote!((&mut self, #text: #text_type)),
                push(&quote!(#category_text)),
            ));
        }
        accessors.push(self.method(
            format_ident!("flash", span = ident.span()),
            "Adds a message of any category to `{}`, which stays until it is taken.",
            quote!((&mut self, #category: #text_type, #text: #text_type)),
            push(&quote!(#category)),
        ));
        accessors.push(self.reader(
            self.name("take_", ""),
            "Takes the messages of `{}`, to be shown on this page.",
            quote!((&mut self) -> ::std::vec::Vec<#krate::Flash>),
            quote!(#krate::Flashes::take(#queue)),
        ));
        accessors
    }

    fn getter(&self, returns: &TokenStream, body: TokenStream) -> Accessor {
        let ident = self.field.ident;
        self.documented(self.reader((*ident).clone(), "The session's `{}`.", quote!((&self) -> #returns), body))
    }

    /// With the field's own docs, where it has some.
    fn documented(&self, mut accessor: Accessor) -> Accessor {
        let docs = &self.field.docs;
        if !docs.is_empty() {
            accessor.docs = quote!(#(#docs)* #[must_use]);
        }
        accessor
    }

    /// The argument is called `value`, and `body` is what becomes of it.
    fn setter(&self, ty: &TokenStream, body: impl FnOnce(&Ident) -> TokenStream) -> Accessor {
        let ident = self.field.ident;
        let value = self.local("value");
        let body = body(&value);
        self.method(self.name("set_", ""), "Sets `{}`.", quote!((&mut self, #value: #ty)), quote!(self.#ident = #body;))
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
        let returns = option_of(inner);
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

    /// The trait that looks through an `Option` which is not written as one.
    fn as_option(&self) -> TokenStream {
        let ty = self.field.ty;
        let krate = self.krate;
        quote_spanned!(self.field.type_span()=> <#ty as #krate::Optional>)
    }

    /// A method whose result must be used.
    fn reader(&self, name: Ident, doc: &str, signature: TokenStream, body: TokenStream) -> Accessor {
        let mut accessor = self.method(name, doc, signature, body);
        accessor.docs.extend(quote!(#[must_use]));
        accessor
    }

    fn method(&self, name: Ident, doc: &str, signature: TokenStream, body: TokenStream) -> Accessor {
        // With the space that a written doc comment has.
        let doc = format!(" {}", doc.replace("{}", &self.field.name()));
        Accessor { name, docs: quote!(#[doc = #doc]), signature, body }
    }

    fn name(&self, before: &str, after: &str) -> Ident {
        let name = self.field.name();
        // `_x` gives `set_x`, as a name with two underscores in a row is none of Rust's style.
        let name = if before.is_empty() { name.as_str() } else { name.trim_start_matches('_') };
        let name = if after.is_empty() { name } else { name.trim_end_matches('_') };
        format_ident!("{before}{name}{after}", span = self.field.ident.span())
    }

    /// The name of an argument, which is no name of the user's.
    fn local(&self, name: &str) -> Ident {
        Ident::new(name, Span::mixed_site().located_at(self.field.ident.span()))
    }
}

/// What an `Option` holds, also one that is not written as such.
pub(crate) fn optional_inner(field: &Field<'_>, krate: &Path) -> TokenStream {
    let ty = field.ty;
    if let Shape::Option(inner, _) = field.shape {
        return inner.to_token_stream();
    }
    if !field.may_hide_option() {
        // Rejected by `check`; what stands in for it must not be a second error.
        return ty.to_token_stream();
    }
    quote_spanned!(field.type_span()=> <#ty as #krate::Optional>::Value)
}

fn option_of(inner: &TokenStream) -> TokenStream {
    quote!(::core::option::Option<#inner>)
}

fn some(value: &TokenStream) -> TokenStream {
    quote!(::core::option::Option::Some(#value))
}

fn into_string() -> TokenStream {
    quote!(impl ::core::convert::Into<::std::string::String>)
}
