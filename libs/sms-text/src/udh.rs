//! The user data header: what stands before the text of one part (3GPP TS 23.040 §9.2.3.24).
//!
//! ```text
//!   05 | 00 03 A7 02 01 | text          06 | 08 04 00 A7 02 01 | text
//!   ^    ^  ^  ^  ^  ^                       8-bit reference above, 16-bit reference here
//!   |    |  |  |  |  sequence, from 1
//!   |    |  |  |  total
//!   |    |  |  reference
//!   |    |  octets of the element
//!   |    element: concatenation
//!   octets of the header after this one
//! ```
//!
//! UDH-1: elements are walked to the end of the header; unknown ones are stepped over.
//! UDH-2: a concatenation that cannot be true (total 0, sequence 0 or past the total) is no concatenation.
//! UDH-3: of a repeated element the last counts.

use crate::error::UdhError;
use crate::gsm7::{Language, Shifts};

const CONCATENATION_8_BIT: u8 = 0x00;
const PORTS_8_BIT: u8 = 0x04;
const PORTS_16_BIT: u8 = 0x05;
const CONCATENATION_16_BIT: u8 = 0x08;
const SINGLE_SHIFT: u8 = 0x24;
const LOCKING_SHIFT: u8 = 0x25;

/// The identifier of the default tables, which no phone needs to name.
const DEFAULT_LANGUAGE: u8 = 0;

/// Width of a concatenation reference. Eight bits are understood by every phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefBits {
    /// IEI 0x00, a header of 6 octets.
    #[default]
    Eight,
    /// IEI 0x08, a header of 7 octets.
    Sixteen,
}

/// The place of one part in its message.
///
/// Invariant: 1 ≤ sequence ≤ total, and an 8-bit reference is under 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concatenation {
    reference: u16,
    width: RefBits,
    total: u8,
    sequence: u8,
}

impl Concatenation {
    /// `None` if the sequence is 0 or past the total. An 8-bit reference keeps its low octet.
    #[must_use]
    pub const fn new(reference: u16, width: RefBits, total: u8, sequence: u8) -> Option<Self> {
        if sequence == 0 || sequence > total {
            return None;
        }
        let reference = match width {
            RefBits::Eight => reference & 0xFF,
            RefBits::Sixteen => reference,
        };
        Some(Self { reference, width, total, sequence })
    }

    /// The number all parts of one message share.
    #[must_use]
    pub const fn reference(self) -> u16 {
        self.reference
    }

    /// How wide the reference was written. References of different widths are never the same message.
    #[must_use]
    pub const fn width(self) -> RefBits {
        self.width
    }

    /// Parts of the message, 1 to 255.
    #[must_use]
    pub const fn total(self) -> u8 {
        self.total
    }

    /// This part, counted from 1.
    #[must_use]
    pub const fn sequence(self) -> u8 {
        self.sequence
    }

    /// Appends the whole header, its length octet first.
    pub fn write_udh(self, octets: &mut Vec<u8>) {
        let [high, low] = self.reference.to_be_bytes();
        match self.width {
            RefBits::Eight => octets.extend([5, CONCATENATION_8_BIT, 3, low, self.total, self.sequence]),
            RefBits::Sixteen => octets.extend([6, CONCATENATION_16_BIT, 4, high, low, self.total, self.sequence]),
        }
    }
}

/// Application ports of a part (§9.2.3.24.3 and .4): such a message is for a program, not for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Port of the receiver.
    pub destination: u16,
    /// Port of the sender.
    pub source: u16,
}

/// What a header says, as far as we act on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Udh {
    /// The part's place in a longer message.
    pub concatenation: Option<Concatenation>,
    /// Application ports.
    pub ports: Option<Ports>,
    /// National tables in force for this part.
    pub shifts: Shifts,
    /// A national table is asked for that we do not have, so the text reads wrong in places.
    pub unknown_shift: bool,
    /// Octets of the header, its length octet included.
    pub octets: usize,
}

impl Udh {
    /// Parts a body into its header and what follows it.
    ///
    /// # Errors
    /// If the header, or an element in it, is longer than what holds it.
    pub fn parse(body: &[u8]) -> Result<(Self, &[u8]), UdhError> {
        let announced = body.first().map_or(1, |length| usize::from(*length) + 1);
        let truncated = UdhError::Truncated { announced, available: body.len() };
        let (header, rest) = body.split_at_checked(announced).ok_or(truncated)?;
        let mut udh = Self { octets: announced, ..Self::default() };
        let mut elements = &header[1..];
        while let [id, tail @ ..] = elements {
            let overrun = UdhError::ElementOverrun { id: *id };
            let (length, tail) = tail.split_first().ok_or(overrun)?;
            let (value, tail) = tail.split_at_checked(usize::from(*length)).ok_or(overrun)?;
            udh.read(*id, value);
            elements = tail;
        }
        Ok((udh, rest))
    }

