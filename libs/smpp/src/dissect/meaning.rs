//! What values say, in words for a person at a support desk. `None` where the value speaks for itself.

use super::parameters::{ParameterForm, form_of, is_vendors, name_of};
use super::{Field, FieldValue};
use crate::pdu::tag;
use crate::receipt::{DeliveryKind, MessageState};
use crate::status::CommandStatus;
use crate::time::SmppTime;

/// What is said, if anything.
type Words = Option<String>;

/// Fields that `deliver_sm` has because `submit_sm` has them: when empty, they say nothing.
const UNUSED_BY_CARRIER: [&str; 5] = [
    "schedule_delivery_time",
    "validity_period",
    "registered_delivery",
    "replace_if_present_flag",
    "priority_flag",
];

/// What a field of the body says, in an operation that comes `from_carrier` or goes to it.
#[must_use]
pub fn of_field(field: &Field, from_carrier: bool) -> Words {
    let is_empty = match &field.value {
        FieldValue::Integer(value) => *value == 0,
        FieldValue::Text(text) => text.is_empty(),
        FieldValue::Octets(_) | FieldValue::List(_) => false,
    };
    match &field.value {
        _ if from_carrier && is_empty && UNUSED_BY_CARRIER.contains(&field.name) => None,
        FieldValue::Integer(value) => of_integer(field.name, *value, from_carrier),
        FieldValue::Text(text) => of_text(field.name, text),
        FieldValue::Octets(_) | FieldValue::List(_) => None,
    }
}

fn of_integer(name: &str, value: u32, from_carrier: bool) -> Words {
    let octet = u8::try_from(value).unwrap_or(u8::MAX);
    match name {
        "esm_class" => Some(esm_class(octet, from_carrier)),
        "interface_version" => Some(version(octet)),
        "registered_delivery" => Some(registered_delivery(octet)),
        "data_coding" => Some(data_coding(octet).to_owned()),
        "protocol_id" => protocol_id(octet),
        "message_state" => Some(state(octet)),
        "error_status_code" => Some(CommandStatus(value).to_string()),
        "priority_flag" => Some(if value == 0 { "not urgent" } else { "urgent" }.to_owned()),
        "replace_if_present_flag" => {
            Some(if value == 0 { "keeps earlier messages" } else { "replaces an earlier one" }.to_owned())
        }
        "sm_default_msg_id" => (value != 0).then(|| "a canned text of the carrier".to_owned()),
        "dest_flag" => Some(if value == 1 { "an address" } else { "a distribution list" }.to_owned()),
        "sm_length" => Some("octets of short_message".to_owned()),
        _ if name.ends_with("_ton") => Some(ton(octet).to_owned()),
        _ if name.ends_with("_npi") => Some(npi(octet).to_owned()),
        _ => None,
    }
}

fn of_text(name: &str, text: &str) -> Words {
    let empty = match name {
        "schedule_delivery_time" => "at once",
        "validity_period" => "as long as the carrier tries by itself",
        "service_type" => "the carrier's default",
        "final_date" => "not final yet",
        _ => "",
    };
    match name {
        _ if text.is_empty() => (!empty.is_empty()).then(|| empty.to_owned()),
        "schedule_delivery_time" | "validity_period" | "final_date" => Some(time(text)),
        "source_addr" | "destination_addr" if text.starts_with('+') => {
            Some("a `+` does not belong into an SMPP address".to_owned())
        }
        _ => None,
    }
}

/// What an optional parameter says.
#[must_use]
pub fn of_parameter(tag: u16, value: &[u8]) -> Words {
    match (tag, value) {
        (tag::NETWORK_ERROR_CODE, [network, high, low]) => {
            let code = u16::from_be_bytes([*high, *low]);
            let name = gsm_error(*network, code).map_or(String::new(), |name| format!(" ({name})"));
            Some(format!("{} error {code}{name}", network_type(*network)))
        }
        (tag::MESSAGE_STATE, [value]) => Some(state(*value)),
        (tag::SC_INTERFACE_VERSION, [value]) => Some(version(*value)),
        (tag::CONGESTION_STATE, [value]) => Some(format!("{value}: {}", congestion(*value))),
        (tag::QOS_TIME_TO_LIVE, [a, b, c, d]) => {
            Some(format!("valid for {}", seconds(u64::from(u32::from_be_bytes([*a, *b, *c, *d])))))
        }
        (_, [value]) => listed(tag, *value).or_else(|| number(tag, &[*value])),
        _ => number(tag, value).or_else(|| quoted(tag, value)),
    }
}

