//! The log on Apache Kafka, through librdkafka.
//!
//! ```text
//!   append ──▶ window ──▶ lane: feeder thread + idempotent producer ──▶ broker ──▶ consumer ──▶ queue ──▶ reader
//!             (bounded)   (one for urgent topics, one for the rest)              (one thread)  (bounded)
//! ```
//!
//! KAF-1: appends are acknowledged by all replicas in sync, and each partition keeps the order of the append calls.
//! KAF-2: a broker that is gone makes the log unhealthy; when it is back, what waited goes out and the log is healthy again.
//! KAF-3: a permanent failure rebuilds the producer in this process; what was pending fails as unavailable, and its
//!        callers go on from what the log holds. Nothing is sent again behind their backs.

mod client;
mod cluster;
mod consumers;
mod delivery;
mod lane;
mod options;
mod reader;
mod topics;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

pub use self::options::KafkaOptions;
use self::{
    client::Ears,
    cluster::Cluster,
    consumers::Consumers,
    delivery::{Call, Window},
    lane::{Feeder, Lane, Order},
    reader::KafkaReader,
    topics::KnownTopics,
};
use crate::{
    AppendHandle, Appended, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic,
    TopicSpec, check,
    health::{JUDGE_INTERVAL_MS, Unacknowledged},
};

const CLOSE_POLL: Duration = Duration::from_millis(5);

/// A log on a Kafka cluster.
pub struct KafkaLog {
    identity: LogIdentity,
    options: KafkaOptions,
    cluster: Arc<Cluster>,
    known: KnownTopics,
    window: Arc<Window>,
    unacknowledged: Arc<Unacknowledged>,
    urgent: Arc<Lane>,
    ordinary: Arc<Lane>,
    consumers: Arc<Consumers>,
    closed: watch::Sender<bool>,
    /// Dropped to end the caretaker.
    caretaker: Mutex<Option<mpsc::Sender<()>>>,
}

impl KafkaLog {
    /// Connects to a cluster. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`LogError::Unavailable`] when the cluster does not answer, [`LogError::Unusable`] when the settings are wrong.
    pub async fn connect(options: KafkaOptions) -> Result<Self, LogError> {
        let unacknowledged = Arc::new(Unacknowledged::new());
        let ears = Ears { unacknowledged: unacknowledged.clone() };
        let cluster = Arc::new(Cluster::new(&options, &ears)?);
        let identity = cluster.identity().await?;
        let caretaker = care(unacknowledged.clone(), cluster.clone())?;
        Ok(Self {
            identity,
            cluster,
            known: KnownTopics::default(),
            window: Arc::new(Window::new(options.window_records_max, options.window_bytes_max)),
            urgent: start_lane("urgent", &options, &unacknowledged)?,
            ordinary: start_lane("ordinary", &options, &unacknowledged)?,
            consumers: Arc::new(Consumers::new(options.clone(), ears)),
            closed: watch::Sender::new(false),
            caretaker: Mutex::new(Some(caretaker)),
            unacknowledged,
            options,
        })
    }

    fn send(&self, appends: Vec<PartitionAppend>) -> Result<oneshot::Receiver<Result<Appended, LogError>>, LogError> {
        let bytes = check::check(&appends)?;
        appends.iter().try_for_each(|append| self.known.check(&append.topic))?;
        if *self.closed.borrow() {
            return Err(LogError::Closed);
        }
        let records = appends.iter().map(|append| append.records.len()).sum();
        self.window.reserve(records, bytes)?;
        let (call, answered) =
            Call::begin(appends.len(), records, bytes, self.window.clone(), self.unacknowledged.clone());
        let orders = appends.into_iter().enumerate().map(|(index, append)| Order {
            share: call.share(index),
            topic: append.topic,
            partition: append.partition,
            records: append.records,
        });
        let (urgent, ordinary): (Vec<_>, Vec<_>) = orders.partition(|order| self.is_urgent(&order.topic));
        for (lane, orders) in [(&self.urgent, urgent), (&self.ordinary, ordinary)] {
            if !orders.is_empty() {
                lane.push(orders);
            }
        }
        Ok(answered)
    }

    fn is_urgent(&self, topic: &Topic) -> bool {
        let mark = &self.options.urgent_topic_mark;
        !mark.is_empty() && topic.name().contains(mark.as_str())
    }

    fn check(&self, topic: &Topic, partition: u32) -> Result<(), LogError> {
        self.known.check(topic)?;
        check::check_partition(topic, partition)
    }

    fn stop(&self) {
        self.closed.send_replace(true);
        self.urgent.close();
        self.ordinary.close();
        self.consumers.close();
        drop(self.caretaker.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

#[async_trait]
impl EventLog for KafkaLog {
    fn identity(&self) -> LogIdentity {
        self.identity
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        self.known.ensure(&self.cluster, &self.options, spec).await
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        self.known.find(&self.cluster, name).await
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        self.known.all(&self.cluster).await
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        if appends.is_empty() {
            let nothing = Appended { base_offsets: Vec::new(), append_time_us: crate::clock::now_us() };
            return Box::pin(std::future::ready(Ok(nothing)));
        }
        let sent = self.send(appends);
        Box::pin(async move { sent?.await.unwrap_or(Err(LogError::Closed)) })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        self.check(topic, partition)?;
        let (consumers, cluster) = (self.consumers.clone(), self.cluster.clone());
        let reader = KafkaReader::new(topic.clone(), partition, from, consumers, cluster, self.closed.subscribe())?;
        Ok(Box::new(reader))
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        self.check(topic, partition)?;
        self.cluster.bounds(topic, partition).await
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        self.check(topic, partition)?;
        let bounds = self.cluster.bounds(topic, partition).await?;
        let found = self.cluster.offset_of_time(topic, partition, at_us).await?;
        Ok(found.map_or(bounds.end, |offset| offset.max(bounds.start)))
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        let Bounds { start, end } = self.bounds(topic, partition).await?;
        if before > end {
            let topic = topic.name().to_owned();
            return Err(LogError::OffsetOutOfRange { topic, partition, offset: before, start, end });
        }
        if before <= start {
            return Ok(());
        }
        self.cluster.delete_before(topic, partition, before).await
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.unacknowledged.subscribe()
    }

    async fn close(&self) -> Result<(), LogError> {
        self.closed.send_replace(true);
        while !self.unacknowledged.is_empty() {
            tokio::time::sleep(CLOSE_POLL).await;
        }
        self.stop();
        Ok(())
    }
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start_lane(
    name: &'static str,
    options: &KafkaOptions,
    unacknowledged: &Arc<Unacknowledged>,
) -> Result<Arc<Lane>, LogError> {
    let lane = Lane::new(name, unacknowledged.clone());
    let feeder = Feeder::new(lane.clone(), options.clone())?;
    spawn("log-feeder", move || feeder.run())?;
    Ok(lane)
}

/// Judges health until the sender is dropped.
fn care(unacknowledged: Arc<Unacknowledged>, cluster: Arc<Cluster>) -> Result<mpsc::Sender<()>, LogError> {
    let (stop, stopped) = mpsc::channel();
    let interval = Duration::from_millis(JUDGE_INTERVAL_MS);
    spawn("log-caretaker", move || {
        while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            unacknowledged.judge(Instant::now());
            cluster.serve();
        }
    })?;
    Ok(stop)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), LogError> {
    let unusable = |error| LogError::Unusable { reason: format!("no thread for {name}: {error}") };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(unusable)
}
