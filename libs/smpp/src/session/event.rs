use rusmpp::values::MsAvailabilityStatus;
use thiserror::Error;

use crate::octets::EncodeError;
use crate::pdu::{Address, CarrierMessageId, DeliverSm, OtherPdu};
use crate::status::CommandStatus;

/// The number of one of our requests in its session, 1 to 0x7FFFFFFF, then from 1 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub(super) u32);

impl Sequence {
    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What happened on a session.
///
/// Every token given to `submit` or `request` comes back in exactly one answered or unanswered event.
/// Every session ends with exactly one [`Event::Closed`], and nothing follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The carrier took the login; messages may be submitted.
    Bound {
        /// The carrier's own name, often empty.
        system_id: String,
        /// `sc_interface_version`; without it the specification has us assume no optional parameters.
        interface_version: Option<u8>,
    },
    /// The carrier refused the login; [`Event::Closed`] follows.
    BindRefused {
        /// Why.
        status: CommandStatus,
    },
    /// The carrier answered a message.
    SubmitAnswered(SubmitAnswer),
    /// No answer came in time, or the link went: the carrier may have taken the message or not.
    SubmitUnanswered {
        /// The caller's token.
        token: u64,
    },
    /// The answer to a message that [`Event::SubmitUnanswered`] had given up came after all.
    SubmitAnsweredLate(SubmitAnswer),
    /// The carrier answered an operation sent by `request`.
    RequestAnswered {
        /// The caller's token.
        token: u64,
        /// What the carrier says.
        status: CommandStatus,
        /// The fields of the response, where it has any.
        response: Option<OtherPdu>,
    },
    /// No answer to an operation sent by `request` came in time, or the link went.
    RequestUnanswered {
        /// The caller's token.
        token: u64,
    },
    /// The carrier delivered a message or a receipt; answer it with `respond_deliver`.
    Delivered {
        /// The carrier's sequence number, to answer with.
        sequence: u32,
        /// What it delivered.
        deliver: Box<DeliverSm>,
    },
    /// A handset can be reached again (`alert_notification`). It has no answer.
    Alert {
        /// The handset.
        source: Address,
        /// Our address that had asked for it.
        destination: Address,
        /// `ms_availability_status`, if it was there.
        availability: Option<MsAvailabilityStatus>,
    },
    /// The carrier wants to end the session. Nothing more can be submitted; what is open is still waited for.
    PeerUnbind,
    /// The session is over: write what output is left, then close the connection.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// What the carrier said to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitAnswer {
    /// The caller's token.
    pub token: u64,
    /// Accepted, or why not. A `generic_nack` counts as a refusal.
    pub status: CommandStatus,
    /// The carrier's id of an accepted message; `None` on refusals, and where the carrier forgot it.
    pub message_id: Option<CarrierMessageId>,
    /// `congestion_state`, 0 to 100, where the carrier tells it (SMPP 5.0).
    pub congestion: Option<u8>,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The carrier refused the login with this status.
    BindRefused(CommandStatus),
    /// The carrier did not answer the login in time.
    BindTimeout,
    /// We ended it, orderly.
    Unbound,
    /// The carrier ended it, orderly.
    PeerUnbound,
    /// Two enquiries in a row met silence.
    PeerSilent,
    /// What the carrier sent cannot be cut into PDUs any more.
    OutOfStep,
    /// The carrier does not read what we write.
    PeerNotReading,
    /// The connection went.
    ConnectionLost,
}

/// Why a message was not taken. Its token is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// As many requests as the window holds are unanswered.
    #[error("the window is full")]
    WindowFull,
    /// The session is not bound yet, is ending, or is over.
    #[error("the session is not bound")]
    NotBound,
    /// The session is a receiver.
    #[error("a receiver does not send")]
    ReceiverOnly,
    /// The message does not fit the protocol.
    #[error("the message cannot be written")]
    Encode(#[from] EncodeError),
    /// The operation is none that a client sends.
    #[error("the operation is not one of a client")]
    Operation,
}
