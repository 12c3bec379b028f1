//! A profile in words: one sentence a line, in the order an engineer would ask.

use volley_smpp::{MessageIdBase, ReceiptSign};
use volley_sms_text::{Encoding, RefBits};

use crate::profile::{
    AtCarrier, BindStyle, Limits, MessageIds, Pace, Profile, ReceiptRules, SessionRules, Splitting, TextRules, Tls,
    TonNpi, ValidityForm, ValidityRules,
};

/// Says what the profile means.
#[must_use]
pub fn explain(profile: &Profile) -> Vec<String> {
    let mut lines = Vec::new();
    if !profile.description.is_empty() {
        lines.push(profile.description.clone());
    }
    if let Some(home) = profile.home {
        lines.push(format!("National numbers it writes are those of {home}."));
    }
    session(&profile.session, &mut lines);
    tls(profile.tls.as_ref(), &mut lines);
    limits(profile.limits, &mut lines);
    pace(profile.pace, &mut lines);
    text(&profile.text, &mut lines);
    addresses(profile, &mut lines);
    message_ids(profile.message_ids, &mut lines);
    receipts(profile.receipts, &mut lines);
    validity(profile.validity, &mut lines);
    at_carrier(profile.at_carrier, &mut lines);
    exceptions(profile, &mut lines);
    lines
}

fn session(rules: &SessionRules, lines: &mut Vec<String>) {
    let version = match rules.interface_version {
        0x33 => "3.3",
        0x50 => "5.0",
        _ => "3.4",
    };
    let bind = match rules.bind {
        BindStyle::Auto => "as a transceiver, or as a transmitter and a receiver where it refuses that (0x03)",
        BindStyle::Transceiver => "as transceivers only",
        BindStyle::Pair => "as a transmitter and a receiver",
        BindStyle::Transmitter => "as transmitters only: replies and receipts come only if it delivers them there",
        BindStyle::Receiver => "as receivers only: nothing is sent",
    };
    let system_type = match rules.system_type.as_str() {
        "" => String::new(),
        system_type => format!(", with system_type {system_type:?}"),
    };
    lines.push(format!("We bind with SMPP {version} {bind}{system_type}."));
    lines.push(format!(
        "A connection may take {}, the login {}; after {} of silence we ask whether it is there, and two answers missing for {} end \
         the session.",
        span(rules.connect_timeout_ms),
        span(rules.bind_timeout_ms),
        span(rules.enquire_link_interval_ms),
        span(rules.enquire_link_timeout_ms)
    ));
    lines.push(format!(
        "We come back after {}, doubling to {}; after a refused name or password after {}.",
        span(rules.reconnect_first_ms),
        span(rules.reconnect_max_ms),
        span(rules.refused_pause_ms)
    ));
}

fn tls(tls: Option<&Tls>, lines: &mut Vec<String>) {
    let Some(tls) = tls else {
        lines.push("The connection is plain TCP: use a VPN.".to_owned());
        return;
    };
    let name = tls.server_name.as_deref().unwrap_or("the account's host");
    let trusted = tls.ca_file.as_deref().unwrap_or("the system's authorities");
    let ours = match &tls.certificate_file {
        Some(file) => format!("we show the certificate in {file}"),
        None => "we show no certificate".to_owned(),
    };
    lines.push(format!("The connection is TLS: its certificate is for {name}, signed by {trusted}; {ours}."));
}

