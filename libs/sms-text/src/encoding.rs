//! The alphabets of SMPP, what a part holds in each, and the octets both ways.
//!
//! A *unit* is what a part's limit counts: a septet in GSM-7, a UTF-16 code unit in UCS-2, an octet in all others.

use std::fmt;

use encoding_rs::mem::convert_str_to_utf16;
use encoding_rs::{EUC_KR, ISO_8859_5, ISO_8859_8};

use crate::gsm7::{self, Shifts};
use crate::korea;
use crate::udh::RefBits;

/// An alphabet of a message body, in the order in which we prefer them at equal cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// GSM 7-bit default alphabet with its extension, unpacked. data_coding 0x00.
    Gsm7,
    /// IA5, that is ASCII. data_coding 0x01.
    Ascii,
    /// ISO 8859-1. data_coding 0x03.
    Latin1,
    /// ISO 8859-5, Cyrillic. data_coding 0x06.
    Iso8859_5,
    /// ISO 8859-8, Hebrew. data_coding 0x07.
    Iso8859_8,
    /// KS C 5601 in EUC-KR form, with its 2,350 syllables only. data_coding 0x0E.
    KsC5601,
    /// The Windows superset of KS C 5601 with all 11,172 syllables. data_coding 0x0E too.
    Cp949,
    /// UTF-16, big endian, which every phone reads where the specifications say UCS-2. data_coding 0x08.
    Ucs2,
    /// Octets without characters. data_coding 0x04. Never chosen for a text.
    Binary,
}

/// What one part holds, in units (3GPP TS 23.040 §9.2.3.24.1 and .8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A message of one part, which has no header.
    pub single: usize,
    /// A part with an 8-bit reference.
    pub part_8_bit: usize,
    /// A part with a 16-bit reference.
    pub part_16_bit: usize,
}

impl Limits {
    const SEPTETS: Self = Self { single: 160, part_8_bit: 153, part_16_bit: 152 };
    const UTF16_UNITS: Self = Self { single: 70, part_8_bit: 67, part_16_bit: 66 };
    const OCTETS: Self = Self { single: 140, part_8_bit: 134, part_16_bit: 133 };

    /// Units of one part of several.
    #[must_use]
    pub const fn part(self, reference: RefBits) -> usize {
        match reference {
            RefBits::Eight => self.part_8_bit,
            RefBits::Sixteen => self.part_16_bit,
        }
    }
}

/// Characters read from octets.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The characters, with U+FFFD or a Latin-1 look-alike where the octets made no sense.
    pub text: String,
    /// Some octets made no sense.
    pub lossy: bool,
}

/// Shows the length only: what people write stays out of the logs.
impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoded({} octets, lossy: {})", self.text.len(), self.lossy)
    }
}

impl Encoding {
    /// Every encoding a text can be sent in, in order of preference.
    pub const FOR_TEXT: [Self; 8] = [
        Self::Gsm7,
        Self::Ascii,
        Self::Latin1,
        Self::Iso8859_5,
        Self::Iso8859_8,
        Self::KsC5601,
        Self::Cp949,
        Self::Ucs2,
    ];

    /// The data_coding that names this encoding (SMPP 3.4 §5.2.19).
    #[must_use]
    pub const fn data_coding(self) -> u8 {
        match self {
            Self::Gsm7 => 0x00,
            Self::Ascii => 0x01,
            Self::Latin1 => 0x03,
            Self::Binary => 0x04,
            Self::Iso8859_5 => 0x06,
            Self::Iso8859_8 => 0x07,
            Self::Ucs2 => 0x08,
            Self::KsC5601 | Self::Cp949 => 0x0E,
        }
    }

    /// The encoding a data_coding names, `default` being what the carrier keeps behind 0x00; `None` for a value we cannot read.
    ///
    /// Besides the values of SMPP it knows the GSM groups that carriers pass through (3GPP TS 23.038 §4): message
    /// class (0x10 to 0x1B, 0xF0 to 0xFF) and message waiting (0xC0 to 0xEF). 0x0E is read as its superset.
    #[must_use]
    pub const fn from_data_coding(value: u8, default: Self) -> Option<Self> {
        Some(match value {
            0x00 => default,
            0x01 => Self::Ascii,
            0x03 => Self::Latin1,
            0x06 => Self::Iso8859_5,
            0x07 => Self::Iso8859_8,
            0x0E => Self::Cp949,
            0x10..=0x13 | 0xC0..=0xDF | 0xF0..=0xF3 | 0xF8..=0xFB => Self::Gsm7,
            0x08 | 0x18..=0x1B | 0xE0..=0xEF => Self::Ucs2,
            0x02 | 0x04 | 0x14..=0x17 | 0xF4..=0xF7 | 0xFC..=0xFF => Self::Binary,
            0x05 | 0x09..=0x0D | 0x0F | 0x1C..=0xBF => return None,
        })
    }

    /// What a part holds in this encoding on a GSM network.
    #[must_use]
    pub const fn limits(self) -> Limits {
        match self {
            Self::Gsm7 => Limits::SEPTETS,
            Self::Ucs2 => Limits::UTF16_UNITS,
            Self::Ascii
            | Self::Latin1
            | Self::Iso8859_5
            | Self::Iso8859_8
            | Self::KsC5601
            | Self::Cp949
            | Self::Binary => Limits::OCTETS,
        }
    }

    /// Octets of `short_message` one unit takes, GSM-7 being unpacked.
    #[must_use]
    pub const fn unit_octets(self) -> usize {
        match self {
            Self::Ucs2 => 2,
            _ => 1,
        }
    }

