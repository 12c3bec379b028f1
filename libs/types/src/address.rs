//! Countries, addresses as an account dials or reports them, and virtual numbers.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};

/// Longest address, in octets: `data_sm` allows 64 (SMPP 3.4 §4.7.1), `submit_sm` 20 (§4.4.1).
pub const ADDRESS_OCTETS_MAX: usize = 64;

/// Why a text is no address, country or number id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Longer than the limit.
    #[error("has {octets} octets, the limit is {limit}")]
    TooLong {
        /// Octets given.
        octets: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// Holds something that is not printable ASCII.
    #[error("has a character that is not printable ASCII at position {position}")]
    NotPrintable {
        /// Position in octets, from 0.
        position: usize,
    },
    /// Not two upper-case letters.
    #[error("is not an ISO 3166-1 alpha-2 country code such as KR")]
    NotACountry,
    /// Not `COUNTRY:digits` or `COUNTRY:digits@carrier`.
    #[error("is not of the form COUNTRY:digits or COUNTRY:digits@carrier")]
    NotANumberId,
}

/// A country, by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Country([u8; 2]);

impl Country {
    /// Checks the form (two letters A to Z); whether such a country exists is not checked.
    pub fn new(code: &str) -> Result<Self, InvalidAddress> {
        match code.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(InvalidAddress::NotACountry),
        }
    }

    /// The code, such as `KR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Country {
    type Err = InvalidAddress;
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <[u8; 2]>::deserialize(deserializer)?;
        std::str::from_utf8(&code)
            .ok()
            .and_then(|code| Self::new(code).ok())
            .ok_or_else(|| serde::de::Error::custom(InvalidAddress::NotACountry))
    }
}

/// Type of number (SMPP 3.4 §5.2.5). Any octet is kept as the carrier sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Ton(pub u8);

impl Ton {
    /// Not said.
    pub const UNKNOWN: Self = Self(0);
    /// Country code and number.
    pub const INTERNATIONAL: Self = Self(1);
    /// Number without country code.
    pub const NATIONAL: Self = Self(2);
    /// Meaning known to the network.
    pub const NETWORK: Self = Self(3);
    /// Letters, never dialled.
    pub const ALPHANUMERIC: Self = Self(5);
    /// A short code.
    pub const ABBREVIATED: Self = Self(6);
}

/// Numbering plan (SMPP 3.4 §5.2.6). Any octet is kept as the carrier sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Npi(pub u8);

impl Npi {
    /// Not said.
    pub const UNKNOWN: Self = Self(0);
    /// ISDN, E.164.
    pub const ISDN: Self = Self(1);
}

/// An address as one account writes or reports it.
///
/// Invariant: at most [`ADDRESS_OCTETS_MAX`] octets of printable ASCII; may be empty (a carrier may mask it).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct DialAddress {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan.
    pub npi: Npi,
    digits: Box<str>,
}

impl DialAddress {
    /// Checks the limit and the alphabet; the digits are kept as they are, with `+` or blanks if there are any.
    pub fn new(digits: &str, ton: Ton, npi: Npi) -> Result<Self, InvalidAddress> {
        if digits.len() > ADDRESS_OCTETS_MAX {
            return Err(InvalidAddress::TooLong { octets: digits.len(), limit: ADDRESS_OCTETS_MAX });
        }
        match digits.bytes().position(|octet| !(b' '..=b'~').contains(&octet)) {
            Some(position) => Err(InvalidAddress::NotPrintable { position }),
            None => Ok(Self { ton, npi, digits: digits.into() }),
        }
    }

    /// The address of a carrier that may hold anything: octets that are not printable ASCII become `?`, what is too long is cut.
    pub fn lossy(octets: &[u8], ton: Ton, npi: Npi) -> Self {
        let printable = |octet: &u8| {
            if (b' '..=b'~').contains(octet) { char::from(*octet) } else { '?' }
        };
        let digits: String = octets.iter().take(ADDRESS_OCTETS_MAX).map(printable).collect();
        Self { ton, npi, digits: digits.into() }
    }

    /// The digits (or letters) as dialled.
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

/// Shows the last two characters only: numbers stay out of the logs.
impl fmt::Debug for DialAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = &self.digits[self.digits.len().saturating_sub(2)..];
        write!(f, "DialAddress(..{tail} ton {} npi {})", self.ton.0, self.npi.0)
    }
}

/// Which of the kinds of virtual number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NumberKind {
    /// 3 to 6 digits, unique within a country or one carrier.
    ShortCode,
    /// A national number that does not look like a phone, such as Korea's 0133-xxxx-xxx.
    LongCode,
    /// An ordinary phone number in E.164.
    Standard,
    /// Letters; can never receive a reply.
    Alphanumeric,
}

/// The identity of a virtual number: its country, its digits, and the carrier where it is unique only there.
///
/// Written `KR:4565`, `KR:114@skt`, `RU:79140000001`. Provisioned, never guessed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct NumberId(Arc<str>);

impl NumberId {
    /// Reads the written form.
    pub fn new(text: &str) -> Result<Self, InvalidAddress> {
        if text.len() > ADDRESS_OCTETS_MAX {
            return Err(InvalidAddress::TooLong { octets: text.len(), limit: ADDRESS_OCTETS_MAX });
        }
        let (country, rest) = text.split_once(':').ok_or(InvalidAddress::NotANumberId)?;
        Country::new(country)?;
        let digits = rest.split_once('@').map_or(rest, |(digits, _)| digits);
        let printable = |text: &str| !text.is_empty() && text.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        if !printable(digits) || !printable(rest) || rest.ends_with('@') {
            return Err(InvalidAddress::NotANumberId);
        }
        Ok(Self(Arc::from(text)))
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country it belongs to.
    pub fn country(&self) -> Country {
        Country::new(&self.0[..2]).expect("checked by the constructor")
    }

    /// The digits (or letters), without country prefix and carrier.
    pub fn digits(&self) -> &str {
        let rest = &self.0[3..];
        rest.split_once('@').map_or(rest, |(digits, _)| digits)
    }
}

impl fmt::Display for NumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberId({})", self.0)
    }
}

impl<'de> Deserialize<'de> for NumberId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_id_knows_its_country_and_digits() {
        let number = NumberId::new("KR:114@skt").unwrap();
        assert_eq!((number.country().as_str(), number.digits()), ("KR", "114"));
        assert_eq!(NumberId::new("RU:79140000001").unwrap().digits(), "79140000001");
        for bad in ["4565", "kr:4565", "KR:", "KR:@skt", "KR:114@", "KR:45\u{7f}"] {
            assert!(NumberId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_hides_the_number() {
        let address = DialAddress::new("79141234567", Ton::INTERNATIONAL, Npi::ISDN).unwrap();
        assert_eq!(format!("{address:?}"), "DialAddress(..67 ton 1 npi 1)");
    }

    #[test]
    fn an_address_of_any_octets_is_kept_printable_and_short() {
        let address = DialAddress::lossy(&[0xff; 200], Ton(9), Npi(9));
        assert_eq!(address.digits(), "?".repeat(64));
        assert!(matches!(
            DialAddress::new("1\n", Ton::UNKNOWN, Npi::UNKNOWN),
            Err(InvalidAddress::NotPrintable { position: 1 })
        ));
    }
}
