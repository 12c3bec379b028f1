//! From TOML to a profile, or to every mistake in it.

use toml::{Table, Value};
use volley_smpp::{MessageIdBase, ReceiptSign, Tlv};
use volley_sms_text::{Encoding, EncodingSet, RefBits};
use volley_types::Country;

use crate::{
    codes::{errors, hexadecimal, statuses},
    errors::ErrorTable,
    fault::{Fault, Faults},
    profile::{
        Addresses, AtCarrier, BindStyle, Limits, MessageIds, Pace, Profile, ReceiptRules, SessionRules, Splitting,
        TextRules, Tls, TonNpi, ValidityForm, ValidityRules,
    },
    section::{Section, shown},
};

/// Octets of a profile as text.
pub const PROFILE_OCTETS_MAX: usize = 16 * 1024;

/// Octets of a `description`, of a file name and of a server name.
const TEXT_OCTETS_MAX: usize = 255;
/// Octets of `system_type` that are accepted; the specification allows 12.
const SYSTEM_TYPE_OCTETS_MAX: usize = 64;
/// Optional parameters a profile may add, and the octets of each.
const TLVS_MAX: usize = 16;
const TLV_OCTETS_MAX: usize = 255;

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600_000;

const ENCODINGS: [(&str, Encoding); 8] = [
    ("gsm7", Encoding::Gsm7),
    ("ascii", Encoding::Ascii),
    ("latin1", Encoding::Latin1),
    ("iso8859-5", Encoding::Iso8859_5),
    ("iso8859-8", Encoding::Iso8859_8),
    ("ksc5601", Encoding::KsC5601),
    ("cp949", Encoding::Cp949),
    ("ucs2", Encoding::Ucs2),
];

const ID_BASES: [(&str, Option<MessageIdBase>); 4] = [
    ("text", Some(MessageIdBase::Opaque)),
    ("unpadded", Some(MessageIdBase::Unpadded)),
    ("decimal", Some(MessageIdBase::Decimal)),
    ("hexadecimal", Some(MessageIdBase::Hexadecimal)),
];

/// Reads a profile.
///
/// # Errors
/// Every mistake in it.
pub fn read(text: &str) -> Result<Profile, Faults> {
    let whole = |fault: String| Faults(vec![Fault { key: String::new(), fault }]);
    if text.len() > PROFILE_OCTETS_MAX {
        return Err(whole(format!("the profile has {} octets; allowed are {PROFILE_OCTETS_MAX}", text.len())));
    }
    let root: Table = text
        .parse()
        .map_err(|error: toml::de::Error| whole(format!("is not TOML: {error}")))?;
    let mut faults = Vec::new();
    let profile = profile(&root, &mut faults);
    if faults.is_empty() { Ok(profile) } else { Err(Faults(faults)) }
}

fn profile(root: &Table, faults: &mut Vec<Fault>) -> Profile {
    let mut top = Section::new(root, "", faults);
    let description = top.text("description", TEXT_OCTETS_MAX).unwrap_or_default();
    let home = home(&mut top);
    for table in TABLES {
        top.value(table);
    }
    top.finish();
    let (statuses, by_status) = statuses(Section::new(root, "statuses", faults));
    Profile {
        description,
        home,
        session: session(Section::new(root, "session", faults)),
        tls: tls(Section::new(root, "tls", faults)),
        limits: limits(Section::new(root, "limits", faults)),
        pace: pace(Section::new(root, "pace", faults)),
        text: texts(Section::new(root, "text", faults)),
        addresses: addresses(Section::new(root, "addresses", faults)),
        message_ids: message_ids(Section::new(root, "message_ids", faults)),
        receipts: receipts(Section::new(root, "receipts", faults)),
        validity: validity(Section::new(root, "validity", faults)),
        at_carrier: at_carrier(Section::new(root, "at_carrier", faults)),
        statuses,
        errors: ErrorTable { statuses: by_status, errors: errors(Section::new(root, "errors", faults)) },
        tlvs: tlvs(Section::new(root, "tlvs", faults)),
    }
}

/// The tables of a profile.
const TABLES: [&str; 13] = [
    "session",
    "tls",
    "limits",
    "pace",
    "text",
    "addresses",
    "message_ids",
    "receipts",
    "validity",
    "at_carrier",
    "statuses",
    "errors",
    "tlvs",
];

fn home(top: &mut Section<'_>) -> Option<Country> {
    let code = top.text("home", TEXT_OCTETS_MAX).filter(|code| !code.is_empty())?;
    let home = Country::new(&code).ok();
    if home.is_none() {
        top.fault("home", format!("is {code:?}, and must be two capital letters (ISO 3166-1), such as \"KR\""));
    }
    home
}

