//! A PDU as data.

use serde_json::{Value, json};
use volley_smpp::dissect::{Dissection, Field, FieldValue, NoHeader, Parameter, dissect};

use crate::error::CaseError;
use crate::input::{self, Object, hex_octets};
use crate::reading::{self, Reading};
use crate::receipt;

/// Answers a case of `smpp_pdus.json`.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let octets = hex_octets(input::needed_text(case, "hex")?)?;
    data(&octets).map_err(|error| CaseError::Unanswerable(error.to_string()))
}

/// The answer as data. Where the PDU stops making sense, `error` says so beside the fields before that place.
///
/// # Errors
/// If there are fewer octets than a header has.
pub fn data(octets: &[u8]) -> Result<Object, NoHeader> {
    let dissection = dissect(octets)?;
    let mut answer = Object::from_iter([
        ("length".to_owned(), dissection.command_length.into()),
        ("command".to_owned(), dissection.operation().map(|operation| operation.name).into()),
        ("command_id".to_owned(), dissection.command_id.into()),
        ("command_status".to_owned(), dissection.status.0.into()),
        ("sequence_number".to_owned(), dissection.sequence.into()),
        ("fields".to_owned(), Value::Object(all_fields(&dissection))),
    ]);
    if let Some(name) = dissection.status.name() {
        answer.insert("status".to_owned(), name.into());
    }
    if let Some(reading) = reading::read(&dissection) {
        describe(&mut answer, &reading);
    }
    if !dissection.remarks.is_empty() {
        let remarks = dissection.remarks.iter().map(ToString::to_string);
        answer.insert("remarks".to_owned(), remarks.map(Value::from).collect());
    }
    if let Some(fault) = &dissection.fault {
        answer.insert("error".to_owned(), fault.to_string().into());
    }
    Ok(answer)
}

fn all_fields(dissection: &Dissection) -> Object {
    let mut fields = fields(&dissection.fields);
    if let Some(parameters) = &dissection.parameters {
        fields.insert("tlvs".to_owned(), parameters.iter().map(parameter).collect());
    }
    fields
}

fn fields(fields: &[Field]) -> Object {
    fields.iter().map(field).collect()
}

fn field(field: &Field) -> (String, Value) {
    let name = field.name.to_owned();
    match &field.value {
        FieldValue::Integer(value) => (name, (*value).into()),
        FieldValue::Text(text) => (name, text.as_str().into()),
        FieldValue::Octets(octets) => (format!("{name}_hex"), hex::encode(octets).into()),
        FieldValue::List(groups) => (name, groups.iter().map(|group| Value::Object(fields(group))).collect()),
    }
}

fn parameter(parameter: &Parameter) -> Value {
    json!({"tag": format!("{:04X}", parameter.tag), "value_hex": hex::encode(&parameter.value)})
}

fn describe(answer: &mut Object, reading: &Reading) {
    answer.insert("text".to_owned(), reading.decoded.text.as_str().into());
    answer.insert("text_is_certain".to_owned(), (!reading.decoded.flagged).into());
    if let Some(place) = reading.place {
        let part = json!({"reference": place.reference(), "total": place.total(), "sequence": place.sequence()});
        answer.insert("part".to_owned(), part);
    }
    if let Some(receipt) = &reading.receipt {
        answer.insert("receipt".to_owned(), Value::Object(receipt::expected(receipt)));
    }
}
