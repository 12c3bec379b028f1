//! The embedded log: durable, in this process, on one RocksDB.
//!
//! ```text
//!   append ──▶ queue ──▶ writer thread: one write, one sync for all that wait ──▶ tail (memory) ──▶ readers at the end
//!             (bounded)                      │                                    (bounded)
//!                                            └──▶ RocksDB ─────────────────────────────────────▶ readers behind it
//! ```
//!
//! EMB-1: an append is one atomic write, over all its partitions.
//! EMB-2: it is acknowledged, and shown to readers, after the sync.
//! EMB-3: a torn end of the write-ahead log is cut on recovery; any other damage is an error and is never served.

mod batch;
mod care;
mod catalog;
mod core;
mod layout;
mod options;
mod partition;
mod queue;
mod reader;
mod storage;
mod writer;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use tokio::{sync::watch, task};

use self::{core::Core, reader::EmbeddedReader};
pub use self::{options::EmbeddedOptions, writer::EmbeddedStats};
use crate::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
};

/// A log in a directory of its own, which one process at a time may open.
pub struct EmbeddedLog {
    core: Arc<Core>,
}

impl EmbeddedLog {
    /// Opens the log in `directory`, or begins one there. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`LogError::Unusable`] when the directory is in use or cannot be opened, [`LogError::WrongFormat`] when it holds
    /// another format, [`LogError::Corrupt`] when it is damaged elsewhere than at its torn end.
    pub async fn open(directory: impl Into<PathBuf>, options: EmbeddedOptions) -> Result<Self, LogError> {
        let directory = directory.into();
        let core = blocking(move || Core::open(&directory, &options)).await?;
        Ok(Self { core })
    }

    /// What it has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> EmbeddedStats {
        self.core.counters.read()
    }
}

#[async_trait]
impl EventLog for EmbeddedLog {
    fn identity(&self) -> LogIdentity {
        self.core.identity
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        let (core, spec) = (self.core.clone(), spec.clone());
        blocking(move || core.catalog.ensure(&*core.storage.db()?, &spec)).await
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        Ok(self.core.catalog.find(name).map(|entry| entry.topic.clone()))
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        Ok(self.core.catalog.all().iter().map(|entry| entry.topic.clone()).collect())
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        let enqueued = self.core.enqueue(&appends);
        Box::pin(async move { enqueued?.await.unwrap_or(Err(LogError::Closed)) })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        let partition = self.core.catalog.partition(topic, partition)?;
        Ok(Box::new(EmbeddedReader::new(partition, self.core.storage.clone(), from)))
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        Ok(self.core.catalog.partition(topic, partition)?.bounds())
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        let (db, partition) = (self.core.storage.db()?, self.core.catalog.partition(topic, partition)?);
        blocking(move || storage::offset_of_time(&db, partition.id, partition.view(), at_us)).await
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        let (core, partition) = (self.core.clone(), self.core.catalog.partition(topic, partition)?);
        blocking(move || core.trimmer.trim(&partition, before)).await
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.core.unacknowledged.subscribe()
    }

    async fn close(&self) -> Result<(), LogError> {
        let core = self.core.clone();
        blocking(move || {
            core.close();
            Ok(())
        })
        .await
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.core.close();
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    match task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(LogError::unavailable("the call was broken off", error)),
    }
}
