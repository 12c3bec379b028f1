//! The message a PDU carries, as a phone shows it.

use volley_smpp::Receipt;
use volley_smpp::dissect::{Dissection, FieldValue};
use volley_smpp::pdu::{Tlv, Tlvs, tag};
use volley_smpp::receipt::DeliveryKind;
use volley_sms_text::{Concatenation, DecodeOptions, DecodedText, Part, RefBits, decode};

/// What a PDU carries, if it carries a message.
pub(crate) struct Reading {
    /// The text.
    pub(crate) decoded: DecodedText,
    /// The place of the part in a longer message, by header or by `sar_` parameters.
    pub(crate) place: Option<Concatenation>,
    /// The receipt it is, by its esm_class.
    pub(crate) receipt: Option<Receipt>,
}

/// Reads the message of a PDU with the carrier's usual settings: GSM 7-bit behind data_coding 0, unpacked.
pub(crate) fn read(dissection: &Dissection) -> Option<Reading> {
    let octets = match dissection.field("short_message") {
        Some(FieldValue::Octets(octets)) if !octets.is_empty() => octets,
        _ => dissection.parameter(tag::MESSAGE_PAYLOAD)?,
    };
    let octet = |name| dissection.integer(name).and_then(|value| u8::try_from(value).ok()).unwrap_or(0);
    let (data_coding, esm_class) = (octet("data_coding"), octet("esm_class"));
    let decoded = decode(Part { data_coding, esm_class, octets }, &DecodeOptions::default());
    let tlvs = tlvs(dissection);
    let place = decoded.concatenation.or_else(|| sar(&tlvs));
    let is_receipt = from_carrier(dissection) && DeliveryKind::of(esm_class).is_receipt();
    let receipt = is_receipt.then(|| Receipt::read(octets, data_coding, &tlvs));
    Some(Reading { decoded, place, receipt })
}

/// Whether the PDU comes from the carrier, so that its esm_class says what it brings. A `data_sm` goes both ways: it does if it brings
/// anything but a plain message.
pub(crate) fn from_carrier(dissection: &Dissection) -> bool {
    const DELIVER_SM: u32 = 0x05;
    const DATA_SM: u32 = 0x103;
    const KIND_BITS: u32 = 0x3C;
    let brings = || dissection.integer("esm_class").is_some_and(|class| class & KIND_BITS != 0);
    dissection.command_id == DELIVER_SM || (dissection.command_id == DATA_SM && brings())
}

fn tlvs(dissection: &Dissection) -> Tlvs {
    let parameters = dissection.parameters.iter().flatten();
    parameters
        .map(|parameter| Tlv::new(parameter.tag, parameter.value.clone()))
        .collect()
}

fn sar(tlvs: &Tlvs) -> Option<Concatenation> {
    let part = tlvs.sar_part()?;
    Concatenation::new(part.reference, RefBits::Sixteen, part.total, part.number)
}
