//! Reading `#[session(..)]`.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, Ident, LitBool, LitStr, Path, Result, Token};

use crate::errors::{Errors, did_you_mean};

const ON_FIELDS: [&str; 11] =
    ["accessors", "alias", "counter", "default", "flash", "owner", "privileged", "rename", "secret", "skip", "with"];
const ON_STRUCTS: [&str; 5] = ["accessors", "crate", "login", "rename_all", "scope"];

/// A value, and the word that it was given with, for messages about that.
pub(crate) struct Spanned<V> {
    pub(crate) span: Span,
    pub(crate) value: V,
}

/// What stands on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) rename: Option<Spanned<LitStr>>,
    pub(crate) aliases: Vec<Spanned<LitStr>>,
    /// `None` inside for `default` alone, which says what holds anyway.
    pub(crate) default: Option<Spanned<Option<Expr>>>,
    pub(crate) skip: Option<Spanned<()>>,
    pub(crate) with: Option<Spanned<Path>>,
    pub(crate) counter: Option<Spanned<()>>,
    /// `None` inside for `flash` alone.
    pub(crate) flash: Option<Spanned<Option<Vec<Ident>>>>,
    pub(crate) privileged: Option<Spanned<()>>,
    pub(crate) owner: Option<Spanned<()>>,
    pub(crate) secret: Option<Spanned<()>>,
    pub(crate) accessors: Option<Spanned<bool>>,
}

/// What stands on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) login: Option<Spanned<LoginAttr>>,
    pub(crate) rename_all: Option<Spanned<LitStr>>,
    pub(crate) scope: Option<Spanned<LitStr>>,
    pub(crate) accessors: Option<Spanned<bool>>,
    pub(crate) krate: Option<Spanned<Path>>,
}

pub(crate) struct LoginAttr {
    pub(crate) field: Ident,
    pub(crate) redirect: Option<LitStr>,
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attrs, &ON_FIELDS, ("the struct", &ON_STRUCTS), errors, |name, meta| match name {
            "accessors" => once(&mut this.accessors, meta, accessors(meta)?),
            "alias" => {
                let value = value(meta, "alias = \"old_name\"")?;
                this.aliases.push(Spanned { span: meta.path.span(), value });
                Ok(())
            }
            "counter" => once(&mut this.counter, meta, flag(meta)?),
            "default" => once(&mut this.default, meta, default_value(meta)?),
            "flash" => once(&mut this.flash, meta, flash(meta)?),
            "owner" => once(&mut this.owner, meta, flag(meta)?),
            "privileged" => once(&mut this.privileged, meta, flag(meta)?),
            "rename" => once(&mut this.rename, meta, value(meta, "rename = \"name\"")?),
            "secret" => once(&mut this.secret, meta, flag(meta)?),
            "skip" => once(&mut this.skip, meta, flag(meta)?),
            "with" => once(&mut this.with, meta, path(meta, "with = module")?),
            _ => Err(at(meta, "unknown attribute")),
        });
        this
    }

    /// Each attribute that says something about a field which is kept, by its name.
    pub(crate) fn of_kept_fields(&self) -> impl Iterator<Item = (&'static str, Span)> {
        let spans = [
            ("rename", self.rename.as_ref().map(|attr| attr.span)),
            ("alias", self.aliases.first().map(|attr| attr.span)),
            ("with", self.with.as_ref().map(|attr| attr.span)),
            ("counter", self.counter.as_ref().map(|attr| attr.span)),
            ("flash", self.flash.as_ref().map(|attr| attr.span)),
            ("privileged", self.privileged.as_ref().map(|attr| attr.span)),
            ("owner", self.owner.as_ref().map(|attr| attr.span)),
            ("secret", self.secret.as_ref().map(|attr| attr.span)),
        ];
        spans.into_iter().filter_map(|(name, span)| Some((name, span?)))
    }
}

impl StructAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attrs, &ON_STRUCTS, ("a field", &ON_FIELDS), errors, |name, meta| match name {
            "accessors" => once(&mut this.accessors, meta, accessors(meta)?),
            "crate" => once(&mut this.krate, meta, path(meta, "crate = my_crate::session_actix")?),
            "login" => once(&mut this.login, meta, login(meta)?),
            "rename_all" => once(&mut this.rename_all, meta, value(meta, "rename_all = \"camelCase\"")?),
            "scope" => once(&mut this.scope, meta, value(meta, "scope = \"admin\"")?),
            _ => Err(at(meta, "unknown attribute")),
        });
        this
    }
}

