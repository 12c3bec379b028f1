//! What values say, in words for a person at a support desk. `None` where the value speaks for itself.

mod network;
mod time;
mod values;

use network::{gsm_error, network_type};
use time::seconds;
pub use time::time;
use values::{congestion, protocol_id};
pub use values::{data_coding, esm_class, npi, registered_delivery, state, ton, version};

use super::parameters::{ParameterForm, form_of, is_vendors, name_of};
use super::{Field, FieldValue};
use crate::pdu::tag;
use crate::status::CommandStatus;

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

#[cfg(test)]
mod tests {
    use super::*;

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
