//! The GSM 7-bit alphabet: one septet a character, two for those behind an escape.
//!
//! ```text
//!   'a' -> 61        '€' -> 1B 65        'ж' -> not in the alphabet
//! ```
//!
//! GSM7-1: `decode(encode(text)) == text` for every text that encodes.
//! GSM7-2: decoding never fails. An escape with no meaning shows what an old phone shows.
//! GSM7-3: national tables are read and never written: a phone that does not know them shows wrong letters.
//!
//! Septets are held *unpacked*, one to an octet, as nearly all SMPP carriers take them; [`pack`] makes the form on air.

mod packing;
pub mod tables;

pub use packing::{fill_bits, pack, unpack};

use crate::encoding::Decoded;
use tables::{ABSENT, EXTENDED, ascii_code, code_of};

/// The septet that says "the next one is of the extension table".
pub const ESCAPE: u8 = 0x1B;

/// A national language with tables of its own (TS 23.038 §6.2.1.2.4) that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Identifier 1: single and locking shift.
    Turkish,
    /// Identifier 2: single shift only.
    Spanish,
    /// Identifier 3: single and locking shift.
    Portuguese,
}

impl Language {
    /// The language of a shift element's identifier; `None` for one we have no tables for.
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Turkish),
            2 => Some(Self::Spanish),
            3 => Some(Self::Portuguese),
            _ => None,
        }
    }
}

/// The national tables a header put in force; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// What follows an escape (IEI 0x24).
    pub single: Option<Language>,
    /// What replaces the default alphabet (IEI 0x25).
    pub locking: Option<Language>,
}

/// The unpacked septets of a text, or `None` if one of its characters is outside the alphabet.
#[must_use]
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let short_way = if text.is_ascii() { encode_plain_ascii(text) } else { None };
    short_way.or_else(|| encode_any(text))
}

/// The short way for most texts: ASCII that needs no escape is one table look-up an octet.
fn encode_plain_ascii(text: &str) -> Option<Vec<u8>> {
    let mut seen = 0;
    let look_up = |octet: u8| {
        let code = ascii_code(octet);
        seen |= code;
        code
    };
    let septets = text.bytes().map(look_up).collect();
    (seen & EXTENDED == 0).then_some(septets)
}

fn encode_any(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match code_of(character) {
            ABSENT => return None,
            code if code & EXTENDED == 0 => septets.push(code),
            code => septets.extend([ESCAPE, code & !EXTENDED]),
        }
    }
    Some(septets)
}

/// Septets one character costs (1 or 2), or `None` if it is outside the alphabet.
#[must_use]
pub fn cost(character: char) -> Option<usize> {
    match code_of(character) {
        ABSENT => None,
        code if code & EXTENDED == 0 => Some(1),
        _ => Some(2),
    }
}

/// Reads unpacked septets under the given shifts.
///
/// An octet with its top bit set is no septet: it is shown as Latin-1 and the result marked lossy.
#[must_use]
pub fn decode(septets: &[u8], shifts: Shifts) -> Decoded {
    let (plain, shifted) = (tables::locking(shifts.locking), tables::single(shifts.single));
    let mut text = String::with_capacity(septets.len());
    let mut lossy = false;
    let mut rest = septets.iter().copied();
    while let Some(septet) = rest.next() {
        let (code, character) = match septet {
            ESCAPE => match rest.next() {
                None | Some(ESCAPE) => (ESCAPE, Some(' ')),
                Some(code) => (code, shifted.get(usize::from(code)).copied().flatten()),
            },
            code => (code, None),
        };
        let shown = character.or_else(|| plain.get(usize::from(code)).copied());
        lossy |= shown.is_none();
        text.push(shown.unwrap_or(char::from(code)));
    }
    Decoded { text, lossy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(septets: &[u8]) -> String {
        decode(septets, Shifts::default()).text
    }

    #[test]
    fn an_at_sign_is_septet_zero_and_ends_nothing() {
        assert_eq!(encode("a@b"), Some(vec![0x61, 0x00, 0x62]));
        assert_eq!(read(&[0x61, 0x00, 0x62]), "a@b");
    }

    #[test]
    fn an_unknown_escape_shows_the_default_character() {
        assert_eq!(read(&[0x1B, 0x61]), "a");
    }

    #[test]
    fn a_lone_or_doubled_escape_shows_a_space() {
        assert_eq!(read(&[0x61, 0x1B]), "a ");
        assert_eq!(read(&[0x1B, 0x1B, 0x65]), " e");
    }

    #[test]
    fn look_alikes_and_lower_cedilla_are_outside_the_alphabet() {
        for character in ['ç', 'á', '\t', '`', '\0', '\u{A0}', 'Α', '\u{1B}'] {
            assert_eq!(cost(character), None, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn a_turkish_single_shift_reads_what_follows_the_escape() {
        let shifts = Shifts { single: Some(Language::Turkish), locking: None };
        assert_eq!(decode(&[0x1B, 0x53, 0x69, 0x1B, 0x65], shifts).text, "Şi€");
    }

    #[test]
    fn a_locking_shift_reads_the_whole_text() {
        let shifts = Shifts { single: None, locking: Some(Language::Portuguese) };
        assert_eq!(decode(&[0x7B, 0x18], shifts).text, "ã€");
    }

    #[test]
    fn an_octet_above_seven_bits_is_shown_and_marked() {
        let decoded = decode(&[0x61, 0xE9], Shifts::default());
        assert_eq!((decoded.text.as_str(), decoded.lossy), ("aé", true));
    }
}
