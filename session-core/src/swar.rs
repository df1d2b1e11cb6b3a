//! Searching bytes eight at a time ("SIMD within a register"), for the texts that every request is searched for.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Where a byte stands first.
#[inline]
pub(crate) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let pattern = ONES.wrapping_mul(u64::from(byte));
    find_with(bytes, |word| zeros(word ^ pattern), |other| other == byte)
}

/// Where the text of a JSON string has its first quote, backslash or control character.
#[inline]
pub(crate) fn find_in_string(bytes: &[u8]) -> Option<usize> {
    const QUOTES: u64 = ONES.wrapping_mul(b'"' as u64);
    const BACKSLASHES: u64 = ONES.wrapping_mul(b'\\' as u64);
    const SPACES: u64 = ONES.wrapping_mul(b' ' as u64);
    find_with(
        bytes,
        |word| zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES) | (word.wrapping_sub(SPACES) & !word & HIGH_BITS),
        |byte| matches!(byte, b'"' | b'\\' | 0..b' '),
    )
}

/// The high bits of the bytes that are zero. Above the lowest such byte there may be others, which do no harm: the lowest is
/// the first.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH_BITS
}

#[inline]
fn find_with(bytes: &[u8], in_word: impl Fn(u64) -> u64, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let mut rest = bytes;
    while let Some((word, others)) = rest.split_first_chunk::<8>() {
        let found = in_word(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize);
        }
        rest = others;
    }
    rest.iter().position(|byte| is_it(*byte)).map(|index| bytes.len() - rest.len() + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place_as_one_by_one() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                for at in 0..length {
                    for filler in [b'a', 0x7f, 0x80, 0xff, byte.wrapping_add(1), byte.wrapping_sub(1)] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = byte;
                        let first = |is_it: &dyn Fn(u8) -> bool| bytes.iter().position(|byte| is_it(*byte));
                        assert_eq!(find(byte, &bytes), first(&|other| other == byte));
                        let special = first(&|byte| byte < b' ' || byte == b'"' || byte == b'\\');
                        assert_eq!(find_in_string(&bytes), special, "{bytes:?}");
                    }
                }
            }
        }
    }
}
