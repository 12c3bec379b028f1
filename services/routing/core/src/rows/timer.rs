//! What is due, and the concatenation references of a pair.

use serde::{Deserialize, Serialize};
use volley_rows::{Row, RowKey, RowKind};
use volley_types::{MessageId, Timestamp};

/// Something is due about a message; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow;

impl Row for TimerRow {
    const KIND: RowKind = RowKind::RoutingTimer;
    type Key = TimerKey;
}

/// When, and about which message. A message has at most one timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerKey {
    /// When it is due.
    pub due: Timestamp,
    /// The message.
    pub message: MessageId,
}

impl RowKey for TimerKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.due.encode(out);
        self.message.encode(out);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (due, message) = octets.split_at_checked(8)?;
        Some(Self { due: Timestamp::decode(due)?, message: MessageId::decode(message)? })
    }
}
