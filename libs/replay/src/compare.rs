//! Outputs decided again beside outputs recorded.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    sync::Arc,
};

use tokio::sync::mpsc;
use volley_event_log::{EventLog, LogError, NewRecord, PartitionAppend, Record, Topic};
use volley_types::{Position, Source};
use volley_wire::{Header, HeaderError};

use crate::{lane::Lane, recording::Handed};

/// Differences that are kept; more are counted.
pub const DIFFERENCES_MAX: usize = 100;

/// What is different about one output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The topic lacks it, and holds later ones.
    Missing,
    /// The topic holds it, and nothing decides it.
    Undecided,
    /// The topic holds it with other octets.
    Other,
}

/// An output that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its topic.
    pub topic: String,
    /// Its partition there.
    pub partition: u32,
    /// The input that leads to it, and which of its outputs it is.
    pub position: Position,
    /// What is different.
    pub finding: Finding,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, position, finding } = self;
        let words = match finding {
            Finding::Missing => "is decided, and the topic does not hold it",
            Finding::Undecided => "is in the topic, and nothing decides it",
            Finding::Other => "is in the topic with other octets",
        };
        write!(f, "{topic}/{partition}: the output {}.{} {words}", position.offset, position.index)
    }
}

/// The comparison of one partition's outputs.
pub(crate) struct Comparison {
    log: Arc<dyn EventLog>,
    source: Source,
    lanes: BTreeMap<(String, u32), Lane>,
    pub(crate) outputs: u64,
    /// Decided, and not yet in the topic: what a stop or a crash left to be published at the next start.
    pub(crate) unpublished: u64,
    pub(crate) differences: Vec<Difference>,
    pub(crate) differences_in_all: u64,
}

impl Comparison {
    pub(crate) fn new(log: Arc<dyn EventLog>, source: Source) -> Self {
        Self {
            log,
            source,
            lanes: BTreeMap::new(),
            outputs: 0,
            unpublished: 0,
            differences: Vec::new(),
            differences_in_all: 0,
        }
    }

    /// Compares what is handed over until nobody can hand over more; then looks for what nothing decided before `end`.
    pub(crate) async fn run(
        mut self,
        mut handed: mpsc::Receiver<Handed>,
        input: Topic,
        end: u64,
    ) -> Result<Self, LogError> {
        while let Some((appends, compared)) = handed.recv().await {
            for append in appends.iter().filter(|append| append.topic != input) {
                self.compare_append(append).await?;
            }
            // The loop may have been stopped meanwhile.
            let _ = compared.send(());
        }
        for ((topic, partition), mut lane) in std::mem::take(&mut self.lanes) {
            while let Some(position) = lane.peek().await?.map(|(position, _)| *position) {
                if position.offset < end {
                    self.note(&topic, partition, position, Finding::Undecided);
                }
                lane.take();
            }
        }
        Ok(self)
    }

    async fn compare_append(&mut self, append: &PartitionAppend) -> Result<(), LogError> {
        let key = (append.topic.name().to_owned(), append.partition);
        let mut lane = match self.lanes.entry(key.clone()) {
            Entry::Occupied(lane) => lane.remove(),
            Entry::Vacant(_) => Lane::open(&self.log, &append.topic, append.partition, self.source).await?,
        };
        for decided in &append.records {
            self.outputs += 1;
            self.compare_one(&mut lane, &key, decided).await?;
        }
        self.lanes.insert(key, lane);
        Ok(())
    }

    async fn compare_one(
        &mut self,
        lane: &mut Lane,
        (topic, partition): &(String, u32),
        decided: &NewRecord,
    ) -> Result<(), LogError> {
        let unreadable =
            |error: HeaderError| LogError::InvalidRecord { topic: topic.clone(), reason: error.to_string() };
        let position = Header::decode(&decided.header).map_err(unreadable)?.position;
        loop {
            let is_trimmed = lane.is_trimmed;
            let Some((found, record)) = lane.peek().await? else {
                self.unpublished += 1;
                return Ok(());
            };
            if *found > position {
                if !is_trimmed {
                    self.note(topic, *partition, position, Finding::Missing);
                }
                return Ok(());
            }
            let (found, is_equal) = (*found, is_equal(decided, record));
            lane.take();
            lane.is_trimmed = false;
            if found == position {
                if !is_equal {
                    self.note(topic, *partition, position, Finding::Other);
                }
                return Ok(());
            }
            self.note(topic, *partition, found, Finding::Undecided);
        }
    }

    fn note(&mut self, topic: &str, partition: u32, position: Position, finding: Finding) {
        self.differences_in_all += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences
                .push(Difference { topic: topic.to_owned(), partition, position, finding });
        }
    }
}

fn is_equal(decided: &NewRecord, record: &Record) -> bool {
    decided.header == record.header
        && decided.value == record.value
        && decided.key == record.key
        && decided.attributes == record.attributes
}
