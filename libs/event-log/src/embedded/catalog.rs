//! The topics of the log, in memory as they are in RocksDB.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use rocksdb::DB;

use super::{
    layout::{PartitionId, TopicRow},
    partition::{Partition, View},
    storage,
};
use crate::{LogError, Retention, Topic, TopicSpec, check};

/// A topic and its partitions.
pub(super) struct Entry {
    pub(super) topic: Topic,
    pub(super) row: TopicRow,
    pub(super) partitions: Vec<Arc<Partition>>,
}

pub(super) struct Catalog {
    topics: RwLock<BTreeMap<String, Arc<Entry>>>,
    /// Held while a topic is created, so that two calls cannot create it twice.
    creating: Mutex<()>,
}

impl Catalog {
    pub(super) fn load(db: &DB) -> Result<Self, LogError> {
        let mut topics = BTreeMap::new();
        for (name, row) in storage::topics(db)? {
            let entry = Entry::new(&name, row, |id| storage::view(db, id))?;
            topics.insert(name, Arc::new(entry));
        }
        Ok(Self { topics: RwLock::new(topics), creating: Mutex::default() })
    }

    /// Looks again at what every partition holds, after the log was opened again.
    ///
    /// # Errors
    /// When that cannot be read, or is less than was acknowledged.
    pub(super) fn reload(&self, db: &DB) -> Result<(), LogError> {
        let entries = self.all();
        let mut partitions = entries.iter().flat_map(|entry| &entry.partitions);
        partitions.try_for_each(|partition| partition.reopened(storage::view(db, partition.id)?))
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Entry>> {
        self.read().get(name).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        self.read().values().cloned().collect()
    }

    pub(super) fn partition(&self, topic: &Topic, partition: u32) -> Result<Arc<Partition>, LogError> {
        let topics = self.read();
        let entry = topics
            .get(topic.name())
            .ok_or_else(|| LogError::UnknownTopic { topic: topic.name().to_owned() })?;
        check::check_partition(&entry.topic, partition)?;
        Ok(entry.partitions[partition as usize].clone())
    }

    /// Creates the topic, or verifies the one there.
    pub(super) fn ensure(&self, db: &DB, spec: &TopicSpec) -> Result<Topic, LogError> {
        spec.validate()?;
        let _creating = self.lock_creating();
        if let Some(entry) = self.find(&spec.name) {
            spec.verify(entry.row.partitions, entry.row.retention)?;
            return Ok(entry.topic.clone());
        }
        let id = self.read().values().map(|entry| entry.row.id + 1).max().unwrap_or(0);
        let row = TopicRow { id, partitions: spec.partitions, retention: spec.retention };
        storage::put_topic(db, &spec.name, row)?;
        let empty = View { start: 0, first_base: 0, end: 0, clock_us: i64::MIN, open: true };
        let entry = Arc::new(Entry::new(&spec.name, row, |_| Ok(empty))?);
        let topic = entry.topic.clone();
        self.topics
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(spec.name.clone(), entry);
        Ok(topic)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Entry>>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_creating(&self) -> MutexGuard<'_, ()> {
        self.creating.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn new(name: &str, row: TopicRow, view: impl Fn(PartitionId) -> Result<View, LogError>) -> Result<Self, LogError> {
        let topic = Topic::new(name, row.partitions);
        let partition = |partition| {
            let id = PartitionId { topic: row.id, partition };
            Ok(Arc::new(Partition::new(id, topic.clone(), view(id)?)))
        };
        let partitions = (0..row.partitions).map(partition).collect::<Result<_, LogError>>()?;
        Ok(Self { topic, row, partitions })
    }

    /// How old records may get, in microseconds; `None` for ever.
    pub(super) fn age_max_us(&self) -> Option<i64> {
        match self.row.retention {
            Retention::Forever => None,
            Retention::AgeMs(ms) => Some(i64::try_from(ms.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        }
    }
}
