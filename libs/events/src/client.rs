//! What a client reads from its stream: records of `inbox`.

use serde::{Deserialize, Serialize};
use volley_types::{
    ArrivalId, Body, ErrorCode, FinalState, Keyword, MessageId, MessageState, NumberId, PollId, Reason, RequestId,
    SubscriberId, SubscriptionId, TenantId, ThreadId, Timestamp, TrafficClass,
};

use crate::consent::ConsentAction;

/// One event of one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientEvent {
    /// Whose it is.
    pub tenant: TenantId,
    /// The subscription it belongs to.
    pub subscription: SubscriptionId,
    /// The shard of the subscription, from 0.
    pub shard: u16,
    /// When it was decided: the append time of its cause.
    pub at: Timestamp,
    /// What happened.
    pub body: ClientEventBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEventBody {
    /// A message changed its state.
    Status(StatusChange),
    /// A person wrote.
    Reply(Box<Reply>),
    /// A request id came back with other content; the first message stands.
    RequestConflict {
        /// The message that keeps the request id.
        message: MessageId,
        /// The request id.
        request: RequestId,
    },
}

/// A message changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The message.
    pub message: MessageId,
    /// The client's id for it.
    pub request: RequestId,
    /// The number it leaves from.
    pub sender: NumberId,
    /// The handset it goes to.
    pub subscriber: SubscriberId,
    /// Its class.
    pub class: TrafficClass,
    /// Its state now.
    pub state: MessageState,
    /// Why.
    pub reason: Reason,
    /// The final state this one corrects, when a later receipt did.
    pub corrects: Option<FinalState>,
    /// Segments of the newest attempt; 0 before the first.
    pub segments: u8,
    /// Attempts so far.
    pub attempts: u16,
    /// An attempt was never answered, or taken in part and made again: the person may have it, or a part of it, twice.
    pub ambiguous: bool,
    /// The carrier's `command_status`, where it refused.
    pub carrier_status: Option<u32>,
    /// The carrier's own error code, from a receipt.
    pub carrier_error: Option<String>,
    /// What was wrong, in the words of all carriers.
    pub error_code: Option<ErrorCode>,
    /// A receipt with an unknown id was credited, because it can be no other's.
    pub inferred: bool,
}

/// A person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its arrival.
    pub arrival: ArrivalId,
    /// The conversation.
    pub thread: ThreadId,
    /// The number written to.
    pub number: NumberId,
    /// The person.
    pub subscriber: SubscriberId,
    /// What was written, in UTF-8.
    pub text: Body,
    /// When it came in at our edge.
    pub received_at: Timestamp,
    /// The message it answers, and the client's id for that.
    pub answers: Option<(MessageId, RequestId)>,
    /// What led to this tenant and message.
    pub evidence: Evidence,
    /// Certainty that it answers that message, in percent.
    pub confidence: u8,
    /// Other messages it may answer, newest first.
    pub candidates: Vec<MessageId>,
    /// The keyword that matched.
    pub keyword: Option<Keyword>,
    /// A consent word and what it did.
    pub consent: Option<ConsentAction>,
    /// A vote and how it was counted.
    pub vote: Option<(PollId, VoteVerdict)>,
    /// Parts of it are missing.
    pub incomplete: bool,
    /// It may be a repeat of one delivered before.
    pub possible_repeat: bool,
    /// Its encoding was not known, or octets could not be read.
    pub flagged: bool,
}

/// What led a reply to its tenant and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Evidence {
    /// A consent word, attributed to the latest message of the pair.
    ConsentWord,
    /// A keyword on the number.
    Keyword,
    /// The latest message of the pair, within its reply window.
    LatestMessage,
    /// Nothing but the number's default owner.
    NumberDefault,
}

/// How a vote was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VoteVerdict {
    /// It counts.
    Counted,
    /// This handset has voted before; the first vote stands.
    Repeated,
    /// It came after the close.
    Late,
}
