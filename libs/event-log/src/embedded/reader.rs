//! Reads one partition: from memory at the tail, from RocksDB behind it.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use tokio::{
    sync::watch,
    task::{self, JoinHandle},
};

use super::{
    batch::{Batch, Cursor},
    partition::{Partition, View},
    storage::{self, Storage},
};
use crate::{LogError, PartitionReader, ReadLimit, Record};

/// About how much is read from RocksDB, or taken from the tail, at a time; in octets.
const AHEAD_BYTES: usize = 1 << 20;

pub(super) struct EmbeddedReader {
    partition: Arc<Partition>,
    storage: Arc<Storage>,
    view: watch::Receiver<View>,
    position: u64,
    current: Option<Cursor>,
    ahead: VecDeque<Batch>,
    /// A read from RocksDB on its way; kept here so that a dropped `next` does not throw it away.
    reading: Option<JoinHandle<Result<VecDeque<Batch>, LogError>>>,
}

impl EmbeddedReader {
    pub(super) fn new(partition: Arc<Partition>, storage: Arc<Storage>, from: u64) -> Self {
        let view = partition.watch();
        Self {
            partition,
            storage,
            view,
            position: from,
            current: None,
            ahead: VecDeque::new(),
            reading: None,
        }
    }

    /// Waits until the record at the position is at hand.
    async fn fill(&mut self) -> Result<(), LogError> {
        while self.current.is_none() {
            if let Some(batch) = self.ahead.pop_front() {
                let mut cursor = batch.cursor();
                cursor.skip_to(self.position)?;
                self.current = Some(cursor).filter(|cursor| !cursor.is_at_end());
                continue;
            }
            if self.reading.is_none() {
                self.wait_for_end().await?;
                match self.partition.tail_from(self.position, AHEAD_BYTES) {
                    Some(batches) => {
                        self.ahead = batches;
                        continue;
                    }
                    None => self.reading = Some(self.read_storage()?),
                }
            }
            self.ahead = self.finish_reading().await?;
        }
        Ok(())
    }

    /// Waits until the partition ends behind the position.
    async fn wait_for_end(&mut self) -> Result<(), LogError> {
        let position = self.position;
        let changed = |view: &View| !view.open || !(view.start..=view.end).contains(&position) || view.end > position;
        let view = *self.view.wait_for(changed).await.map_err(|_| LogError::Closed)?;
        if !view.open {
            return Err(LogError::Closed);
        }
        if !(view.start..=view.end).contains(&position) {
            return Err(self.partition.out_of_range(position));
        }
        Ok(())
    }

    fn read_storage(&self) -> Result<JoinHandle<Result<VecDeque<Batch>, LogError>>, LogError> {
        let db = self.storage.db()?;
        let (id, from, end) = (self.partition.id, self.position, self.partition.view().end);
        Ok(task::spawn_blocking(move || storage::read(&db, id, from, end, AHEAD_BYTES)))
    }

    async fn finish_reading(&mut self) -> Result<VecDeque<Batch>, LogError> {
        let Some(reading) = &mut self.reading else { return Ok(VecDeque::new()) };
        let read = reading.await;
        self.reading = None;
        match read.map_err(|error| LogError::unavailable("the read was broken off", error))? {
            // What is missing may have been trimmed away while we read.
            Err(_) if self.partition.view().start > self.position => Err(self.partition.out_of_range(self.position)),
            outcome => outcome,
        }
    }

    /// The records at hand, up to the limit. The first is taken however large.
    fn drain(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while records.len() < limit.records.max(1)
            && bytes < limit.bytes
            && let Some(cursor) = &mut self.current
        {
            let record = cursor.record()?;
            bytes += record.payload_bytes();
            records.push(record);
            if cursor.is_at_end() {
                self.current = self.ahead.pop_front().map(Batch::cursor);
            }
        }
        Ok(records)
    }
}

#[async_trait]
impl PartitionReader for EmbeddedReader {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        self.fill().await?;
        let records = self.drain(ReadLimit { bytes: limit.bytes.max(1), ..limit })?;
        self.position += records.len() as u64;
        Ok(records)
    }

    fn position(&self) -> u64 {
        self.position
    }
}