/// One-octet parameters whose values have names.
fn listed(tag: u16, value: u8) -> Words {
    let names: &[&str] = match name_of(tag) {
        "dest_addr_subunit" | "source_addr_subunit" => {
            &["unknown", "the display: shown and not kept", "the phone", "the SIM card", "an external unit"]
        }
        "dest_network_type" | "source_network_type" => {
            &["unknown", "GSM", "ANSI-136", "IS-95", "PDC", "PHS", "iDEN", "AMPS", "paging"]
        }
        "ms_availability_status" => &["can be reached", "is denied service", "cannot be reached"],
        "delivery_failure_reason" => &[
            "destination cannot be reached: try later",
            "destination address invalid: give up",
            "permanent network error: give up",
            "temporary network error: try later",
        ],
        "more_messages_to_send" => &["the last one", "more follow"],
        "dpf_result" => &["no delivery pending flag was set", "a delivery pending flag was set"],
        "set_dpf" => &["no delivery pending flag wanted", "delivery pending flag wanted"],
        "payload_type" => &["default", "WCMP"],
        "privacy_indicator" => &["not restricted", "restricted", "confidential", "secret"],
        "language_indicator" => &["unspecified", "English", "French", "Spanish", "German", "Portuguese"],
        "display_time" => &["for a moment", "as usual", "until acted upon"],
        _ => return None,
    };
    names.get(usize::from(value)).map(|name| format!("{value}: {name}"))
}

/// A value of one, two or four octets, where the parameter is a number.
fn number(tag: u16, value: &[u8]) -> Words {
    let known = form_of(tag) == ParameterForm::Integer && matches!(value.len(), 1 | 2 | 4);
    known.then(|| {
        let sum = value.iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
        sum.to_string()
    })
}

/// A value that is a string, by its form or, where the tag is the carrier's own, by its look.
fn quoted(tag: u16, value: &[u8]) -> Words {
    let text = value.strip_suffix(&[0]).unwrap_or(value);
    let printable = !text.is_empty() && text.iter().all(|octet| matches!(octet, b' '..=b'~'));
    let is_text = form_of(tag) == ParameterForm::Text || is_vendors(tag);
    (is_text && printable).then(|| format!("\"{}\"", crate::octets::latin1(text)))
}

/// Type of number (SMPP 3.4 §5.2.5).
#[must_use]
pub const fn ton(value: u8) -> &'static str {
    match value {
        0 => "kind not stated",
        1 => "international number",
        2 => "national number",
        3 => "network specific number",
        4 => "subscriber number",
        5 => "alphanumeric name",
        6 => "abbreviated number",
        _ => "a reserved value",
    }
}

/// Numbering plan (SMPP 3.4 §5.2.6).
#[must_use]
pub const fn npi(value: u8) -> &'static str {
    match value {
        0 => "plan not stated",
        1 => "telephone numbers (E.164)",
        3 => "data numbers (X.121)",
        4 => "telex numbers",
        6 => "land mobile (E.212)",
        8 => "national plan",
        9 => "private plan",
        10 => "ERMES",
        14 => "internet addresses",
        18 => "WAP client ids",
        _ => "a reserved value",
    }
}

/// What an `esm_class` says (SMPP 3.4 §5.2.12).
#[must_use]
pub fn esm_class(value: u8, from_carrier: bool) -> String {
    let kind = if from_carrier {
        match DeliveryKind::of(value) {
            DeliveryKind::Message => "a message from a phone",
            DeliveryKind::Receipt => "the carrier's delivery receipt",
            DeliveryKind::DeliveryAcknowledgement => "the receiving application acknowledges delivery",
            DeliveryKind::UserAcknowledgement => "the person acknowledges by hand",
            DeliveryKind::ConversationAbort => "the end of a conversation",
            DeliveryKind::Intermediate => "the carrier's intermediate notification",
            DeliveryKind::Reserved(_) => "a reserved kind",
        }
    } else {
        match value & 0x03 {
            0 => "the carrier's default mode",
            1 => "datagram mode",
            2 => "transaction mode",
            _ => "store and forward",
        }
    };
    let header = if value & 0x40 == 0 { "" } else { ", the text begins with a user data header" };
    let reply_path = if value & 0x80 == 0 { "" } else { ", a reply path is set" };
    format!("{kind}{header}{reply_path}")
}

