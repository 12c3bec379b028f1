//! Fields whose values have names.

use crate::receipt::{DeliveryKind, MessageState};

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

/// What a `protocol_id` says, where it is not 0 (3GPP TS 23.040 §9.2.3.9).
pub(super) fn protocol_id(value: u8) -> Option<String> {
    match value {
        0x00 => None,
        0x40 => Some("short message type 0: acknowledged and never shown".to_owned()),
        0x41..=0x47 => Some(format!("replaces a message of type {} on the phone", value - 0x40)),
        0x5F => Some("asks for a return call".to_owned()),
        _ => Some("a protocol of its own".to_owned()),
    }
}

/// What a `congestion_state` asks for (SMPP 5.0 §4.8.4.18).
pub(super) const fn congestion(value: u8) -> &'static str {
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
