//! What a front door accepted, or mo-correlation wants answered.

use volley_types::{
    ArrivalId, Body, ContentHash, MessageId, NumberId, RequestId, SubscriberId, TenantId, Timestamp, TrafficClass,
};

/// A message to be sent. Durable on `routing.in` before the client hears OK (D10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Derived from tenant, request id and subscriber; carries the partition.
    pub message: MessageId,
    /// Who sends it.
    pub tenant: TenantId,
    /// The client's id for the request; for an answer of our own, derived from the arrival.
    pub request: RequestId,
    /// What the request asks for; the same request id with another hash is a conflict.
    pub content: ContentHash,
    /// The virtual number it leaves from.
    pub sender: NumberId,
    /// The handset it goes to.
    pub subscriber: SubscriberId,
    /// The text.
    pub text: Body,
    /// Its traffic class.
    pub class: TrafficClass,
    /// When it is no longer worth delivering.
    pub deadline: Timestamp,
    /// Offset after the newest `config` record the front door's check used; routing waits until it has folded as far.
    pub config_offset: u64,
    /// When the front door took it.
    pub received_at: Timestamp,
    /// Who asked for it.
    pub origin: Origin,
    /// It leaves only after every earlier message of its conversation that asked for the same has left or ended.
    pub in_order: bool,
    /// It leaves no earlier than this.
    pub send_at: Option<Timestamp>,
    /// Its text leaves exactly as written.
    pub verbatim: bool,
}

/// A client wants a message back. Whatever has not left is not sent (D9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequested {
    /// The message; the front door has found it to be this tenant's.
    pub message: MessageId,
    /// Who asks.
    pub tenant: TenantId,
    /// When the front door took the call.
    pub received_at: Timestamp,
}

/// A client wants a message to have another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRequested {
    /// The message; the front door has found it to be this tenant's.
    pub message: MessageId,
    /// Who asks.
    pub tenant: TenantId,
    /// The wish: equal for equal texts, so that asking again finds its answer.
    pub edit: ContentHash,
    /// The new text.
    pub text: Body,
    /// When the front door took the call.
    pub received_at: Timestamp,
}

/// Who asked for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client, over gRPC.
    Client,
    /// Volley itself: the one confirmation of an opt-out, opt-in or help word. It is sent although the person opted out.
    Confirmation {
        /// The arrival it answers.
        arrival: ArrivalId,
    },
}
