//! An SMPP address: type of number, numbering plan, digits.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::redact;

/// Type of number, SMPP 3.4 §5.2.5.
const TON_UNKNOWN: u8 = 0;
const TON_INTERNATIONAL: u8 = 1;
pub(crate) const TON_NATIONAL: u8 = 2;
const TON_ALPHANUMERIC: u8 = 5;
/// Numbering plan E.164, SMPP 3.4 §5.2.6.
const NPI_E164: u8 = 1;

/// The longest number in digits that is taken for a short code.
const SHORT_CODE_DIGITS_MAX: usize = 8;

/// An address as SMPP carries it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Address {
    /// Type of number: 0 unknown, 1 international, 2 national, 5 alphanumeric (SMPP 3.4 §5.2.5).
    pub ton: u8,
    /// Numbering plan: 1 is E.164 (SMPP 3.4 §5.2.6).
    pub npi: u8,
    /// The digits without a `+`, or the name of an alphanumeric sender.
    pub digits: Arc<str>,
}

impl Address {
    /// The address a network writes for a number typed by a person: short codes TON 0, numbers with a trunk zero
    /// TON 2, all others TON 1; the plan is E.164 throughout.
    pub fn of_number(number: &str) -> Self {
        let digits = number.trim_start_matches('+');
        let ton = match digits {
            short if short.len() <= SHORT_CODE_DIGITS_MAX => TON_UNKNOWN,
            national if national.starts_with('0') => TON_NATIONAL,
            _ => TON_INTERNATIONAL,
        };
        Self { ton, npi: NPI_E164, digits: digits.into() }
    }

    pub(crate) fn read(ton: u8, npi: u8, digits: &[u8]) -> Self {
        let digits = match str::from_utf8(digits) {
            Ok(plain) if plain.is_ascii() => plain.into(),
            _ => digits.iter().map(|octet| char::from(*octet)).collect::<String>().into(),
        };
        Self { ton, npi, digits }
    }

    /// Whether a handset can answer: an alphanumeric or empty sender has no number behind it.
    pub(crate) fn is_dialable(&self) -> bool {
        self.ton != TON_ALPHANUMERIC && !self.digits.is_empty()
    }
}

/// Shows TON, NPI and the last three digits: subscriber numbers stay out of the logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}/{} {})", self.ton, self.npi, redact::number(&self.digits))
    }
}
