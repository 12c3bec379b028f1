use std::fmt;

use bytes::{BufMut, BytesMut};
use rusmpp::values::{Npi, Ton};

use crate::octets::{self, BodyError, EncodeError, Reader};
use crate::status::CommandStatus;

/// Octets of an address we send, SMPP 3.4 §4.4.1 (21 with the terminator).
pub const ADDRESS_OCTETS_MAX: usize = 20;

/// Octets of an address we accept: the limit of `data_sm`, which carriers also use elsewhere (65 with the terminator).
pub const ADDRESS_OCTETS_ACCEPTED: usize = 64;

/// A source or destination, with its type of number and numbering plan (SMPP 3.4 §5.2.5, §5.2.6).
///
/// `digits` is what stands on the wire: digits without `+`, or an alphanumeric sender.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan.
    pub npi: Npi,
    /// The address itself, one `char` per octet.
    pub digits: String,
}

impl Address {
    /// An address of any kind.
    #[must_use]
    pub fn new(ton: Ton, npi: Npi, digits: impl Into<String>) -> Self {
        Self { ton, npi, digits: digits.into() }
    }

    /// An international number: country code and number, without `+` (TON 1, NPI 1).
    #[must_use]
    pub fn international(digits: impl Into<String>) -> Self {
        Self::new(Ton::International, Npi::Isdn, digits)
    }

    /// A short code as a sender (TON 0, NPI 1); some carriers want another pair.
    #[must_use]
    pub fn short_code(digits: impl Into<String>) -> Self {
        Self::new(Ton::Unknown, Npi::Isdn, digits)
    }

    /// An alphanumeric sender (TON 5, NPI 0).
    #[must_use]
    pub fn alphanumeric(name: impl Into<String>) -> Self {
        Self::new(Ton::Alphanumeric, Npi::Unknown, name)
    }

    pub(crate) fn decode(
        reader: &mut Reader<'_>,
        field: &'static str,
        refusal: CommandStatus,
    ) -> Result<Self, BodyError> {
        Ok(Self {
            ton: Ton::from(reader.u8(field)?),
            npi: Npi::from(reader.u8(field)?),
            digits: reader.c_string(field, ADDRESS_OCTETS_ACCEPTED, refusal)?,
        })
    }

    pub(crate) fn check(&self, field: &'static str, octets_max: usize) -> Result<(), EncodeError> {
        octets::check_c_string(field, &self.digits, octets_max)
    }

    pub(crate) fn put(&self, out: &mut BytesMut) {
        out.put_u8(self.ton.into());
        out.put_u8(self.npi.into());
        octets::put_c_string(out, &self.digits);
    }
}

/// Shows the kind, the length and, of a long address, the last three characters: whole numbers stay out of the logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONG: usize = 7;
        let length = self.digits.chars().count();
        let hidden = if length < LONG { length } else { length - 3 };
        let shown: String = self.digits.chars().skip(hidden).collect();
        let (ton, npi) = (u8::from(self.ton), u8::from(self.npi));
        write!(f, "Address({ton}/{npi}, ..{shown}, {length} octets)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_whole_number() {
        let shown = format!("{:?}", Address::international("79141234567"));

        assert_eq!(shown, "Address(1/1, ..567, 11 octets)");
        assert_eq!(format!("{:?}", Address::short_code("4565")), "Address(0/1, .., 4 octets)");
    }
}
