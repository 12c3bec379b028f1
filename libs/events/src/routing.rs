//! What routing decided, as mo-correlation learns it.

use serde::{Deserialize, Serialize};
use volley_types::{
    AccountId, AttemptId, Body, CarrierName, ContentHash, FinalState, Lane, MessageId, NumberId, Reason, RequestId,
    SubscriberId, TenantId, Timestamp, TrafficClass,
};

use crate::submission::Origin;

/// One decision of routing about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingFact {
    /// The message was taken, and this was decided first.
    Accepted(Box<Accepted>),
    /// Another attempt goes out.
    Planned(Planned),
    /// It waits again.
    Queued(Queued),
    /// It is over.
    Closed(Closed),
    /// A request id came back with other content; the copy was dropped.
    RequestConflict(RequestConflict),
    /// An attempt was given up: nobody said in time what became of it, so it counts as ambiguous (D6).
    AttemptLost(AttemptId),
    /// What became of a client's wish to have a message back.
    CancelAnswered(CancelAnswered),
    /// A client's wish to give it another text, which only a carrier can serve.
    EditForCarrier(Box<EditForCarrier>),
    /// What became of a client's wish to give it another text.
    EditAnswered(EditAnswered),
}

impl RoutingFact {
    /// The message it is about.
    pub fn message(&self) -> MessageId {
        match self {
            Self::Accepted(accepted) => accepted.message,
            Self::Planned(planned) => planned.attempt.message,
            Self::Queued(queued) => queued.message,
            Self::Closed(closed) => closed.message,
            Self::RequestConflict(conflict) => conflict.message,
            Self::AttemptLost(attempt) => attempt.message,
            Self::CancelAnswered(answered) => answered.message,
            Self::EditForCarrier(edit) => edit.message,
            Self::EditAnswered(answered) => answered.message,
        }
    }
}

/// A message as routing took it. Holds all that mo-correlation needs to know of it, but not its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The message.
    pub message: MessageId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The client's id for it.
    pub request: RequestId,
    /// The virtual number it leaves from.
    pub sender: NumberId,
    /// The handset it goes to.
    pub subscriber: SubscriberId,
    /// Its class.
    pub class: TrafficClass,
    /// End of its validity.
    pub deadline: Timestamp,
    /// When the front door took it.
    pub received_at: Timestamp,
    /// When the log had it: the append time on `routing.in`.
    pub accepted_at: Timestamp,
    /// Who asked for it.
    pub origin: Origin,
    /// What was decided first.
    pub verdict: Verdict,
}

/// The first decision about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out.
    Planned(Planned),
    /// It waits.
    Queued(Queued),
    /// It does not go out.
    Closed(Closed),
}

/// An attempt that is handed to an account's lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Message and number of the try.
    pub attempt: AttemptId,
    /// The account that takes it.
    pub account: AccountId,
    /// Whose account it is.
    pub carrier: CarrierName,
    /// The lane.
    pub lane: Lane,
    /// Number of segments, 1 to 255.
    pub segments: u8,
    /// `data_coding` of the segments (SMPP 3.4 §5.2.19).
    pub data_coding: u8,
    /// The socket must have it by then.
    pub send_before: Timestamp,
    /// The prefix of the route that was taken; empty is the default route.
    pub route_prefix: String,
    /// The other accounts of the route and why they lost (D14).
    pub others: Vec<Considered>,
    /// How many `submit_sm` carry it, and so how many ids and receipts there will be: as many as segments, or one where the
    /// carrier splits it.
    pub submits: u8,
    /// What of the text was replaced by look-alikes; at most [`SUBSTITUTIONS_MAX`].
    pub substitutions: Vec<Substitution>,
}

/// Most replacements that are told of one message.
pub const SUBSTITUTIONS_MAX: usize = 32;

/// A replacement of characters by others. Letters and digits are named as a kind, so that it tells nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitution {
    /// What stood there.
    pub from: String,
    /// What stands there now; may be empty.
    pub to: String,
    /// How often.
    pub count: u32,
}

/// An account that was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The account.
    pub account: AccountId,
    /// Why it lost, in a few words.
    pub because: String,
}

/// A message that waits in routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The message.
    pub message: MessageId,
    /// What it waits for.
    pub reason: QueueReason,
    /// When it is looked at again, if that is known.
    pub until: Option<Timestamp>,
}

/// What a waiting message waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueReason {
    /// No account of its route has room: all their allowance is used, or they have no bind.
    NoAllowance,
    /// A back-off after a refused, unsent or ambiguous attempt.
    BackOff,
    /// A configuration record that its check used has not arrived yet.
    Configuration,
    /// Its tenant is paused.
    Paused,
    /// An earlier message of its conversation, that has to leave before it.
    Order,
    /// The time its client set.
    Schedule,
}

/// The end of a message, as routing decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The message.
    pub message: MessageId,
    /// How it ended.
    pub state: FinalState,
    /// Why.
    pub reason: Reason,
    /// The carrier's `command_status`, when that was the reason.
    pub carrier_status: Option<u32>,
}

/// What became of a client's wish to have a message back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelAnswered {
    /// The message.
    pub message: MessageId,
    /// What became of the wish.
    pub outcome: CancelOutcome,
}

/// Where a message was when its client wanted it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CancelOutcome {
    /// It waited in routing: it never leaves.
    Scheduled,
    /// It was queued for a carrier, and was taken back before the socket, or the carrier refused it.
    Queued,
    /// The carrier has it or may have it and does not take it back, or it was over.
    TooLate,
    /// The carrier had it, and cancelled all of it.
    CancelledAtCarrier,
    /// The carrier is asked, and has not answered yet.
    Pending,
}

/// A message that has left shall have another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditForCarrier {
    /// The message.
    pub message: MessageId,
    /// The wish.
    pub edit: ContentHash,
    /// The new text.
    pub text: Body,
}

/// What became of a client's wish to give a message another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditAnswered {
    /// The message.
    pub message: MessageId,
    /// The wish.
    pub edit: ContentHash,
    /// What became of it.
    pub outcome: EditOutcome,
}

/// What came of a wish to give a message another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EditOutcome {
    /// It waited in routing, and leaves with the new text.
    Edited,
    /// The carrier had it, and replaced its text.
    ReplacedAtCarrier,
    /// It was over, or the carrier could not change it any more.
    TooLate,
    /// The carrier has it, and takes no changes.
    NotSupported,
    /// The carrier has it, and message or text is more than one part, or the text needs another encoding.
    DoesNotFit,
    /// It is on its way to a carrier, where nothing can be changed.
    InTransit,
    /// The carrier is asked, and has not answered yet.
    Pending,
}

/// A request id that came back with other content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestConflict {
    /// The message that keeps the request id.
    pub message: MessageId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The request id.
    pub request: RequestId,
}