/// What a `registered_delivery` asks for (SMPP 3.4 §5.2.17).
#[must_use]
pub fn registered_delivery(value: u8) -> String {
    let receipt = match value & 0x03 {
        0 => "no receipt",
        1 => "a receipt of success or failure",
        2 => "a receipt of failure only",
        _ => "a receipt of success only",
    };
    let acknowledgement = if value & 0x0C == 0 { "" } else { ", an acknowledgement by the receiver" };
    let intermediate = if value & 0x10 == 0 { "" } else { ", intermediate notifications" };
    format!("{receipt}{acknowledgement}{intermediate}")
}

/// The alphabet behind a `data_coding` (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4).
#[must_use]
pub const fn data_coding(value: u8) -> &'static str {
    match value {
        0x00 => "the carrier's default alphabet, mostly GSM 7-bit, one septet an octet",
        0x01 => "IA5 (ASCII)",
        0x02 | 0x04 => "8-bit binary",
        0x03 => "Latin-1 (ISO 8859-1)",
        0x05 => "JIS X 0208",
        0x06 => "Cyrillic (ISO 8859-5)",
        0x07 => "Hebrew (ISO 8859-8)",
        0x08 => "UCS-2 (UTF-16, big endian)",
        0x09 => "pictograms",
        0x0A => "ISO-2022-JP",
        0x0D => "extended Kanji JIS",
        0x0E => "Korean (KS C 5601)",
        0x10 | 0xF0 => "GSM 7-bit, class 0: shown at once and not kept (flash)",
        0x11..=0x13 | 0xF1..=0xF3 => "GSM 7-bit with a message class",
        0x18 => "UCS-2, class 0: shown at once and not kept (flash)",
        0x19..=0x1B => "UCS-2 with a message class",
        0x14..=0x17 | 0xF4..=0xF7 => "8-bit binary with a message class",
        0xC0..=0xDF => "a message-waiting indication, GSM 7-bit",
        0xE0..=0xEF => "a message-waiting indication, UCS-2",
        _ => "a reserved value",
    }
}

fn protocol_id(value: u8) -> Words {
    match value {
        0x00 => None,
        0x40 => Some("short message type 0: acknowledged and never shown".to_owned()),
        0x41..=0x47 => Some(format!("replaces a message of type {} on the phone", value - 0x40)),
        0x5F => Some("asks for a return call".to_owned()),
        _ => Some("a protocol of its own".to_owned()),
    }
}

/// The version an `interface_version` names.
#[must_use]
pub fn version(value: u8) -> String {
    match value {
        0x34 => "SMPP 3.4".to_owned(),
        0x50 => "SMPP 5.0".to_owned(),
        0x00..=0x33 => "SMPP 3.3 or older: no optional parameters".to_owned(),
        _ => format!("version 0x{value:02X}"),
    }
}

/// The state a `message_state` names.
#[must_use]
pub fn state(value: u8) -> String {
    match MessageState::from_code(value) {
        Some(state) if state.is_final() => format!("{state}, final"),
        Some(state) => format!("{state}, not final"),
        None => format!("state {value} has no name"),
    }
}

/// A time of the form `YYMMDDhhmmsstnnp`, as people say it.
#[must_use]
pub fn time(text: &str) -> String {
    match text.parse::<SmppTime>() {
        Ok(SmppTime::Relative(span)) => format!("{} from then on", seconds(span.to_duration().as_secs())),
        Ok(SmppTime::Absolute(_)) => {
            let pair = |at: usize| text.get(at..at + 2).unwrap_or_default();
            let quarters = pair(13).parse::<u32>().unwrap_or(0);
            format!(
                "20{}-{}-{} {}:{}:{} at UTC{}{:02}:{:02}",
                pair(0),
                pair(2),
                pair(4),
                pair(6),
                pair(8),
                pair(10),
                text.get(15..).unwrap_or_default(),
                quarters / 4,
                quarters % 4 * 15
            )
        }
        Err(_) => "not a time of the form YYMMDDhhmmsstnnp".to_owned(),
    }
}

