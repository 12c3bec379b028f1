//! Messages as JSON for eyes and logs, with what is private hidden.
//!
//! Which fields are private is said once, in the contract: `[debug_redact = true]`. A message with such a field has a `Debug` that
//! goes through here (`build.rs` writes the list), so that no log line can show what `volley tail` would hide.

use std::{fmt, sync::LazyLock};

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, Value};
use serde_json::json;

use crate::proto::FILE_DESCRIPTOR_SET;

static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("build.rs compiled it"));

/// A message as JSON: field names as in the contract, ids and other octets in hexadecimal, private fields hidden.
pub(crate) fn to_json<M: Message + Name>(message: &M) -> serde_json::Value {
    let descriptor = CONTRACT
        .get_message_by_name(&M::full_name())
        .expect("all messages are in the contract");
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic.transcode_from(message).expect("its own encoding reads back");
    object(&dynamic)
}

fn object(message: &DynamicMessage) -> serde_json::Value {
    let entry = |(field, value): (FieldDescriptor, &Value)| (field.name().to_owned(), shown(&field, value));
    serde_json::Value::Object(message.fields().map(entry).collect())
}

fn shown(field: &FieldDescriptor, value: &Value) -> serde_json::Value {
    match value {
        Value::List(list) => list.iter().map(|value| shown(field, value)).collect(),
        value if is_private(field) => hidden(value).into(),
        value => plain(field, value),
    }
}

fn is_private(field: &FieldDescriptor) -> bool {
    let option = field
        .options()
        .get_field_by_name("debug_redact")
        .and_then(|value| value.as_bool());
    option.unwrap_or(false)
}

/// The length of a text, the last three digits of a number.
fn hidden(value: &Value) -> String {
    match value {
        Value::String(text) => format!("({} octets)", text.len()),
        Value::Bytes(octets) => format!("({} octets)", octets.len()),
        Value::U64(number) => format!("..{:03}", number % 1_000),
        _ => "(hidden)".to_owned(),
    }
}

fn plain(field: &FieldDescriptor, value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(truth) => json!(truth),
        Value::I32(number) => json!(number),
        Value::I64(number) => json!(number),
        Value::U32(number) => json!(number),
        Value::U64(number) => json!(number),
        Value::F32(number) => json!(number),
        Value::F64(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Bytes(octets) => json!(hex::encode(octets)),
        Value::EnumNumber(number) => word(field, *number),
        Value::Message(message) => object(message),
        Value::List(_) | Value::Map(_) => json!("(the contract nests no lists and has no maps)"),
    }
}

/// An enum value by its name, or its number where this version does not know it.
fn word(field: &FieldDescriptor, number: i32) -> serde_json::Value {
    match field.kind() {
        Kind::Enum(words) => words.get_value(number).map_or(json!(number), |word| json!(word.name())),
        _ => json!(number),
    }
}

/// `Debug` of a message with private fields.
pub(crate) fn debug<M: Message + Name>(message: &M, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}{}", M::NAME, to_json(message))
}

macro_rules! hides {
    ($message:path) => {
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                debug(self, f)
            }
        }
    };
}

mod hidden_messages {
    use std::fmt;

    use super::debug;
    use crate::proto::*;

    include!(concat!(env!("OUT_DIR"), "/hidden.rs"));
}

#[cfg(test)]
mod tests {
    use crate::proto::{admin, internal, messaging};

    #[test]
    fn a_request_in_a_log_line_shows_neither_number_nor_text() {
        let request = messaging::v1::SendMessageRequest {
            request_id: "r1".into(),
            from: "KR:4565".into(),
            to: "+821012345678".into(),
            text: "code 4711".into(),
            ..Default::default()
        };
        let shown = format!("{request:?}");
        assert!(shown.contains("KR:4565") && shown.contains("(13 octets)"), "{shown}");
        assert!(!shown.contains("12345678") && !shown.contains("4711"), "{shown}");
    }

    #[test]
    fn a_handset_shows_its_last_three_digits() {
        let subscriber = internal::v1::Subscriber { form: Some(internal::v1::subscriber::Form::E164(821_012_345_678)) };
        assert_eq!(format!("{subscriber:?}"), r#"Subscriber{"e164":"..678"}"#);
    }

    #[test]
    fn a_new_api_key_stays_out_of_the_log() {
        let response = admin::v1::CreateApiKeyResponse { api_key: "secret".into(), ..Default::default() };
        assert!(!format!("{response:?}").contains("secret"));
    }

    #[test]
    fn every_message_of_the_contract_can_be_shown() {
        for message in super::CONTRACT.all_messages() {
            super::object(&prost_reflect::DynamicMessage::new(message));
        }
    }
}
