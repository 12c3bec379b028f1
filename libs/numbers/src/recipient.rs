//! The check of a recipient at the front door.
//!
//!   "+82 10-1234-5678"          -> +821012345678, KR
//!   "010-1234-5678", KR         -> +821012345678, KR
//!   "1588-1234", KR             -> refused: a company number (UAN) gets no messages
//!
//! Permissive where the numbering plans are vague: fixed, toll-free and personal numbers pass, because many can receive
//! SMS and only the carrier knows. Our own virtual numbers are never checked here: they are provisioned.
//!
//! Numbers that stand for nobody: +999 has no plan and is refused; a country's numbers for drama and for tests pass like its
//! others, so examples can dial +44 7700 900123.

use rlibphonenumber::PhoneNumberType;
use unicode_normalization::UnicodeNormalization;
use volley_types::{Country, SubscriberId};

use crate::{
    country::country_of_phone,
    plan::{Grade, Reading, Unreadable},
    reading::{Way, best},
    written::{WritingFault, Written},
};

/// Longest recipient, in characters as the client wrote them, separators included.
pub const RECIPIENT_CHARACTERS_MAX: usize = 32;

/// A handset that can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The key of the handset.
    pub subscriber: SubscriberId,
    /// Its country; `None` for numbers of no country, such as satellite networks.
    pub country: Option<Country>,
}

/// Why a text is no recipient. Says the fault and never the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// No digit in it.
    #[error("is empty: a phone number is wanted")]
    Empty,
    /// Longer than [`RECIPIENT_CHARACTERS_MAX`].
    #[error("has {characters} characters, the limit is {RECIPIENT_CHARACTERS_MAX}")]
    TooLong {
        /// Characters given.
        characters: usize,
    },
    /// A letter, or another character that does not belong into a phone number.
    #[error("has the character {character:?} at position {position}; allowed are digits, separators and a leading '+'")]
    Character {
        /// The first offending character, after compatibility normalisation.
        character: char,
        /// Its position in characters, from 0.
        position: usize,
    },
    /// A national form, and no country to read it in.
    #[error("has no country code: write '+', country code and number")]
    NoCountry,
    /// No numbering plan has this country code.
    #[error("has a country code that does not exist")]
    UnknownCountryCode,
    /// Fewer digits than any number of its country.
    #[error("has too few digits for its country")]
    TooFewDigits,
    /// More digits than any number of its country.
    #[error("has too many digits for its country")]
    TooManyDigits,
    /// No number of its country has so many digits.
    #[error("has a number of digits that its country does not use")]
    ImpossibleLength,
    /// The length is right, but the country's numbering plan has no such range.
    #[error("is in no range of its country's numbering plan")]
    NotAssigned,
    /// A number of a kind that gets no messages.
    #[error("is a {kind} number, which cannot receive messages")]
    NotForMessages {
        /// The kind, in words.
        kind: &'static str,
    },
}

/// Reads a recipient: `+` and country code, or, with a default country, as dialled there. Digits of any script count.
///
/// Fails with the first fault found; the message is fit for a client's eyes.
pub fn check_recipient(input: &str, default_country: Option<Country>) -> Result<Recipient, RecipientError> {
    let characters = input.chars().count();
    if characters > RECIPIENT_CHARACTERS_MAX {
        return Err(RecipientError::TooLong { characters });
    }
    let written = Written::read(input.trim().nfkc())?;
    if written.is_empty() {
        return Err(RecipientError::Empty);
    }
    let reading = read(&written, default_country)?;
    check_kind(&reading)?;
    Ok(Recipient { country: country_of_phone(&reading.phone), subscriber: reading.subscriber })
}

/// Stricter than the reading of a carrier's address: without `+` nothing is taken for a foreign number, unless dialled as one.
fn read(written: &Written, default_country: Option<Country>) -> Result<Reading, RecipientError> {
    let ways: &[Way] = match default_country {
        _ if written.is_marked_international() => &[Way::International],
        Some(_) => &[Way::ExitPrefix, Way::National],
        None if written.after_exit_prefix().is_some() => &[Way::ExitPrefix],
        None => return Err(RecipientError::NoCountry),
    };
    Ok(best(written, ways, Grade::Valid, default_country)?)
}

