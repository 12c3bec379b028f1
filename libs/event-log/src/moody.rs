//! Any log with a switch: appends can be made to fail or to hang, and health to say so. For tests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
};

/// What happens to appends.
#[derive(Debug, Clone)]
pub enum Mood {
    /// They go through.
    Good,
    /// They fail with this, and nothing is written.
    Fails(LogError),
    /// Those over several partitions fail with this, as copies of `config` are; the others go through.
    FailsCopies(LogError),
    /// They go through, and nobody hears of it while this is the mood.
    Silent,
}

impl Mood {
    fn refusal(&self, appends: &[PartitionAppend]) -> Option<&LogError> {
        let copies = || appends.windows(2).any(|pair| pair[0].partition != pair[1].partition);
        match self {
            Self::Fails(error) => Some(error),
            Self::FailsCopies(error) if copies() => Some(error),
            Self::Good | Self::FailsCopies(_) | Self::Silent => None,
        }
    }
}

/// A log with moods.
pub struct MoodyLog {
    inner: Arc<dyn EventLog>,
    mood: watch::Sender<Mood>,
    health: watch::Sender<Health>,
    appends: AtomicUsize,
}

impl MoodyLog {
    /// One in a good mood, and healthy.
    pub fn new(inner: Arc<dyn EventLog>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            mood: watch::Sender::new(Mood::Good),
            health: watch::Sender::new(Health::Healthy),
            appends: AtomicUsize::default(),
        })
    }

    /// From now on. What it says of its health stays.
    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// What it says of its health; appends go on as before.
    pub fn set_healthy(&self, healthy: bool) {
        let unhealthy = || Health::Unhealthy { reason: "the test says so".into(), since_us: 0 };
        self.health.send_replace(if healthy { Health::Healthy } else { unhealthy() });
    }

    /// From now on appends fail, and it says so; or they go through again.
    pub fn set_away(&self, away: bool) {
        let failing = || Mood::Fails(LogError::Unavailable { reason: "the test says so".into() });
        self.set(if away { failing() } else { Mood::Good });
        self.set_healthy(!away);
    }

    /// Appends made so far.
    pub fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
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
        self.appends.fetch_add(1, Ordering::SeqCst);
        let mood = self.mood.borrow().clone();
        if let Some(error) = mood.refusal(&appends).cloned() {
            return Box::pin(async move { Err(error) });
        }
        let appended = self.inner.append(appends);
        if !matches!(mood, Mood::Silent) {
            return appended;
        }
        let mut mood = self.mood.subscribe();
        Box::pin(async move {
            let outcome = appended.await;
            // Its end is no reason to keep the answer back.
            let _ = mood.wait_for(|mood| !matches!(mood, Mood::Silent)).await;
            outcome
        })
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