/// A span in its two largest units.
fn seconds(total: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut left = total;
    let mut parts = Vec::new();
    for (size, name) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// The network of a `network_error_code` (SMPP 5.0 §4.8.4.42).
fn network_type(value: u8) -> String {
    match value {
        1 | 4 => "ANSI-136".to_owned(),
        2 | 5 => "IS-95".to_owned(),
        3 => "GSM".to_owned(),
        6 => "ANSI-41".to_owned(),
        7 => "SMPP".to_owned(),
        8 => "the message centre's own".to_owned(),
        _ => format!("network type {value},"),
    }
}

/// The usual names of GSM's codes, and whether they pass. Aggregators renumber them.
const fn gsm_error(network: u8, code: u16) -> Option<&'static str> {
    const GSM: u8 = 3;
    if network != GSM {
        return None;
    }
    Some(match code {
        1 => "unknown subscriber, permanent",
        5 => "unidentified subscriber, permanent",
        6 | 27 => "absent subscriber, temporary",
        9 => "illegal subscriber, permanent",
        11 => "teleservice not provisioned, permanent",
        12 => "illegal equipment, permanent",
        13 => "call barred, permanent",
        21 => "facility not supported, permanent",
        31 => "subscriber busy, temporary",
        32 => "delivery failure such as a full memory, temporary",
        33 => "message waiting list full, temporary",
        34 => "system failure, temporary",
        35 => "data missing, temporary",
        36 => "unexpected value, temporary",
        _ => return None,
    })
}

/// What a `congestion_state` asks for (SMPP 5.0 §4.8.4.18).
const fn congestion(value: u8) -> &'static str {
    match value {
        0 => "idle",
        1..=29 => "low load",
        30..=49 => "medium load",
        50..=79 => "high load",
        80..=89 => "the best load",
        90..=99 => "near congestion: send slower",
        100 => "congested: send slower",
        _ => "no meaning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(time("000000001000000R"), "10 minutes from then on");
        assert_eq!(time("000002013000000R"), "2 days 1 hour from then on");
        assert_eq!(time("261122173000036+"), "2026-11-22 17:30:00 at UTC+09:00");
        assert_eq!(time("tomorrow"), "not a time of the form YYMMDDhhmmsstnnp");
    }

    #[test]
    fn a_class_means_one_thing_on_the_way_out_and_another_on_the_way_in() {
        assert_eq!(esm_class(0x04, true), "the carrier's delivery receipt");
        assert_eq!(esm_class(0x43, false), "store and forward, the text begins with a user data header");
    }

    #[test]
    fn parameters_are_said_by_their_form() {
        let said = |tag, value: &[u8]| of_parameter(tag, value);
        assert_eq!(
            said(tag::NETWORK_ERROR_CODE, &[3, 0, 6]).as_deref(),
            Some("GSM error 6 (absent subscriber, temporary)")
        );
        assert_eq!(said(tag::MESSAGE_STATE, &[2]).as_deref(), Some("DELIVERED, final"));
        assert_eq!(said(tag::QOS_TIME_TO_LIVE, &[0, 0, 2, 0x58]).as_deref(), Some("valid for 10 minutes"));
        assert_eq!(said(tag::SAR_MSG_REF_NUM, &[0, 0xA7]).as_deref(), Some("167"));
        assert_eq!(said(tag::RECEIPTED_MESSAGE_ID, b"38601fa\0").as_deref(), Some("\"38601fa\""));
        assert_eq!(said(0x1400, b"1101\0").as_deref(), Some("\"1101\""));
        assert_eq!(said(tag::MESSAGE_PAYLOAD, b"secret"), None);
        assert_eq!(said(tag::CONGESTION_STATE, &[95]).as_deref(), Some("95: near congestion: send slower"));
    }
}
