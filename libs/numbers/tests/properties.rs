//! NUM-1 to NUM-3, over addresses of every shape.

use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};
use volley_numbers::{
    E164Digits, TrunkPrefix, check_recipient, country_of, dial_international, dial_national, subscriber_of,
};
use volley_types::{CarrierName, Country, DialAddress, Npi, SubscriberId, Ton};

const HOMES: [&str; 16] =
    ["KR", "RU", "KZ", "US", "CA", "MX", "AR", "BR", "DE", "IT", "GB", "JP", "IN", "CN", "NU", "ZZ"];

fn carrier() -> CarrierName {
    CarrierName::new("skt").expect("a name")
}

fn any_home() -> impl Strategy<Value = Country> {
    prop_oneof![prop::sample::select(&HOMES[..]).prop_map(str::to_owned), "[A-Z]{2}"]
        .prop_map(|code| Country::new(&code).expect("two letters"))
}

/// Half of them 0, 1 or 2; the rest any octet.
fn any_ton() -> impl Strategy<Value = Ton> {
    prop_oneof![0..3u8, any::<u8>()].prop_map(Ton)
}

/// From what looks like a number to what does not.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{0,20}",
        "(\\+|00|011|810|8|0|)(82|7|52|54|1|49|39|55|81|)(0|1|9|15|)[0-9]{5,11}",
        "[0-9+() ./~-]{0,64}",
        "[ -~]{0,64}",
    ]
}

/// A number that some plan holds: an example of libphonenumber's with other last digits.
fn number_of_a_plan() -> impl Strategy<Value = u64> {
    let examples: Vec<String> = PHONE_NUMBER_UTIL
        .get_supported_regions()
        .filter_map(|region| PHONE_NUMBER_UTIL.get_example_number(region).ok())
        .map(|phone| phone.to_string())
        .collect();
    (prop::sample::select(examples), 0..10_000_u64).prop_map(|(example, tail)| {
        let number: u64 = example[1..].parse().expect("digits after a plus");
        number / 10_000 * 10_000 + tail
    })
}

/// NUM-3, for the example mobile number of every country.
#[test]
fn every_country_s_mobile_number_has_one_key_at_every_carrier() {
    let mut countries = 0;
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
        else {
            continue;
        };
        let recipient = check_recipient(&example.to_string(), None).unwrap();
        assert_eq!(recipient.subscriber.to_written(), example.to_string());
        for home in HOMES.map(|code| Country::new(code).unwrap()) {
            let dialled = dial_international(&recipient.subscriber);
            assert_eq!(subscriber_of(&dialled, home, &carrier()), recipient.subscriber, "{example} at {home}");
        }
        countries += 1;
    }
    assert!(countries > 200, "{countries} countries");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    /// NUM-1 and NUM-2.
    #[test]
    fn any_address_has_one_key_and_the_key_is_settled(
        text in any_text(), ton in any_ton(), npi in any::<u8>(), home in any_home(),
    ) {
        let address = DialAddress::new(&text, ton, Npi(npi)).unwrap();
        let key = subscriber_of(&address, home, &carrier());
        prop_assert_eq!(&subscriber_of(&address, home, &carrier()), &key);
        prop_assert_eq!(&subscriber_of(&dial_international(&key), home, &carrier()), &key);
    }

    #[test]
    fn octets_that_are_no_text_have_a_key_too(octets in prop::collection::vec(any::<u8>(), 0..100), ton in any_ton()) {
        let address = DialAddress::lossy(&octets, ton, Npi::UNKNOWN);
        let key = subscriber_of(&address, Country::new("KR").unwrap(), &carrier());
        prop_assert_eq!(subscriber_of(&dial_international(&key), Country::new("KR").unwrap(), &carrier()), key);
    }

    /// The plan number and its tail may be unassigned; then the front door says so, and nothing is claimed.
    #[test]
    fn an_accepted_recipient_has_the_same_key_at_every_carrier(
        number in number_of_a_plan(), home in any_home(), ton in prop::sample::select(&[0, 1, 2][..]),
    ) {
        let Ok(recipient) = check_recipient(&format!("+{number}"), None) else { return Ok(()) };
        let dialled = dial_international(&recipient.subscriber);
        prop_assert_eq!(&subscriber_of(&dialled, home, &carrier()), &recipient.subscriber);

        let marked = DialAddress::new(&format!("+{number}"), Ton(ton), Npi::ISDN).unwrap();
        prop_assert_eq!(&subscriber_of(&marked, home, &carrier()), &recipient.subscriber);
        prop_assert_eq!(country_of(&recipient.subscriber), recipient.country);
    }

    #[test]
    fn a_national_form_reads_back_at_home(number in number_of_a_plan(), with_trunk in any::<bool>()) {
        let subscriber = SubscriberId::e164(number).unwrap();
        let trunk = if with_trunk { TrunkPrefix::With } else { TrunkPrefix::Without };
        let Some(home) = country_of(&subscriber) else { return Ok(()) };
        if let Some(address) = dial_national(&subscriber, home, trunk) {
            prop_assert_eq!(subscriber_of(&address, home, &carrier()), subscriber);
        }
    }

    #[test]
    fn the_front_door_answers_any_text(input in "\\PC{0,40}", home in prop::option::of(any_home())) {
        if let Ok(recipient) = check_recipient(&input, home) {
            prop_assert!(recipient.subscriber.as_e164().is_some());
        }
    }

    /// Load tests draw recipients from these blocks: every one of them must pass.
    #[test]
    fn korean_and_russian_mobile_blocks_pass_whole(tail in 0..100_000_000_u64, code in 0..100_u64) {
        for number in [821_000_000_000 + tail, 79_000_000_000 + code * 10_000_000 + tail % 10_000_000] {
            let recipient = check_recipient(&format!("+{number}"), None);
            prop_assert_eq!(recipient.map(|recipient| recipient.subscriber.as_e164()), Ok(Some(number)));
        }
    }

    #[test]
    fn digits_are_the_number(number in 1_000_000..1_000_000_000_000_000_u64) {
        let digits = E164Digits::of(&SubscriberId::e164(number).unwrap()).unwrap();
        prop_assert_eq!(digits.as_str(), number.to_string());
        prop_assert_eq!(digits.prefixes().count(), digits.len());
    }
}
