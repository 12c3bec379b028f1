//! The several ways to read one address, and which of them wins.
//!
//!   +…, TON 1     exit prefix, international, national     the first that some range holds
//!   TON 2         exit prefix, national, international     the first that some range holds
//!   any other     exit prefix, national, international     the first that is mobile, or else that some range holds
//!
//! When no range holds any of them, the first whose length is possible wins: carriers write what they like into TON, and
//! ranges are opened faster than metadata is compiled. Only a handset that wrote to us is read by these rules, so an
//! address that says nothing about itself is taken for a mobile number where it can be one.

use volley_types::{Country, SubscriberId, Ton};

use crate::{
    digits::E164Digits,
    plan::{self, Grade, Reading, Unreadable},
    written::Written,
};

/// One way to read digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `00`, then a country code.
    ExitPrefix,
    /// A country code first.
    International,
    /// As dialled at home: with or without trunk prefix, with the country's own exit prefix, with its own country code.
    National,
}

/// How an address that begins with a country code is read.
const INTERNATIONAL_FIRST: [Way; 3] = [Way::ExitPrefix, Way::International, Way::National];

/// How every other address is read.
const NATIONAL_FIRST: [Way; 3] = [Way::ExitPrefix, Way::National, Way::International];

/// Fewest digits that may be a whole number by themselves. Below, it is a short code, unless the carrier says
/// otherwise and the plan agrees.
const WHOLE_NUMBER_DIGITS_MIN: usize = 7;

/// The handset that a carrier's address means, if any plan explains it.
pub(crate) fn of_address(text: &str, ton: Ton, home: Country) -> Option<SubscriberId> {
    if ton == Ton::ALPHANUMERIC {
        return None;
    }
    let written = Written::read(text.chars()).ok()?;
    let short = written.digits().len() < WHOLE_NUMBER_DIGITS_MIN;
    if written.is_marked_international() || ton == Ton::INTERNATIONAL {
        return if short { None } else { international(&written, home) };
    }
    let reading = match ton {
        Ton::NATIONAL => best(&written, &NATIONAL_FIRST, Grade::Valid, Some(home)),
        _ if short => return None,
        _ => best(&written, &NATIONAL_FIRST, Grade::Mobile, Some(home)),
    };
    let reading = reading.ok().filter(|reading| !short || reading.grade >= Grade::Valid)?;
    settled_at_home(reading, home)
}

fn international(written: &Written, home: Country) -> Option<SubscriberId> {
    if let Some(subscriber) = plan::known_mobile(written.digits()) {
        return Some(subscriber);
    }
    let reading = best(written, &INTERNATIONAL_FIRST, Grade::Valid, Some(home)).ok()?;
    settled_at_home(reading, home)
}

/// What some range holds reads as itself everywhere. What is only possible counts if its international form, reported
/// by a carrier of the same country, reads as the same number; else two keys would mean one phone.
fn settled_at_home(reading: Reading, home: Country) -> Option<SubscriberId> {
    if reading.grade >= Grade::Valid {
        return Some(reading.subscriber);
    }
    let digits = E164Digits::of(&reading.subscriber)?;
    let written = Written::read(digits.chars()).ok()?;
    let read_back = best(&written, &INTERNATIONAL_FIRST, Grade::Valid, Some(home)).ok()?;
    (read_back.subscriber == reading.subscriber).then_some(reading.subscriber)
}

/// The first reading that is good `enough`, or else the first of the best grade, or else the last way's fault.
pub(crate) fn best(
    written: &Written,
    ways: &[Way],
    enough: Grade,
    home: Option<Country>,
) -> Result<Reading, Unreadable> {
    let mut best = Err(Unreadable::TooShort);
    for outcome in ways.iter().filter_map(|way| way.read(written, home)) {
        if grade_of(&outcome) >= Some(enough) {
            return outcome;
        }
        if best.is_err() || grade_of(&outcome) > grade_of(&best) {
            best = outcome;
        }
    }
    best
}

fn grade_of(outcome: &Result<Reading, Unreadable>) -> Option<Grade> {
    outcome.as_ref().ok().map(|reading| reading.grade)
}

impl Way {
    /// `None` when the digits do not have the form this way reads.
    fn read(self, written: &Written, home: Option<Country>) -> Option<Result<Reading, Unreadable>> {
        match self {
            Self::ExitPrefix => Some(plan::read(written.after_exit_prefix()?.with_plus(), None)),
            Self::International => Some(plan::read(written.with_plus(), None)),
            Self::National => Some(plan::read(written.digits(), home)),
        }
    }
}
