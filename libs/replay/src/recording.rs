//! The log as a replay sees it: the recorded input up to an end, nothing else, and outputs that go to the comparison.

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};
use volley_event_log::{
    AppendHandle, Appended, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader,
    ReadLimit, Record, Topic, TopicSpec,
};

/// Appends that wait for the comparison; the loop has a few batches under way, each with two appends.
pub(crate) const APPENDS_WAITING_MAX: usize = 256;

/// Outputs to be compared, and whom to tell when that is done.
pub(crate) type Handed = (Vec<PartitionAppend>, oneshot::Sender<()>);

/// A log that is only read, up to an end.
pub(crate) struct Recording {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) input: Topic,
    /// The partition of the input that is replayed.
    pub(crate) partition: u32,
    /// Where the replay ends.
    pub(crate) end: u64,
    pub(crate) outputs: mpsc::Sender<Handed>,
}

impl Recording {
    fn refuse<T>(doing: &str) -> Result<T, LogError> {
        Err(LogError::Unusable { reason: format!("a replay does not {doing}") })
    }
}

#[async_trait]
impl EventLog for Recording {
    fn identity(&self) -> LogIdentity {
        self.log.identity()
    }

    async fn ensure_topic(&self, _spec: &TopicSpec) -> Result<Topic, LogError> {
        Self::refuse("make topics")
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        self.log.find_topic(name).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        self.log.topics().await
    }

    /// Acknowledged when it is compared. The loop's own records are in the recording already: the one it appends at its start lies
    /// behind everything.
    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        let base_offsets = appends.iter().map(|append| match append.topic == self.input {
            true => u64::MAX,
            false => 0,
        });
        let appended = Appended { base_offsets: base_offsets.collect(), append_time_us: 0 };
        let (compared, done) = oneshot::channel();
        let handed = self.outputs.try_send((appends, compared));
        Box::pin(async move {
            match handed {
                Ok(()) => done.await.map_err(|_| LogError::Closed)?,
                Err(_) => return Err(LogError::Closed),
            }
            Ok(appended)
        })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        let inner = self.log.reader(topic, partition, from)?;
        Ok(Box::new(UpTo { inner, end: self.end }))
    }

    /// The input as it is; of all else nothing, so that nothing counts as published before.
    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        match *topic == self.input && partition == self.partition {
            true => self.log.bounds(topic, partition).await,
            false => Ok(Bounds { start: 0, end: 0 }),
        }
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        self.log.offset_of_time(topic, partition, at_us).await
    }

    async fn trim(&self, _topic: &Topic, _partition: u32, _before: u64) -> Result<(), LogError> {
        Self::refuse("trim")
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.log.health()
    }

    async fn close(&self) -> Result<(), LogError> {
        Ok(())
    }
}

/// Reads up to an end, and then waits for ever.
struct UpTo {
    inner: Box<dyn PartitionReader>,
    end: u64,
}

#[async_trait]
impl PartitionReader for UpTo {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        let left = self.end.saturating_sub(self.inner.position());
        if left == 0 {
            return pending().await;
        }
        let records = usize::try_from(left).unwrap_or(usize::MAX).min(limit.records.max(1));
        self.inner.next(ReadLimit { records, ..limit }).await
    }

    fn position(&self) -> u64 {
        self.inner.position()
    }
}
