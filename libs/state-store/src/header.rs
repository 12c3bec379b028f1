//! What stands beside the rows, in the same write batch.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use volley_types::{Position, Source, Timestamp};

use crate::{Digest, FixedDigest};

/// Layout of the header row; its first octet.
const LAYOUT: u8 = 1;

/// One partition of one topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicPartition {
    /// Full name of the topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: u32,
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

/// Where a partition stands: everything that must move with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreHeader {
    /// Offset of the next input record.
    pub position: u64,
    /// Running maximum of the append times of the records before it.
    pub clock: Timestamp,
    /// Newest position taken from each chained source: what is at or before it is dropped, what follows it is taken.
    pub marks: BTreeMap<Source, Position>,
    /// Position of the last output on each topic and partition: the predecessor of the next one.
    pub outputs: BTreeMap<TopicPartition, Position>,
    /// For topics that are read back at start: what may lie there and is not covered by this state begins here.
    pub read_back_from: BTreeMap<TopicPartition, u64>,
    /// The rules that decided everything before the position.
    pub logic_version: u32,
    /// Of the rows as of the position.
    pub digest: Digest,
    /// The digest at the newest fixed offset.
    pub fixed_digest: Option<FixedDigest>,
    /// Records that went to `dead-letter`.
    pub dead_letters: u64,
    /// Records passed over by `skip`.
    pub skipped: u64,
    /// Chained records that had come before.
    pub duplicates: u64,
    /// Chained records refused for a gap before them.
    pub refused: u64,
}

impl StoreHeader {
    /// The header of a store that has seen nothing: it starts at the beginning of its input.
    pub fn fresh(logic_version: u32) -> Self {
        Self {
            position: 0,
            clock: Timestamp::MIN,
            marks: BTreeMap::new(),
            outputs: BTreeMap::new(),
            read_back_from: BTreeMap::new(),
            logic_version,
            digest: Digest::default(),
            fixed_digest: None,
            dead_letters: 0,
            skipped: 0,
            duplicates: 0,
            refused: 0,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![LAYOUT]).expect("numbers and texts encode into memory")
    }

    /// Reads the row; an error says in words why it is none.
    pub(crate) fn decode(row: &[u8]) -> Result<Self, String> {
        match row.split_first() {
            Some((&LAYOUT, rest)) => {
                postcard::from_bytes(rest).map_err(|fault| format!("its header does not decode: {fault}"))
            }
            Some((layout, _)) => Err(format!("its header has layout {layout}, this program reads layout {LAYOUT}")),
            None => Err("its header is empty".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    #[test]
    fn a_header_reads_back() {
        let mut header = StoreHeader::fresh(3);
        let lane = TopicPartition { topic: Arc::from("volley.events.v1"), partition: 2 };
        header.position = 9;
        header.clock = Timestamp::from_micros(-4);
        header
            .marks
            .insert(Source::Routing(Partition(1)), Position { offset: 5, index: 2 });
        header.outputs.insert(lane.clone(), Position { offset: 8, index: 0 });
        header.read_back_from.insert(lane, 44);
        assert_eq!(StoreHeader::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn a_damaged_header_is_refused() {
        let mut row = StoreHeader::fresh(3).encode();
        assert!(StoreHeader::decode(&row[..row.len() - 1]).is_err());
        row[0] = 9;
        assert_eq!(StoreHeader::decode(&row).unwrap_err(), "its header has layout 9, this program reads layout 1");
    }
}
