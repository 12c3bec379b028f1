use std::fmt;

/// How a carrier writes message ids in one place: its responses, or its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MessageIdBase {
    /// Opaque: only the case of letters is ignored.
    #[default]
    Opaque,
    /// Opaque, and leading zeros are ignored as well.
    Unpadded,
    /// A decimal number, padded or not.
    Decimal,
    /// A hexadecimal number, padded or not, with or without `0x`.
    Hexadecimal,
}

/// What message ids are compared by within one carrier: the same for one id in every base it is written in.
///
/// Numbers are keyed by their decimal digits. What is no number in its base stays opaque; it then holds a character
/// that no decimal number has, so the two never meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageIdKey(Box<str>);

impl MessageIdKey {
    /// The key of `id`, written in `base`.
    #[must_use]
    pub fn new(id: &str, base: MessageIdBase) -> Self {
        let id = id.trim().to_ascii_lowercase();
        let key = match base {
            MessageIdBase::Opaque => None,
            MessageIdBase::Unpadded => Some(unpadded(&id).to_owned()),
            MessageIdBase::Decimal => digits_of(&id, 10).map(|_| unpadded(&id).to_owned()),
            MessageIdBase::Hexadecimal => digits_of(id.strip_prefix("0x").unwrap_or(&id), 16).map(|hex| decimal(&hex)),
        };
        Self(key.unwrap_or(id).into())
    }

    /// The key as text, for a store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MessageIdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageIdKey({})", self.0)
    }
}

/// Without leading zeros; zero keeps one.
fn unpadded(id: &str) -> &str {
    match id.trim_start_matches('0') {
        "" if !id.is_empty() => "0",
        rest => rest,
    }
}

/// The digits of a number in `radix`; `None` if there is any other character, or none at all.
fn digits_of(id: &str, radix: u32) -> Option<Vec<u8>> {
    let digits = id
        .chars()
        .map(|character| character.to_digit(radix).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<Vec<u8>>>()?;
    (!digits.is_empty()).then_some(digits)
}

/// Hexadecimal digits, most significant first, as a decimal number of any size.
fn decimal(hex: &[u8]) -> String {
    // Decimal digits, least significant first.
    let mut number = vec![0_u8];
    for digit in hex {
        let mut carry = *digit;
        for place in &mut number {
            let value = u16::from(*place) * 16 + u16::from(carry);
            *place = low_byte(value % 10);
            carry = low_byte(value / 10);
        }
        while carry > 0 {
            number.push(carry % 10);
            carry /= 10;
        }
    }
    number.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

/// At most 9 × 16 + 25 goes in, so nothing is cut off.
const fn low_byte(value: u16) -> u8 {
    value.to_be_bytes()[1]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::MessageIdBase::{Decimal, Hexadecimal, Opaque, Unpadded};
    use super::*;

    fn key(id: &str, base: MessageIdBase) -> MessageIdKey {
        MessageIdKey::new(id, base)
    }

    #[test]
    fn one_id_in_two_bases_has_one_key() {
        assert_eq!(key("38601fa", Hexadecimal), key("0059113978", Decimal));
        assert_eq!(key("0x7B", Hexadecimal), key("123", Decimal));
        assert_eq!(key("000", Decimal), key("0", Hexadecimal));
    }

    #[test]
    fn ids_longer_than_any_integer_still_compare() {
        let hex = "f".repeat(64);
        let decimal = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

        assert_eq!(key(&hex, Hexadecimal), key(decimal, Decimal));
    }

    #[test]
    fn padding_counts_unless_the_carrier_is_known_for_it() {
        assert_ne!(key("0012", Opaque), key("12", Opaque));
        assert_eq!(key("0012", Unpadded), key("12", Unpadded));
    }

    #[test]
    fn what_is_no_number_never_meets_one() {
        assert_ne!(key("7b", Decimal), key("7b", Hexadecimal));
        assert_eq!(key("8XA", Decimal), key("8xa", Opaque));
    }

    proptest! {
        /// RCP-3 for everything that fits an integer.
        #[test]
        fn hexadecimal_and_decimal_agree(number: u128, padding in 0_usize..8) {
            let zeros = "0".repeat(padding);
            prop_assert_eq!(
                key(&format!("{zeros}{number:X}"), Hexadecimal),
                key(&format!("{zeros}{number}"), Decimal)
            );
        }
    }
}
