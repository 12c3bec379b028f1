//! SMPP 3.4 from the client's side, without sockets, threads or clocks.
//!
//!   octets -> [framing] -> [pdu] -> [session] -> events          what the shell acts on
//!                                      |
//!                                      +-> output, next timeout  what the shell writes, and when it comes back
//!
//!   DeliverSm -> [receipt] -> Receipt                            what became of a message
//!   CommandStatus -> [status] -> StatusClass                     what a refusal asks of us
//!   octets -> [dissect] -> fields with their meanings            what a person asks about one PDU
//!   "000002000000000R" <-> [time] <-> SmppTime                   validity periods and schedules
//!
//! The field and operation types beyond the hot path are those of `rusmpp`, which is exported as it is.
//! Texts and whole numbers never appear in a `Debug` of this crate.

pub mod dissect;
pub mod framing;
pub mod pdu;
pub mod receipt;
pub mod session;
pub mod status;
pub mod time;

mod octets;

pub use framing::{Frame, FrameDecoder, FrameError, PDU_OCTETS_MAX};
pub use octets::{BodyError, EncodeError};
pub use pdu::{Address, BindMode, CarrierMessageId, DeliverSm, OtherPdu, Pdu, SubmitSm, Tlv, Tlvs};
pub use receipt::{MessageIdBase, MessageIdKey, MessageState, Receipt, ReceiptSign, read_receipt};
pub use rusmpp;
pub use rusmpp::values::{Npi, Ton};
pub use session::{
    CloseReason, ConfigError, EsmeSession, Event, ReconnectBackoff, ReconnectPauses, Sequence, SessionConfig,
    SubmitAnswer, SubmitError,
};
pub use status::{CommandStatus, StatusClass, StatusClasses};
pub use time::{AbsoluteTime, RelativeTime, SmppTime};
