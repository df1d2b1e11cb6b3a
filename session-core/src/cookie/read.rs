//! Finding a cookie in the raw bytes of the `Cookie` headers.

use crate::swar;

/// Most cookies of our name that are tried.
const MAX_CANDIDATES: usize = 4;

/// Longest value that is tried, in bytes. Browsers keep no longer cookie.
const MAX_VALUE_BYTES: usize = 4096;

/// The values of the cookies of this name, in the order of the request, at most four of at most 4096 bytes.
///
/// Other cookies are not parsed, and only space and tab are trimmed: what a lenient reader would take for our name,
/// such as one after a Unicode space, is another cookie.
pub(crate) fn candidates<'a>(headers: impl Iterator<Item = &'a [u8]>, name: &str) -> impl Iterator<Item = &'a str> {
    Cookies { headers, rest: None, name }
        .take(MAX_CANDIDATES)
        .filter(|value| value.len() <= MAX_VALUE_BYTES)
        .filter_map(|value| std::str::from_utf8(value).ok())
}

/// The values of all cookies of a name.
struct Cookies<'a, 'n, H> {
    headers: H,
    /// What is left of a header.
    rest: Option<&'a [u8]>,
    name: &'n str,
}

impl<'a, H: Iterator<Item = &'a [u8]>> Iterator for Cookies<'a, '_, H> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = match self.rest.take() {
                Some(rest) => rest,
                None => self.headers.next()?,
            };
            let end = swar::find(b';', rest).unwrap_or(rest.len());
            let (pair, rest) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            // What is left begins with the semicolon.
            self.rest = rest.split_first().map(|(_, rest)| rest);
            let value = trim(pair).strip_prefix(self.name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(value) = value {
                return Some(trim(value));
            }
        }
    }
}

fn trim(mut pair: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = pair {
        pair = rest;
    }
    pair
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(headers: &[&str]) -> Vec<String> {
        candidates(headers.iter().map(|header| header.as_bytes()), "session").map(str::to_owned).collect()
    }

    #[test]
    fn the_exact_name_is_found_wherever_it_stands() {
        assert_eq!(found(&["session=a"]), ["a"]);
        assert_eq!(found(&["x=1;session=a ;\t session=b; y=2", "session=c"]), ["a", "b", "c"]);
        assert_eq!(found(&["session=", "\tsession=\ta ;"]), ["", "a"]);
    }

    #[test]
    fn other_names_are_other_cookies() {
        for header in [
            "Session=a",
            "session2=a",
            "xsession=a",
            "session =a",
            "session",
            "\u{a0}session=a",
            "\u{2003}session=a",
            "\u{b}session=a",
            "\"session\"=a",
            "x=session=a",
            "x=1, session=a",
        ] {
            assert_eq!(found(&[header]), [""; 0], "{header}");
        }
    }

    #[test]
    fn at_most_four_candidates_of_at_most_4096_bytes_are_tried() {
        let many = "session=a; ".repeat(200);
        assert_eq!(found(&[&many]).len(), 4);
        let long = format!("session={}; session=b", "x".repeat(4097));
        assert_eq!(found(&[&long]), ["b"]);
    }
}
