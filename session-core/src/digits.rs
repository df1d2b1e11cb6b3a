//! Decimal digits, appended without `fmt`, whose machinery takes longer than the work.

/// Appends a number.
pub(crate) fn push(number: i128, out: &mut String) {
    let Ok(mut rest) = u64::try_from(number.unsigned_abs()) else {
        out.push_str(&number.to_string());
        return;
    };
    if number < 0 {
        out.push('-');
    }
    // As many as `u64::MAX` has.
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        // A remainder of ten is one digit.
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    out.push_str(digits.get(start..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_fmt_writes_them() {
        let edges = [0, 1, 9, 10, 99, 100, i128::from(i64::MIN), i128::from(u64::MAX), i128::MIN, i128::MAX];
        for number in edges.into_iter().flat_map(|edge| [edge, edge.saturating_add(1), edge.saturating_neg()]) {
            let mut text = String::from("x");
            push(number, &mut text);
            assert_eq!(text, format!("x{number}"));
        }
    }
}
