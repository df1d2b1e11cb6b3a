//! Rejecting what cannot work, with what to write instead. A field is at fault once.

use std::collections::{HashMap, HashSet};

use syn::spanned::Spanned as _;
use syn::{Error, GenericParam, Ident};

use crate::accessors;
use crate::errors::Errors;
use crate::model::{FLASHES_KEY, Field, Kind, Model};
use crate::probe::SESSION_METHODS;
use crate::shape::{Shape, borrows, may_be_counter};

/// The library's own keys; the same as session-core's, and the secret of its forms.
pub(crate) const RESERVED: [&str; 5] = ["_permanent", FLASHES_KEY, "_lifetime", "_created", "_csrf"];

/// What else an accessor must not be called, and what would hide it, besides the methods of `Session`.
const TAKEN: [(&str, &str); 4] = [
    ("drop", "Drop::drop"),
    ("empty", "SessionData::empty"),
    ("into", "Into::into"),
    ("try_into", "TryInto::try_into"),
];

pub(crate) fn check(model: &Model<'_>, errors: &mut Errors) {
    lifetimes(model, errors);
    let mut rejected = Rejected { names: HashSet::new(), errors };
    for field in &model.fields {
        combinations(field, &mut rejected);
        types(field, model, &mut rejected);
    }
    login(model, &mut rejected);
    owner(model, &mut rejected);
    keys(model, &mut rejected);
    names(model, &mut rejected);
}

/// Remembers which fields are at fault already.
struct Rejected<'a> {
    names: HashSet<Ident>,
    errors: &'a mut Errors,
}

impl Rejected<'_> {
    fn push(&mut self, field: &Field<'_>, error: Error) {
        if self.names.insert(field.ident.clone()) {
            self.errors.push(error);
        }
    }

    fn at(&mut self, field: &Field<'_>, span: proc_macro2::Span, message: impl std::fmt::Display) {
        self.push(field, Error::new(span, message));
    }

    fn at_type(&mut self, field: &Field<'_>, message: impl std::fmt::Display) {
        self.push(field, Error::new_spanned(field.ty, message));
    }
}

fn lifetimes(model: &Model<'_>, errors: &mut Errors) {
    for param in &model.generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            errors.at(
                lifetime.span(),
                "session data outlives the request, so it cannot borrow; own the data, as in `String` for `&str`",
            );
        }
    }
}

/// Attributes that do not go together.
fn combinations(field: &Field<'_>, rejected: &mut Rejected<'_>) {
    let attrs = &field.attrs;
    if attrs.skip.is_some()
        && let Some((name, span)) = attrs.of_kept_fields().next()
    {
        rejected.at(field, span, format!("a skipped field is not kept, so `{name}` does nothing; remove one of them"));
    }
    if let (Some(_), Some(default)) = (&attrs.flash, attrs.default.as_ref().filter(|default| default.value.is_some())) {
        let message =
            "a message that was taken would come back as its default, on every page; remove `default` or `flash`";
        rejected.at(field, default.span, message);
    }
    let with = attrs.with.as_ref().map(|with| with.span);
    if let (Some(counter), Some(_)) = (&attrs.counter, &attrs.flash) {
        rejected.at(field, counter.span, "a message cannot be a counter; remove `counter` or `flash`");
    } else if let (Kind::Counter | Kind::Queue(_), Some(span)) = (&field.kind, with) {
        let what = if matches!(field.kind, Kind::Counter) { "a counter" } else { "a queue of messages" };
        rejected.at(field, span, format!("{what} is merged by its own format; remove `with`"));
    }
}

fn types(field: &Field<'_>, model: &Model<'_>, rejected: &mut Rejected<'_>) {
    let attrs = &field.attrs;
    if let (Kind::Counter, Some(counter)) = (&field.kind, &attrs.counter)
        && !may_be_counter(field.ty)
    {
        let message = "only an integer of 8 to 64 bits can be a counter; remove `counter`, or use a type such as `u32`";
        rejected.at(field, counter.span, message);
    }
    // A lifetime of the struct's own is at fault by itself.
    let own_lifetime = model.generics.lifetimes().next().is_some();
    let own_format = attrs.with.is_some();
    if !matches!(field.kind, Kind::Skipped) && !own_lifetime && !own_format && borrows(field.ty) {
        rejected.at_type(field, "session data outlives the request, so it cannot borrow; use `String` for `&str`");
    }
    if field.holds_nested_option() {
        let message = "`None` and `Some(None)` would be the same in the session; use one `Option`, or an enum";
        rejected.at_type(field, message);
    }
    let Some(flash) = &attrs.flash else { return };
    match (&field.kind, field.shape) {
        (Kind::Queue(_), _) if !field.may_hide_option() => {
            rejected.at(field, flash.span, "messages with categories need the type `Flashes`");
        }
        (Kind::Once, shape) if !matches!(shape, Shape::Option(..)) && !field.may_hide_option() => {
            let message = "a value that is shown once must be an `Option`; for messages write `flash(success, error)` on \
                           a field of the type `Flashes`";
            rejected.at(field, flash.span, message);
        }
        _ => {}
    }
}

