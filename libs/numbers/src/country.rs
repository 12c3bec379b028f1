//! The country of a number.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};
use volley_types::{Country, SubscriberId};

use crate::{digits::E164Digits, plan};

/// The country whose plan holds the number; where several share a country code and none claims it, the largest.
///
/// `None` for an opaque subscriber, and for the country codes of no country (satellite and global networks, +8xx).
/// Derived from the numbering plans: use it, do not store it.
pub fn country_of(subscriber: &SubscriberId) -> Option<Country> {
    let digits = E164Digits::of(subscriber)?;
    country_of_phone(&plan::parse(digits.with_plus(), None).ok()?)
}

pub(crate) fn country_of_phone(phone: &PhoneNumber) -> Option<Country> {
    let region = PHONE_NUMBER_UTIL
        .get_region_for_number(phone)
        .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(phone.country_code))?;
    Country::new(&region.as_region_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(number: u64) -> Option<String> {
        country_of(&SubscriberId::e164(number).unwrap()).map(|country| country.to_string())
    }

    #[test]
    fn countries_that_share_a_code_are_told_apart() {
        assert_eq!(country(79_141_234_567).as_deref(), Some("RU"));
        assert_eq!(country(77_011_234_567).as_deref(), Some("KZ"));
        assert_eq!(country(12_125_550_100).as_deref(), Some("US"));
        assert_eq!(country(16_045_550_100).as_deref(), Some("CA"));
        assert_eq!(country(447_700_900_123).as_deref(), Some("GB"));
    }

    #[test]
    fn a_satellite_network_and_an_opaque_subscriber_have_no_country() {
        assert_eq!(country(881_612_345_678), None);
        assert_eq!(country_of(&SubscriberId::opaque("skt/0/4565").unwrap()), None);
    }
}
