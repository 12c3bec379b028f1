//! Where parts end. Positions are in units of the encoding; each answer is the list of ends, the last being the end of the text.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::encoding::Encoding;
use crate::gsm7::ESCAPE;

/// Fills each part as far as it goes without cutting a pair. `limit` is at least 2 units.
pub(super) fn greedy(encoding: Encoding, octets: &[u8], limit: usize) -> Vec<usize> {
    let units = octets.len() / encoding.unit_octets();
    let limit = limit.max(2);
    let mut ends = Vec::with_capacity(units / limit + 1);
    let mut start = 0;
    while units - start > limit {
        start = boundary(encoding, octets, start, start + limit);
        ends.push(start);
    }
    ends.push(units);
    ends
}

/// The last place up to `end` that cuts no pair, the text being whole at `start`.
fn boundary(encoding: Encoding, octets: &[u8], start: usize, end: usize) -> usize {
    let cuts_a_pair = match encoding {
        Encoding::Gsm7 => octets[end - 1] == ESCAPE,
        Encoding::Ucs2 => matches!(octets[end * 2 - 2], 0xD8..=0xDB),
        Encoding::KsC5601 | Encoding::Cp949 => ends_inside_a_pair(&octets[start..end]),
        Encoding::Ascii | Encoding::Latin1 | Encoding::Iso8859_5 | Encoding::Iso8859_8 | Encoding::Binary => false,
    };
    if cuts_a_pair { end - 1 } else { end }
}

/// Whether octets of CP949 stop after the first octet of a character. The second may look like ASCII, so only a walk can tell.
fn ends_inside_a_pair(octets: &[u8]) -> bool {
    let mut rest = octets.iter();
    while let Some(octet) = rest.next() {
        if *octet >= 0x80 && rest.next().is_none() {
            return true;
        }
    }
    false
}

/// Whether every end, in UTF-16 units, falls between grapheme clusters of `text`, whose UTF-16 is `octets`.
pub(super) fn is_between_graphemes(text: &str, octets: &[u8], ends: &[usize]) -> bool {
    let unit = |at: usize| octets.as_chunks::<2>().0.get(at).map(|pair| u16::from_be_bytes(*pair));
    let alone = |at: Option<usize>| at.and_then(unit).is_none_or(stands_alone);
    ends.iter().all(|end| alone(end.checked_sub(1)) && alone(Some(*end))) || is_between_clusters(text, ends)
}

/// Letters and signs of which two in a row never are one cluster (UAX #29), so that nearly all texts need not be walked.
const fn stands_alone(unit: u16) -> bool {
    matches!(
        unit,
        0x20..=0x7E // Basic Latin without controls.
            | 0xA1..=0xAC
            | 0xAE..=0x2FF // Latin, without the soft hyphen.
            | 0x370..=0x482
            | 0x48A..=0x52F // Greek and Cyrillic, without combining marks.
            | 0x5D0..=0x5EA // Hebrew letters.
            | 0x2010..=0x2027 // Dashes, quotes, dots.
            | 0x3041..=0x3096
            | 0x30A1..=0x30FA // Kana.
            | 0x4E00..=0x9FFF // Han.
            | 0xAC00..=0xD7A3 // Hangul syllables.
    )
}

/// Walks the text to every end, and looks around it.
fn is_between_clusters(text: &str, ends: &[usize]) -> bool {
    let mut unit = 0;
    let mut ends = ends.iter().peekable();
    for (at, character) in text.char_indices() {
        if ends.next_if(|end| **end == unit).is_some() {
            let boundary = GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0);
            if boundary != Ok(true) {
                return false;
            }
        }
        unit += character.len_utf16();
    }
    true
}

/// Fills parts of UTF-16 with whole grapheme clusters; `None` if that takes more than `parts_max` parts.
///
/// A cluster longer than a part has to be cut, between characters.
pub(super) fn between_graphemes(text: &str, limit: usize, parts_max: usize) -> Option<Vec<usize>> {
    let mut ends = Vec::with_capacity(parts_max);
    let (mut start, mut position) = (0, 0);
    let mut place = |units: usize| {
        if position + units - start > limit {
            ends.push(position);
            start = position;
        }
        position += units;
        ends.len() < parts_max
    };
    for cluster in text.graphemes(true) {
        let units = cluster.encode_utf16().count();
        let fits = if units <= limit {
            place(units)
        } else {
            cluster.chars().all(|c| place(c.len_utf16()))
        };
        if !fits {
            return None;
        }
    }
    ends.push(position);
    Some(ends)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_two_octet_character_is_never_cut() {
        let octets = Encoding::Cp949.encode("a가가똠b").expect("Korean");
        assert_eq!(greedy(Encoding::Cp949, &octets, 4), [3, 7, 8]);
    }

    #[test]
    fn a_cluster_longer_than_a_part_is_cut_between_characters() {
        let text = format!("e{}", "\u{301}".repeat(9));
        assert_eq!(between_graphemes(&text, 4, 3), Some(vec![4, 8, 10]));
    }

    #[test]
    fn an_end_inside_a_cluster_is_noticed() {
        let between = |text: &str, ends: &[usize]| {
            is_between_graphemes(text, &Encoding::Ucs2.encode(text).expect("UCS-2 holds it"), ends)
        };
        assert!(between("abe\u{301}c", &[2, 4, 5]));
        assert!(!between("abe\u{301}c", &[3, 5]));
        assert!(!between("😀👨\u{200D}👩", &[2, 5, 7]));
        assert!(!between("a\r\nb", &[2, 4]));
        assert!(between("ЖЖ가가", &[1, 2, 3, 4]));
    }

    #[test]
    fn what_stands_alone_is_a_cluster_whatever_of_its_kind_follows() {
        let alone: Vec<char> = (0..=u16::MAX)
            .filter(|unit| stands_alone(*unit))
            .filter_map(|unit| char::from_u32(unit.into()))
            .collect();
        let neighbours: Vec<char> = alone.iter().copied().step_by(997).collect();
        for one in &alone {
            for other in &neighbours {
                for pair in [format!("{one}{other}"), format!("{other}{one}")] {
                    assert_eq!(pair.graphemes(true).count(), 2, "{}", pair.escape_unicode());
                }
            }
        }
    }

    proptest! {
        /// SEG-3: the short way gives the answer of the long one.
        #[test]
        fn the_short_way_agrees_with_the_walk(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "a", "\r", "\n", "Ж", "\u{301}", "가", "\u{1100}", "\u{1161}", "\u{11A8}", "한", "👨", "\u{200D}", "🇰", "🇷", "क",
                "\u{94D}", "ष", "\u{600}", "©", "\u{AD}", "…", "の",
            ]), 1..20),
            marks in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        ) {
            let text = pieces.concat();
            let octets = Encoding::Ucs2.encode(&text).expect("UCS-2 holds it");
            let mut ends: Vec<usize> = marks.iter().map(|mark| mark.index(octets.len() / 2) + 1).collect();
            ends.sort_unstable();
            ends.dedup();
            prop_assert_eq!(is_between_graphemes(&text, &octets, &ends), is_between_clusters(&text, &ends));
        }
    }

    #[test]
    fn an_extra_part_is_no_answer() {
        assert_eq!(between_graphemes("abce\u{301}fgh", 4, 2), None);
    }
}
