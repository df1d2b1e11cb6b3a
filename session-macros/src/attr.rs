//! Reading `#[session(..)]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, Ident, LitBool, LitStr, Path, Result, Token};

use crate::errors::{Errors, did_you_mean};

const ON_FIELDS: [&str; 11] =
    ["accessors", "alias", "counter", "default", "flash", "owner", "privileged", "rename", "secret", "skip", "with"];
const ON_STRUCTS: [&str; 5] = ["accessors", "crate", "login", "rename_all", "scope"];

/// What stands on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) rename: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) skip: Option<Span>,
    pub(crate) with: Option<Path>,
    pub(crate) counter: Option<Span>,
    pub(crate) flash: Option<FlashAttr>,
    pub(crate) privileged: Option<Span>,
    pub(crate) owner: Option<Span>,
    pub(crate) secret: Option<Span>,
    pub(crate) accessors: Option<LitBool>,
}

pub(crate) enum DefaultValue {
    /// `default`, which says what holds anyway.
    Trait,
    Expr(Box<Expr>),
}

pub(crate) struct FlashAttr {
    pub(crate) span: Span,
    /// `None` for `flash` alone.
    pub(crate) categories: Option<Vec<Ident>>,
}

/// What stands on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) login: Option<LoginAttr>,
    pub(crate) rename_all: Option<LitStr>,
    pub(crate) scope: Option<LitStr>,
    pub(crate) accessors: Option<LitBool>,
    pub(crate) krate: Option<Path>,
}

pub(crate) struct LoginAttr {
    pub(crate) field: Ident,
    pub(crate) redirect: Option<LitStr>,
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attrs, errors, |name, meta| match name {
            "accessors" => once(&mut this.accessors, meta, meta.value()?.parse()?),
            "alias" => {
                this.aliases.push(meta.value()?.parse()?);
                Ok(())
            }
            "counter" => once(&mut this.counter, meta, flag(meta)?),
            "default" => once(&mut this.default, meta, default_value(meta)?),
            "flash" => once(&mut this.flash, meta, flash(meta)?),
            "owner" => once(&mut this.owner, meta, flag(meta)?),
            "secret" => once(&mut this.secret, meta, flag(meta)?),
            "privileged" => once(&mut this.privileged, meta, flag(meta)?),
            "rename" => once(&mut this.rename, meta, meta.value()?.parse()?),
            "skip" => once(&mut this.skip, meta, flag(meta)?),
            "with" => once(&mut this.with, meta, meta.value()?.parse()?),
            _ => Err(unknown(meta, name, &ON_FIELDS, ("the struct", &ON_STRUCTS))),
        });
        this
    }
}

impl StructAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut this = Self::default();
        each(attrs, errors, |name, meta| match name {
            "accessors" => once(&mut this.accessors, meta, meta.value()?.parse()?),
            "crate" => once(&mut this.krate, meta, meta.value()?.call(Path::parse_mod_style)?),
            "login" => once(&mut this.login, meta, login(meta)?),
            "rename_all" => once(&mut this.rename_all, meta, meta.value()?.parse()?),
            "scope" => once(&mut this.scope, meta, meta.value()?.parse()?),
            _ => Err(unknown(meta, name, &ON_STRUCTS, ("a field", &ON_FIELDS))),
        });
        this
    }
}

/// Reads every word of every `#[session(..)]`, and goes on after a mistake.
fn each(attrs: &[Attribute], errors: &mut Errors, mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("session")) {
        let parsed = attr.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
            if let Err(error) = read(&name, &meta) {
                errors.push(error);
                skip_value(&meta)?;
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

/// Passes over what is left of a word that was not understood, up to the next comma.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn once<V>(slot: &mut Option<V>, meta: &ParseNestedMeta<'_>, value: V) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(meta.error("this attribute is here twice; remove one"));
    }
    Ok(())
}

fn flag(meta: &ParseNestedMeta<'_>) -> Result<Span> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(meta.path.span());
    }
    let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
    Err(meta.error(format!("`{name}` takes no value; write `#[session({name})]`")))
}

fn default_value(meta: &ParseNestedMeta<'_>) -> Result<DefaultValue> {
    if meta.input.peek(Token![=]) {
        return Ok(DefaultValue::Expr(meta.value()?.parse()?));
    }
    flag(meta).map(|_| DefaultValue::Trait)
}

fn flash(meta: &ParseNestedMeta<'_>) -> Result<FlashAttr> {
    let span = meta.path.span();
    if !meta.input.peek(syn::token::Paren) {
        return flag(meta).map(|span| FlashAttr { span, categories: None });
    }
    parenthesized(meta, |content| {
        let categories = content.parse_terminated(Ident::parse_any, Token![,])?.into_iter().collect();
        Ok(FlashAttr { span, categories: Some(categories) })
    })
}

fn login(meta: &ParseNestedMeta<'_>) -> Result<LoginAttr> {
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error("`login` names a field; write `login(username, redirect = \"/login\")`"));
    }
    parenthesized(meta, |content| {
        let field = content.call(Ident::parse_any)?;
        content.parse::<Option<Token![,]>>()?;
        if content.is_empty() {
            return Ok(LoginAttr { field, redirect: None });
        }
        let option: Ident = content.parse()?;
        if option != "redirect" {
            let message = "unknown option of `login`; the only one is `redirect = \"/login\"`";
            return Err(Error::new(option.span(), message));
        }
        content.parse::<Token![=]>()?;
        let redirect = Some(content.parse()?);
        content.parse::<Option<Token![,]>>()?;
        Ok(LoginAttr { field, redirect })
    })
}

/// Reads what stands in parentheses. After a mistake the rest is passed over, so that it is not a second one.
fn parenthesized<V>(meta: &ParseNestedMeta<'_>, read: impl FnOnce(ParseStream<'_>) -> Result<V>) -> Result<V> {
    let content;
    syn::parenthesized!(content in meta.input);
    let value = read(&content).and_then(|value| {
        if content.is_empty() { Ok(value) } else { Err(content.error("nothing more can stand here")) }
    });
    content.parse::<TokenStream>()?;
    value
}

fn unknown(meta: &ParseNestedMeta<'_>, name: &str, known: &[&str], (elsewhere, theirs): (&str, &[&str])) -> Error {
    if theirs.contains(&name) {
        return meta.error(format!("`{name}` belongs on {elsewhere}"));
    }
    match did_you_mean(name, known) {
        Some(near) => meta.error(format!("unknown attribute; did you mean `{near}`?")),
        None => meta.error(format!("unknown attribute; there are `{}`", known.join("`, `"))),
    }
}
