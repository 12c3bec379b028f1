//! What a phone wrote: the octets of a `deliver_sm`, read.
//!
//! ```text
//!   part 1  UDH | octets --+
//!   part 2  UDH | octets --+-- joined, then decoded once --> text      a missing part shows as […]
//!   part 3  UDH | octets --+
//! ```
//!
//! MO-1: reading never fails. What makes no sense is shown as well as it can be, and flagged.
//! MO-2: parts are joined before they are decoded: some phones cut a surrogate or escape pair between two parts.

use std::fmt;

use crate::encoding::{Decoded, Encoding};
use crate::gsm7::{self, Shifts};
use crate::udh::{Concatenation, Ports, Udh};

/// Stands for the parts that never came.
pub const GAP: &str = "[…]";

/// esm_class bit 6: the body begins with a user data header.
pub const ESM_CLASS_UDHI: u8 = 0x40;

/// How one carrier writes what phones send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeOptions {
    /// The alphabet behind data_coding 0x00.
    pub default_alphabet: Encoding,
    /// GSM-7 arrives packed, 8 septets in 7 octets.
    pub gsm7_packed: bool,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self { default_alphabet: Encoding::Gsm7, gsm7_packed: false }
    }
}

/// One body as it arrived.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// data_coding of the PDU.
    pub data_coding: u8,
    /// esm_class of the PDU; only [`ESM_CLASS_UDHI`] is looked at.
    pub esm_class: u8,
    /// `short_message`, or `message_payload`.
    pub octets: &'a [u8],
}

/// Shows sizes only.
impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part(data_coding: {:#04X}, {} octets)", self.data_coding, self.octets.len())
    }
}

/// What was read.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodedText {
    /// The text, without header and byte order mark.
    pub text: String,
    /// The encoding it was read in; `None` for a data_coding we do not know, shown as Latin-1.
    pub encoding: Option<Encoding>,
    /// The place of the (first) part in a longer message, if its header gives one. `sar_*` TLVs are read elsewhere.
    pub concatenation: Option<Concatenation>,
    /// Application ports: the message is for a program.
    pub ports: Option<Ports>,
    /// The text is a display form only: unknown data_coding, binary content, octets without meaning, a broken header or
    /// one that asks for a national table we do not have.
    pub flagged: bool,
}

/// Shows sizes only: what people write stays out of the logs.
impl fmt::Debug for DecodedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedText")
            .field("octets", &self.text.len())
            .field("encoding", &self.encoding)
            .field("concatenation", &self.concatenation)
            .field("flagged", &self.flagged)
            .finish_non_exhaustive()
    }
}

/// Reads one body.
#[must_use]
pub fn decode(part: Part<'_>, options: &DecodeOptions) -> DecodedText {
    decode_parts(&[Some(part)], options)
}

