//! The embedded log with a switch: appends can be made to fail or to hang, and health to say so.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;
use volley_event_log::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
};

/// What happens to appends.
#[derive(Clone)]
pub enum Mood {
    /// They go through.
    Good,
    /// They fail with this.
    Fails(LogError),
    /// They go through, and nobody hears of it while this is the mood.
    Silent,
}

/// A log with moods.
pub struct MoodyLog {
    inner: Arc<dyn EventLog>,
    mood: watch::Sender<Mood>,
    health: watch::Sender<Health>,
    appends: Mutex<usize>,
}

impl MoodyLog {
    pub fn new(inner: Arc<dyn EventLog>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            mood: watch::Sender::new(Mood::Good),
            health: watch::Sender::new(Health::Healthy),
            appends: Mutex::new(0),
        })
    }

    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    pub fn set_healthy(&self, healthy: bool) {
        let unhealthy = || Health::Unhealthy { reason: "the test says so".into(), since_us: 0 };
        self.health.send_replace(if healthy { Health::Healthy } else { unhealthy() });
    }

    /// Appends made so far.
    pub fn appends(&self) -> usize {
        *self.appends.lock().unwrap()
    }
}

#[async_trait]
impl EventLog for MoodyLog {
    fn identity(&self) -> LogIdentity {
        self.inner.identity()
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        self.inner.ensure_topic(spec).await
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        self.inner.find_topic(name).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        self.inner.topics().await
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        *self.appends.lock().unwrap() += 1;
        let mood = self.mood.borrow().clone();
        match mood {
            Mood::Good => self.inner.append(appends),
            Mood::Fails(error) => Box::pin(async move { Err(error) }),
            Mood::Silent => {
                let (appended, mut mood) = (self.inner.append(appends), self.mood.subscribe());
                Box::pin(async move {
                    let outcome = appended.await;
                    let _ = mood.wait_for(|mood| !matches!(mood, Mood::Silent)).await;
                    outcome
                })
            }
        }
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        self.inner.reader(topic, partition, from)
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        self.inner.bounds(topic, partition).await
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        self.inner.offset_of_time(topic, partition, at_us).await
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        self.inner.trim(topic, partition, before).await
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    async fn close(&self) -> Result<(), LogError> {
        self.inner.close().await
    }
}
