//! The outputs of a batch, gathered by where they go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use volley_event_log::{APPEND_BYTES_MAX, EventLog, NewRecord, PartitionAppend, Topic};
use volley_state_store::TopicPartition;
use volley_wire::{HEADER_OCTETS, Header};

use crate::{Output, Rank, TopicName, halt::Fault};

/// Octets of outputs that end a batch.
pub(crate) const BATCH_OUTPUT_BYTES_MAX: usize = 8 << 20;

/// Octets the outputs of one record may have together.
pub(crate) const STEP_OUTPUT_BYTES_MAX: usize = 16 << 20;

const _: () = assert!(BATCH_OUTPUT_BYTES_MAX + STEP_OUTPUT_BYTES_MAX <= APPEND_BYTES_MAX);

impl Output {
    /// The octets it will have in the log.
    pub(crate) fn record_bytes(&self) -> usize {
        let attributes: usize = self
            .attributes
            .iter()
            .map(|attribute| attribute.name.len() + attribute.value.len())
            .sum();
        self.key.as_ref().map_or(0, Bytes::len) + HEADER_OCTETS + attributes + self.value.len()
    }

    /// Where it goes.
    pub(crate) fn lane(&self) -> TopicPartition {
        TopicPartition { topic: Arc::clone(self.topic.shared()), partition: self.partition }
    }

    pub(crate) fn into_record(self, header: &Header) -> NewRecord {
        let header = Bytes::copy_from_slice(&header.encode());
        NewRecord { key: self.key, header, attributes: self.attributes, value: self.value }
    }
}

/// The records of a batch: first rank first, then by topic and partition, each in the order of the decisions.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    lanes: BTreeMap<(Rank, TopicPartition), Vec<NewRecord>>,
    bytes: usize,
}

impl Outgoing {
    pub(crate) fn push(&mut self, rank: Rank, lane: TopicPartition, record: NewRecord) {
        self.bytes += record.payload_bytes();
        self.lanes.entry((rank, lane)).or_default().push(record);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= BATCH_OUTPUT_BYTES_MAX
    }
}

/// Finds topics by name, once each, and turns batches into appends.
pub(crate) struct Publisher {
    log: Arc<dyn EventLog>,
    topics: BTreeMap<Arc<str>, Topic>,
    ranks_in_one_append: bool,
}

/// What a batch sends: `second` after `first` is acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Shipment {
    pub(crate) first: Vec<PartitionAppend>,
    pub(crate) second: Vec<PartitionAppend>,
}

impl Publisher {
    pub(crate) fn new(log: Arc<dyn EventLog>, ranks_in_one_append: bool) -> Self {
        Self { log, topics: BTreeMap::new(), ranks_in_one_append }
    }

    /// The appends of a batch. With one atomic append for both ranks, everything is in `first`, in the order of the ranks.
    pub(crate) async fn shipment(&mut self, outgoing: Outgoing) -> Result<Shipment, Fault> {
        let mut shipment = Shipment::default();
        for ((rank, lane), records) in outgoing.lanes {
            let append = PartitionAppend { topic: self.topic(&lane.topic).await?, partition: lane.partition, records };
            match rank {
                Rank::Second if !self.ranks_in_one_append => shipment.second.push(append),
                Rank::First | Rank::Second => shipment.first.push(append),
            }
        }
        Ok(shipment)
    }

    /// The topic of this name.
    pub(crate) async fn topic(&mut self, name: &Arc<str>) -> Result<Topic, Fault> {
        if let Some(topic) = self.topics.get(name) {
            return Ok(topic.clone());
        }
        let found = self.log.find_topic(name).await?;
        let topic = found.ok_or_else(|| Fault::NoTopic(TopicName::new(name)))?;
        self.topics.insert(Arc::clone(name), topic.clone());
        Ok(topic)
    }
}

/// The appends to topics that are read back, by their place in a vector of appends, with how many records each has.
pub(crate) fn read_back_places(
    appends: &[PartitionAppend],
    read_back: &BTreeSet<TopicName>,
) -> Vec<(usize, TopicPartition, u64)> {
    let ours = |append: &PartitionAppend| read_back.iter().any(|topic| topic.as_str() == append.topic.name());
    let places = appends.iter().enumerate().filter(|(_, append)| ours(append));
    let named = places.map(|(place, append)| {
        let lane = TopicPartition { topic: Arc::from(append.topic.name()), partition: append.partition };
        (place, lane, append.records.len() as u64)
    });
    named.collect()
}
