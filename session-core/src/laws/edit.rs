//! What somebody does to a cookie's value on its way.

/// A change of a text, chosen by the first bytes of an input.
pub(super) struct Edit {
    what: u8,
    place: usize,
    letter: char,
}

impl Edit {
    /// The change, and the rest of the input.
    pub(super) fn first_of(input: &[u8]) -> Option<(Self, &[u8])> {
        let (&[what, high, low, letter], rest) = input.split_first_chunk()?;
        let place = usize::from(u16::from_be_bytes([high, low]));
        Some((Self { what, place, letter: char::from(letter) }, rest))
    }

    /// The changed text, which may be the same.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let place = self.place % letters.len().max(1);
        match self.what % 6 {
            0 => letters[place] = self.letter,
            1 => drop(letters.remove(place)),
            2 => letters.insert(place, self.letter),
            3 => letters.truncate(place),
            4 => letters.rotate_left(place),
            _ => {
                let mut segments: Vec<&str> = text.split('.').collect();
                let (one, another) = (place % segments.len(), usize::from(self.letter as u8) % segments.len());
                segments.swap(one, another);
                return segments.join(".");
            }
        }
        letters.into_iter().collect()
    }
}
