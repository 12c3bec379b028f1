//! What travels over a session, as owned values.
//!
//!   octets --framing--> Pdu::SubmitSmResp, Pdu::DeliverSm, ...   hot: read and written here
//!                       Pdu::Other(query_sm_resp, ...)           cold: left to `rusmpp`
//!
//! No `Debug` here shows a text or a whole number.

mod address;
mod ask;
mod bind;
mod convert;
mod deliver;
mod message;
mod other;
mod response;
mod submit;
mod tlv;

pub use address::{ADDRESS_OCTETS_ACCEPTED, ADDRESS_OCTETS_MAX, Address};
pub use ask::{QueryAnswer, Replacement};
pub use bind::{Bind, BindMode, BindResp, CREDENTIAL_OCTETS_MAX, Outbind};
pub use convert::ConvertError;
pub use deliver::{DeliverOperation, DeliverSm};
pub use message::SHORT_MESSAGE_OCTETS_MAX;
pub use other::OtherPdu;
pub use response::{
    CarrierMessageId, MESSAGE_ID_OCTETS_ACCEPTED, MESSAGE_ID_OCTETS_MAX, SubmitResp, encode_deliver_resp, encode_header,
};
pub use submit::SubmitSm;
pub use tlv::{NetworkErrorCode, SarPart, TLVS_OCTETS_MAX, Tlv, Tlvs, tag};

use bytes::Bytes;
use rusmpp::CommandId;

use crate::octets::{BodyError, HEADER_OCTETS, Reader};

/// The body of one PDU, of either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// A login in any of the three modes.
    Bind(Box<Bind>),
    /// The answer to a login.
    BindResp(Box<BindResp>),
    /// A carrier that asks to be bound to.
    Outbind(Box<Outbind>),
    /// A message to a phone.
    SubmitSm(Box<SubmitSm>),
    /// The answer to a `submit_sm`.
    SubmitSmResp(SubmitResp),
    /// A message or receipt from the carrier, by `deliver_sm` or `data_sm`.
    DeliverSm(Box<DeliverSm>),
    /// The answer to a `deliver_sm`. Its empty message id is not kept.
    DeliverSmResp,
    /// The answer to a `data_sm`.
    DataSmResp(SubmitResp),
    /// The end of the session is asked for.
    Unbind,
    /// The end of the session is agreed to.
    UnbindResp,
    /// Is anybody there?
    EnquireLink,
    /// Somebody is.
    EnquireLinkResp,
    /// A request was not understood.
    GenericNack,
    /// Every other operation of the specifications.
    Other(OtherPdu),
}

impl Pdu {
    /// Reads the body of `pdu`, one whole PDU with its header.
    pub(crate) fn decode(command: CommandId, pdu: &[u8]) -> Result<Self, BodyError> {
        let body = &pdu[HEADER_OCTETS..];
        Ok(match command {
            CommandId::SubmitSmResp => Self::SubmitSmResp(SubmitResp::decode(body)),
            CommandId::DeliverSm => Self::DeliverSm(Box::new(DeliverSm::decode_deliver(Bytes::copy_from_slice(pdu))?)),
            CommandId::DataSm => Self::DeliverSm(Box::new(DeliverSm::decode_data(Bytes::copy_from_slice(pdu))?)),
            CommandId::SubmitSm => Self::SubmitSm(Box::new(SubmitSm::decode(&Bytes::copy_from_slice(pdu))?)),
            CommandId::DeliverSmResp => Self::DeliverSmResp,
            CommandId::DataSmResp => Self::DataSmResp(SubmitResp::decode(body)),
            CommandId::EnquireLink => Self::EnquireLink,
            CommandId::EnquireLinkResp => Self::EnquireLinkResp,
            CommandId::Unbind => Self::Unbind,
            CommandId::UnbindResp => Self::UnbindResp,
            CommandId::GenericNack => Self::GenericNack,
            CommandId::BindTransceiver => Self::bind(BindMode::Transceiver, body)?,
            CommandId::BindTransmitter => Self::bind(BindMode::Transmitter, body)?,
            CommandId::BindReceiver => Self::bind(BindMode::Receiver, body)?,
            CommandId::BindTransceiverResp => Self::bind_resp(BindMode::Transceiver, body),
            CommandId::BindTransmitterResp => Self::bind_resp(BindMode::Transmitter, body),
            CommandId::BindReceiverResp => Self::bind_resp(BindMode::Receiver, body),
            CommandId::Outbind => Self::Outbind(Box::new(Outbind::decode(body)?)),
            other => Self::Other(OtherPdu::decode(other, pdu)?),
        })
    }

    fn bind(mode: BindMode, body: &[u8]) -> Result<Self, BodyError> {
        Ok(Self::Bind(Box::new(Bind::decode(mode, &mut Reader::new(body))?)))
    }

    fn bind_resp(mode: BindMode, body: &[u8]) -> Self {
        Self::BindResp(Box::new(BindResp::decode(mode, body)))
    }
}
