//! What survives: topics and what was written to them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Bounds, LogError, LogIdentity, NewRecord, Record, Retention, Topic, TopicSpec, check, clock};

/// Where an adversarial log keeps its records. Cheap to clone: every clone is the same disk.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<DiskState>>);

pub(crate) struct DiskState {
    pub identity: LogIdentity,
    topics: BTreeMap<String, (Topic, Retention)>,
    partitions: BTreeMap<(String, u32), PartitionState>,
}

/// The records of one partition.
#[derive(Default)]
pub(crate) struct PartitionState {
    start: u64,
    records: Vec<Record>,
    newest_us: i64,
}

impl Disk {
    /// An empty disk; the identity of its log.
    #[must_use]
    pub fn new(identity: LogIdentity) -> Self {
        let state = DiskState { identity, topics: BTreeMap::new(), partitions: BTreeMap::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, DiskState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskState {
    pub fn ensure(&mut self, spec: &TopicSpec) -> Result<Topic, LogError> {
        spec.validate()?;
        if let Some((topic, retention)) = self.topics.get(&spec.name) {
            spec.verify(topic.partitions(), *retention)?;
            return Ok(topic.clone());
        }
        let topic = Topic::new(spec.name.clone(), spec.partitions);
        self.topics.insert(spec.name.clone(), (topic.clone(), spec.retention));
        Ok(topic)
    }

    pub fn find(&self, name: &str) -> Option<Topic> {
        self.topics.get(name).map(|(topic, _)| topic.clone())
    }

    pub fn topics(&self) -> Vec<Topic> {
        self.topics.values().map(|(topic, _)| topic.clone()).collect()
    }

    pub fn verify(&self, topic: &Topic) -> Result<(), LogError> {
        match self.topics.contains_key(topic.name()) {
            true => Ok(()),
            false => Err(LogError::UnknownTopic { topic: topic.name().to_owned() }),
        }
    }

    pub fn partition(&mut self, topic: &Topic, partition: u32) -> Result<&mut PartitionState, LogError> {
        self.verify(topic)?;
        check::check_partition(topic, partition)?;
        Ok(self.partitions.entry((topic.name().to_owned(), partition)).or_default())
    }

    pub fn trim(&mut self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        let state = self.partition(topic, partition)?;
        let bounds = state.bounds();
        if before > bounds.end {
            return Err(out_of_range(topic, partition, before, bounds));
        }
        let gone = before.saturating_sub(bounds.start);
        state.records.drain(..usize::try_from(gone).unwrap_or(usize::MAX));
        state.start += gone;
        Ok(())
    }
}

impl PartitionState {
    pub fn bounds(&self) -> Bounds {
        Bounds { start: self.start, end: self.start + self.records.len() as u64 }
    }

    /// Writes records; gives the offset of the first and their time.
    pub fn write(&mut self, records: Vec<NewRecord>) -> (u64, i64) {
        let base = self.bounds().end;
        self.newest_us = self.newest_us.max(clock::now_us());
        let append_time_us = self.newest_us;
        let stored = records.into_iter().zip(base..).map(|(record, offset)| {
            let NewRecord { key, header, attributes, value } = record;
            Record { offset, append_time_us, key, header, attributes, value }
        });
        self.records.extend(stored);
        (base, append_time_us)
    }

    pub fn offset_of_time(&self, at_us: i64) -> u64 {
        self.start + self.records.partition_point(|record| record.append_time_us < at_us) as u64
    }

    /// The records from an offset within the bounds on.
    pub fn from(&self, offset: u64) -> &[Record] {
        let place = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.records.get(place..).unwrap_or_default()
    }
}

pub(crate) fn out_of_range(topic: &Topic, partition: u32, offset: u64, bounds: Bounds) -> LogError {
    let Bounds { start, end } = bounds;
    LogError::OffsetOutOfRange { topic: topic.name().to_owned(), partition, offset, start, end }
}