fn session(mut section: Section<'_>) -> SessionRules {
    let mut rules = SessionRules::default();
    section.word("version", &[("3.3", 0x33), ("3.4", 0x34), ("5.0", 0x50)], &mut rules.interface_version);
    let styles = [
        ("auto", BindStyle::Auto),
        ("transceiver", BindStyle::Transceiver),
        ("pair", BindStyle::Pair),
        ("transmitter", BindStyle::Transmitter),
        ("receiver", BindStyle::Receiver),
    ];
    section.word("bind", &styles, &mut rules.bind);
    if let Some(system_type) = section.text("system_type", SYSTEM_TYPE_OCTETS_MAX) {
        rules.system_type = system_type;
    }
    let wait = (100, 10 * 60 * SECOND_MS);
    section.number("connect_timeout_ms", wait, &mut rules.connect_timeout_ms);
    section.number("bind_timeout_ms", wait, &mut rules.bind_timeout_ms);
    section.number("enquire_link_interval_ms", (SECOND_MS, HOUR_MS), &mut rules.enquire_link_interval_ms);
    section.number("enquire_link_timeout_ms", wait, &mut rules.enquire_link_timeout_ms);
    section.number("reconnect_first_ms", wait, &mut rules.reconnect_first_ms);
    section.number("reconnect_max_ms", (100, HOUR_MS), &mut rules.reconnect_max_ms);
    section.number("refused_pause_ms", (SECOND_MS, 24 * HOUR_MS), &mut rules.refused_pause_ms);
    if rules.reconnect_max_ms < rules.reconnect_first_ms {
        section.fault("reconnect_max_ms", format!("is less than reconnect_first_ms, {}", rules.reconnect_first_ms));
    }
    section.finish();
    rules
}

fn tls(mut section: Section<'_>) -> Option<Tls> {
    let mut enabled = section.is_there();
    section.flag("enabled", &mut enabled);
    let mut text = |key| section.text(key, TEXT_OCTETS_MAX).filter(|text| !text.is_empty());
    let tls = Tls {
        server_name: text("server_name"),
        ca_file: text("ca_file"),
        certificate_file: text("certificate_file"),
        key_file: text("key_file"),
    };
    if tls.certificate_file.is_some() != tls.key_file.is_some() {
        section.fault("certificate_file", "and key_file belong together: give both or none");
    }
    section.finish();
    enabled.then_some(tls)
}

fn limits(mut section: Section<'_>) -> Limits {
    let mut limits = Limits::default();
    section.number("binds", (0, 16), &mut limits.binds);
    section.number("window", (0, 1_000), &mut limits.window);
    section.number("segments_per_second", (0, 1_000_000), &mut limits.segments_per_second);
    section.number("segments_per_second_per_bind", (0, 1_000_000), &mut limits.segments_per_second_per_bind);
    section.finish();
    limits
}

fn pace(mut section: Section<'_>) -> Pace {
    let mut pace = Pace::default();
    section.number("throttle_keep_percent", (1, 99), &mut pace.throttle_keep_percent);
    section.number("recover_percent_per_second", (1, 100), &mut pace.recover_percent_per_second);
    section.number("congestion_ease_from", (0, 100), &mut pace.congestion_ease_from);
    section.number("breaker_refusals", (0, 10_000), &mut pace.breaker_refusals);
    section.number("breaker_pause_ms", (SECOND_MS, HOUR_MS), &mut pace.breaker_pause_ms);
    section.finish();
    pace
}

fn texts(mut section: Section<'_>) -> TextRules {
    let mut text = TextRules::default();
    let defaults = [("gsm7", Encoding::Gsm7), ("ascii", Encoding::Ascii), ("latin1", Encoding::Latin1)];
    section.word("default_alphabet", &defaults, &mut text.default_alphabet);
    section.flag("gsm7_packed", &mut text.gsm7_packed);
    if let Some(encodings) = section.words("encodings", &ENCODINGS) {
        text.encodings = EncodingSet::of(&encodings);
    }
    section.word(
        "splitting",
        &[("udh", Splitting::Udh), ("sar", Splitting::Sar), ("payload", Splitting::Payload)],
        &mut text.splitting,
    );
    let mut bits = 8;
    section.number("reference_bits", (8, 16), &mut bits);
    match bits {
        8 => text.reference_bits = RefBits::Eight,
        16 => text.reference_bits = RefBits::Sixteen,
        _ => section.fault("reference_bits", format!("is {bits}, and must be 8 or 16")),
    }
    section.number("parts_max", (1, 255), &mut text.parts_max);
    section.number("part_octets", (20, 254), &mut text.part_octets);
    if text.default_alphabet != Encoding::Gsm7 && text.encodings.contains(Encoding::Gsm7) {
        section.fault(
            "encodings",
            "has \"gsm7\", which goes as data_coding 0x00, and default_alphabet says that 0x00 is another",
        );
    }
    if !text.encodings.contains(Encoding::Ucs2) && !text.encodings.contains(Encoding::Gsm7) {
        section.fault("encodings", "has neither \"gsm7\" nor \"ucs2\": most texts could not be sent");
    }
    section.finish();
    text
}

fn addresses(mut section: Section<'_>) -> Addresses {
    let mut addresses = Addresses::default();
    let kinds = [
        ("short_code", &mut addresses.short_code),
        ("long_code", &mut addresses.long_code),
        ("standard", &mut addresses.standard),
        ("alphanumeric", &mut addresses.alphanumeric),
        ("destination", &mut addresses.destination),
    ];
    for (key, into) in kinds {
        *into = ton_npi(&mut section, key);
    }
    section.flag("plus", &mut addresses.plus);
    section.finish();
    addresses
}

