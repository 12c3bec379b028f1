//! A log whose acknowledgements can be held back.

use std::sync::Arc;

use tokio::sync::watch;
use volley_event_log::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
};

/// The log behind it, and whether acknowledgements of one topic wait.
pub struct SlowLog {
    log: Arc<dyn EventLog>,
    held: watch::Sender<Option<String>>,
}

impl SlowLog {
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log, held: watch::Sender::new(None) }
    }

    /// Holds acknowledgements of appends to a topic back, also of those on their way.
    pub fn hold(&self, topic: &Topic) {
        self.held.send_replace(Some(topic.name().to_owned()));
    }

    pub fn let_go(&self) {
        self.held.send_replace(None);
    }
}

#[async_trait::async_trait]
impl EventLog for SlowLog {
    fn identity(&self) -> LogIdentity {
        self.log.identity()
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        self.log.ensure_topic(spec).await
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        self.log.find_topic(name).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        self.log.topics().await
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        let topics: Vec<_> = appends.iter().map(|append| append.topic.name().to_owned()).collect();
        let mut held = self.held.subscribe();
        let handle = self.log.append(appends);
        Box::pin(async move {
            let appended = handle.await;
            // The sender lives as long as the log.
            let _ = held
                .wait_for(|held| held.as_ref().is_none_or(|held| !topics.contains(held)))
                .await;
            appended
        })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        self.log.reader(topic, partition, from)
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        self.log.bounds(topic, partition).await
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        self.log.offset_of_time(topic, partition, at_us).await
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        self.log.trim(topic, partition, before).await
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.log.health()
    }

    async fn close(&self) -> Result<(), LogError> {
        self.log.close().await
    }
}
