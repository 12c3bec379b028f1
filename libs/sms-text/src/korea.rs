//! How a Korean relay counts a text: in octets of EUC-KR, against the price classes of its contracts.
//!
//! ```text
//!   0 .. 90 octets  SMS      91 .. 2 000 octets  LMS (one message, no segments)      more: refused
//! ```
//!
//! ASCII takes one octet, Hangul, Hanja and symbols two. A text with a character outside the charset (emoji, U+20A9)
//! cannot take such a route at all.

use encoding_rs::EUC_KR;

/// Octets of an SMS sent by a program, by the relays' documents.
pub const SMS_OCTETS_MAX: usize = 90;

/// Octets of a long message (MMS transport).
pub const LMS_OCTETS_MAX: usize = 2_000;

/// The price class of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KoreanClass {
    /// Up to [`SMS_OCTETS_MAX`].
    Sms,
    /// Up to [`LMS_OCTETS_MAX`].
    Lms,
    /// More than a long message holds.
    TooLong,
}

impl KoreanClass {
    /// The class of a body of so many octets.
    #[must_use]
    pub const fn of(octets: usize) -> Self {
        if octets <= SMS_OCTETS_MAX {
            Self::Sms
        } else if octets <= LMS_OCTETS_MAX {
            Self::Lms
        } else {
            Self::TooLong
        }
    }

    /// The name relays use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Lms => "LMS",
            Self::TooLong => "TOO_LONG",
        }
    }
}

/// What a text is to a Korean relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KoreanSize {
    /// Octets in CP949.
    pub octets: usize,
    /// Every character is in KS C 5601 itself, so that a strict carrier takes it.
    pub strict: bool,
    /// The price class.
    pub class: KoreanClass,
}

/// Measures a text; `None` if it has a character that no Korean charset holds.
#[must_use]
pub fn measure(text: &str) -> Option<KoreanSize> {
    let (octets, _, unmappable) = EUC_KR.encode(text);
    (!unmappable).then(|| KoreanSize {
        octets: octets.len(),
        strict: is_strict(&octets),
        class: KoreanClass::of(octets.len()),
    })
}

/// Whether well-formed CP949 octets stay inside the 94 by 94 square of KS C 5601.
pub(crate) fn is_strict(octets: &[u8]) -> bool {
    let mut rest = octets;
    loop {
        rest = match rest {
            [] => return true,
            [0x00..=0x7F, tail @ ..] | [0xA1..=0xFE, 0xA1..=0xFE, tail @ ..] => tail,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_change_after_their_last_octet() {
        assert_eq!(KoreanClass::of(90), KoreanClass::Sms);
        assert_eq!(KoreanClass::of(91), KoreanClass::Lms);
        assert_eq!(KoreanClass::of(2_000), KoreanClass::Lms);
        assert_eq!(KoreanClass::of(2_001), KoreanClass::TooLong);
    }

    #[test]
    fn a_rare_syllable_needs_the_superset() {
        assert_eq!(measure("a똠"), Some(KoreanSize { octets: 3, strict: false, class: KoreanClass::Sms }));
    }

    #[test]
    fn symbols_that_look_alike_differ() {
        assert!(measure("₩").is_none() && measure("—").is_none() && measure("–").is_none());
        assert!(measure("￦―“”‘’…·①㈜€").is_some_and(|size| size.strict));
    }
}
