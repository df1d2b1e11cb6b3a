//! Rejecting what cannot work, with what to write instead.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::GenericParam;
use syn::spanned::Spanned as _;

use crate::accessors;
use crate::errors::Errors;
use crate::model::{Field, Model};
use crate::shape::{Inner, Shape, may_be_integer};

/// The library's own keys.
const RESERVED: [&str; 4] = ["_permanent", "_flashes", "_lifetime", "_created"];

/// The methods of `Session`, which would hide an accessor of the same name.
const SESSION_METHODS: [&str; 9] =
    ["clear", "is_new", "lifetime", "permanent", "purge", "renew", "session_id", "set_lifetime", "set_permanent"];

pub(crate) fn check(model: &Model<'_>, errors: &mut Errors) {
    generics(model, errors);
    for field in model.kept() {
        types(field, errors);
    }
    keys(model, errors);
    login(model, errors);
    names(model, errors);
}

fn generics(model: &Model<'_>, errors: &mut Errors) {
    for param in &model.generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            errors.at(
                lifetime.span(),
                "session data outlives the request, so it cannot borrow; own the data, as in `String` for `&str`",
            );
        }
    }
}

fn types(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    if let Some(span) = attrs.counter
        && !may_be_integer(field.ty)
    {
        errors.at(span, "only an integer can be a counter; remove `counter`, or use a type such as `u32`");
    }
    if let Shape::Option(_, Inner::Option) = field.shape {
        errors.at(
            field.ty.span(),
            "`None` and `Some(None)` would be the same in the session; use one `Option`, or an enum",
        );
    }
    let Some(flash) = &attrs.flash else { return };
    if let Some(span) = attrs.counter {
        errors.at(span, "a message cannot be a counter; remove `counter` or `flash`");
    }
    let fits = matches!((&flash.categories, field.shape), (Some(_), Shape::Other) | (None, Shape::Option(..)));
    if !fits && flash.categories.is_some() {
        errors.at(flash.span, "messages with categories need the type `Flashes`");
    } else if !fits {
        errors.at(
            flash.span,
            "a value that is shown once must be an `Option`; for messages write `flash(success, error)` on `Flashes`",
        );
    }
}

fn keys(model: &Model<'_>, errors: &mut Errors) {
    let mut seen: HashMap<String, &Field<'_>> = HashMap::new();
    for field in model.kept() {
        let is_queue = field.attrs.flash.as_ref().is_some_and(|flash| flash.categories.is_some());
        let own = (field.key.clone(), field.key_span());
        let aliases = field.attrs.aliases.iter().map(|alias| (alias.value(), alias.span()));
        for (key, span) in std::iter::once(own).chain(aliases) {
            if RESERVED.contains(&key.as_str()) && !(is_queue && key == "_flashes") {
                errors.at(span, format!("the key `{key}` is reserved; choose another with `rename = \"..\"`"));
            } else if let Some(other) = seen.insert(key.clone(), field) {
                let message = if is_queue {
                    "all messages of a session are one queue; remove one of the fields".to_owned()
                } else {
                    format!("`{}` has the key `{key}` too; give one of them another", other.name())
                };
                errors.at(span, message);
            }
        }
    }
}

fn login(model: &Model<'_>, errors: &mut Errors) {
    let Some(login) = &model.attrs.login else { return };
    let Some(field) = model.login() else {
        errors.at(login.field.span(), format!("`login` names no field of `{}`", model.ident));
        return;
    };
    if let Some(span) = field.attrs.skip {
        errors.at(span, "the login field must be kept; remove `skip`");
    }
    if field.attrs.flash.is_some() || field.attrs.counter.is_some() {
        errors.at(login.field.span(), "neither a message nor a counter can say who is logged in");
    } else if !matches!(field.shape, Shape::Option(..)) {
        errors.at(field.ty.span(), "the login field must be an `Option`: `None` is nobody");
    }
}

fn names(model: &Model<'_>, errors: &mut Errors) {
    let mut seen: HashMap<String, &Field<'_>> = HashMap::new();
    for field in model.kept() {
        for accessor in accessors::of(field, model) {
            let name = accessor.name.to_string();
            // A category's method is at fault by its category, any other by its field.
            let span: Span = accessor.name.span();
            if SESSION_METHODS.contains(&name.as_str()) {
                errors.at(
                    span,
                    format!(
                        "the accessor `{name}` would be hidden by `Session::{name}`; rename the field, or add \
                         `#[session(accessors = false)]`"
                    ),
                );
            } else if let Some(other) = seen.insert(name.clone(), field) {
                errors.at(
                    span,
                    format!(
                        "the accessor `{name}` clashes with one of `{}`; rename a field, or add \
                         `#[session(accessors = false)]`",
                        other.name()
                    ),
                );
            }
        }
    }
}
