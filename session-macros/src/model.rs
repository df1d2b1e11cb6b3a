//! The struct as the derive understands it: every attribute turned into a decision.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Generics, Ident, LitStr, Path, Type, Visibility};

use crate::attr::{FieldAttrs, StructAttrs};
use crate::errors::{Errors, did_you_mean};
use crate::rename::Rename;
use crate::shape::{Inner, Shape, is_flashes};

/// The key that all queues of messages share, so that every struct of a session and Flask see the same messages.
pub(crate) const FLASHES_KEY: &str = "_flashes";

pub(crate) struct Model<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) scope: Option<LitStr>,
    pub(crate) redirect: Option<LitStr>,
    pub(crate) fields: Vec<Field<'a>>,
    /// The name in `login(..)`, also where no field has it.
    pub(crate) login_name: Option<Ident>,
    has_named_fields: bool,
}

pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape<'a>,
    pub(crate) attrs: FieldAttrs,
    /// The key in the session.
    pub(crate) key: LitStr,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) is_login: bool,
    pub(crate) has_accessors: bool,
}

/// What becomes of a field in the session.
pub(crate) enum Kind {
    /// Nothing.
    Skipped,
    /// It is replaced as a whole.
    Value,
    /// Differences add up.
    Counter,
    /// A value that is shown once.
    Once,
    /// Messages that are shown once, of these categories.
    Queue(Vec<Ident>),
}

impl<'a> Model<'a> {
    pub(crate) fn read(input: &'a DeriveInput, default_crate: Path, errors: &mut Errors) -> Self {
        let attrs = StructAttrs::read(&input.attrs, errors);
        let rename = Rename::read(attrs.rename_all.as_ref().map(|rule| &rule.value), errors);
        let (login_name, redirect) = attrs.login.map(|login| (login.value.field, login.value.redirect)).unzip();
        let wanted = attrs.accessors.is_none_or(|switch| switch.value);
        let fields = named_fields(input, errors)
            .map(|field| Field::read(field, rename, login_name.as_ref(), wanted, errors))
            .collect();
        let this = Self {
            ident: &input.ident,
            vis: &input.vis,
            generics: &input.generics,
            krate: attrs.krate.map_or(default_crate, |krate| krate.value),
            scope: attrs.scope.map(|scope| scope.value),
            redirect: redirect.flatten(),
            has_named_fields: matches!(&input.data, Data::Struct(data) if !matches!(data.fields, Fields::Unnamed(_))),
            fields,
            login_name,
        };
        this.check_login_name(errors);
        this
    }

    /// The fields that are kept in the session.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| !matches!(field.kind, Kind::Skipped))
    }

    pub(crate) fn login(&self) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is_login)
    }

    fn check_login_name(&self, errors: &mut Errors) {
        let Some(name) = &self.login_name else { return };
        // What has no named fields is at fault by itself.
        if self.login().is_none() && self.has_named_fields {
            let names: Vec<String> = self.fields.iter().map(Field::name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = did_you_mean(&name.unraw().to_string(), &names)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            errors.at(name.span(), format!("`login` names no field of `{}`{hint}", self.ident));
        }
    }
}

impl<'a> Field<'a> {
    fn read(
        (ident, field): (&'a Ident, &'a syn::Field),
        rename: Rename,
        login: Option<&Ident>,
        accessors: bool,
        errors: &mut Errors,
    ) -> Self {
        let mut attrs = FieldAttrs::read(&field.attrs, errors);
        if let Err(error) = field.modifiers.require_empty() {
            errors.push(error);
        }
        if let Some((_, default)) = &field.default {
            errors.at(default.span(), "write the default as `#[session(default = ..)]`");
        }
        let kind = match (&attrs.skip, attrs.flash.as_mut(), &attrs.counter) {
            (Some(_), ..) => Kind::Skipped,
            (None, Some(flash), _) => flash.value.take().map_or(Kind::Once, Kind::Queue),
            (None, None, Some(_)) => Kind::Counter,
            (None, None, None) => Kind::Value,
        };
        let key = match (&attrs.rename, &kind) {
            (Some(key), _) => key.value.clone(),
            (None, Kind::Queue(_)) => LitStr::new(FLASHES_KEY, ident.span()),
            (None, _) => LitStr::new(&rename.apply(&ident.unraw().to_string()), ident.span()),
        };
        Self {
            ident,
            ty: &field.ty,
            kind,
            shape: Shape::of(&field.ty),
            key,
            docs: field.attrs.iter().filter(|attr| is_doc_text(attr)).collect(),
            is_login: login.is_some_and(|login| login.unraw() == ident.unraw()),
            has_accessors: attrs.accessors.as_ref().map_or(accessors, |switch| switch.value),
            attrs,
        }
    }

    /// The field's name without `r#`, to build names from.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// Where code about the field's type points, read as the derive's own.
    pub(crate) fn type_span(&self) -> Span {
        // The place of the type, but not its hygiene: that may be of a macro which knows none of our names.
        Span::call_site().located_at(self.ty.span())
    }

    pub(crate) fn default(&self) -> Option<&Expr> {
        self.attrs.default.as_ref().and_then(|default| default.value.as_ref())
    }

    /// Whether the type is an `Option` that is not written as one.
    pub(crate) fn may_hide_option(&self) -> bool {
        let messages = matches!(self.kind, Kind::Once) && is_flashes(self.ty);
        self.shape.may_be_alias(self.ty) && !messages
    }

    /// Whether the accessors ask for an `Option` that cannot be seen.
    pub(crate) fn needs_option(&self) -> bool {
        matches!(self.kind, Kind::Once) && self.may_hide_option()
    }

    pub(crate) fn holds_nested_option(&self) -> bool {
        matches!(self.shape, Shape::Option(_, Inner::Option))
    }
}

/// `#[doc = ".."]` or `///`, and not `#[doc(hidden)]`.
fn is_doc_text(attr: &Attribute) -> bool {
    attr.path().is_ident("doc") && attr.meta.require_name_value().is_ok()
}

/// The fields with their names; what has none is not a struct of ours.
fn named_fields<'a>(
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> impl Iterator<Item = (&'a Ident, &'a syn::Field)> + use<'a> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unnamed(fields) => {
                let message = "name the fields: the names are the keys of the session";
                errors.push(syn::Error::new_spanned(fields.to_token_stream(), message));
                None
            }
            Fields::Unit => None,
        },
        Data::Enum(data) => {
            errors.at(data.enum_token.span(), "only a struct can be session data; make the enum a field of one");
            None
        }
        Data::Union(data) => {
            errors.at(data.union_token.span(), "only a struct can be session data");
            None
        }
    };
    fields.into_iter().flatten().filter_map(|field| Some((field.ident.as_ref()?, field)))
}
