//! The struct with its attributes beside it.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, Path, Type, Visibility};

use crate::attr::{FieldAttrs, StructAttrs};
use crate::errors::Errors;
use crate::shape::Shape;

/// The key that all queues of messages share, so that every struct of a session and Flask see the same messages.
const FLASHES_KEY: &str = "_flashes";

pub(crate) struct Model<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) attrs: StructAttrs,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) shape: Shape<'a>,
    pub(crate) attrs: FieldAttrs,
    /// The key in the session.
    pub(crate) key: String,
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) is_login: bool,
}

impl<'a> Model<'a> {
    pub(crate) fn read(input: &'a DeriveInput, default_crate: Path, errors: &mut Errors) -> Self {
        let mut attrs = StructAttrs::read(&input.attrs, errors);
        let krate = attrs.krate.take().unwrap_or(default_crate);
        let rename = Rename::read(&attrs, errors);
        let login = attrs.login.as_ref().map(|login| &login.field);
        let fields = named_fields(input, errors).map(|field| Field::read(field, rename, login, errors)).collect();
        Self { ident: &input.ident, vis: &input.vis, generics: &input.generics, krate, attrs, fields }
    }

    /// The fields that are kept in the session.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.attrs.skip.is_none())
    }

    pub(crate) fn login(&self) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.is_login)
    }
}

impl<'a> Field<'a> {
    fn read(
        (ident, field): (&'a Ident, &'a syn::Field),
        rename: Rename,
        login: Option<&Ident>,
        errors: &mut Errors,
    ) -> Self {
        let attrs = FieldAttrs::read(&field.attrs, errors);
        if let Err(error) = field.modifiers.require_empty() {
            errors.push(error);
        }
        if let Some((_, default)) = &field.default {
            errors.at(default.span(), "write the default as `#[session(default = ..)]`");
        }
        let is_queue = attrs.flash.as_ref().is_some_and(|flash| flash.categories.is_some());
        let key = match &attrs.rename {
            Some(key) => key.value(),
            None if is_queue => FLASHES_KEY.into(),
            None => rename.apply(&ident.unraw().to_string()),
        };
        let having = |name: &str| field.attrs.iter().filter(|attr| attr.path().is_ident(name)).collect();
        Self {
            ident,
            ty: &field.ty,
            shape: Shape::of(&field.ty),
            key,
            docs: having("doc"),
            cfgs: having("cfg"),
            is_login: login == Some(ident),
            attrs,
        }
    }

    /// Where a message about the field's key points.
    pub(crate) fn key_span(&self) -> Span {
        self.attrs.rename.as_ref().map_or_else(|| self.ident.span(), syn::LitStr::span)
    }

    /// The field's name without `r#`, to build names from.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
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
                errors.at(fields.span(), "name the fields: the names are the keys of the session");
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

/// How keys are made from field names, as serde's `rename_all`.
#[derive(Clone, Copy, Default)]
enum Rename {
    #[default]
    None,
    Camel,
    Pascal,
    Kebab,
    ScreamingSnake,
    ScreamingKebab,
    Upper,
    Lower,
}

impl Rename {
    fn read(attrs: &StructAttrs, errors: &mut Errors) -> Self {
        let Some(rule) = &attrs.rename_all else { return Self::None };
        match rule.value().as_str() {
            "snake_case" => Self::None,
            "camelCase" => Self::Camel,
            "PascalCase" => Self::Pascal,
            "kebab-case" => Self::Kebab,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            "UPPERCASE" => Self::Upper,
            "lowercase" => Self::Lower,
            _ => {
                errors.at(
                    rule.span(),
                    "unknown case; there are \"lowercase\", \"UPPERCASE\", \"PascalCase\", \"camelCase\", \
                     \"snake_case\", \"SCREAMING_SNAKE_CASE\", \"kebab-case\", \"SCREAMING-KEBAB-CASE\"",
                );
                Self::None
            }
        }
    }

    fn apply(self, name: &str) -> String {
        match self {
            Self::None | Self::Lower => name.into(),
            Self::Camel => lower_first(&pascal(name)),
            Self::Pascal => pascal(name),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingSnake | Self::Upper => name.to_uppercase(),
            Self::ScreamingKebab => name.to_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(name: &str) -> String {
    name.split('_')
        .filter_map(|word| {
            let first = word.chars().next()?;
            Some(first.to_uppercase().chain(word.chars().skip(1)).collect::<String>())
        })
        .collect()
}

fn lower_first(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
}
