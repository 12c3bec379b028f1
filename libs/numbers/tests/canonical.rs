//! One phone, one key: every way that carriers and people write the same number, country by country.

use volley_numbers::subscriber_of;
use volley_types::{CarrierName, Country, DialAddress, Npi, SubscriberId, Ton};

const ANY: [u8; 4] = [0, 1, 2, 3];
const NOT_SAID: [u8; 1] = [0];
const INTERNATIONAL: [u8; 1] = [1];
const NATIONAL: [u8; 1] = [2];

fn key(digits: &str, ton: u8, home: &str) -> SubscriberId {
    let address = DialAddress::new(digits, Ton(ton), Npi::ISDN).expect("printable and short");
    let home = Country::new(home).expect("two letters");
    subscriber_of(&address, home, &CarrierName::new("skt").expect("a name"))
}

/// Asserts that every spelling, under each TON listed with it, is the handset `number`.
fn assert_one_phone(number: u64, home: &str, spellings: &[(&str, &[u8])]) {
    let phone = SubscriberId::e164(number).expect("7 to 15 digits");
    for (digits, tons) in spellings {
        for ton in *tons {
            let written = key(digits, *ton, home).to_written();
            assert_eq!(written, phone.to_written(), "{digits} ton {ton} home {home}");
        }
    }
}

#[test]
fn korean_mobile() {
    assert_one_phone(
        821_012_345_678,
        "KR",
        &[
            ("010-1234-5678", &ANY),
            ("01012345678", &ANY),
            ("1012345678", &ANY),
            ("821012345678", &ANY),
            ("+821012345678", &ANY),
            ("+82 010 1234 5678", &ANY),
            ("8201012345678", &ANY),
            ("82 10-1234-5678", &ANY),
            ("00821012345678", &ANY),
            ("+00821012345678", &ANY),
            ("001 82 10 1234 5678", &ANY),
            ("00700 82 10 1234 5678", &ANY),
        ],
    );
}

#[test]
fn korean_mobile_seen_from_elsewhere() {
    assert_one_phone(821_012_345_678, "US", &[("011 82 10 1234 5678", &ANY), ("821012345678", &ANY)]);
    assert_one_phone(
        821_012_345_678,
        "RU",
        &[("8~10 82 10 1234 5678", &ANY), ("8108210 12345678", &ANY), ("0082 1012345678", &ANY)],
    );
    assert_one_phone(821_012_345_678, "DE", &[("0082 10 1234 5678", &ANY), ("821012345678", &INTERNATIONAL)]);
}

#[test]
fn korean_numbers_that_are_not_mobile() {
    assert_one_phone(82_801_234_567, "KR", &[("080-123-4567", &ANY), ("+82801234567", &ANY)]);
    assert_one_phone(821_331_234_567, "KR", &[("0133-1234-567", &ANY), ("821331234567", &ANY)]);
    assert_one_phone(8_250_512_345_678, "KR", &[("0505-1234-5678", &ANY), ("+82 505 1234 5678", &ANY)]);
}

#[test]
fn russian_mobile() {
    let spellings: [(&str, &[u8]); 8] = [
        ("8 914 123-45-67", &ANY),
        ("89141234567", &ANY),
        ("+7 914 123-45-67", &ANY),
        ("79141234567", &ANY),
        ("9141234567", &ANY),
        ("+7 8 914 123 45 67", &ANY),
        ("007 914 123 45 67", &ANY),
        ("810 7 914 123 45 67", &ANY),
    ];
    assert_one_phone(79_141_234_567, "RU", &spellings);
    assert_one_phone(79_141_234_567, "KZ", &spellings[..5]);
    assert_one_phone(79_141_234_567, "KR", &[("79141234567", &ANY), ("+79141234567", &ANY)]);
}

#[test]
fn mexican_mobile_with_and_without_its_retired_prefixes() {
    assert_one_phone(
        525_512_345_678,
        "MX",
        &[
            ("+52 1 55 1234 5678", &ANY),
            ("+52 55 1234 5678", &ANY),
            ("5215512345678", &ANY),
            ("525512345678", &ANY),
            ("5512345678", &ANY),
            ("15512345678", &[2]),
            ("044 55 1234 5678", &ANY),
            ("045 55 1234 5678", &ANY),
            ("01 55 1234 5678", &ANY),
        ],
    );
    assert_one_phone(525_512_345_678, "US", &[("+52 1 55 1234 5678", &ANY), ("5215512345678", &INTERNATIONAL)]);
}

#[test]
fn argentine_mobile_with_9_or_15() {
    assert_one_phone(
        5_491_112_345_678,
        "AR",
        &[
            ("+54 9 11 1234 5678", &ANY),
            ("+54 11 15 1234 5678", &ANY),
            ("5491112345678", &ANY),
            ("011 15 1234-5678", &ANY),
            ("11 15 1234 5678", &NATIONAL),
            ("9 11 1234 5678", &ANY),
        ],
    );
    // Without 9 and 15 it is another subscriber's fixed line.
    assert_one_phone(541_112_345_678, "AR", &[("+54 11 1234 5678", &ANY), ("011 1234-5678", &ANY)]);
}

#[test]
fn north_american_number() {
    assert_one_phone(
        12_125_551_234,
        "US",
        &[
            ("(212) 555-1234", &ANY),
            ("2125551234", &ANY),
            ("12125551234", &ANY),
            ("+1 212 555 1234", &ANY),
            ("001 212 555 1234", &ANY),
        ],
    );
    assert_one_phone(12_125_551_234, "CN", &[("12125551234", &INTERNATIONAL), ("+12125551234", &ANY)]);
}

