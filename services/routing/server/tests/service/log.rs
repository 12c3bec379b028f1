//! The embedded log with a switch: appends can be made to fail.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;
use volley_event_log::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
};

/// A log that may be away for appends.
pub struct ShakyLog {
    inner: Arc<dyn EventLog>,
    away: AtomicBool,
    refuses_copies: AtomicBool,
    health: watch::Sender<Health>,
}

impl ShakyLog {
    pub fn new(inner: Arc<dyn EventLog>) -> Arc<Self> {
        let health = watch::Sender::new(Health::Healthy);
        Arc::new(Self {
            inner,
            away: AtomicBool::default(),
            refuses_copies: AtomicBool::default(),
            health,
        })
    }

    /// From now on appends fail, and the log says so; or they go through again.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
        let unhealthy = || Health::Unhealthy { reason: "the log is away".into(), since_us: 0 };
        self.health.send_replace(if away { unhealthy() } else { Health::Healthy });
    }

    /// From now on appends over several partitions fail, as those of the fan-out are; or they go through again.
    pub fn refuse_copies(&self, refuse: bool) {
        self.refuses_copies.store(refuse, Ordering::SeqCst);
    }

    fn refuses(&self, appends: &[PartitionAppend]) -> bool {
        let copies = || appends.windows(2).any(|pair| pair[0].partition != pair[1].partition);
        self.away.load(Ordering::SeqCst) || (self.refuses_copies.load(Ordering::SeqCst) && copies())
    }
}

#[async_trait::async_trait]
impl EventLog for ShakyLog {
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
        match self.refuses(&appends) {
            false => self.inner.append(appends),
            true => Box::pin(async { Err(LogError::Unavailable { reason: "the test says so".into() }) }),
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
