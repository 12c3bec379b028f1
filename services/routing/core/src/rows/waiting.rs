//! Who waits: by handset, in the order of a conversation, and how many of each tenant.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{MessageId, NumberId, SubscriberId, TenantId};

use super::{
    OrderFacts,
    keys::{put_subscriber, read_subscriber},
};

/// A message that waits, found by its handset; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow;

impl Row for WaitingRow {
    const KIND: RowKind = RowKind::RoutingWaiting;
    type Key = WaitingKey;
}

/// A handset and a message that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The message.
    pub message: MessageId,
}

impl WaitingKey {
    /// The octets that everything waiting for a handset starts with.
    pub fn prefix(subscriber: &SubscriberId) -> Vec<u8> {
        let mut octets = Vec::new();
        put_subscriber(&mut octets, subscriber);
        octets
    }
}

impl RowKey for WaitingKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        Some(Self { subscriber, message: MessageId::decode(reader.rest())? })
    }
}

/// How many messages of a tenant wait, under the tenant's id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCountRow {
    /// How many.
    pub messages: u64,
}

impl Row for WaitingCountRow {
    const KIND: RowKind = RowKind::RoutingWaitingCount;
    type Key = String;
}

/// A message that keeps the order of its conversation, from its acceptance until routing is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRow;

impl Row for LineRow {
    const KIND: RowKind = RowKind::RoutingLine;
    type Key = LineKey;
}

/// A place in the line of a conversation: the first one may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineKey {
    /// The conversation.
    pub conversation: Conversation,
    /// Offset of the record that brought the message.
    pub taken_by: u64,
    /// The message.
    pub message: MessageId,
}

/// A handset, a number, and a tenant that writes from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The number.
    pub number: NumberId,
    /// The tenant.
    pub tenant: TenantId,
}

impl Conversation {
    /// The octets that all places of its line start with.
    pub fn prefix(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        put_subscriber(&mut octets, &self.subscriber);
        KeyReader::put_text(&mut octets, self.number.as_str());
        KeyReader::put_text(&mut octets, self.tenant.as_str());
        octets
    }
}

impl LineKey {
    /// The place of a message, if it keeps an order.
    pub fn of(message: MessageId, facts: &OrderFacts) -> Option<Self> {
        let conversation = || Conversation {
            subscriber: facts.subscriber.clone(),
            number: facts.sender.clone(),
            tenant: facts.tenant.clone(),
        };
        facts
            .in_order
            .then(|| Self { conversation: conversation(), taken_by: facts.taken_by, message })
    }
}

impl RowKey for LineKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.conversation.prefix());
        out.extend_from_slice(&self.taken_by.to_be_bytes());
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let number = NumberId::new(reader.text()?).ok()?;
        let tenant = TenantId::new(reader.text()?).ok()?;
        let taken_by = reader.u64()?;
        let conversation = Conversation { subscriber, number, tenant };
        Some(Self { conversation, taken_by, message: MessageId::decode(reader.rest())? })
    }
}
