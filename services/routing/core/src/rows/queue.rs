//! The places of messages that wait for an account with room, or for a configuration record.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{Lane, MessageId, TenantId};

use super::keys::{lane_octet, lane_of};

/// A parked message in its queue; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow;

impl Row for QueueRow {
    const KIND: RowKind = RowKind::RoutingQueue;
    type Key = QueueKey;
}

/// A place in a queue: by route and lane, then tenant, then the order of acceptance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueueKey {
    /// Prefix of the route.
    pub route: String,
    /// The lane.
    pub lane: Lane,
    /// Whose message it is.
    pub tenant: TenantId,
    /// Offset of the record that brought the message: what is parked again keeps its place.
    pub taken_by: u64,
    /// The message.
    pub message: MessageId,
}

impl QueueKey {
    /// The octets that all places of one queue start with.
    pub fn queue_prefix(route: &str, lane: Lane) -> Vec<u8> {
        let mut octets = Vec::new();
        KeyReader::put_text(&mut octets, route);
        octets.push(lane_octet(lane));
        octets
    }
}

impl RowKey for QueueKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::queue_prefix(&self.route, self.lane));
        KeyReader::put_text(out, self.tenant.as_str());
        out.extend_from_slice(&self.taken_by.to_be_bytes());
        out.extend_from_slice(&self.message.to_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let route = reader.text()?.to_owned();
        let [lane] = reader.array()?;
        let tenant = TenantId::new(reader.text()?).ok()?;
        let taken_by = reader.u64()?;
        let message = MessageId::from_bytes(reader.array()?);
        reader
            .is_empty()
            .then_some(Self { route, lane: lane_of(lane)?, tenant, taken_by, message })
    }
}

/// The tenant that was served last from a queue, under the queue's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRow {
    /// The tenant.
    pub last: TenantId,
}

impl Row for TurnRow {
    const KIND: RowKind = RowKind::RoutingTurn;
    type Key = Vec<u8>;
}

/// A message that waits for a configuration record; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigWaitRow;

impl Row for ConfigWaitRow {
    const KIND: RowKind = RowKind::RoutingConfigWait;
    type Key = ConfigWaitKey;
}

/// What a message waits for, and its place among those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConfigWaitKey {
    /// The directory must have come to this offset.
    pub config_offset: u64,
    /// Offset of the record that brought the message.
    pub taken_by: u64,
    /// The message.
    pub message: MessageId,
}

impl RowKey for ConfigWaitKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.config_offset.to_be_bytes());
        out.extend_from_slice(&self.taken_by.to_be_bytes());
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let (config_offset, taken_by) = (reader.u64()?, reader.u64()?);
        Some(Self { config_offset, taken_by, message: MessageId::decode(reader.rest())? })
    }
}