fn login(model: &Model<'_>, rejected: &mut Rejected<'_>) {
    let (Some(field), Some(name)) = (model.login(), &model.login_name) else { return };
    if let Some(skip) = &field.attrs.skip {
        rejected.at(field, skip.span, "the login field must be kept; remove `skip`");
    } else if !matches!(field.kind, Kind::Value) {
        rejected.at(field, name.span(), "neither a message nor a counter can say who is logged in");
    } else if !matches!(field.shape, Shape::Option(..)) && !field.may_hide_option() {
        rejected.at_type(field, "the login field must be an `Option`: `None` is nobody");
    }
    if let Some(default) = field.attrs.default.as_ref().filter(|default| default.value.is_some()) {
        rejected.at(field, default.span, "a new visitor would be logged in; remove `default`");
    }
    let Some(redirect) = &model.redirect else { return };
    let path = redirect.value();
    let local = path.starts_with('/') && !path.starts_with("//");
    if !local || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        let message = "the login page must be a path of this site, as in `redirect = \"/login\"`";
        rejected.errors.at(redirect.span(), message);
    }
}

fn owner(model: &Model<'_>, rejected: &mut Rejected<'_>) {
    let mut first: Option<&Field<'_>> = None;
    for field in model.kept() {
        let Some(owner) = &field.attrs.owner else { continue };
        match first {
            Some(other) => {
                let message = format!("`{}` is the owner already; a session belongs to one", other.name());
                rejected.at(field, owner.span, message);
            }
            None => first = Some(field),
        }
    }
}

fn keys(model: &Model<'_>, rejected: &mut Rejected<'_>) {
    let mut seen: HashMap<String, &Field<'_>> = HashMap::new();
    for field in model.kept() {
        let is_queue = matches!(field.kind, Kind::Queue(_));
        let own = std::iter::once((&field.key, "choose another with `rename = \"..\"`"));
        let aliases = field.attrs.aliases.iter().map(|alias| (&alias.value, "choose another alias"));
        for (literal, fix) in own.chain(aliases) {
            let (key, span) = (literal.value(), literal.span());
            if key.is_empty() {
                rejected.at(field, span, "a key cannot be empty; name it with `rename = \"..\"`");
            } else if RESERVED.contains(&key.as_str()) && !(is_queue && key == FLASHES_KEY) {
                rejected.at(field, span, format!("the key `{key}` is reserved; {fix}"));
            } else if let Some(other) = seen.insert(key.clone(), field) {
                let message = if is_queue && key == FLASHES_KEY {
                    "all messages of a session are one queue; remove one of the fields".to_owned()
                } else if std::ptr::eq(other, field) {
                    format!("the field has the key `{key}` twice; remove one")
                } else {
                    format!("`{}` has the key `{key}` too; give one of them another", other.name())
                };
                rejected.at(field, span, message);
            }
        }
    }
}

fn names(model: &Model<'_>, rejected: &mut Rejected<'_>) {
    let mut seen: HashMap<String, &Field<'_>> = HashMap::new();
    for field in model.kept() {
        for accessor in accessors::of(field, model) {
            let name = accessor.name.to_string();
            let span = accessor.name.span();
            if let Some(by) = hidden_by(&name, model) {
                let message = format!(
                    "the accessor `{name}` would be hidden by `{by}`; rename the field, or add \
                     `#[session(accessors = false)]`"
                );
                rejected.at(field, span, message);
            } else if let Some(other) = seen.insert(name.clone(), field) {
                let message = if std::ptr::eq(other, field) {
                    format!("the accessor `{name}` is here twice; remove one of the categories")
                } else {
                    format!(
                        "the accessor `{name}` clashes with one of `{}`; rename a field, or add \
                         `#[session(accessors = false)]`",
                        other.name()
                    )
                };
                rejected.at(field, span, message);
            }
        }
    }
}

/// What would hide an accessor of this name.
fn hidden_by(name: &str, model: &Model<'_>) -> Option<String> {
    if SESSION_METHODS.contains(&name) {
        return Some(format!("Session::{name}"));
    }
    if name == "login_id" && model.login_name.is_some() {
        return Some("LoggedIn::login_id".into());
    }
    TAKEN.iter().find(|(taken, _)| *taken == name).map(|(_, by)| (*by).to_owned())
}