#[test]
fn brazilian_mobile_with_carrier_code() {
    assert_one_phone(
        5_511_987_654_321,
        "BR",
        &[
            ("0 15 11 98765-4321", &ANY),
            ("011 98765 4321", &ANY),
            ("11987654321", &ANY),
            ("+55 11 98765-4321", &ANY),
            ("5511987654321", &ANY),
        ],
    );
}

#[test]
fn european_mobiles_with_their_trunk_prefixes() {
    assert_one_phone(
        491_711_234_567,
        "DE",
        &[
            ("0171 1234567", &ANY),
            ("1711234567", &ANY),
            ("+49 (0)171 1234567", &ANY),
            ("491711234567", &[0, 1]),
            ("0049 171 1234567", &ANY),
        ],
    );
    assert_one_phone(
        447_911_123_456,
        "GB",
        &[("07911 123456", &ANY), ("7911123456", &ANY), ("+44 (0)7911 123456", &ANY), ("447911123456", &ANY)],
    );
    assert_one_phone(
        33_612_345_678,
        "FR",
        &[("06 12 34 56 78", &ANY), ("612345678", &ANY), ("+33 6 12 34 56 78", &ANY), ("33612345678", &ANY)],
    );
    assert_one_phone(
        393_471_234_567,
        "IT",
        &[("347 1234567", &ANY), ("+39 347 1234567", &ANY), ("393471234567", &ANY)],
    );
    assert_one_phone(
        36_201_234_567,
        "HU",
        &[("06 20 123 4567", &ANY), ("20 123 4567", &ANY), ("+36 20 123 4567", &ANY)],
    );
    assert_one_phone(
        375_291_234_567,
        "BY",
        &[("8 029 123 45 67", &ANY), ("29 123 45 67", &ANY), ("+375 29 123 45 67", &ANY)],
    );
}

#[test]
fn a_leading_zero_that_belongs_to_the_number_stays() {
    assert_one_phone(390_612_345_678, "IT", &[("06 1234 5678", &ANY), ("+39 06 1234 5678", &ANY)]);
    assert_one_phone(2_250_701_234_567, "CI", &[("07 01 23 45 67", &ANY), ("+225 07 01 23 45 67", &ANY)]);
}

#[test]
fn asian_and_african_mobiles() {
    assert_one_phone(
        8_613_800_138_000,
        "CN",
        &[("13800138000", &ANY), ("8613800138000", &ANY), ("+86 138 0013 8000", &ANY)],
    );
    assert_one_phone(
        919_812_345_678,
        "IN",
        &[("98123 45678", &ANY), ("098123 45678", &ANY), ("919812345678", &ANY), ("+91 98123 45678", &ANY)],
    );
    assert_one_phone(
        819_012_345_678,
        "JP",
        &[("090-1234-5678", &ANY), ("9012345678", &ANY), ("819012345678", &ANY), ("010 81 90 1234 5678", &ANY)],
    );
    assert_one_phone(
        6_281_234_567_890,
        "ID",
        &[("0812-3456-7890", &ANY), ("81234567890", &NATIONAL), ("6281234567890", &ANY)],
    );
    assert_one_phone(
        2_348_031_234_567,
        "NG",
        &[("0803 123 4567", &ANY), ("2348031234567", &ANY), ("8031234567", &ANY)],
    );
}

#[test]
fn an_address_that_says_nothing_is_taken_for_a_mobile_where_it_can_be_one() {
    // Germany's plan is so open that its own mobile numbers with country code also read as fixed lines.
    assert_one_phone(491_711_234_567, "DE", &[("491711234567", &NOT_SAID)]);
    assert_one_phone(49_491_711_234_567, "DE", &[("491711234567", &NATIONAL)]);
}

#[test]
fn a_plan_of_few_digits_is_read_where_the_carrier_says_national() {
    assert_one_phone(6_834_002, "NU", &[("4002", &NATIONAL), ("+6834002", &ANY), ("6834002", &INTERNATIONAL)]);
    assert_eq!(key("4002", 0, "NU").as_opaque(), Some("skt/0/4002"));
}

#[test]
fn what_no_plan_explains_is_keyed_by_carrier_ton_and_raw_digits() {
    for (digits, ton, home) in [
        ("4565", 0, "KR"),
        ("114", 6, "KR"),
        ("4565", 1, "KR"),
        ("88811", 0, "US"),
        ("#1234", 0, "KR"),
        ("MYBANK", 5, "KR"),
        ("821012345678", 5, "KR"),
        ("01012345678", 0, "ZZ"),
        ("1-800-FLOWERS", 1, "US"),
        ("", 0, "KR"),
        ("0000000", 1, "KR"),
        ("+99912345678", 1, "RU"),
        ("1234567890123456789012345678901234567890", 1, "KR"),
    ] {
        let wanted = format!("skt/{ton}/{digits}");
        assert_eq!(key(digits, ton, home).as_opaque(), Some(wanted.as_str()));
    }
}

#[test]
fn short_codes_of_two_carriers_stay_apart() {
    let address = DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap();
    let home = Country::new("KR").unwrap();
    let [skt, kt] = ["skt", "kt"].map(|name| subscriber_of(&address, home, &CarrierName::new(name).unwrap()));
    assert_ne!(skt, kt);
}
