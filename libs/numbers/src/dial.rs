//! From a key to the address that a carrier is asked to reach.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, get_national_significant_number_owned};
use volley_types::{Country, DialAddress, Npi, SubscriberId, Ton};

use crate::{digits::E164Digits, plan, reading};

/// Whether a national form starts with what is dialled before a number at home, where anything is: `0` in Korea, `8` in Russia.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrunkPrefix {
    /// `1012345678`.
    #[default]
    Without,
    /// `01012345678`.
    With,
}

/// The international form: TON 1, NPI 1, country code and number without `+` (SMPP 3.4 §5.2.5).
///
/// An opaque subscriber is written back as its carrier reported it, with that TON and NPI 0; only that carrier can reach it,
/// and nobody can when it has letters.
pub fn dial_international(subscriber: &SubscriberId) -> DialAddress {
    match E164Digits::of(subscriber) {
        Some(digits) => address(&digits, Ton::INTERNATIONAL),
        None => as_reported(subscriber.as_opaque().unwrap_or_default()),
    }
}

/// The national form, TON 2, NPI 1, for a carrier that wants numbers of its own country so.
///
/// `None` when the number has another country code than `home`, or when its national form would not read as the same number.
pub fn dial_national(subscriber: &SubscriberId, home: Country, trunk: TrunkPrefix) -> Option<DialAddress> {
    let phone = plan::parse(E164Digits::of(subscriber)?.with_plus(), None).ok()?;
    let region = plan::region_of(home)?;
    if PHONE_NUMBER_UTIL.get_country_code_for_region(region) != Some(phone.country_code) {
        return None;
    }
    let digits = match trunk {
        TrunkPrefix::Without => get_national_significant_number_owned(&phone),
        TrunkPrefix::With => as_dialled_at_home(&phone),
    };
    let read_back = reading::of_address(&digits, Ton::NATIONAL, home)?;
    (read_back == *subscriber).then(|| address(&digits, Ton::NATIONAL))
}

fn as_dialled_at_home(phone: &PhoneNumber) -> String {
    let formatted = PHONE_NUMBER_UTIL.format(phone, PhoneNumberFormat::National);
    PHONE_NUMBER_UTIL.normalize_digits_only(&*formatted)
}

fn address(digits: &str, ton: Ton) -> DialAddress {
    DialAddress::new(digits, ton, Npi::ISDN).expect("a few ASCII digits")
}

/// Reads `carrier/ton/digits` back; a text of any other form stands for itself.
fn as_reported(opaque: &str) -> DialAddress {
    let mut parts = opaque.splitn(3, '/').skip(1);
    let ton = parts.next().and_then(|ton| ton.parse().ok()).map(Ton);
    match (ton, parts.next()) {
        (Some(ton), Some(digits)) => DialAddress::lossy(digits.as_bytes(), ton, Npi::UNKNOWN),
        _ => DialAddress::lossy(opaque.as_bytes(), Ton::UNKNOWN, Npi::UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn national(number: u64, home: &str, trunk: TrunkPrefix) -> Option<String> {
        let subscriber = SubscriberId::e164(number).unwrap();
        let address = dial_national(&subscriber, Country::new(home).unwrap(), trunk)?;
        assert_eq!((address.ton, address.npi), (Ton::NATIONAL, Npi::ISDN));
        Some(address.digits().to_owned())
    }

    #[test]
    fn a_number_is_dialled_with_its_country_code() {
        let address = dial_international(&SubscriberId::e164(821_012_345_678).unwrap());
        let wanted = DialAddress::new("821012345678", Ton::INTERNATIONAL, Npi::ISDN).unwrap();
        assert_eq!(address, wanted);
    }

    #[test]
    fn the_national_form_has_the_trunk_prefix_of_its_country_on_request() {
        use TrunkPrefix::{With, Without};

        for (number, home, without, with) in [
            (821_012_345_678, "KR", "1012345678", "01012345678"),
            (79_141_234_567, "RU", "9141234567", "89141234567"),
            (447_911_123_456, "GB", "7911123456", "07911123456"),
            (393_471_234_567, "IT", "3471234567", "3471234567"),
            (2_250_701_234_567, "CI", "0701234567", "0701234567"),
        ] {
            assert_eq!(national(number, home, Without).as_deref(), Some(without), "{home}");
            assert_eq!(national(number, home, With).as_deref(), Some(with), "{home}");
        }
    }

    #[test]
    fn a_foreign_number_has_no_national_form() {
        assert_eq!(national(79_141_234_567, "KR", TrunkPrefix::Without), None);
        assert_eq!(national(79_141_234_567, "ZZ", TrunkPrefix::Without), None);
    }

    #[test]
    fn an_opaque_subscriber_is_written_as_its_carrier_reported_it() {
        let address = dial_international(&SubscriberId::opaque("skt/5/A/B").unwrap());
        assert_eq!((address.digits(), address.ton), ("A/B", Ton::ALPHANUMERIC));
        let foreign = dial_international(&SubscriberId::opaque("masked").unwrap());
        assert_eq!((foreign.digits(), foreign.ton), ("masked", Ton::UNKNOWN));
    }
}
