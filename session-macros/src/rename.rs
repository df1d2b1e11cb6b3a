//! How keys are made from field names, as serde's `rename_all`.

use syn::LitStr;

use crate::errors::{Errors, did_you_mean};

#[derive(Clone, Copy, Default)]
pub(crate) enum Rename {
    #[default]
    None,
    Camel,
    Pascal,
    Kebab,
    ScreamingSnake,
    ScreamingKebab,
}

const RULES: [(&str, Rename); 8] = [
    ("lowercase", Rename::None),
    ("UPPERCASE", Rename::ScreamingSnake),
    ("PascalCase", Rename::Pascal),
    ("camelCase", Rename::Camel),
    ("snake_case", Rename::None),
    ("SCREAMING_SNAKE_CASE", Rename::ScreamingSnake),
    ("kebab-case", Rename::Kebab),
    ("SCREAMING-KEBAB-CASE", Rename::ScreamingKebab),
];

impl Rename {
    pub(crate) fn read(rule: Option<&LitStr>, errors: &mut Errors) -> Self {
        let Some(rule) = rule else { return Self::None };
        let text = rule.value();
        if let Some((_, known)) = RULES.iter().find(|(name, _)| *name == text) {
            return *known;
        }
        let names = RULES.map(|(name, _)| name);
        let hint = match did_you_mean(&text, &names) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there are {}", names.map(|name| format!("{name:?}")).join(", ")),
        };
        errors.at(rule.span(), format!("unknown case; {hint}"));
        Self::None
    }

    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::None => name.into(),
            Self::Camel => lower_first(&pascal(name)),
            Self::Pascal => pascal(name),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingSnake => name.to_uppercase(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_as_by_serde() {
        for (rule, key) in [
            ("lowercase", "last_login_at"),
            ("UPPERCASE", "LAST_LOGIN_AT"),
            ("PascalCase", "LastLoginAt"),
            ("camelCase", "lastLoginAt"),
            ("snake_case", "last_login_at"),
            ("SCREAMING_SNAKE_CASE", "LAST_LOGIN_AT"),
            ("kebab-case", "last-login-at"),
            ("SCREAMING-KEBAB-CASE", "LAST-LOGIN-AT"),
        ] {
            let mut errors = Errors::default();
            let rule = LitStr::new(rule, proc_macro2::Span::call_site());
            assert_eq!(Rename::read(Some(&rule), &mut errors).apply("last_login_at"), key);
            assert!(errors.into_compile_errors().is_none());
        }
    }
}
