//! Receipts and replies as carriers brought them.

use volley_events::{CarrierMessageId, PartInfo, ReceiptArrived, ReplyArrived};
use volley_types::{AccountId, ArrivalId, CarrierName, Timestamp};

use crate::{
    error::{At, Fault, WireError},
    fields::{carrier_id, id, micros, octet, octets, required, short, text_or_empty, unless_empty},
    proto::internal::v1::{self as wire, ReceiptState},
    words::{number, word},
};

impl From<&ReceiptArrived> for wire::ReceiptArrived {
    fn from(receipt: &ReceiptArrived) -> Self {
        Self {
            arrival: id(receipt.arrival.to_bytes()),
            carrier: receipt.carrier.as_str().to_owned(),
            account: receipt.account.as_str().to_owned(),
            carrier_message_id: text_or_empty(receipt.carrier_message_id.as_ref().map(CarrierMessageId::as_str)),
            attempt: receipt.attempt.map(|(attempt, _)| attempt.into()),
            segment: receipt.attempt.map_or(0, |(_, segment)| segment.into()),
            subscriber: Some((&receipt.subscriber).into()),
            state: number::<ReceiptState, _>(receipt.state),
            error: receipt.error.clone(),
            done_at_us: micros(receipt.done_at),
            received_at_us: receipt.received_at.as_micros(),
            raw: Some((&receipt.raw).into()),
        }
    }
}

impl TryFrom<wire::ReceiptArrived> for ReceiptArrived {
    type Error = WireError;
    fn try_from(wire: wire::ReceiptArrived) -> Result<Self, WireError> {
        let segment = octet(wire.segment).at("receipt_arrived.segment")?;
        let attempt = wire.attempt.map(TryInto::try_into).transpose().at("receipt_arrived.attempt")?;
        let named = unless_empty(&wire.carrier_message_id, carrier_id);
        Ok(Self {
            arrival: octets(&wire.arrival).map(ArrivalId::from_bytes).at("receipt_arrived.arrival")?,
            carrier: CarrierName::new(&wire.carrier).at("receipt_arrived.carrier")?,
            account: AccountId::new(&wire.account).at("receipt_arrived.account")?,
            carrier_message_id: named.at("receipt_arrived.carrier_message_id")?,
            attempt: attempt.map(|attempt| (attempt, segment)),
            subscriber: required(wire.subscriber).at("receipt_arrived.subscriber")?,
            state: word::<ReceiptState, _>(wire.state).at("receipt_arrived.state")?,
            error: wire.error,
            done_at: wire.done_at_us.map(Timestamp::from_micros),
            received_at: Timestamp::from_micros(wire.received_at_us),
            raw: required(wire.raw).at("receipt_arrived.raw")?,
        })
    }
}

impl From<&ReplyArrived> for wire::ReplyArrived {
    fn from(reply: &ReplyArrived) -> Self {
        Self {
            arrival: id(reply.arrival.to_bytes()),
            carrier: reply.carrier.as_str().to_owned(),
            account: reply.account.as_str().to_owned(),
            subscriber: Some((&reply.subscriber).into()),
            source: Some((&reply.source).into()),
            destination: Some((&reply.destination).into()),
            data_coding: reply.data_coding.into(),
            esm_class: reply.esm_class.into(),
            octets: Some((&reply.octets).into()),
            part: reply.part.map(Into::into),
            received_at_us: reply.received_at.as_micros(),
            possible_repeat: reply.possible_repeat,
        }
    }
}

impl TryFrom<wire::ReplyArrived> for ReplyArrived {
    type Error = WireError;
    fn try_from(wire: wire::ReplyArrived) -> Result<Self, WireError> {
        Ok(Self {
            arrival: octets(&wire.arrival).map(ArrivalId::from_bytes).at("reply_arrived.arrival")?,
            carrier: CarrierName::new(&wire.carrier).at("reply_arrived.carrier")?,
            account: AccountId::new(&wire.account).at("reply_arrived.account")?,
            subscriber: required(wire.subscriber).at("reply_arrived.subscriber")?,
            source: required(wire.source).at("reply_arrived.source")?,
            destination: required(wire.destination).at("reply_arrived.destination")?,
            data_coding: octet(wire.data_coding).at("reply_arrived.data_coding")?,
            esm_class: octet(wire.esm_class).at("reply_arrived.esm_class")?,
            octets: required(wire.octets).at("reply_arrived.octets")?,
            part: wire.part.map(TryInto::try_into).transpose().at("reply_arrived.part")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
            possible_repeat: wire.possible_repeat,
        })
    }
}

impl From<PartInfo> for wire::PartInfo {
    fn from(part: PartInfo) -> Self {
        Self {
            reference: part.reference.into(),
            total: part.total.into(),
            sequence: part.sequence.into(),
        }
    }
}

impl TryFrom<wire::PartInfo> for PartInfo {
    type Error = Fault;
    fn try_from(wire: wire::PartInfo) -> Result<Self, Fault> {
        Ok(Self {
            reference: short(wire.reference)?,
            total: octet(wire.total)?,
            sequence: octet(wire.sequence)?,
        })
    }
}
