//! Reads what is on the disk.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Shared, disk};
use crate::{LogError, PartitionReader, ReadLimit, Record, Topic};

pub(crate) struct MemoryReader {
    shared: Arc<Shared>,
    changed: watch::Receiver<()>,
    place: (Topic, u32),
    position: u64,
}

impl MemoryReader {
    pub fn new(shared: Arc<Shared>, changed: watch::Receiver<()>, place: (Topic, u32), from: u64) -> Self {
        Self { shared, changed, place, position: from }
    }

    /// What is there now; nothing at the end.
    fn look(&self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        if self.shared.lock().ended {
            return Err(LogError::Closed);
        }
        let (topic, partition) = &self.place;
        let mut disk = self.shared.disk();
        let state = disk.partition(topic, *partition)?;
        let bounds = state.bounds();
        if !(bounds.start..=bounds.end).contains(&self.position) {
            return Err(disk::out_of_range(topic, *partition, self.position, bounds));
        }
        let (mut records, mut bytes) = (Vec::new(), 0);
        for record in state.from(self.position).iter().take(limit.records.max(1)) {
            bytes += record.payload_bytes();
            if bytes > limit.bytes && !records.is_empty() {
                break;
            }
            records.push(record.clone());
        }
        Ok(records)
    }
}

#[async_trait]
impl PartitionReader for MemoryReader {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        loop {
            self.changed.mark_unchanged();
            let records = self.look(limit)?;
            if !records.is_empty() {
                self.position += records.len() as u64;
                return Ok(records);
            }
            self.changed.changed().await.map_err(|_| LogError::Closed)?;
        }
    }

    fn position(&self) -> u64 {
        self.position
    }
}
