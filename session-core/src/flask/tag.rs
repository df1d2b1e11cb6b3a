//! The objects of one key that stand for Python's types (`flask.json.tag`).

use super::parse::{Kind, Node};
use super::text::unescape_str;

/// What an object of one key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A dict of one key that would be taken for a tag.
    Dict,
    Tuple,
    Bytes,
    Markup,
    Uuid,
    DateTime,
}

impl Tag {
    pub(super) const ALL: [Self; 6] = [Self::Dict, Self::Tuple, Self::Bytes, Self::Markup, Self::Uuid, Self::DateTime];

    /// The key that says so. No program names its keys with a space in front by chance.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Dict => " di",
            Self::Tuple => " t",
            Self::Bytes => " b",
            Self::Markup => " m",
            Self::Uuid => " u",
            Self::DateTime => " d",
        }
    }

    pub(super) fn of(key: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.key().as_bytes() == key)
    }
}

/// Behind the key of a dict that would be taken for a tag, there stand these.
pub(super) const ESCAPE: &str = "__";

/// What an escaped dict's key stands for: as Flask does it, whatever the last two letters are.
fn unescaped_key(key: &str) -> &str {
    let end = key.char_indices().rev().nth(ESCAPE.len() - 1).map_or(0, |(end, _)| end);
    key.get(..end).unwrap_or_default()
}

impl Node<'_> {
    /// The one field of the dict that is escaped under [`Tag::Dict`], by Flask's rules: of several fields the first, and
    /// what looks like an escaped dict is one.
    pub(super) fn escaped_field(&self) -> Option<(String, &Self)> {
        let (key, value) = match (self.tagged(), &self.kind) {
            (Some((Tag::Dict, inner)), _) => inner.escaped_field()?,
            (None, Kind::Dict(fields)) => {
                let (key, value) = fields.first()?;
                (unescape_str(key.text)?.into_owned(), value)
            }
            _ => return None,
        };
        Some((unescaped_key(&key).to_owned(), value))
    }

    /// The tag, and what stands under it.
    pub(super) fn tagged(&self) -> Option<(Tag, &Self)> {
        match &self.kind {
            Kind::Dict(fields) => match fields.as_slice() {
                [(key, value)] => Some((Tag::of(&key.bytes())?, value)),
                _ => None,
            },
            _ => None,
        }
    }
}