    /// The octets of a text, or `None` if it has a character this encoding lacks. No byte order mark is added.
    #[must_use]
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Gsm7 => gsm7::encode(text),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Latin1 => text.chars().map(|character| u8::try_from(character).ok()).collect(),
            Self::Iso8859_5 => encode_with(ISO_8859_5, text),
            Self::Iso8859_8 => encode_with(ISO_8859_8, text),
            Self::KsC5601 => encode_with(EUC_KR, text).filter(|octets| korea::is_strict(octets)),
            Self::Cp949 => encode_with(EUC_KR, text),
            Self::Ucs2 => Some(encode_utf16(text)),
            Self::Binary => None,
        }
    }

    /// The characters of octets. Never fails: what makes no sense is shown as well as it can be, and marked.
    #[must_use]
    pub fn decode(self, octets: &[u8]) -> Decoded {
        match self {
            Self::Gsm7 => gsm7::decode(octets, Shifts::default()),
            Self::Ascii => Decoded { lossy: !octets.is_ascii(), ..latin1(octets) },
            Self::Latin1 => latin1(octets),
            Self::Iso8859_5 => decode_with(ISO_8859_5, octets),
            Self::Iso8859_8 => decode_with(ISO_8859_8, octets),
            Self::KsC5601 | Self::Cp949 => decode_with(EUC_KR, octets),
            Self::Ucs2 => utf16(octets),
            Self::Binary => Decoded { lossy: true, ..latin1(octets) },
        }
    }
}

/// The encodings a carrier takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodingSet(u16);

impl EncodingSet {
    /// What every GSM carrier takes: GSM-7, and UCS-2 for the rest.
    pub const GSM: Self = Self::of(&[Encoding::Gsm7, Encoding::Ucs2]);

    /// A set of the encodings named.
    #[must_use]
    pub const fn of(encodings: &[Encoding]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < encodings.len() {
            bits |= 1 << encodings[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// Whether the set has this encoding.
    #[must_use]
    pub const fn contains(self, encoding: Encoding) -> bool {
        self.0 & 1 << encoding as u16 != 0
    }

    /// The encodings of the set that can carry a text, preferred ones first.
    pub fn for_text(self) -> impl Iterator<Item = Encoding> {
        Encoding::FOR_TEXT.into_iter().filter(move |encoding| self.contains(*encoding))
    }
}

impl Default for EncodingSet {
    fn default() -> Self {
        Self::GSM
    }
}

fn encode_utf16(text: &str) -> Vec<u8> {
    let mut units = vec![0; text.len()]; // UTF-16 never has more units than UTF-8 has octets.
    let written = convert_str_to_utf16(text, &mut units);
    let mut octets = vec![0; written * 2];
    for (octets, unit) in octets.as_chunks_mut::<2>().0.iter_mut().zip(units) {
        *octets = unit.to_be_bytes();
    }
    octets
}

fn encode_with(charset: &'static encoding_rs::Encoding, text: &str) -> Option<Vec<u8>> {
    let (octets, _, unmappable) = charset.encode(text);
    (!unmappable).then(|| octets.into_owned())
}

fn decode_with(charset: &'static encoding_rs::Encoding, octets: &[u8]) -> Decoded {
    let (text, lossy) = charset.decode_without_bom_handling(octets);
    Decoded { text: text.into_owned(), lossy }
}

fn latin1(octets: &[u8]) -> Decoded {
    Decoded { text: octets.iter().copied().map(char::from).collect(), lossy: false }
}

/// Big endian unless a byte order mark says otherwise; the mark itself is not shown. A last odd octet is dropped and marked.
fn utf16(octets: &[u8]) -> Decoded {
    let (little, body) = match octets {
        [0xFF, 0xFE, body @ ..] => (true, body),
        [0xFE, 0xFF, body @ ..] => (false, body),
        body => (false, body),
    };
    let (pairs, odd) = body.as_chunks::<2>();
    let units = pairs
        .iter()
        .map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let mut decoded = Decoded { text: String::with_capacity(body.len()), lossy: !odd.is_empty() };
    for character in char::decode_utf16(units) {
        decoded.lossy |= character.is_err();
        decoded.text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_encoding_is_named_by_its_own_data_coding() {
        for encoding in Encoding::FOR_TEXT {
            let read = Encoding::from_data_coding(encoding.data_coding(), Encoding::Gsm7);
            let expected = if encoding == Encoding::KsC5601 { Encoding::Cp949 } else { encoding };
            assert_eq!(read, Some(expected));
        }
    }

    #[test]
    fn a_byte_order_mark_is_obeyed_and_not_shown() {
        assert_eq!(Encoding::Ucs2.decode(&[0xFF, 0xFE, 0x16, 0x04]).text, "Ж");
        assert_eq!(Encoding::Ucs2.decode(&[0xFE, 0xFF, 0x04, 0x16]).text, "Ж");
    }

    #[test]
    fn half_a_surrogate_pair_and_an_odd_octet_are_marked() {
        assert!(Encoding::Ucs2.decode(&[0xD8, 0x3D]).lossy);
        let odd = Encoding::Ucs2.decode(&[0x04, 0x16, 0x04]);
        assert_eq!((odd.text.as_str(), odd.lossy), ("Ж", true));
    }

    #[test]
    fn strict_korean_refuses_a_syllable_outside_ks_x_1001() {
        assert_eq!(Encoding::KsC5601.encode("가"), Some(vec![0xB0, 0xA1]));
        assert_eq!(Encoding::KsC5601.encode("똠"), None);
        assert_eq!(Encoding::Cp949.encode("똠"), Some(vec![0x8C, 0x63]));
        assert_eq!(Encoding::Cp949.encode("₩"), None);
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert!(!format!("{:?}", Encoding::Latin1.decode(b"secret")).contains("secret"));
    }
}
