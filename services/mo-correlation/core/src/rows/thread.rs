//! What is kept of a pair of number and handset, for each tenant.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{MessageId, NumberId, RequestId, SubscriberId, TenantId, ThreadId, Timestamp, TrafficClass};

use super::keys::{pair_prefix, read_subscriber};

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadRow {
    /// Its id.
    pub id: ThreadId,
    /// The newest messages sent in it, the newest first.
    pub questions: Vec<Question>,
    /// Messages sent in it.
    pub sent: u64,
    /// Replies received in it.
    pub received: u64,
    /// When something last happened in it.
    pub at: Timestamp,
}

impl Row for ThreadRow {
    const KIND: RowKind = RowKind::CorrelationThread;
    type Key = ThreadKey;
}

/// A message that a reply may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The message.
    pub message: MessageId,
    /// The client's id for it.
    pub request: RequestId,
    /// Its class: decides its reply window.
    pub class: TrafficClass,
    /// When its first attempt was decided.
    pub first_at: Timestamp,
    /// When its newest attempt was decided.
    pub at: Timestamp,
}

/// A handset, a number, and a tenant that uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The number.
    pub number: NumberId,
    /// The tenant.
    pub tenant: TenantId,
}

impl RowKey for ThreadKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&pair_prefix(&self.subscriber, &self.number));
        out.extend_from_slice(self.tenant.as_str().as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let number = NumberId::new(reader.text()?).ok()?;
        let tenant = TenantId::new(std::str::from_utf8(reader.rest()).ok()?).ok()?;
        Some(Self { subscriber, number, tenant })
    }
}

/// An opt-out of one handset from one tenant's messages of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRow {
    /// Since when, by our edge.
    pub since: Timestamp,
}

impl Row for ConsentRow {
    const KIND: RowKind = RowKind::CorrelationConsent;
    type Key = ThreadKey;
}

/// How often a person was answered since the first answer of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationRow {
    /// Answers sent.
    pub sent: u8,
}

impl Row for ConfirmationRow {
    const KIND: RowKind = RowKind::CorrelationConfirmation;
    type Key = ConfirmationKey;
}

/// What a confirmation confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirmation {
    /// An opt-out.
    Stop,
    /// An opt-in.
    Start,
    /// A help word.
    Help,
}

/// A kind of confirmation in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmationKey {
    /// What it confirms.
    pub kind: Confirmation,
    /// Where.
    pub thread: ThreadKey,
}

impl RowKey for ConfirmationKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self.kind {
            Confirmation::Stop => 1,
            Confirmation::Start => 2,
            Confirmation::Help => 3,
        });
        self.thread.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (kind, thread) = octets.split_first()?;
        let kind = match kind {
            1 => Confirmation::Stop,
            2 => Confirmation::Start,
            3 => Confirmation::Help,
            _ => return None,
        };
        Some(Self { kind, thread: ThreadKey::decode(thread)? })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::keys::assert_reads_back, *};

    #[test]
    fn every_key_reads_back() {
        let thread = ThreadKey {
            subscriber: SubscriberId::opaque("skt/0/4565").unwrap(),
            number: NumberId::new("KR:4565@skt").unwrap(),
            tenant: TenantId::new("acme").unwrap(),
        };
        assert_reads_back(thread.clone());
        for kind in [Confirmation::Stop, Confirmation::Start, Confirmation::Help] {
            assert_reads_back(ConfirmationKey { kind, thread: thread.clone() });
        }
    }
}
