//! All mistakes at once, each at its token.

use proc_macro2::{Span, TokenStream};
use syn::Error;

/// Collects errors. There is no way to add one without a place.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.0.map(Error::into_compile_error)
    }
}

/// The known word nearest to a mistyped one, where there is one near enough.
pub(crate) fn did_you_mean<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&&str| distance(typed, word) <= typed.len().max(3) / 3;
    known.iter().filter(near).min_by_key(|word| distance(typed, word)).copied()
}

/// How many letters must be added, removed, replaced or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&previous, j) + usize::from(letter != other);
            let mut cost = replaced.min(at(&previous, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_recognized_and_others_are_not() {
        let known = ["counter", "flash", "rename", "skip"];
        assert_eq!(did_you_mean("conter", &known), Some("counter"));
        assert_eq!(did_you_mean("flahs", &known), Some("flash"));
        assert_eq!(did_you_mean("Rename", &known), Some("rename"));
        assert_eq!(did_you_mean("skpi", &known), Some("skip"));
        assert_eq!(did_you_mean("encrypted", &known), None);
    }
}
