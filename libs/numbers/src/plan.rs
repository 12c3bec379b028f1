//! One text, read by the numbering plans of the world, and settled.
//!
//!   "+52 1 55 1234 5678" --parse--> 52 15512345678 --repair--> 52 5512345678 --parse again--> the same: settled
//!
//! A reading counts only when reading its own result changes nothing: national prefixes, which the plans strip, cannot
//! then be stripped twice by two services. What does not settle in a few rounds is no number.

use std::ops::RangeInclusive;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberType, Region, ValidationError,
};
use volley_types::{Country, SubscriberId};

use crate::digits::E164Digits;

/// Rounds of parsing until a reading must stand still; two suffice for every plan known.
const SETTLE_ROUNDS_MAX: usize = 4;

/// Ranges that are mobile as a whole and read as themselves: known without asking the plans, which take ten times as long.
const MOBILE_RANGES: [RangeInclusive<u64>; 3] = [
    // Korea's 010; the metadata lists parts of it as unassigned, but new blocks are opened faster than it is compiled.
    821_000_000_000..=821_099_999_999,
    // Russia's DEF codes.
    79_000_000_000..=79_999_999_999,
    // Ofcom's mobile numbers for use in drama: nobody's, so examples and tests dial them.
    447_700_900_000..=447_700_900_999,
];

/// How good a reading is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// The length fits the plan; no range of the plan holds it.
    Possible,
    /// Some range of the plan holds it.
    Valid,
    /// A range of mobile numbers holds it.
    Mobile,
}

/// One settled number in E.164.
pub(crate) struct Reading {
    pub(crate) subscriber: SubscriberId,
    pub(crate) grade: Grade,
    pub(crate) kind: PhoneNumberType,
    pub(crate) phone: PhoneNumber,
}

/// Why a text cannot be read as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// No plan has this country code, or the home country has no plan.
    CountryCode,
    /// Fewer digits than any number of the plan.
    TooShort,
    /// More digits than any number of the plan, or than E.164 allows.
    TooLong,
    /// Between the shortest and the longest, and yet no number of the plan has so many digits.
    Length,
    /// Nothing but zeroes after the country code: a number that a carrier masked.
    Zeroes,
    /// Reading the result again gives ever other numbers.
    Unsettled,
}

/// Reads `+` and digits, or digits as dialled at home.
pub(crate) fn read(text: &str, home: Option<Country>) -> Result<Reading, Unreadable> {
    let (number, phone) = settle(text, home)?;
    let (grade, kind) = grade(number, &phone)?;
    let subscriber = SubscriberId::e164(number).map_err(|_| Unreadable::TooShort)?;
    Ok(Reading { subscriber, grade, kind, phone })
}

/// The handset of digits that begin with a country code, when they lie in a range known to be mobile as a whole.
///
/// Always what [`read`] gives for `+` and the same digits.
pub(crate) fn known_mobile(digits: &str) -> Option<SubscriberId> {
    let number = digits.parse().ok().filter(|_| !digits.starts_with('0'))?;
    is_known_mobile(number).then(|| SubscriberId::e164(number).ok())?
}

fn is_known_mobile(number: u64) -> bool {
    MOBILE_RANGES.iter().any(|range| range.contains(&number))
}

fn settle(text: &str, home: Option<Country>) -> Result<(u64, PhoneNumber), Unreadable> {
    let mut read_last = text.strip_prefix('+').and_then(|digits| digits.parse().ok());
    let mut phone = parse(text, home)?;
    for _ in 0..SETTLE_ROUNDS_MAX {
        let number = join(&phone).ok_or(Unreadable::TooLong)?;
        if read_last == Some(number) {
            return Ok((number, phone));
        }
        let digits = E164Digits::from_number(number).ok_or(Unreadable::TooLong)?;
        phone = parse(digits.with_plus(), None)?;
        read_last = Some(number);
    }
    Err(Unreadable::Unsettled)
}

