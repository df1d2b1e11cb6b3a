//! Finding methods of the user's own that nobody could call on a session.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::Model;

/// The methods of `Session`, which hide a method of the same name of the struct.
pub(crate) const SESSION_METHODS: [&str; 9] =
    ["clear", "is_new", "lifetime", "permanent", "purge", "renew", "session_id", "set_lifetime", "set_permanent"];

/// Names each method of `Session` on the struct. A trait gives every type a constant of each name, which a method of the
/// struct's own comes before, and only the constants pass the check.
///
/// A struct with type parameters is not probed: which of its methods one means depends on them.
pub(crate) fn expand(model: &Model<'_>) -> Option<TokenStream> {
    let Model { ident, krate, .. } = model;
    if !model.generics.params.is_empty() {
        return None;
    }
    let span = Span::call_site().located_at(ident.span());
    let checks = SESSION_METHODS.iter().map(|name| {
        let method = syn::Ident::new(name, span);
        quote_spanned!(span=> #krate::probe::check(#ident::#method);)
    });
    Some(quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #krate::probe::SessionMethods as _;
            #[allow(dead_code, deprecated)]
            fn __probe() {
                #(#checks)*
            }
        };
    })
}
