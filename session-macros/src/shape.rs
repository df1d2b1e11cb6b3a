//! What a field's type is, as far as one can see it written.

use syn::{GenericArgument, PathArguments, Type};

/// Decides which accessors a field gets. A type that hides behind an alias is [`Shape::Other`].
#[derive(Clone, Copy)]
pub(crate) enum Shape<'a> {
    /// An integer, a float, `bool` or `char`: returned by value.
    Primitive,
    String,
    Option(&'a Type, Inner),
    Vec(&'a Type),
    Other,
}

/// What an `Option` holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inner {
    Primitive,
    String,
    Option,
    Other,
}

const PRIMITIVES: [&str; 16] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

impl<'a> Shape<'a> {
    pub(crate) fn of(ty: &'a Type) -> Self {
        match named(ty) {
            Some((name, None)) if PRIMITIVES.contains(&name.as_str()) => Self::Primitive,
            Some((name, None)) if name == "String" => Self::String,
            Some((name, Some(inner))) if name == "Option" => Self::Option(inner, Inner::of(inner)),
            Some((name, Some(inner))) if name == "Vec" => Self::Vec(inner),
            _ => Self::Other,
        }
    }
}

impl Inner {
    fn of(ty: &Type) -> Self {
        match Shape::of(ty) {
            Shape::Primitive => Self::Primitive,
            Shape::String => Self::String,
            Shape::Option(..) => Self::Option,
            Shape::Vec(_) | Shape::Other => Self::Other,
        }
    }
}

/// Whether the type is written as an integer, or may be one by another name.
pub(crate) fn may_be_integer(ty: &Type) -> bool {
    match Shape::of(ty) {
        Shape::Primitive => named(ty).is_some_and(|(name, _)| !["bool", "char", "f32", "f64"].contains(&name.as_str())),
        Shape::Other => matches!(plain(ty), Type::Path(_)),
        Shape::String | Shape::Option(..) | Shape::Vec(_) => false,
    }
}

/// The last name of a path and its only type argument, as in `std::option::Option<T>`.
fn named(ty: &Type) -> Option<(String, Option<&Type>)> {
    let Type::Path(path) = plain(ty) else { return None };
    if path.qself.is_some() {
        return None;
    }
    let segment = path.path.segments.last()?;
    let argument = match &segment.arguments {
        PathArguments::None => None,
        PathArguments::AngleBracketed(arguments) if arguments.args.len() == 1 => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => return None,
        },
        _ => return None,
    };
    Some((segment.ident.to_string(), argument))
}

/// Without the invisible groups that `macro_rules` leaves around a type, and without parentheses.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        _ => ty,
    }
}
