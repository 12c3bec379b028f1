//! One message, and the concatenation references of its pair.

use serde::{Deserialize, Serialize};
use volley_events::{Origin, Submission};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{
    ArrivalId, Body, ContentHash, MessageId, NumberId, RequestId, SubscriberId, TenantId, Timestamp, TrafficClass,
};

use super::keys::{put_subscriber, read_subscriber};
use crate::{At, RoutingError, life::Life};

/// One message, from its acceptance until its id may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// What the request asked for; tells a repeat from a conflict.
    pub content: ContentHash,
    /// Where it is.
    pub life: Life,
    /// Attempts made.
    pub attempts: u16,
    /// Attempts that count against the limit: throttled and unsent ones do not.
    pub counted: u16,
    /// Whether its client wants it back.
    pub cancelled: bool,
    /// What an attempt needs; dropped when done.
    pub order: Option<Box<OrderFacts>>,
    /// When its timer is due.
    pub timer: Option<Timestamp>,
}

impl Row for MessageRow {
    const KIND: RowKind = RowKind::RoutingMessage;
    type Key = MessageId;
}

impl MessageRow {
    /// A message that was just taken.
    pub fn new(submission: Submission, at: At) -> Self {
        let confirms = match submission.origin {
            Origin::Client => None,
            Origin::Confirmation { arrival } => Some(arrival),
        };
        let facts = OrderFacts {
            tenant: submission.tenant,
            request: submission.request,
            sender: submission.sender,
            subscriber: submission.subscriber,
            text: submission.text,
            class: submission.class,
            deadline: submission.deadline,
            accepted_at: at.now,
            taken_by: at.offset,
            received_at: submission.received_at,
            confirms,
            in_order: submission.in_order,
            send_at: submission.send_at,
            verbatim: submission.verbatim,
        };
        Self {
            content: submission.content,
            life: Life::Taken,
            attempts: 0,
            counted: 0,
            cancelled: false,
            order: Some(Box::new(facts)),
            timer: None,
        }
    }

    /// What an attempt needs; only a message that is done has none.
    pub fn facts(&self, message: MessageId) -> Result<&OrderFacts, RoutingError> {
        self.order
            .as_deref()
            .ok_or(RoutingError::Invariant { message, what: "is not done, but has nothing to send" })
    }
}

/// What an attempt needs to know of its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Whose it is.
    pub tenant: TenantId,
    /// The client's id for it.
    pub request: RequestId,
    /// The virtual number.
    pub sender: NumberId,
    /// The handset.
    pub subscriber: SubscriberId,
    /// The text.
    pub text: Body,
    /// Its class.
    pub class: TrafficClass,
    /// End of its validity.
    pub deadline: Timestamp,
    /// When the log had it.
    pub accepted_at: Timestamp,
    /// Offset of the record that brought it.
    pub taken_by: u64,
    /// When the front door took it.
    pub received_at: Timestamp,
    /// The arrival it confirms, for an answer of our own.
    pub confirms: Option<ArrivalId>,
    /// Whether it leaves after the earlier messages of its conversation that asked for the same.
    pub in_order: bool,
    /// When it may leave, if its client set a time.
    pub send_at: Option<Timestamp>,
    /// Whether its text leaves exactly as written.
    pub verbatim: bool,
}

impl OrderFacts {
    /// Who asked for it.
    pub fn origin(&self) -> Origin {
        match self.confirms {
            Some(arrival) => Origin::Confirmation { arrival },
            None => Origin::Client,
        }
    }
}

/// The last concatenation reference of a number and a handset (telecom: counted per pair, so that two long messages differ).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceRow {
    /// The last one used.
    pub last: u8,
}

impl Row for ReferenceRow {
    const KIND: RowKind = RowKind::RoutingReference;
    type Key = PairKey;
}

/// A number and a handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The number.
    pub number: NumberId,
}

impl RowKey for PairKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        out.extend_from_slice(self.number.as_str().as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let number = NumberId::new(std::str::from_utf8(reader.rest()).ok()?).ok()?;
        Some(Self { subscriber, number })
    }
}
