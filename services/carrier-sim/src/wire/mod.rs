//! The SMPP 3.4 octets this simulator reads and writes.
//!
//!   socket octets --[`split`]--> [`Frame`] --`SubmitSm` / `BindRequest`--> the carrier
//!   the carrier --`write_pdu`, `DeliverSm`--> socket octets
//!
//! Written here and not borrowed: the system under test speaks through a PDU library, and a witness that shares its
//! parser shares its mistakes. The tests speak to the simulator through that library, so each checks the other.
//!
//! WIRE-1: no octet sequence makes a reader panic or read past its frame.
//! WIRE-2: readers borrow from the socket's buffer; a `submit_sm` is decoded without an allocation per field.

mod address;
mod bind;
mod deliver_sm;
mod frame;
mod operation;
mod reader;
mod submit_sm;

pub use address::Address;
pub(crate) use address::TON_NATIONAL;
pub(crate) use bind::{BindRequest, write_bind_response};
pub(crate) use deliver_sm::{DeliverSm, Tlvs};
pub(crate) use frame::{Frame, Split, split, write_pdu};
pub(crate) use operation::{CancelSm, Named, QuerySm, ReplaceSm, query_answer};
pub(crate) use reader::tag;
pub(crate) use submit_sm::SubmitSm;

/// Command ids, SMPP 3.4 §5.1.2.1. A response has bit 31 set.
pub(crate) mod command {
    pub(crate) const RESPONSE: u32 = 0x8000_0000;
    pub(crate) const BIND_RECEIVER: u32 = 0x0000_0001;
    pub(crate) const BIND_TRANSMITTER: u32 = 0x0000_0002;
    pub(crate) const QUERY_SM: u32 = 0x0000_0003;
    pub(crate) const SUBMIT_SM: u32 = 0x0000_0004;
    pub(crate) const DELIVER_SM: u32 = 0x0000_0005;
    pub(crate) const UNBIND: u32 = 0x0000_0006;
    pub(crate) const REPLACE_SM: u32 = 0x0000_0007;
    pub(crate) const CANCEL_SM: u32 = 0x0000_0008;
    pub(crate) const BIND_TRANSCEIVER: u32 = 0x0000_0009;
    pub(crate) const OUTBIND: u32 = 0x0000_000B;
    pub(crate) const ENQUIRE_LINK: u32 = 0x0000_0015;
    pub(crate) const ALERT_NOTIFICATION: u32 = 0x0000_0102;
    pub(crate) const GENERIC_NACK: u32 = RESPONSE;
}

/// Command statuses, SMPP 3.4 §5.1.3, as this carrier gives them.
pub(crate) mod status {
    pub(crate) const OK: u32 = 0x00;
    pub(crate) const INVALID_MESSAGE_LENGTH: u32 = 0x01;
    pub(crate) const INVALID_COMMAND_LENGTH: u32 = 0x02;
    pub(crate) const INVALID_COMMAND_ID: u32 = 0x03;
    pub(crate) const INVALID_BIND_STATE: u32 = 0x04;
    pub(crate) const ALREADY_BOUND: u32 = 0x05;
    pub(crate) const SYSTEM_ERROR: u32 = 0x08;
    pub(crate) const INVALID_SOURCE: u32 = 0x0A;
    pub(crate) const INVALID_DESTINATION: u32 = 0x0B;
    pub(crate) const BIND_FAILED: u32 = 0x0D;
    pub(crate) const INVALID_PASSWORD: u32 = 0x0E;
    pub(crate) const INVALID_SYSTEM_ID: u32 = 0x0F;
    pub(crate) const CANCEL_FAILED: u32 = 0x11;
    pub(crate) const REPLACE_FAILED: u32 = 0x13;
    pub(crate) const QUEUE_FULL: u32 = 0x14;
    pub(crate) const SUBMIT_FAILED: u32 = 0x45;
    pub(crate) const THROTTLED: u32 = 0x58;
    pub(crate) const TEMPORARY_APPLICATION_ERROR: u32 = 0x64;
    pub(crate) const QUERY_FAILED: u32 = 0x67;
    pub(crate) const INVALID_TLV_STREAM: u32 = 0xC0;
}
