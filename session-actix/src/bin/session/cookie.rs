//! A cookie as it was copied from somewhere.

use std::io::Read as _;

/// A cookie's name and value.
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Cookie {
    /// Finds the session in a `Cookie` or `Set-Cookie` header, a `name=value`, or a value alone, whose name is this one or the default.
    /// `-` reads the text from the standard input.
    pub(crate) fn find(text: &str, name: Option<&str>, default: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let mut input = String::new();
        let text = if text == "-" {
            std::io::stdin().read_to_string(&mut input)?;
            &input
        } else {
            text
        };
        let text = text.trim();
        let text = ["Set-Cookie:", "Cookie:"]
            .iter()
            .find_map(|header| text.get(..header.len()).filter(|start| start.eq_ignore_ascii_case(header)))
            .map_or(text, |header| text.strip_prefix(header).unwrap_or(text).trim());
        let pairs: Vec<_> = text.split(';').filter_map(|pair| pair.trim().split_once('=')).collect();
        let found = match (name, pairs.as_slice()) {
            (Some(name), pairs) => pairs.iter().find(|(found, _)| *found == name),
            (None, [pair]) => Some(pair),
            // A header may have many cookies; the session is the one that looks like ours.
            (None, pairs) => {
                let is_ours = |(_, value): &&(&str, &str)| session_core::Inspection::of(value).is_some();
                let expected = pairs.iter().filter(is_ours).find(|(name, _)| *name == default);
                expected.or_else(|| pairs.iter().find(is_ours))
            }
        };
        match found {
            Some((name, value)) => Ok(Self { name: (*name).into(), value: value.trim_matches('"').into() }),
            None if text.contains('=') => {
                Err("there is no session in these cookies; --name names the right one".into())
            }
            None => Ok(Self { name: name.unwrap_or(default).into(), value: text.into() }),
        }
    }
}
