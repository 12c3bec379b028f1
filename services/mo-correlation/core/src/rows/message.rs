//! One message, from its acceptance until its last receipt may have come.

use serde::{Deserialize, Serialize};
use volley_events::{CancelOutcome, CarrierMessageId, EditOutcome, ReceiptState};
use volley_rows::{Row, RowKind};
use volley_types::{
    AccountId, CarrierName, ContentHash, ErrorCode, MessageId, MessageState, NumberId, Reason, RequestId, SubscriberId,
    TenantId, Timestamp, TrafficClass,
};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
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
    /// Whether it is Volley's own confirmation: then no reply answers it.
    pub confirms: bool,
    /// End of its validity.
    pub deadline: Timestamp,
    /// When the log had it.
    pub accepted_at: Timestamp,
    /// Where it is.
    pub state: MessageState,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
    /// Whether routing still works on it, so that a failed attempt is not its end.
    pub with_routing: bool,
    /// Whether the client was told that it waits.
    pub told_queued: bool,
    /// Whether the client was told that the carrier took it.
    pub told_submitted: bool,
    /// Whether an attempt was never answered, or taken in part and made again.
    pub ambiguous: bool,
    /// Whether a receipt with an unknown id was credited to it.
    pub inferred: bool,
    /// Whether it is listed as one that such a receipt may be meant for.
    pub listed: bool,
    /// Number of the newest attempt; 0 before the first.
    pub attempts: u16,
    /// Segments of the newest attempt.
    pub segments: u8,
    /// The attempts that a carrier may have, the oldest first.
    pub tries: Vec<Try>,
    /// `command_status` of the newest refusal.
    pub carrier_status: Option<u32>,
    /// The carrier's own error code, from a receipt.
    pub carrier_error: Option<String>,
    /// What the newest refusal or bad receipt means in the words of all carriers.
    pub error_code: Option<ErrorCode>,
    /// What became of the client's wish to have it back.
    pub cancel: Option<CancelOutcome>,
    /// The attempts that a carrier is asked to cancel and has not.
    pub cancelling: Vec<u16>,
    /// The newest wish for another text, and what became of it.
    pub edit: Option<(ContentHash, EditOutcome)>,
    /// When the carrier is asked what became of it.
    pub querying: Querying,
    /// When its timer is due.
    pub timer: Option<Timestamp>,
}

impl Row for MessageRow {
    const KIND: RowKind = RowKind::CorrelationMessage;
    type Key = MessageId;
}

/// When a carrier is asked what became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Querying {
    /// No carrier of it can be asked, as far as is known.
    NotYet,
    /// Then, if nothing has told of it before.
    At(Timestamp),
    /// No more: no carrier knows of it.
    Over,
}

/// An attempt that a carrier may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Which, from 1.
    pub number: u16,
    /// The account that made it.
    pub account: AccountId,
    /// Whose ids its segments have.
    pub carrier: CarrierName,
    /// What is known of it.
    pub standing: Standing,
    /// Segments the handset gets.
    pub parts: u8,
    /// `data_coding` of all of them.
    pub data_coding: u8,
    /// What the carrier was given, in order: as many as parts, or one that it splits.
    pub segments: Vec<Segment>,
}

/// What is known of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Not reported yet.
    Open,
    /// Not reported, but routing went on: it took it for ambiguous.
    Overtaken,
    /// The carrier took all of it.
    Submitted,
    /// The carrier never answered.
    Ambiguous,
    /// The carrier took some segments before it refused one.
    Refused,
}

/// One segment of an attempt, or all that went as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The carrier's id for it.
    pub id: Option<CarrierMessageId>,
    /// The newest receipt that says anything final.
    pub receipt: Option<ReceiptState>,
}
