//! Texts and numbers as Python's `json` writes them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Appends a text in quotes: everything outside of printable ASCII is escaped (`ensure_ascii`).
pub(super) fn write_text(text: &str, out: &mut String) {
    write_quoted(text, |letter| matches!(letter, ' '..='~'), out);
}

/// As [`write_text`], with all letters as they are (`ensure_ascii=False`).
pub(super) fn write_unicode(text: &str, out: &mut String) {
    write_quoted(text, |letter| letter >= ' ', out);
}

fn write_quoted(text: &str, plain: impl Fn(char) -> bool, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            letter if plain(letter) => out.push(letter),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Appends a number as Python's `repr` has it: the fewest digits that stand for it, an exponent from 1e16 on and below 1e-4.
pub(super) fn write_float(number: f64, out: &mut String) {
    if !number.is_finite() {
        out.push_str(if number.is_nan() { "NaN" } else { "Infinity" });
        if number == f64::NEG_INFINITY {
            let start = out.len() - "Infinity".len();
            out.insert(start, '-');
        }
        return;
    }
    // serde_json chooses the digits as Python does, of two that are equally near the even one, which Rust's own does not.
    let text = serde_json::to_string(&number.abs()).unwrap_or_default();
    let (digits, point) = decimal(&text);
    if number.is_sign_negative() {
        out.push('-');
    }
    match point {
        -3..=0 => {
            let zeros = "0".repeat(point.unsigned_abs());
            let _ = write!(out, "0.{zeros}{digits}");
        }
        1..=16 => {
            let padded = format!("{digits:0<width$}", width = point.unsigned_abs() + 1);
            let (whole, fraction) = padded.split_at_checked(point.unsigned_abs()).unwrap_or((&padded, "0"));
            let _ = write!(out, "{whole}.{fraction}");
        }
        _ => {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            let dot = if rest.is_empty() { "" } else { "." };
            let _ = write!(out, "{first}{dot}{rest}e{exponent:+03}", exponent = point - 1);
        }
    }
}

/// The digits of a number without zeros around them, and how many of them stand before the point.
fn decimal(text: &str) -> (String, isize) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let zeros = all.len() - digits.len();
    let point = exponent.parse::<isize>().unwrap_or_default() + signed(whole.len()) - signed(zeros);
    match digits.trim_end_matches('0') {
        // Zero is `0.0`.
        "" => ("0".into(), 1),
        digits => (digits.to_owned(), point),
    }
}

fn signed(length: usize) -> isize {
    isize::try_from(length).unwrap_or(isize::MAX)
}

/// What a text in quotes stands for, as UTF-8 save that a lone surrogate is kept as three bytes: the order of such bytes is
/// the order of Python's code points. The text was checked before.
pub(super) fn unescape(quoted: &str) -> Cow<'_, [u8]> {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted).as_bytes();
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                let mut code = take_unit(&mut rest);
                if (0xd800..0xdc00).contains(&code)
                    && let Some(mut after) = rest.strip_prefix(b"\\u")
                    && let low @ 0xdc00..0xe000 = take_unit(&mut after)
                {
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    rest = after;
                }
                push_code_point(code, &mut bytes);
            }
            other => bytes.push(other),
        }
    }
    Cow::Owned(bytes)
}

/// As [`unescape`], where there is no lone surrogate.
pub(super) fn unescape_str(quoted: &str) -> Option<Cow<'_, str>> {
    match unescape(quoted) {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// The four hexadecimal digits after `\u`.
fn take_unit(rest: &mut &[u8]) -> u32 {
    let (digits, after) = rest.split_at_checked(4).unwrap_or((rest, &[]));
    *rest = after;
    digits.iter().fold(0, |code, digit| code << 4 | char::from(*digit).to_digit(16).unwrap_or_default())
}

fn push_code_point(code: u32, bytes: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(letter) => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        // A lone surrogate, in the three bytes that UTF-8 would have for it.
        None => bytes.extend([0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f].map(low_byte)),
    }
}

fn low_byte(code: u32) -> u8 {
    let [.., byte] = code.to_be_bytes();
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(number: f64) -> String {
        let mut out = String::new();
        write_float(number, &mut out);
        out
    }

    #[test]
    fn floats_look_as_in_python() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100_000.0, "100000.0"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e22, "1e+22"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (0.0001, "0.0001"),
            (0.000_123, "0.000123"),
            (0.000_01, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(float(number), text);
        }
        // Exactly between two texts of the same length.
        assert_eq!(float(7_872_728_962_723_226.0 / 8.0), "984091120340403.2");
        assert_eq!(float(4_405_947_556_717.0 / 64.0), "68842930573.70312");
    }

    #[test]
    fn texts_are_ascii() {
        let mut out = String::new();
        write_text("a\"\\/\u{8}\t\n\u{c}\r\u{1}~\u{7f}é€😀", &mut out);
        assert_eq!(out, r#""a\"\\/\b\t\n\f\r\u0001~\u007f\u00e9\u20ac\ud83d\ude00""#);
        assert_eq!(unescape_str(&out).unwrap(), "a\"\\/\u{8}\t\n\u{c}\r\u{1}~\u{7f}é€😀");
    }

    #[test]
    fn a_lone_surrogate_is_no_text_but_has_its_place_in_the_order() {
        assert_eq!(unescape_str(r#""\ud800""#), None);
        assert_eq!(unescape_str(r#""\udc00\ud800""#), None);
        let order = [r#""\ud7ff""#, r#""\ud800""#, r#""\udfff""#, r#""\ue000""#, r#""\ud83d\ude00""#];
        assert!(order.is_sorted_by_key(|quoted| unescape(quoted).into_owned()));
        // As Python's `surrogatepass` has them.
        for (quoted, bytes) in [
            (r#""\ud800""#, [0xed, 0xa0, 0x80]),
            (r#""\udabc""#, [0xed, 0xaa, 0xbc]),
            (r#""\udfff""#, [0xed, 0xbf, 0xbf]),
        ] {
            assert_eq!(*unescape(quoted), bytes, "{quoted}");
        }
    }
}
