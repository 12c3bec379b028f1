//! Optional parameters as cases and people write them: by name or tag, as numbers, strings or hexadecimal.

use serde_json::Value;
use volley_smpp::dissect::parameters::tag_of;
use volley_smpp::pdu::{Tlv, tag};
use volley_smpp::receipt::MessageState;

use crate::error::CaseError;
use crate::input::{self, hex_octets, integer_of};

/// Octets of a `network_error_code`: a type and a code of 16 bits.
const NETWORK_ERROR_OCTETS: usize = 3;

/// The parameters of a case: an object by name, or a list of `{tag, value_hex}` as in `smpp_pdus.json`.
pub(super) fn all(value: Option<&Value>) -> Result<Vec<Tlv>, CaseError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Object(named)) => named.iter().map(|(name, value)| parameter(name, value)).collect(),
        Some(Value::Array(listed)) => listed.iter().map(listed_parameter).collect(),
        Some(_) => Err(wrong("tlvs", "an object of parameters by name")),
    }
}

fn listed_parameter(value: &Value) -> Result<Tlv, CaseError> {
    let name = value["tag"].as_str().ok_or_else(|| wrong("tlvs.tag", "a string"))?;
    parameter(name, value)
}

/// One parameter, by the specification's name or a tag of four hexadecimal digits.
///
/// `receipted_message_id` and other strings are taken as they are; `message_state` is a number or the name of a state;
/// `network_error_code` is `{type, code}`, `3/6` or three octets in hexadecimal; `message_payload` is a text, or hexadecimal.
///
/// # Errors
/// If the name is not known, or the value does not fit it.
pub fn parameter(name: &str, value: &Value) -> Result<Tlv, CaseError> {
    let tag = tag_of(name)
        .or_else(|| tag_in(name))
        .ok_or_else(|| wrong(name, "the name or the tag of a parameter"))?;
    if let Some(octets) = value.get("value_hex").or_else(|| value.get("hex")).and_then(Value::as_str) {
        return hex_octets(octets).map(|octets| Tlv::new(tag, octets));
    }
    let octets = match tag {
        tag::MESSAGE_STATE => vec![state_in(value).ok_or_else(|| wrong(name, "a number or the name of a state"))?],
        tag::NETWORK_ERROR_CODE => {
            network_error_in(value).ok_or_else(|| wrong(name, "{type, code}, such as 3/6, or three octets"))?
        }
        tag::MESSAGE_PAYLOAD => payload_in(value).ok_or_else(|| wrong(name, "a string"))?,
        _ => octets_in(value).ok_or_else(|| wrong(name, "a string or a number"))?,
    };
    Ok(Tlv::new(tag, octets))
}

fn wrong(field: &str, wanted: &'static str) -> CaseError {
    CaseError::WrongKind { field: field.to_owned(), wanted }
}

fn tag_in(name: &str) -> Option<u16> {
    let digits = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")).unwrap_or(name);
    (digits.len() == 4).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

fn state_in(value: &Value) -> Option<u8> {
    let number = integer_of(value).and_then(|number| u8::try_from(number).ok());
    number.or_else(|| MessageState::from_word(value.as_str()?.trim()).map(|state| state as u8))
}

fn network_error_in(value: &Value) -> Option<Vec<u8>> {
    let (network, code) = match value {
        Value::Object(named) => (integer_of(named.get("type")?)?, integer_of(named.get("code")?)?),
        Value::String(text) => match text.split_once(['/', ':']) {
            Some((network, code)) => (input::number_in(network)?, input::number_in(code)?),
            None => return hex_octets(text).ok().filter(|octets| octets.len() == NETWORK_ERROR_OCTETS),
        },
        _ => return None,
    };
    let [high, low] = u16::try_from(code).ok()?.to_be_bytes();
    Some(vec![u8::try_from(network).ok()?, high, low])
}

/// The text of a receipt has colons, so that what is hexadecimal throughout is no such text, but its octets.
fn payload_in(value: &Value) -> Option<Vec<u8>> {
    hex_octets(value.as_str()?).ok().or_else(|| octets_in(value))
}

/// A string one octet a character where it can, else in UTF-8; a number in as few octets as hold it.
fn octets_in(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => {
            let latin1: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
            Some(latin1.unwrap_or_else(|| text.as_bytes().to_vec()))
        }
        Value::Number(number) => {
            let octets = number.as_u64()?.to_be_bytes();
            let zeros = octets[..7].iter().take_while(|octet| **octet == 0).count();
            Some(octets[zeros..].to_vec())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn octets(name: &str, value: Value) -> Vec<u8> {
        parameter(name, &value).expect("a parameter").value.to_vec()
    }

    #[test]
    fn a_parameter_may_be_written_in_many_ways() {
        assert_eq!(octets("receipted_message_id", json!("22\u{0}")), b"22\0");
        assert_eq!(octets("001E", json!({"value_hex": "323200"})), b"22\0");
        for state in [json!(2), json!("2"), json!("02"), json!("0x02"), json!("DELIVRD"), json!({"hex": "02"})] {
            assert_eq!(octets("message_state", state.clone()), [2], "{state}");
        }
        for code in [json!({"type": 3, "code": 6}), json!("3/6"), json!("030006"), json!({"value_hex": "03 00 06"})] {
            assert_eq!(octets("0x0423", code.clone()), [3, 0, 6], "{code}");
        }
        for text in [json!("id:7 stat:DELIVRD"), json!("69643a3720737461743a44454c49565244")] {
            assert_eq!(octets("message_payload", text.clone()), b"id:7 stat:DELIVRD", "{text}");
        }
    }

    #[test]
    fn what_fits_no_parameter_is_refused_by_name() {
        for (name, value) in [
            ("message_state", json!(300)),
            ("network_error_code", json!({"type": 3})),
            ("no_such_parameter", json!(1)),
            ("receipted_message_id", json!([1])),
        ] {
            let error = parameter(name, &value).expect_err("no parameter").to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
