//! What is due, and when.

use serde::{Deserialize, Serialize};
use volley_rows::{Row, RowKey, RowKind};
use volley_types::{MessageId, Timestamp};

use super::{ArrivalKey, ConfirmationKey, PartsKey, ThreadKey, UnmatchedKey};

/// Something is due; the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow;

impl Row for TimerRow {
    const KIND: RowKind = RowKind::CorrelationTimer;
    type Key = TimerKey;
}

/// When, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerKey {
    /// When it is due.
    pub due: Timestamp,
    /// What it is about.
    pub subject: Subject,
}

/// What a timer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A message: the end of its grace, or the day it is forgotten.
    Message(MessageId),
    /// An arrival that need not be remembered any more.
    Arrival(ArrivalKey),
    /// An unmatched receipt: to be told, or to be dropped.
    Unmatched(UnmatchedKey),
    /// A long reply that is not complete.
    Parts(PartsKey),
    /// A conversation that may be over.
    Thread(ThreadKey),
    /// A confirmation that may be given again.
    Confirmation(ConfirmationKey),
    /// A reply that nobody claimed.
    Unrouted(ArrivalKey),
}

impl RowKey for TimerKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.due.encode(out);
        match &self.subject {
            Subject::Message(key) => put(out, 1, key),
            Subject::Arrival(key) => put(out, 2, key),
            Subject::Unmatched(key) => put(out, 3, key),
            Subject::Parts(key) => put(out, 4, key),
            Subject::Thread(key) => put(out, 5, key),
            Subject::Confirmation(key) => put(out, 6, key),
            Subject::Unrouted(key) => put(out, 7, key),
        }
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (due, subject) = octets.split_at_checked(8)?;
        let due = Timestamp::decode(due)?;
        let (kind, key) = subject.split_first()?;
        let subject = match kind {
            1 => Subject::Message(MessageId::decode(key)?),
            2 => Subject::Arrival(ArrivalKey::decode(key)?),
            3 => Subject::Unmatched(UnmatchedKey::decode(key)?),
            4 => Subject::Parts(PartsKey::decode(key)?),
            5 => Subject::Thread(ThreadKey::decode(key)?),
            6 => Subject::Confirmation(ConfirmationKey::decode(key)?),
            7 => Subject::Unrouted(ArrivalKey::decode(key)?),
            _ => return None,
        };
        Some(Self { due, subject })
    }
}

fn put(out: &mut Vec<u8>, kind: u8, key: &impl RowKey) {
    out.push(kind);
    key.encode(out);
}

#[cfg(test)]
mod tests {
    use volley_types::{ArrivalId, CarrierName};

    use super::{super::keys::assert_reads_back, *};

    #[test]
    fn every_key_reads_back() {
        let arrival = ArrivalId::from_bytes([3; 16]);
        let subjects = [
            Subject::Message(MessageId::from_bytes([1; 16])),
            Subject::Arrival(ArrivalKey(arrival)),
            Subject::Unrouted(ArrivalKey(arrival)),
            Subject::Unmatched(UnmatchedKey::new(&CarrierName::new("skt").unwrap(), None, arrival)),
        ];
        for subject in subjects {
            assert_reads_back(TimerKey { due: Timestamp::from_micros(-4), subject });
        }
    }
}