/// `{ ton = 0, npi = 1 }`; an empty table says nothing.
fn ton_npi(section: &mut Section<'_>, key: &'static str) -> Option<TonNpi> {
    let value = section.value(key)?;
    let part = |name: &str, most: i64| {
        let number = value.get(name)?.as_integer().filter(|number| (0..=most).contains(number))?;
        u8::try_from(number).ok()
    };
    let table = value.as_table();
    if table.is_some_and(Table::is_empty) {
        return None;
    }
    match (part("ton", 6), part("npi", 18), table.map(Table::len)) {
        (Some(ton), Some(npi), Some(2)) => Some(TonNpi { ton, npi }),
        _ => {
            let fault = format!("is {}, and must be {{ ton = 0 to 6, npi = 0 to 18 }}", shown(value));
            section.fault(key, fault);
            None
        }
    }
}

fn message_ids(mut section: Section<'_>) -> MessageIds {
    let mut ids = MessageIds::default();
    section.word("response", &ID_BASES, &mut ids.response);
    section.word("receipt", &ID_BASES, &mut ids.receipt);
    if ids.response.is_some() != ids.receipt.is_some() {
        section.fault("", "needs both response and receipt, or neither");
    }
    section.finish();
    ids
}

fn receipts(mut section: Section<'_>) -> ReceiptRules {
    let mut rules = ReceiptRules::default();
    let requests = [("none", 0x00), ("final", 0x01), ("failure", 0x02), ("final-and-intermediate", 0x11)];
    section.word("request", &requests, &mut rules.registered_delivery);
    let signs = [
        ("esm_class", ReceiptSign::EsmClass),
        ("esm_class-or-content", ReceiptSign::EsmClassOrContent),
        ("esm_class-and-content", ReceiptSign::EsmClassAndContent),
    ];
    section.word("marked_by", &signs, &mut rules.sign);
    section.number("utc_offset_minutes", (-12 * 60, 14 * 60), &mut rules.utc_offset_minutes);
    section.finish();
    rules
}

fn at_carrier(mut section: Section<'_>) -> AtCarrier {
    let mut rules = AtCarrier::default();
    section.flag("cancel", &mut rules.cancel);
    section.flag("query", &mut rules.query);
    section.flag("replace", &mut rules.replace);
    section.finish();
    rules
}

fn validity(mut section: Section<'_>) -> ValidityRules {
    let mut rules = ValidityRules::default();
    let forms = [
        ("relative", ValidityForm::Relative),
        ("absolute", ValidityForm::Absolute),
        ("none", ValidityForm::None),
    ];
    section.word("form", &forms, &mut rules.form);
    section.number("longest_s", (0, 30 * 24 * 3_600), &mut rules.longest_s);
    section.finish();
    rules
}

/// `"0x1400" = { text = "1101" }`, or `hex`, `u8`, `u16`, `u32`.
fn tlvs(mut section: Section<'_>) -> Vec<Tlv> {
    let mut tlvs = Vec::new();
    for (key, value) in section.entries() {
        let tag = hexadecimal(key, u16::MAX.into()).and_then(|tag| u16::try_from(tag).ok());
        match (tag, tag.and_then(|tag| tlv(tag, value))) {
            (Some(_), Some(tlv)) if tlv.value.len() <= TLV_OCTETS_MAX => tlvs.push(tlv),
            (None, _) => section.fault(key, "is no tag: write it as \"0x1400\", up to \"0xFFFF\""),
            (Some(_), Some(_)) => section.fault(key, format!("is too long; allowed are {TLV_OCTETS_MAX} octets")),
            (Some(_), None) => section.fault(
                key,
                format!("is {}, and must be one of {{ text = \"…\" }}, {{ hex = \"0A0B\" }}, {{ u8 = 1 }}, {{ u16 = 1 }}, {{ u32 = 1 }}", shown(value)),
            ),
        }
    }
    if tlvs.len() > TLVS_MAX {
        section.fault("", format!("has {} parameters; allowed are {TLVS_MAX}", tlvs.len()));
    }
    tlvs
}

fn tlv(tag: u16, value: &Value) -> Option<Tlv> {
    let (form, value) = value.as_table().filter(|table| table.len() == 1)?.iter().next()?;
    match form.as_str() {
        "text" => value.as_str().filter(|text| text.is_ascii()).map(|text| Tlv::text(tag, text)),
        "hex" => octets(value.as_str()?).map(|octets| Tlv::new(tag, octets)),
        "u8" => u8::try_from(value.as_integer()?).ok().map(|number| Tlv::u8(tag, number)),
        "u16" => u16::try_from(value.as_integer()?).ok().map(|number| Tlv::u16(tag, number)),
        "u32" => u32::try_from(value.as_integer()?).ok().map(|number| Tlv::u32(tag, number)),
        _ => None,
    }
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
