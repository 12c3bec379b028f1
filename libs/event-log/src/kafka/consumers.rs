//! The consumers, and the seats readers have on them.
//!
//! A consumer has every partition at most once, so two readers of one partition sit on different consumers; with one
//! reader a partition, all sit on the first. Each consumer has a thread that serves its events; the records wait in a
//! queue per partition that librdkafka bounds, and the reader takes them from there itself: nothing is ever paused.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rdkafka::{
    Offset, TopicPartitionList,
    config::FromClientConfigAndContext,
    consumer::{BaseConsumer, Consumer, base_consumer::PartitionQueue},
    error::KafkaResult,
};

use super::{
    client::{self, Ears},
    options::KafkaOptions,
};
use crate::{LogError, Topic};

const POLL: Duration = Duration::from_millis(100);

/// The most consumers one log keeps, which is the most readers of one partition at a time.
const CONSUMERS_MAX: usize = 64;

pub(super) struct Consumers {
    options: KafkaOptions,
    ears: Ears,
    shared: Mutex<Vec<Arc<Shared>>>,
}

struct Shared {
    consumer: Arc<BaseConsumer<Ears>>,
    taken: Mutex<BTreeSet<(Topic, u32)>>,
    stopped: Arc<AtomicBool>,
}

impl Consumers {
    pub(super) fn new(options: KafkaOptions, ears: Ears) -> Self {
        Self { options, ears, shared: Mutex::default() }
    }

    /// A seat whose first record is the one at `from`; `wake` is called when its queue is no longer empty.
    pub(super) fn seat(
        &self,
        topic: &Topic,
        partition: u32,
        from: u64,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Seat, LogError> {
        let shared = self.with_room(topic, partition)?;
        let mut seat = Seat { shared, topic: topic.clone(), partition, queue: None };
        let queue = seat
            .shared
            .consumer
            .split_partition_queue(topic.name(), client::number(partition));
        let Some(mut queue) = queue else {
            return Err(LogError::Unusable { reason: format!("the client has no queue for {topic}/{partition}") });
        };
        queue.set_nonempty_callback(wake);
        seat.queue = Some(queue);
        seat.assign(from)
            .map_err(|error| LogError::unavailable("the partition was not assigned", error))?;
        Ok(seat)
    }

    /// A consumer on which this partition is free; it is taken from now on.
    fn with_room(&self, topic: &Topic, partition: u32) -> Result<Arc<Shared>, LogError> {
        let wanted = (topic.clone(), partition);
        let mut all = self.lock();
        for shared in all.iter() {
            if shared.lock_taken().insert(wanted.clone()) {
                return Ok(shared.clone());
            }
        }
        if all.len() == CONSUMERS_MAX {
            return Err(LogError::Overloaded {
                waiting: all.len(),
                limit: CONSUMERS_MAX,
                unit: "readers of one partition",
            });
        }
        let shared = self.start()?;
        shared.lock_taken().insert(wanted);
        all.push(shared.clone());
        Ok(shared)
    }

    fn start(&self) -> Result<Arc<Shared>, LogError> {
        let unusable =
            |error: &dyn std::fmt::Display| LogError::Unusable { reason: format!("no kafka consumer: {error}") };
        let consumer = BaseConsumer::from_config_and_context(&client::consumer(&self.options), self.ears.clone());
        let consumer = Arc::new(consumer.map_err(|error| unusable(&error))?);
        let stopped = Arc::new(AtomicBool::new(false));
        let (served, until) = (consumer.clone(), stopped.clone());
        thread::Builder::new()
            .name("log-consumer".to_owned())
            .spawn(move || serve(&served, &until))
            .map_err(|error| unusable(&error))?;
        Ok(Arc::new(Shared { consumer, taken: Mutex::default(), stopped }))
    }

    /// Ends the threads. Seats still held keep their consumer until they are dropped.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Shared>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn lock_taken(&self) -> MutexGuard<'_, BTreeSet<(Topic, u32)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
    }
}

/// Serves the consumer's events; records never come this way.
fn serve(consumer: &BaseConsumer<Ears>, stopped: &AtomicBool) {
    while !stopped.load(Ordering::Acquire) {
        match consumer.poll(POLL) {
            None => (),
            Some(Ok(_)) => tracing::error!("a record came on the consumer's own queue and was not read"),
            Some(Err(error)) => tracing::debug!(%error, "kafka consumer"),
        }
    }
}

/// One partition assigned to one reader.
pub(super) struct Seat {
    shared: Arc<Shared>,
    topic: Topic,
    partition: u32,
    queue: Option<PartitionQueue<Ears>>,
}

impl Seat {
    /// Where the records arrive.
    pub(super) fn queue(&self) -> Option<&PartitionQueue<Ears>> {
        self.queue.as_ref()
    }

    fn assign(&self, from: u64) -> KafkaResult<()> {
        let mut list = TopicPartitionList::with_capacity(1);
        let offset = Offset::Offset(i64::try_from(from).unwrap_or(i64::MAX));
        list.add_partition_offset(self.topic.name(), client::number(self.partition), offset)?;
        self.shared.consumer.incremental_assign(&list)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.queue = None;
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(self.topic.name(), client::number(self.partition));
        if let Err(error) = self.shared.consumer.incremental_unassign(&list) {
            tracing::debug!(topic = self.topic.name(), partition = self.partition, %error, "not unassigned");
        }
        self.shared.lock_taken().remove(&(self.topic.clone(), self.partition));
    }
}