/// Reads once; the result may still change when read again.
pub(crate) fn parse(text: &str, home: Option<Country>) -> Result<PhoneNumber, Unreadable> {
    let mut phone = PHONE_NUMBER_UTIL.parse(text, home.and_then(region_of))?;
    drop_retired_mexican_prefix(&mut phone);
    match phone.national_number {
        0 => Err(Unreadable::Zeroes),
        _ => Ok(phone),
    }
}

/// The region by which the plans know a country.
pub(crate) fn region_of(country: Country) -> Option<Region> {
    Region::from_code(country.as_str()).ok()
}

/// Until 2019 Mexico put 1 before a mobile number dialled from abroad, and 044, 045 or 01 at home. Phone books and
/// carriers still do; the metadata no longer knows it.
fn drop_retired_mexican_prefix(phone: &mut PhoneNumber) {
    const MEXICO: i32 = 52;
    const TEN_DIGITS: u64 = 10_000_000_000;
    let (prefix, number) = (phone.national_number / TEN_DIGITS, phone.national_number % TEN_DIGITS);
    let has_ten_digits = number >= TEN_DIGITS / 10;
    if phone.country_code == MEXICO && matches!(prefix, 1 | 44 | 45) && has_ten_digits {
        phone.national_number = number;
        phone.italian_leading_zero = None;
        phone.number_of_leading_zeros = None;
    }
}

/// Country code and national number as one number; `None` when a `u64` cannot hold it.
fn join(phone: &PhoneNumber) -> Option<u64> {
    let zeroes = match phone.italian_leading_zero() {
        true => u32::try_from(phone.number_of_leading_zeros()).ok()?,
        false => 0,
    };
    let digits = phone.national_number.checked_ilog10().unwrap_or(0) + 1;
    let country_code = u64::try_from(phone.country_code).ok()?;
    country_code
        .checked_mul(10_u64.checked_pow(zeroes + digits)?)?
        .checked_add(phone.national_number)
}

fn grade(number: u64, phone: &PhoneNumber) -> Result<(Grade, PhoneNumberType), Unreadable> {
    use PhoneNumberType::{FixedLineOrMobile, Mobile, Unknown};

    match PHONE_NUMBER_UTIL.get_number_type(phone) {
        Unknown if is_known_mobile(number) => Ok((Grade::Mobile, Mobile)),
        Unknown => check_length(phone).map(|()| (Grade::Possible, Unknown)),
        kind @ (Mobile | FixedLineOrMobile) => Ok((Grade::Mobile, kind)),
        kind => Ok((Grade::Valid, kind)),
    }
}

fn check_length(phone: &PhoneNumber) -> Result<(), Unreadable> {
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(phone) {
        Ok(NumberLengthType::IsPossible) => Ok(()),
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => Err(Unreadable::TooShort),
        Err(ValidationError::TooLong) => Err(Unreadable::TooLong),
        Err(ValidationError::InvalidLength) => Err(Unreadable::Length),
        Err(ValidationError::InvalidCountryCode) => Err(Unreadable::CountryCode),
    }
}

impl From<ParseError> for Unreadable {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::InvalidCountryCode => Self::CountryCode,
            ParseError::TooLongNsn => Self::TooLong,
            ParseError::NotANumber(_) | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Self::TooShort,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number_known_mobile() -> impl Strategy<Value = u64> {
        prop::sample::select(&MOBILE_RANGES[..])
            .prop_flat_map(|range| prop_oneof![Just(*range.start()), Just(*range.end()), range])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn a_known_mobile_is_what_the_plans_read(number in number_known_mobile()) {
            let read = read(&format!("+{number}"), None).map(|reading| (reading.subscriber, reading.grade));
            let known = known_mobile(&number.to_string()).expect("in a range");
            prop_assert_eq!(read, Ok((known, Grade::Mobile)));
        }

        #[test]
        fn digits_around_the_ranges_are_not_known(digits in "0{0,2}(8209|8211|78|80|4477008|4477010)[0-9]{4,9}") {
            prop_assert_eq!(known_mobile(&digits), None);
        }
    }
}
