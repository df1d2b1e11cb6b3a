//! What a field's type is, as far as one can see it written.

use syn::{GenericArgument, Path, PathArguments, Type};

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

const COUNTERS: [&str; 10] = ["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];
const OTHER_PRIMITIVES: [&str; 6] = ["bool", "char", "f32", "f64", "i128", "u128"];

impl<'a> Shape<'a> {
    pub(crate) fn of(ty: &'a Type) -> Self {
        match named(ty) {
            Some((name, None)) if is_primitive(&name) => Self::Primitive,
            Some((name, None)) if name == "String" => Self::String,
            Some((name, Some(inner))) if name == "Option" => Self::Option(inner, Inner::of(inner)),
            Some((name, Some(inner))) if name == "Vec" => Self::Vec(inner),
            _ => Self::Other,
        }
    }

    /// Whether the type may be anything, for all that can be seen of it.
    pub(crate) fn may_be_alias(&self, ty: &Type) -> bool {
        matches!(self, Self::Other) && matches!(plain(ty), Type::Path(_) | Type::Macro(_))
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

/// Whether the type is written as an integer of 8 to 64 bits, or may be one by another name.
pub(crate) fn may_be_counter(ty: &Type) -> bool {
    let shape = Shape::of(ty);
    match (shape, named(ty)) {
        (Shape::Primitive, Some((name, _))) => COUNTERS.contains(&name.as_str()),
        _ => shape.may_be_alias(ty),
    }
}

/// Whether the type's last name is `Flashes`.
pub(crate) fn is_flashes(ty: &Type) -> bool {
    let Type::Path(path) = plain(ty) else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "Flashes")
}

/// A reference anywhere in the type, which no session can hold.
pub(crate) fn borrows(ty: &Type) -> bool {
    match plain(ty) {
        Type::Reference(_) => true,
        Type::Path(path) => path.path.segments.iter().any(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(|argument| match argument {
                GenericArgument::Type(ty) => borrows(ty),
                _ => false,
            }),
            _ => false,
        }),
        _ => false,
    }
}

fn is_primitive(name: &str) -> bool {
    COUNTERS.contains(&name) || OTHER_PRIMITIVES.contains(&name)
}

/// The last name of a standard path and its only type argument, as in `std::option::Option<T>`.
fn named(ty: &Type) -> Option<(String, Option<&Type>)> {
    let Type::Path(path) = plain(ty) else { return None };
    if path.qself.is_some() || !is_standard(&path.path) {
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

/// A name alone, or one of the standard library by its path. `my::String` is not what it seems.
fn is_standard(path: &Path) -> bool {
    let root = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
    path.segments.len() == 1 || ["alloc", "core", "std"].contains(&root.as_str())
}

/// Without the invisible groups that `macro_rules` leaves around a type, and without parentheses.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        _ => ty,
    }
}