fn limits(limits: Limits, lines: &mut Vec<String>) {
    let most = |number: u32, one: &str| match number {
        0 => format!("any number of {one}s"),
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    lines.push(format!(
        "The contract allows {}, {} a session, {} a second in all and {} a second a session.",
        most(limits.binds.into(), "session"),
        most(limits.window.into(), "unanswered submit"),
        most(limits.segments_per_second, "segment"),
        most(limits.segments_per_second_per_bind, "segment")
    ));
}

fn pace(pace: Pace, lines: &mut Vec<String>) {
    lines.push(format!(
        "When it throttles we go on with {} % of the rate, and take {} % of it back each second.",
        pace.throttle_keep_percent, pace.recover_percent_per_second
    ));
    lines.push(match pace.congestion_ease_from {
        0 => "Its congestion_state is ignored.".to_owned(),
        from => format!("From a congestion_state of {from} on we ease off."),
    });
    lines.push(match pace.breaker_refusals {
        0 => "However much it refuses, we go on.".to_owned(),
        refusals => format!(
            "After {refusals} refusals in a row that are not about one message, nothing is sent for {}.",
            span(pace.breaker_pause_ms)
        ),
    });
}

fn text(rules: &TextRules, lines: &mut Vec<String>) {
    let packed = if rules.gsm7_packed { ", packed" } else { "" };
    lines.push(format!("data_coding 0x00 is {}{packed}.", name_of(rules.default_alphabet)));
    let encodings: Vec<_> = rules.encodings.for_text().map(name_of).collect();
    lines.push(format!(
        "Texts go in the cheapest of {}, in at most {} parts; a part holds {} octets where it is not GSM-7 or UCS-2.",
        encodings.join(", "),
        rules.parts_max,
        rules.part_octets
    ));
    let bits = match rules.reference_bits {
        RefBits::Eight => 8,
        RefBits::Sixteen => 16,
    };
    lines.push(match rules.splitting {
        Splitting::Udh => format!("Parts carry a header with a reference of {bits} bits."),
        Splitting::Sar => "Parts are numbered by the sar_ parameters.".to_owned(),
        Splitting::Payload => "A long text goes whole in one message_payload; the carrier splits it.".to_owned(),
    });
}

fn addresses(profile: &Profile, lines: &mut Vec<String>) {
    let addresses = &profile.addresses;
    let kinds = [
        ("short codes", addresses.short_code),
        ("national numbers", addresses.long_code),
        ("international senders", addresses.standard),
        ("senders with letters", addresses.alphanumeric),
        ("handsets", addresses.destination),
    ];
    let said = kinds.iter().filter_map(|(kind, pair)| {
        let TonNpi { ton, npi } = (*pair)?;
        Some(format!("{kind} have TON {ton} and NPI {npi}"))
    });
    let mut said: Vec<String> = said.collect();
    if addresses.plus {
        said.push("international numbers have a +".to_owned());
    }
    lines.push(match said.is_empty() {
        true => "Addresses are written as each number's record says, without +.".to_owned(),
        false => format!("Addresses: {}.", said.join("; ")),
    });
}

fn message_ids(ids: MessageIds, lines: &mut Vec<String>) {
    let base = |base: MessageIdBase| match base {
        MessageIdBase::Opaque => "as plain text",
        MessageIdBase::Unpadded => "as text without leading zeros",
        MessageIdBase::Decimal => "in decimal",
        MessageIdBase::Hexadecimal => "in hexadecimal",
    };
    lines.push(match (ids.response, ids.receipt) {
        (Some(response), Some(receipt)) => {
            format!("Message ids are given {}, and named in receipts {}.", base(response), base(receipt))
        }
        _ => {
            "How receipts name message ids is learned: as given, or in the other base where that is certain.".to_owned()
        }
    });
}

fn receipts(rules: ReceiptRules, lines: &mut Vec<String>) {
    let asked = match rules.registered_delivery {
        0x00 => "No receipts are asked for: nothing is ever known to be delivered.",
        0x02 => "Receipts are asked for failures only.",
        0x11 => "Receipts are asked for the end and on the way.",
        _ => "Receipts are asked for success and failure.",
    };
    let sign = match rules.sign {
        ReceiptSign::EsmClass => "esm_class alone",
        ReceiptSign::EsmClassOrContent => "esm_class, or a text that reads like one",
        ReceiptSign::EsmClassAndContent => "esm_class and a text that reads like one",
    };
    let (sign_of, minutes) =
        (if rules.utc_offset_minutes < 0 { '-' } else { '+' }, rules.utc_offset_minutes.unsigned_abs());
    lines.push(format!(
        "{asked} They are known by {sign}; their dates are UTC{sign_of}{:02}:{:02}.",
        minutes / 60,
        minutes % 60
    ));
}

fn validity(rules: ValidityRules, lines: &mut Vec<String>) {
    let form = match rules.form {
        ValidityForm::Relative => "The validity goes as a span",
        ValidityForm::Absolute => "The validity goes as a moment in UTC",
        ValidityForm::None => "No validity is sent",
    };
    let limit = match (rules.form, rules.longest_s) {
        (ValidityForm::None, _) | (_, 0) => String::new(),
        (_, longest_s) => format!(", at most {}", span(u64::from(longest_s) * 1_000)),
    };
    lines.push(format!("{form}{limit}."));
}

fn at_carrier(rules: AtCarrier, lines: &mut Vec<String>) {
    let asked = [
        (rules.cancel, "to cancel it when its client wants it back"),
        (rules.query, "what became of it before it counts as unknown"),
        (rules.replace, "to replace its text when its client wants that"),
    ];
    let asked: Vec<_> = asked.into_iter().filter_map(|(does, what)| does.then_some(what)).collect();
    lines.push(match asked.is_empty() {
        true => "About a message it has it is asked nothing more.".to_owned(),
        false => format!("About a message it has it is asked {}.", asked.join(", ")),
    });
}

fn exceptions(profile: &Profile, lines: &mut Vec<String>) {
    for (status, class) in profile.statuses.exceptions() {
        lines.push(format!("{status} counts as {class} here."));
    }
    for (status, code) in profile.errors.statuses() {
        lines.push(format!("{status} is told to clients as {code}."));
    }
    for (error, code) in profile.errors.errors() {
        lines.push(format!("Error {error} of a receipt is told to clients as {code}."));
    }
    for tlv in &profile.tlvs {
        lines.push(format!("Every submit_sm carries the parameter 0x{:04X} of {} octets.", tlv.tag, tlv.value.len()));
    }
}

fn name_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ascii => "ASCII",
        Encoding::Latin1 => "Latin-1",
        Encoding::Iso8859_5 => "ISO 8859-5",
        Encoding::Iso8859_8 => "ISO 8859-8",
        Encoding::KsC5601 => "KS C 5601 (0x0E)",
        Encoding::Cp949 => "CP949 (0x0E)",
        Encoding::Ucs2 => "UCS-2",
        Encoding::Binary => "octets",
    }
}

fn span(ms: u64) -> String {
    match ms {
        ms if ms % 3_600_000 == 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}