    fn read(&mut self, id: u8, value: &[u8]) {
        match (id, value) {
            (CONCATENATION_8_BIT, &[reference, total, sequence]) => {
                self.concatenation = Concatenation::new(reference.into(), RefBits::Eight, total, sequence);
            }
            (CONCATENATION_16_BIT, &[high, low, total, sequence]) => {
                let reference = u16::from_be_bytes([high, low]);
                self.concatenation = Concatenation::new(reference, RefBits::Sixteen, total, sequence);
            }
            (PORTS_8_BIT, &[destination, source]) => {
                self.ports = Some(Ports { destination: destination.into(), source: source.into() });
            }
            (PORTS_16_BIT, &[high, low, source_high, source_low]) => {
                let destination = u16::from_be_bytes([high, low]);
                self.ports = Some(Ports { destination, source: u16::from_be_bytes([source_high, source_low]) });
            }
            (SINGLE_SHIFT, &[language]) => self.shifts.single = self.language(language),
            (LOCKING_SHIFT, &[language]) => self.shifts.locking = self.language(language),
            _ => {}
        }
    }

    fn language(&mut self, id: u8) -> Option<Language> {
        let language = Language::from_id(id);
        self.unknown_shift |= language.is_none() && id != DEFAULT_LANGUAGE;
        language
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_knows_its_place_behind_an_unknown_element() {
        let body = [0x0A, 0x70, 0x03, 1, 2, 3, 0x00, 0x03, 0xA7, 2, 1, b'H', b'i'];
        let (udh, text) = Udh::parse(&body).expect("a whole header");
        assert_eq!(udh.concatenation, Concatenation::new(0xA7, RefBits::Eight, 2, 1));
        assert_eq!((udh.octets, text), (11, &b"Hi"[..]));
    }

    #[test]
    fn several_elements_of_one_header_are_all_read() {
        let ports = [0x05, 0x04, 0x0B, 0x84, 0x23, 0xF0];
        let concatenation = [0x08, 0x04, 0x12, 0x34, 3, 2];
        let shift = [0x24, 1, 1];
        let body = [&[0x0F][..], &ports, &concatenation, &shift].concat();
        let (udh, _) = Udh::parse(&body).expect("a whole header");
        assert_eq!(udh.ports, Some(Ports { destination: 2948, source: 9200 }));
        assert_eq!(udh.concatenation, Concatenation::new(0x1234, RefBits::Sixteen, 3, 2));
        assert_eq!(udh.shifts.single, Some(Language::Turkish));
    }

    #[test]
    fn a_table_we_lack_is_noticed() {
        const HINDI: u8 = 6;
        for (header, unknown) in [
            ([3, 0x24, 1, HINDI], true),
            ([3, 0x25, 1, HINDI], true),
            ([3, 0x24, 1, 1], false),
            ([3, 0x25, 1, 0], false),
        ] {
            let (udh, _) = Udh::parse(&header).expect("a whole header");
            assert_eq!(udh.unknown_shift, unknown, "{header:?}");
        }
    }

    #[test]
    fn an_impossible_place_is_ignored() {
        for (total, sequence) in [(0, 0), (0, 1), (2, 0), (2, 3)] {
            let (udh, _) = Udh::parse(&[5, 0, 3, 9, total, sequence]).expect("a whole header");
            assert_eq!(udh.concatenation, None);
        }
    }

    #[test]
    fn a_header_longer_than_its_body_is_an_error() {
        assert_eq!(Udh::parse(&[]), Err(UdhError::Truncated { announced: 1, available: 0 }));
        assert_eq!(Udh::parse(&[5, 0, 3]), Err(UdhError::Truncated { announced: 6, available: 3 }));
        assert_eq!(Udh::parse(&[3, 0, 3, 1]), Err(UdhError::ElementOverrun { id: 0 }));
        assert_eq!(Udh::parse(&[1, 0x24]), Err(UdhError::ElementOverrun { id: 0x24 }));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for width in [RefBits::Eight, RefBits::Sixteen] {
            let place = Concatenation::new(0x01A7, width, 3, 2).expect("2 of 3");
            let mut octets = Vec::new();
            place.write_udh(&mut octets);
            assert_eq!(Udh::parse(&octets).map(|(udh, _)| udh.concatenation), Ok(Some(place)));
        }
    }
}
