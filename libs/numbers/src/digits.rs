//! The digits of a number in E.164, on the stack, as routing tables compare them.

use std::{fmt, ops::Deref};

use volley_types::SubscriberId;

/// Most digits of a number in E.164 (ITU-T E.164 §6.2.1).
pub const E164_DIGITS_MAX: usize = 15;

/// The digits of one number, country code first, without `+`.
///
/// Invariant: 1 to [`E164_DIGITS_MAX`] ASCII digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164Digits {
    /// `+`, then zeroes in front, then the digits flush right.
    text: [u8; E164_DIGITS_MAX + 1],
    start: u8,
}

impl E164Digits {
    /// The digits of a handset; `None` for one that no numbering plan explains.
    pub fn of(subscriber: &SubscriberId) -> Option<Self> {
        subscriber.as_e164().and_then(Self::from_number)
    }

    /// `None` for a number of more than [`E164_DIGITS_MAX`] digits.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        let mut text = [b'0'; E164_DIGITS_MAX + 1];
        let mut start = text.len();
        let mut rest = number;
        loop {
            start -= 1;
            if start == 0 {
                return None;
            }
            text[start] = b'0' + u8::try_from(rest % 10).expect("one digit");
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        text[start - 1] = b'+';
        let start = u8::try_from(start).expect("at most 15");
        Some(Self { text, start })
    }

    /// The digits, country code first.
    pub fn as_str(&self) -> &str {
        &self.with_plus()[1..]
    }

    /// The digits after a `+`, as the numbering plans read them.
    pub(crate) fn with_plus(&self) -> &str {
        let text = &self.text[usize::from(self.start) - 1..];
        std::str::from_utf8(text).expect("a plus and ASCII digits")
    }

    /// Every prefix, the longest first, down to one digit: the order of a longest-prefix match.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let digits = self.as_str();
        (1..=digits.len()).rev().map(move |length| &digits[..length])
    }
}

impl Deref for E164Digits {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

/// Shows the last three digits only: subscriber numbers stay out of the logs.
impl fmt::Debug for E164Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.as_str();
        write!(f, "E164Digits(..{})", &digits[digits.len().saturating_sub(3)..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_come_longest_first() {
        let digits = E164Digits::of(&SubscriberId::e164(1_234_567).unwrap()).unwrap();
        assert_eq!(digits.as_str(), "1234567");
        let prefixes: Vec<_> = digits.prefixes().collect();
        assert_eq!(prefixes, ["1234567", "123456", "12345", "1234", "123", "12", "1"]);
    }

    #[test]
    fn holds_fifteen_digits_and_no_more() {
        let longest = E164Digits::from_number(999_999_999_999_999).unwrap();
        assert_eq!(longest.with_plus(), "+999999999999999");
        assert_eq!(E164Digits::from_number(1_000_000_000_000_000), None);
        assert_eq!(E164Digits::from_number(u64::MAX), None);
    }

    #[test]
    fn an_opaque_subscriber_has_no_digits() {
        let opaque = SubscriberId::opaque("skt/0/4565").unwrap();
        assert_eq!(E164Digits::of(&opaque), None);
    }

    #[test]
    fn debug_hides_the_number() {
        let digits = E164Digits::from_number(79_141_234_567).unwrap();
        assert_eq!(format!("{digits:?}"), "E164Digits(..567)");
    }
}
