//! What a text will cost before it is sent, and which characters make it so.

use std::collections::BTreeMap;
use std::fmt;

use crate::encoding::Encoding;
use crate::error::TextError;
use crate::gsm7;
use crate::segment::{Layout, SegmentOptions};

/// A character outside GSM-7, and how often the text has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Outsider {
    /// The character.
    pub character: char,
    /// Times it occurs.
    pub count: usize,
}

/// The cost of a text, by arithmetic alone: no limit is applied, and an empty text is one empty segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// The encoding the text would be sent in.
    pub encoding: Encoding,
    /// Septets, UTF-16 code units or octets of the whole text.
    pub units: usize,
    /// Segments it takes.
    pub segments: usize,
    /// Units of each segment.
    pub segment_units: Vec<usize>,
    /// The characters that keep the text out of GSM-7, in order of first appearance. Empty if it fits.
    pub outsiders: Vec<Outsider>,
}

/// Shows sizes only: the characters belong to the text.
impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview")
            .field("encoding", &self.encoding)
            .field("units", &self.units)
            .field("segment_units", &self.segment_units)
            .field("outsiders", &self.outsiders.len())
            .finish_non_exhaustive()
    }
}

/// Shows the count only.
impl fmt::Debug for Outsider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outsider(x{})", self.count)
    }
}

/// Weighs a text.
///
/// # Errors
/// If none of the carrier's encodings holds every character.
pub fn preview(text: &str, options: &SegmentOptions) -> Result<Preview, TextError> {
    let layout = Layout::of(text, options)?;
    Ok(Preview {
        encoding: layout.encoding(),
        units: layout.units(),
        segments: layout.segments(),
        segment_units: layout.segment_units().collect(),
        outsiders: outsiders(text),
    })
}

fn outsiders(text: &str) -> Vec<Outsider> {
    let mut places = BTreeMap::new();
    let mut found: Vec<Outsider> = Vec::new();
    for character in text.chars().filter(|character| gsm7::cost(*character).is_none()) {
        let place = *places.entry(character).or_insert(found.len());
        match found.get_mut(place) {
            Some(outsider) => outsider.count += 1,
            None => found.push(Outsider { character, count: 1 }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_characters_that_forced_ucs2() {
        let preview = preview("it’s 5 “o’clock”", &SegmentOptions::default()).expect("UCS-2 takes it");
        let found: Vec<_> = preview.outsiders.iter().map(|o| (o.character, o.count)).collect();
        assert_eq!(preview.encoding, Encoding::Ucs2);
        assert_eq!(found, [('’', 2), ('“', 1), ('”', 1)]);
    }

    #[test]
    fn a_text_too_long_to_send_can_still_be_weighed() {
        let preview = preview(&"a".repeat(153 * 300), &SegmentOptions::default()).expect("UCS-2 takes it");
        assert_eq!((preview.segments, preview.outsiders.len()), (300, 0));
    }
}
