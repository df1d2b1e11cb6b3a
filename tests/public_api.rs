//! The public API, as a listing that every change of it changes: whoever reviews a commit sees what users will.
//!
//! `UPDATE_API=1 cargo test -p tests --test integration public_api` writes the listings anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::{Attribute, Fields, ImplItem, Item, Type, Visibility};

#[test]
fn the_public_api_is_the_one_that_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for package in ["session-core", "session-actix", "session-macros"] {
        let listing = listing(&root.join(package).join("src"));
        let path = root.join("docs/api").join(format!("{package}.txt"));
        if std::env::var_os("UPDATE_API").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &listing).unwrap();
        }
        let listed = std::fs::read_to_string(&path).unwrap();
        let differs = listing.lines().zip(listed.lines()).find(|(is, was)| is != was);
        assert!(
            listing == listed,
            "{package}: {differs:?}; if users shall see that, write the listing anew (`UPDATE_API=1`)"
        );
    }
}

/// What is `pub` can be reached, as the lint `unreachable_pub` sees to, so the sources tell the API without a compiler.
fn listing(sources: &Path) -> String {
    let mut files = Vec::new();
    list_files(sources, &mut files);
    files.sort();
    let parsed: Vec<(PathBuf, syn::File)> = files
        .into_iter()
        .map(|path| (path.clone(), syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap()))
        .collect();
    let types: BTreeSet<String> = parsed.iter().flat_map(|(_, file)| &file.items).filter_map(public_type).collect();
    let mut listing = String::new();
    for (path, mut file) in parsed {
        file.attrs.clear();
        file.items = file.items.into_iter().filter_map(|item| shown(item, &types)).collect();
        if !file.items.is_empty() {
            let path = path.strip_prefix(sources).unwrap();
            listing += &["// ", &path.display().to_string(), "\n\n", &prettyplease::unparse(&file), "\n"].concat();
        }
    }
    listing
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A command has no API, and laws are compiled for tests alone.
        if path.ends_with("bin") || path.ends_with("laws") {
            continue;
        }
        if path.is_dir() {
            list_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

fn public_type(item: &Item) -> Option<String> {
    let (visibility, name, attributes) = match item {
        Item::Struct(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.ident, &item.attrs),
        Item::Type(item) => (&item.vis, &item.ident, &item.attrs),
        _ => return None,
    };
    (is_public(visibility) && is_shown(attributes)).then(|| name.to_string())
}

/// The item without what users do not see, or nothing.
fn shown(item: Item, types: &BTreeSet<String>) -> Option<Item> {
    macro_rules! head {
        ($item:ident) => {{
            if !is_public(&$item.vis) || !is_shown(&$item.attrs) {
                return None;
            }
            keep_attributes(&mut $item.attrs);
        }};
    }
    Some(match item {
        Item::Const(mut item) => {
            head!(item);
            Item::Const(item)
        }
        Item::Enum(mut item) => {
            head!(item);
            for variant in &mut item.variants {
                keep_attributes(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| keep_attributes(&mut field.attrs));
            }
            Item::Enum(item)
        }
        Item::Fn(mut item) => {
            head!(item);
            item.block.stmts.clear();
            Item::Fn(item)
        }
        Item::Mod(mut item) => {
            head!(item);
            item.content = None;
            item.semi = Some(syn::token::Semi::default());
            Item::Mod(item)
        }
        Item::Struct(mut item) => {
            head!(item);
            if let Fields::Named(fields) = &mut item.fields {
                let all = std::mem::take(&mut fields.named);
                fields.named = all.into_iter().filter(|field| is_public(&field.vis)).collect();
            }
            if item.fields.iter().any(|field| !is_public(&field.vis)) {
                item.fields = Fields::Unit; // A tuple whose parts nobody sees.
            }
            item.fields.iter_mut().for_each(|field| keep_attributes(&mut field.attrs));
            Item::Struct(item)
        }
        Item::Trait(mut item) => {
            head!(item);
            for part in &mut item.items {
                match part {
                    syn::TraitItem::Fn(part) => {
                        keep_attributes(&mut part.attrs);
                        part.default.iter_mut().for_each(|body| body.stmts.clear());
                    }
                    syn::TraitItem::Type(part) => keep_attributes(&mut part.attrs),
                    syn::TraitItem::Const(part) => keep_attributes(&mut part.attrs),
                    _ => {}
                }
            }
            Item::Trait(item)
        }
        Item::Type(mut item) => {
            head!(item);
            Item::Type(item)
        }
        Item::Use(mut item) => {
            head!(item);
            Item::Use(item)
        }
        Item::Impl(mut item) => {
            let is_of_ours = matches!(&*item.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| types.contains(&last.ident.to_string())));
            if !is_of_ours || !is_shown(&item.attrs) {
                return None;
            }
            keep_attributes(&mut item.attrs);
            let parts = std::mem::take(&mut item.items);
            if item.trait_.is_none() {
                item.items = parts.into_iter().filter_map(method).collect();
                if item.items.is_empty() {
                    return None;
                }
            }
            Item::Impl(item)
        }
        // What a macro makes under a feature is listed by its name, and a macro of ours by its own.
        Item::Macro(mut item)
            if is_shown(&item.attrs) && (has(&item.attrs, "cfg") || has(&item.attrs, "macro_export")) =>
        {
            keep_attributes(&mut item.attrs);
            item.mac.tokens = proc_macro2::TokenStream::new();
            Item::Macro(item)
        }
        _ => return None,
    })
}

fn method(part: ImplItem) -> Option<ImplItem> {
    match part {
        ImplItem::Fn(mut part) if is_public(&part.vis) && is_shown(&part.attrs) => {
            keep_attributes(&mut part.attrs);
            part.block.stmts.clear();
            Some(ImplItem::Fn(part))
        }
        ImplItem::Const(mut part) if is_public(&part.vis) && is_shown(&part.attrs) => {
            keep_attributes(&mut part.attrs);
            Some(ImplItem::Const(part))
        }
        _ => None,
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Neither hidden nor for tests.
fn is_shown(attributes: &[Attribute]) -> bool {
    let text = |attribute: &Attribute| match &attribute.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    };
    !attributes.iter().any(|attribute| {
        (attribute.path().is_ident("doc") && text(attribute) == "hidden")
            || (attribute.path().is_ident("cfg") && (text(attribute) == "test" || text(attribute).contains("fuzzing")))
    })
}

/// What a user depends on: features, derived traits, whether more variants may come, whether a result must be used.
fn keep_attributes(attributes: &mut Vec<Attribute>) {
    let kept = ["cfg", "derive", "must_use", "non_exhaustive", "proc_macro_derive"];
    attributes.retain(|attribute| kept.iter().any(|name| attribute.path().is_ident(name)));
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}
