//! What lies where in the RocksDB of the log. The first octet of a key is its kind and is never reused.
//!
//! ```text
//!   'm' name                               -> format number | identity
//!   't' topic name                         -> topic id, partitions, retention
//!   's' topic id, partition                -> where the partition starts, and what its clock showed then
//!   'b' topic id, partition, base offset   -> one batch of records (see `batch`)
//! ```
//!
//! Numbers are big-endian, so that RocksDB's order is the order of topics, partitions and offsets.

use crate::{LogError, Retention};

/// The format this program reads and writes. Any change of layout takes the next number.
pub(super) const FORMAT: u32 = 1;

pub(super) const FORMAT_KEY: &[u8] = b"mformat";
pub(super) const IDENTITY_KEY: &[u8] = b"midentity";
pub(super) const TOPIC_KIND: u8 = b't';
const START_KIND: u8 = b's';
const BATCH_KIND: u8 = b'b';

const KEPT_FOREVER: u64 = 0;

/// Which partition, within this log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartitionId {
    pub(super) topic: u32,
    pub(super) partition: u32,
}

/// The key of the batch that begins at `base`.
pub(super) fn batch_key(id: PartitionId, base: u64) -> [u8; 17] {
    let mut key = [BATCH_KIND; 17];
    key[1..5].copy_from_slice(&id.topic.to_be_bytes());
    key[5..9].copy_from_slice(&id.partition.to_be_bytes());
    key[9..].copy_from_slice(&base.to_be_bytes());
    key
}

/// The base offset in `key`, if it is a batch of this partition.
pub(super) fn base_of(id: PartitionId, key: &[u8]) -> Option<u64> {
    let base = key.strip_prefix(&batch_key(id, 0)[..9])?;
    Some(u64::from_be_bytes(base.try_into().ok()?))
}

pub(super) fn start_key(id: PartitionId) -> [u8; 9] {
    let mut key = [START_KIND; 9];
    key[1..5].copy_from_slice(&id.topic.to_be_bytes());
    key[5..].copy_from_slice(&id.partition.to_be_bytes());
    key
}

pub(super) fn topic_key(name: &str) -> Vec<u8> {
    let mut key = vec![TOPIC_KIND];
    key.extend_from_slice(name.as_bytes());
    key
}

/// A topic as the catalog keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TopicRow {
    pub(super) id: u32,
    pub(super) partitions: u32,
    pub(super) retention: Retention,
}

impl TopicRow {
    pub(super) fn encode(self) -> [u8; 16] {
        let kept_ms = match self.retention {
            Retention::Forever => KEPT_FOREVER,
            Retention::AgeMs(ms) => ms,
        };
        let mut row = [0; 16];
        row[..4].copy_from_slice(&self.id.to_be_bytes());
        row[4..8].copy_from_slice(&self.partitions.to_be_bytes());
        row[8..].copy_from_slice(&kept_ms.to_be_bytes());
        row
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, LogError> {
        let row: &[u8; 16] = row
            .try_into()
            .map_err(|_| LogError::corrupt("a topic's row has the wrong length"))?;
        let kept_ms = be_u64(row, 8);
        let retention = if kept_ms == KEPT_FOREVER {
            Retention::Forever
        } else {
            Retention::AgeMs(kept_ms)
        };
        Ok(Self { id: be_u32(row, 0), partitions: be_u32(row, 4), retention })
    }
}

/// Where a partition starts. No row means: at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct StartRow {
    /// The first offset that is served.
    pub(super) start: u64,
    /// The base of the batch that holds it, or `start` when there is none.
    pub(super) first_base: u64,
    /// The partition's clock when it was trimmed, for the case that nothing is left to tell; Unix microseconds.
    pub(super) clock_us: i64,
}

impl StartRow {
    pub(super) fn encode(self) -> [u8; 24] {
        let mut row = [0; 24];
        row[..8].copy_from_slice(&self.start.to_be_bytes());
        row[8..16].copy_from_slice(&self.first_base.to_be_bytes());
        row[16..].copy_from_slice(&self.clock_us.to_be_bytes());
        row
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, LogError> {
        let row: &[u8; 24] = row
            .try_into()
            .map_err(|_| LogError::corrupt("a partition's start row has the wrong length"))?;
        Ok(Self {
            start: be_u64(row, 0),
            first_base: be_u64(row, 8),
            clock_us: be_u64(row, 16).cast_signed(),
        })
    }
}

/// The four octets at `at`, which the caller knows to be there.
pub(super) fn be_u32(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

/// The eight octets at `at`, which the caller knows to be there.
pub(super) fn be_u64(octets: &[u8], at: usize) -> u64 {
    u64::from(be_u32(octets, at)) << 32 | u64::from(be_u32(octets, at + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_sort_by_topic_then_partition_then_offset() {
        let at = |topic, partition, base| batch_key(PartitionId { topic, partition }, base);

        let keys = [at(1, 0, 0), at(1, 0, 255), at(1, 0, 256), at(1, 1, 0), at(2, 0, 0), at(256, 0, 0)];

        assert!(keys.is_sorted());
        assert_eq!(base_of(PartitionId { topic: 1, partition: 0 }, &keys[2]), Some(256));
        assert_eq!(base_of(PartitionId { topic: 1, partition: 0 }, &keys[3]), None);
    }

    #[test]
    fn rows_come_back_as_they_went() {
        for retention in [Retention::Forever, Retention::days(8)] {
            let row = TopicRow { id: 7, partitions: 16, retention };
            assert_eq!(TopicRow::decode(&row.encode()), Ok(row));
        }
        let row = StartRow { start: u64::MAX, first_base: 3, clock_us: -1 };
        assert_eq!(StartRow::decode(&row.encode()), Ok(row));
        assert!(StartRow::decode(&[0; 23]).is_err());
    }
}
