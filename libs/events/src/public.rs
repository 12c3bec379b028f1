//! The flat event that strangers read on `events` (D13).

use volley_types::{
    AccountId, CarrierName, ErrorCode, FinalState, Keyword, MessageId, NumberId, PollId, Reason, RequestId,
    SubscriberId, TenantId, ThreadId, Timestamp, TrafficClass,
};

/// Whom the public topic names as the tenant of what belongs to none, such as a receipt nobody claims. No tenant has this name.
pub const NOBODY: &str = "volley";

/// One row, self-sufficient. Fields that do not apply are absent. Never holds a text; the wire writes the handset as a keyed
/// hash unless the tenant asked for clear numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicEvent {
    /// What happened.
    pub kind: PublicKind,
    /// When it was decided.
    pub at: Timestamp,
    /// Whose it is.
    pub tenant: TenantId,
    /// The message, where there is one.
    pub message: Option<MessageId>,
    /// The client's id for it.
    pub request: Option<RequestId>,
    /// The conversation.
    pub thread: Option<ThreadId>,
    /// The virtual number.
    pub number: Option<NumberId>,
    /// The handset.
    pub subscriber: Option<SubscriberId>,
    /// The class of the message.
    pub class: Option<TrafficClass>,
    /// Which try, from 1; 0 when not about a try.
    pub attempt: u16,
    /// The account.
    pub account: Option<AccountId>,
    /// The carrier.
    pub carrier: Option<CarrierName>,
    /// Segments of the attempt; 0 when not about one.
    pub segments: u8,
    /// The final state, where it is over.
    pub state: Option<FinalState>,
    /// Why.
    pub reason: Reason,
    /// The carrier's `command_status`.
    pub carrier_status: Option<u32>,
    /// The carrier's own error code, from a receipt.
    pub carrier_error: Option<String>,
    /// What was wrong, in the words of all carriers.
    pub error_code: Option<ErrorCode>,
    /// A matched keyword.
    pub keyword: Option<Keyword>,
    /// A poll that was voted in.
    pub poll: Option<PollId>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKind {
    /// `message.accepted`
    MessageAccepted,
    /// `message.queued`
    MessageQueued,
    /// `message.routed`
    MessageRouted,
    /// `message.submitted`
    MessageSubmitted,
    /// `message.attempt_failed`: refused, not sent, recalled
    AttemptFailed,
    /// `message.ambiguous`
    MessageAmbiguous,
    /// `message.closed`
    MessageClosed,
    /// `message.corrected`: a later receipt corrected a final state
    MessageCorrected,
    /// `reply.received`
    ReplyReceived,
    /// `consent.opted_out`
    OptedOut,
    /// `consent.opted_in`
    OptedIn,
    /// `vote.counted`
    VoteCounted,
    /// `vote.rejected`: repeated or late
    VoteRejected,
    /// `receipt.unmatched`
    ReceiptUnmatched,
}

impl PublicKind {
    /// The CloudEvents type, behind `volley.`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageAccepted => "message.accepted",
            Self::MessageQueued => "message.queued",
            Self::MessageRouted => "message.routed",
            Self::MessageSubmitted => "message.submitted",
            Self::AttemptFailed => "message.attempt_failed",
            Self::MessageAmbiguous => "message.ambiguous",
            Self::MessageClosed => "message.closed",
            Self::MessageCorrected => "message.corrected",
            Self::ReplyReceived => "reply.received",
            Self::OptedOut => "consent.opted_out",
            Self::OptedIn => "consent.opted_in",
            Self::VoteCounted => "vote.counted",
            Self::VoteRejected => "vote.rejected",
            Self::ReceiptUnmatched => "receipt.unmatched",
        }
    }
}