/// Reads the parts of one message, in order; `None` for a part that never came.
#[must_use]
pub fn decode_parts(parts: &[Option<Part<'_>>], options: &DecodeOptions) -> DecodedText {
    let mut result = DecodedText {
        text: String::new(),
        encoding: None,
        concatenation: None,
        ports: None,
        flagged: false,
    };
    let mut run: Option<Opened> = None;
    let mut gap_shown = false;
    for (index, part) in parts.iter().enumerate() {
        let Some(part) = part else {
            result.finish(run.take());
            if !gap_shown {
                result.text.push_str(GAP);
            }
            gap_shown = true;
            continue;
        };
        gap_shown = false;
        let (opened, udh) = Opened::open(*part, options);
        if index == 0 || result.encoding.is_none() {
            result.encoding = opened.encoding;
        }
        result.concatenation = result.concatenation.or(udh.concatenation);
        result.ports = result.ports.or(udh.ports);
        match &mut run {
            Some(open) if open.continues_with(&opened) => open.join(opened),
            _ => result.finish(run.replace(opened)),
        }
    }
    result.finish(run);
    result
}

impl DecodedText {
    fn finish(&mut self, run: Option<Opened>) {
        if let Some(run) = run {
            let Decoded { text, lossy } = run.decode();
            self.text.push_str(&text);
            self.flagged |= lossy;
        }
    }
}

/// A body, or several joined, behind the header.
struct Opened {
    encoding: Option<Encoding>,
    shifts: Shifts,
    octets: Vec<u8>,
    broken: bool,
}

impl Opened {
    fn open(part: Part<'_>, options: &DecodeOptions) -> (Self, Udh) {
        let encoding = Encoding::from_data_coding(part.data_coding, options.default_alphabet);
        let header = if part.esm_class & ESM_CLASS_UDHI == 0 {
            Ok((Udh::default(), part.octets))
        } else {
            Udh::parse(part.octets)
        };
        let broken = header.is_err();
        let (udh, body) = header.unwrap_or((Udh::default(), part.octets));
        let broken = broken || (udh.unknown_shift && encoding == Some(Encoding::Gsm7));
        let packed = options.gsm7_packed && encoding == Some(Encoding::Gsm7);
        let octets = if packed {
            gsm7::unpack(body, gsm7::fill_bits(udh.octets))
        } else {
            body.to_vec()
        };
        (Self { encoding, shifts: udh.shifts, octets, broken }, udh)
    }

    fn continues_with(&self, next: &Self) -> bool {
        self.encoding == next.encoding && self.shifts == next.shifts
    }

    fn join(&mut self, next: Self) {
        self.octets.extend(next.octets);
        self.broken |= next.broken;
    }

    fn decode(self) -> Decoded {
        let decoded = match self.encoding {
            Some(Encoding::Gsm7) => gsm7::decode(&self.octets, self.shifts),
            Some(encoding) => encoding.decode(&self.octets),
            None => Decoded { lossy: true, ..Encoding::Latin1.decode(&self.octets) },
        };
        Decoded { lossy: decoded.lossy || self.broken, ..decoded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(data_coding: u8, esm_class: u8, octets: &[u8]) -> Part<'_> {
        Part { data_coding, esm_class, octets }
    }

    fn read(data_coding: u8, esm_class: u8, octets: &[u8]) -> DecodedText {
        decode(part(data_coding, esm_class, octets), &DecodeOptions::default())
    }

    #[test]
    fn every_data_coding_is_read_in_its_alphabet() {
        for (data_coding, octets, text) in [
            (0x00, &[0x00, 0x1B, 0x65][..], "@€"),
            (0x01, b"$@", "$@"),
            (0x03, &[0xE7], "ç"),
            (0x06, &[0xB6], "Ж"),
            (0x07, &[0xE0], "א"),
            (0x08, &[0xD8, 0x3D, 0xDE, 0x00], "😀"),
            (0x0E, &[b'a', 0xB0, 0xA1], "a가"),
            (0x18, &[0x04, 0x16], "Ж"),
            (0xF0, &[0x00], "@"),
        ] {
            let decoded = read(data_coding, 0, octets);
            assert_eq!((decoded.text.as_str(), decoded.flagged), (text, false), "data_coding {data_coding:#04X}");
        }
    }

    #[test]
    fn an_unknown_data_coding_is_shown_as_latin_1_and_flagged() {
        let decoded = read(0x55, 0, &[b'a', 0xE7]);
        assert_eq!((decoded.text.as_str(), decoded.encoding, decoded.flagged), ("aç", None, true));
    }

    #[test]
    fn the_header_is_read_and_not_shown() {
        let decoded = read(0, 0x40, &[5, 0, 3, 0xA7, 2, 1, 0x48, 0x69]);
        assert_eq!((decoded.text.as_str(), decoded.flagged), ("Hi", false));
        assert_eq!(decoded.concatenation.map(|c| (c.reference(), c.total(), c.sequence())), Some((0xA7, 2, 1)));
    }

    #[test]
    fn a_broken_header_is_shown_with_the_body_and_flagged() {
        let decoded = read(0, 0x40, b"Hi");
        assert_eq!((decoded.text.as_str(), decoded.flagged), ("Hi", true));
    }

    #[test]
    fn a_packed_part_is_read_past_its_fill_bit() {
        let options = DecodeOptions { gsm7_packed: true, ..Default::default() };
        let decoded = decode(part(0, 0x40, &[5, 0, 3, 0xA7, 2, 1, 0x90, 0x69]), &options);
        assert_eq!(decoded.text, "Hi");
    }

    #[test]
    fn a_carrier_may_keep_latin_1_behind_zero() {
        let options = DecodeOptions { default_alphabet: Encoding::Latin1, ..Default::default() };
        assert_eq!(decode(part(0, 0, b"$@"), &options).text, "$@");
    }

    #[test]
    fn a_turkish_phone_is_understood() {
        assert_eq!(read(0, 0x40, &[3, 0x24, 1, 1, 0x1B, 0x53]).text, "Ş");
    }

    #[test]
    fn a_phone_in_a_language_we_lack_is_flagged() {
        assert!(read(0, 0x40, &[3, 0x24, 1, 6, 0x1B, 0x53]).flagged);
    }

    #[test]
    fn a_pair_cut_between_two_parts_is_whole_again() {
        let first = part(8, 0x40, &[5, 0, 3, 1, 2, 1, 0x04, 0x16, 0xD8, 0x3D]);
        let second = part(8, 0x40, &[5, 0, 3, 1, 2, 2, 0xDE, 0x00]);
        let decoded = decode_parts(&[Some(first), Some(second)], &DecodeOptions::default());
        assert_eq!((decoded.text.as_str(), decoded.flagged), ("Ж😀", false));
    }

    #[test]
    fn missing_parts_leave_one_mark() {
        let first = part(0, 0x40, &[5, 0, 3, 1, 4, 1, b'a']);
        let last = part(8, 0x40, &[5, 0, 3, 1, 4, 4, 0x04, 0x16]);
        let decoded = decode_parts(&[Some(first), None, None, Some(last)], &DecodeOptions::default());
        assert_eq!(decoded.text, "a[…]Ж");
        assert_eq!(decode_parts(&[None, Some(last)], &DecodeOptions::default()).encoding, Some(Encoding::Ucs2));
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert!(!format!("{:?} {:?}", read(1, 0, b"secret"), part(1, 0, b"secret")).contains("secret"));
    }
}
