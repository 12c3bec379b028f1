//! A receipt as data.

use serde_json::{Value, json};
use volley_smpp::Receipt;
use volley_smpp::receipt::{DeliveryKind, FailureKind, Outcome, StateSource};

use super::{Question, parameters};
use crate::error::CaseError;
use crate::input::{self, Object};

/// Answers a case of `dlr.json`: what is expected stands under `expect`, for the receipt has an `id` of its own.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let text = match input::text(case, "short_message_hex")? {
        Some(octets) => latin1(&input::hex_octets(octets)?),
        None => input::text(case, "short_message")?.unwrap_or_default().to_owned(),
    };
    let parameters = parameters::all(input::present(case, "tlvs"))?;
    Ok(data(&Question::new(input::integer(case, "esm_class")?, &text, parameters)))
}

/// The answer as data.
#[must_use]
pub fn data(question: &Question) -> Object {
    let receipt = question.receipt();
    let kind = question.kind();
    Object::from_iter([
        ("expect".to_owned(), Value::Object(expected(&receipt))),
        ("kind".to_owned(), kind.map(name_of_kind).into()),
        ("is_receipt".to_owned(), kind.map(DeliveryKind::is_receipt).into()),
        ("text_id".to_owned(), receipt.text_id.as_ref().map(|id| id.as_str()).into()),
        ("outcome".to_owned(), name_of_outcome(receipt.state.outcome()).into()),
    ])
}

/// The fields that `dlr.json` expects of a receipt.
pub(crate) fn expected(receipt: &Receipt) -> Object {
    let fields = json!({
        "id": receipt.id.as_ref().map(|id| id.as_str()),
        "sub": receipt.sub,
        "dlvrd": receipt.dlvrd,
        "submit_date": receipt.submit_date.map(|date| date.to_string()),
        "done_date": receipt.done_date.map(|date| date.to_string()),
        "stat_raw": receipt.stat_raw,
        "state": receipt.state.as_str(),
        "final": receipt.is_final(),
        "err_raw": receipt.err_raw,
        "text": receipt.text,
        "network_error": receipt.network_error.map(|error| json!({"type": error.network_type, "code": error.code})),
        "valid": receipt.is_attributable(),
        "state_source": name_of_source(receipt.state_source),
        "stat_known": receipt.stat_known,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Object::new(),
    }
}

/// Two names only: what no parameter decides, the text decides, by its silence too.
const fn name_of_source(source: StateSource) -> &'static str {
    match source {
        StateSource::Tlv => "tlv",
        StateSource::Text | StateSource::Nowhere => "text",
    }
}

const fn name_of_kind(kind: DeliveryKind) -> &'static str {
    match kind {
        DeliveryKind::Message => "message",
        DeliveryKind::Receipt => "receipt",
        DeliveryKind::DeliveryAcknowledgement => "delivery_acknowledgement",
        DeliveryKind::UserAcknowledgement => "user_acknowledgement",
        DeliveryKind::ConversationAbort => "conversation_abort",
        DeliveryKind::Intermediate => "intermediate",
        DeliveryKind::Reserved(_) => "reserved",
    }
}

const fn name_of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Enroute => "enroute",
        Outcome::Delivered => "delivered",
        Outcome::Failed(FailureKind::Expired) => "failed_expired",
        Outcome::Failed(FailureKind::Deleted) => "failed_deleted",
        Outcome::Failed(FailureKind::Undeliverable) => "failed_undeliverable",
        Outcome::Failed(FailureKind::Rejected) => "failed_rejected",
        Outcome::Failed(FailureKind::Skipped) => "failed_skipped",
        Outcome::Unknown => "unknown",
    }
}

/// One character for each octet.
fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}
