//! The arithmetic alone: which encoding, how many units, where the cuts fall. No policy, so that a text too long can be shown too.

use std::fmt;

use super::{SegmentOptions, cut};
use crate::encoding::Encoding;
use crate::error::TextError;

/// An encoded text and its cuts.
///
/// Invariant: `ends` is not empty, rises, and ends with the units of the text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    encoding: Encoding,
    octets: Vec<u8>,
    ends: Vec<usize>,
}

impl Layout {
    /// Cuts a text in the cheapest encoding the carrier takes. An empty text is one empty segment.
    pub(crate) fn of(text: &str, options: &SegmentOptions) -> Result<Self, TextError> {
        let mut cheapest: Option<Self> = None;
        for encoding in options.encodings.for_text() {
            if encoding == Encoding::Ucs2 && cheapest.is_some() {
                break; // Two octets for every character: never cheaper than what already fits.
            }
            let Some(octets) = encoding.encode(text) else { continue };
            let layout = Self::cut(text, encoding, octets, options);
            if layout.segments() == 1 {
                return Ok(layout);
            }
            if cheapest.as_ref().is_none_or(|best| layout.segments() < best.segments()) {
                cheapest = Some(layout);
            }
        }
        cheapest.ok_or(TextError::Unencodable)
    }

    fn cut(text: &str, encoding: Encoding, octets: Vec<u8>, options: &SegmentOptions) -> Self {
        let limits = options.limits(encoding);
        let units = octets.len() / encoding.unit_octets();
        let ends = if units <= limits.single {
            vec![units]
        } else {
            ends_of_parts(text, encoding, &octets, limits.part(options.ref_bits), options.keep_graphemes)
        };
        Self { encoding, octets, ends }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(crate) fn units(&self) -> usize {
        self.octets.len() / self.encoding.unit_octets()
    }

    pub(crate) fn segments(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn segment_units(&self) -> impl Iterator<Item = usize> {
        self.ranges().map(|(start, end)| end - start)
    }

    /// The octets of each segment, GSM-7 unpacked.
    pub(crate) fn segment_octets(&self) -> impl Iterator<Item = &[u8]> {
        let width = self.encoding.unit_octets();
        self.ranges().map(move |(start, end)| &self.octets[start * width..end * width])
    }

    fn ranges(&self) -> impl Iterator<Item = (usize, usize)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends.iter().copied())
    }
}

/// Greedy, unless that cuts a grapheme cluster which can be kept whole in as many parts.
fn ends_of_parts(text: &str, encoding: Encoding, octets: &[u8], part: usize, keep_graphemes: bool) -> Vec<usize> {
    let greedy = cut::greedy(encoding, octets, part);
    let one_character_a_cluster = encoding != Encoding::Ucs2;
    if !keep_graphemes || one_character_a_cluster || cut::is_between_graphemes(text, octets, &greedy) {
        return greedy;
    }
    cut::between_graphemes(text, part, greedy.len()).unwrap_or(greedy)
}

/// Shows sizes only.
impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layout({:?}, ends: {:?})", self.encoding, self.ends)
    }
}