fn check_kind(reading: &Reading) -> Result<(), RecipientError> {
    use PhoneNumberType as Kind;

    if reading.grade < Grade::Valid {
        return Err(RecipientError::NotAssigned);
    }
    let kind = match reading.kind {
        Kind::PremiumRate => "premium-rate",
        Kind::SharedCost => "shared-cost",
        Kind::UAN => "company (UAN)",
        Kind::Pager => "pager",
        Kind::VoiceMail => "voicemail",
        Kind::FixedLine
        | Kind::Mobile
        | Kind::FixedLineOrMobile
        | Kind::TollFree
        | Kind::VoIP
        | Kind::PersonalNumber
        | Kind::Unknown => return Ok(()),
    };
    Err(RecipientError::NotForMessages { kind })
}

impl From<WritingFault> for RecipientError {
    fn from(fault: WritingFault) -> Self {
        match fault {
            WritingFault::Character { character, position } => Self::Character { character, position },
            WritingFault::TooManyDigits => Self::TooManyDigits,
        }
    }
}

impl From<Unreadable> for RecipientError {
    fn from(fault: Unreadable) -> Self {
        match fault {
            Unreadable::CountryCode => Self::UnknownCountryCode,
            Unreadable::TooShort => Self::TooFewDigits,
            Unreadable::TooLong => Self::TooManyDigits,
            Unreadable::Length => Self::ImpossibleLength,
            Unreadable::Zeroes | Unreadable::Unsettled => Self::NotAssigned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, country: &str) -> Result<String, RecipientError> {
        check_recipient(input, Country::new(country).ok()).map(|recipient| {
            let country = recipient.country.map_or("none".to_owned(), |country| country.to_string());
            format!("{} {country}", recipient.subscriber.to_written())
        })
    }

    #[test]
    fn a_number_passes_in_every_way_people_write_it() {
        for (input, default_country) in [
            ("+821012345678", ""),
            (" +82 10-1234-5678 ", ""),
            ("+82 (0)10.1234.5678", ""),
            ("＋８２　１０　１２３４　５６７８", ""),
            ("+٨٢١٠١٢٣٤٥٦٧٨", ""),
            ("0082 10 1234 5678", ""),
            ("0082 10 1234 5678", "KR"),
            ("001 82 10 1234 5678", "KR"),
            ("010-1234-5678", "KR"),
            ("1012345678", "KR"),
            ("821012345678", "KR"),
            ("8~10 82 10 1234 5678", "RU"),
            ("011 82 10 1234 5678", "US"),
            ("+821012345678", "RU"),
        ] {
            assert_eq!(check(input, default_country).as_deref(), Ok("+821012345678 KR"), "{input}");
        }
    }

    #[test]
    fn a_refusal_names_the_fault() {
        use RecipientError::*;

        for (input, default_country, fault) in [
            ("", "KR", Empty),
            (" - ", "KR", Empty),
            ("+", "", Empty),
            (&"1".repeat(33), "", TooLong { characters: 33 }),
            ("+82 10 KELLY", "", Character { character: 'K', position: 7 }),
            ("#1234", "KR", Character { character: '#', position: 0 }),
            ("010-1234-5678", "", NoCountry),
            ("821012345678", "", NoCountry),
            ("010-1234-5678", "ZZ", UnknownCountryCode),
            ("+99912345678", "", UnknownCountryCode),
            ("+0821012345678", "", UnknownCountryCode),
            ("+8210", "", TooFewDigits),
            ("4565", "US", TooFewDigits),
            ("+4412345678901234", "", TooManyDigits),
            ("+821331234567", "", NotAssigned),
            ("+82 1588 1234", "", NotForMessages { kind: "company (UAN)" }),
            ("+1 900 555 1234", "", NotForMessages { kind: "premium-rate" }),
        ] {
            assert_eq!(check(input, default_country), Err(fault), "{input}");
        }
    }

    #[test]
    fn without_a_plus_nothing_is_taken_for_a_foreign_number() {
        assert!(check("79141234567", "KR").is_err());
        assert_eq!(check("+79141234567", "KR").as_deref(), Ok("+79141234567 RU"));
    }

    #[test]
    fn numbers_for_drama_and_whole_mobile_blocks_pass() {
        assert_eq!(check("+44 7700 900123", "").as_deref(), Ok("+447700900123 GB"));
        assert_eq!(check("+82 10 5999 0000", "").as_deref(), Ok("+821059990000 KR"));
        assert_eq!(check("+1 212 555 0100", "").as_deref(), Ok("+12125550100 US"));
    }

    #[test]
    fn fixed_toll_free_and_satellite_numbers_pass() {
        for input in ["+82 2 312 3456", "+82 80 123 4567", "+1 800 555 1234", "+8816 1234 5678"] {
            assert!(check(input, "").is_ok(), "{input}");
        }
    }
}