/// Reads every word of every `#[session(..)]`, and goes on after a mistake. A mistyped word is read as the one that was
/// meant, so that nothing else seems to be missing.
fn each(
    attrs: &[Attribute],
    known: &[&str],
    elsewhere: (&str, &[&str]),
    errors: &mut Errors,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("session")) {
        let parsed = attr.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
            let result = if known.contains(&name.as_str()) {
                read(&name, &meta)
            } else {
                if let Some(near) = did_you_mean(&name, known) {
                    let _ = read(near, &meta);
                }
                Err(unknown(&meta, &name, known, elsewhere))
            };
            result.or_else(|error| {
                errors.push(error);
                pass_over(&meta)
            })
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

/// Passes over what is left of a word that was not understood, up to the next comma.
fn pass_over(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn once<V>(slot: &mut Option<Spanned<V>>, meta: &ParseNestedMeta<'_>, value: V) -> Result<()> {
    let span = meta.path.span();
    if slot.replace(Spanned { span, value }).is_some() {
        return Err(at(meta, "this attribute is here twice; remove one"));
    }
    Ok(())
}

/// Points at the word itself, whatever stands behind it.
fn at(meta: &ParseNestedMeta<'_>, message: impl Display) -> Error {
    Error::new(meta.path.span(), message)
}

fn flag(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(());
    }
    let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
    Err(at(meta, format!("`{name}` takes no value; write `#[session({name})]`")))
}

/// A path, which serde would have in quotes.
fn path(meta: &ParseNestedMeta<'_>, example: &str) -> Result<Path> {
    let ahead = meta.input.fork();
    if let Ok(quoted) = ahead.parse::<Token![=]>().and_then(|_| ahead.parse::<LitStr>()) {
        return Err(Error::new(quoted.span(), format!("write the path without quotes: `{example}`")));
    }
    value_by(meta, example, Path::parse_mod_style)
}

fn accessors(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    value::<LitBool>(meta, "accessors = false").map(|switch| switch.value)
}

fn value<V: Parse>(meta: &ParseNestedMeta<'_>, example: &str) -> Result<V> {
    value_by(meta, example, V::parse)
}

/// What stands behind `=`.
fn value_by<V>(meta: &ParseNestedMeta<'_>, example: &str, parse: fn(ParseStream<'_>) -> Result<V>) -> Result<V> {
    if !meta.input.peek(Token![=]) {
        return Err(at(meta, format!("write `{example}`")));
    }
    let value = meta.value()?;
    let span = value.span();
    value.call(parse).map_err(|_| Error::new(span, format!("write `{example}`")))
}

fn default_value(meta: &ParseNestedMeta<'_>) -> Result<Option<Expr>> {
    if meta.input.peek(Token![=]) {
        return value(meta, "default = expression").map(Some);
    }
    if meta.input.peek(syn::token::Paren) {
        return Err(at(meta, "write `default = expression`"));
    }
    flag(meta).map(|()| None)
}

fn flash(meta: &ParseNestedMeta<'_>) -> Result<Option<Vec<Ident>>> {
    if !meta.input.peek(syn::token::Paren) {
        return flag(meta).map(|()| None);
    }
    parenthesized(meta, "name the categories, as in `flash(success, error)`", |content| {
        let categories = content.parse_terminated(Ident::parse_any, Token![,])?;
        Ok(Some(categories.into_iter().collect()))
    })
}

fn login(meta: &ParseNestedMeta<'_>) -> Result<LoginAttr> {
    const EXAMPLE: &str = "name a field, as in `login(username, redirect = \"/login\")`";
    if !meta.input.peek(syn::token::Paren) {
        return Err(at(meta, EXAMPLE));
    }
    let mut unknown_option = None;
    let login = parenthesized(meta, EXAMPLE, |content| {
        let field = content.call(Ident::parse_any)?;
        let mut redirect = None;
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
        if !content.is_empty() {
            let option: Ident = content.parse()?;
            content.parse::<Token![=]>()?;
            redirect = Some(content.parse()?);
            content.parse::<Option<Token![,]>>()?;
            unknown_option = Some(option).filter(|option| option != "redirect");
        }
        Ok(LoginAttr { field, redirect })
    })?;
    match unknown_option {
        Some(option) => {
            Err(Error::new(option.span(), "unknown option of `login`; the only one is `redirect = \"/login\"`"))
        }
        None => Ok(login),
    }
}

/// Reads what stands in parentheses. After a mistake the rest is passed over, so that it is not a second one.
fn parenthesized<V>(
    meta: &ParseNestedMeta<'_>,
    example: &str,
    read: impl FnOnce(ParseStream<'_>) -> Result<V>,
) -> Result<V> {
    let content;
    syn::parenthesized!(content in meta.input);
    let value = read(&content).and_then(|value| {
        if content.is_empty() { Ok(value) } else { Err(content.error("nothing more can stand here")) }
    });
    content.parse::<TokenStream>()?;
    value.map_err(|error| Error::new(error.span(), example))
}

fn unknown(meta: &ParseNestedMeta<'_>, name: &str, known: &[&str], (elsewhere, theirs): (&str, &[&str])) -> Error {
    if theirs.contains(&name) {
        return at(meta, format!("`{name}` belongs on {elsewhere}"));
    }
    match did_you_mean(name, known) {
        Some(near) => at(meta, format!("unknown attribute; did you mean `{near}`?")),
        None => at(meta, format!("unknown attribute; there are `{}`", known.join("`, `"))),
    }
}
