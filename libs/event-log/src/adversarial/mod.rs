//! A log in memory that keeps what [`EventLog`] promises and not one thing more, from a seed. For tests.
//!
//! ```text
//!   append ──▶ pending, by partition ──any partition next──▶ on the disk ──later──▶ acknowledged, or failed all the same
//!                 └── crash: each partition's oldest so many are written, the rest is lost; nobody is told
//! ```
//!
//! Partitions of one append become durable one by one and in any order (as on Kafka), acknowledgements come late and out of order,
//! and an append may fail although it was written: whoever repeats it then has it twice. A crash loses what was not
//! acknowledged, or part of it; the [`Disk`] survives and can be opened again. Retention by age is not done: only
//! [`EventLog::trim`] gives records up.

mod disk;
mod pending;
mod reader;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{Notify, oneshot, watch};

use self::{disk::DiskState, pending::Pending, reader::MemoryReader};
use crate::{
    AppendHandle, Bounds, EventLog, Health, LogError, LogIdentity, PartitionAppend, PartitionReader, Topic, TopicSpec,
    check, health::Unacknowledged,
};

pub use disk::Disk;

/// Most octets that wait to be written.
pub const PENDING_BYTES_MAX: usize = 64 << 20;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdversarialOptions {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// Longest pause before something is written, microseconds.
    pub pause_us_max: u64,
    /// Most other things that are written before an acknowledgement is given.
    pub acknowledged_after_max: u64,
    /// So many appends in a thousand fail with [`LogError::Unavailable`] although they are written.
    pub fails_per_mille: u64,
}

impl Default for AdversarialOptions {
    /// Slow and out of order, but nothing fails.
    fn default() -> Self {
        Self { seed: 1, pause_us_max: 300, acknowledged_after_max: 8, fails_per_mille: 0 }
    }
}

/// The log. Dropping it is a crash; see [`AdversarialLog::close`](EventLog::close) for the end in order.
pub struct AdversarialLog {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Something was appended, or the log ends.
    called: Notify,
    /// Something became durable, was trimmed, or the log ended.
    changed: watch::Sender<()>,
    unacknowledged: Unacknowledged,
    disk: Disk,
}

pub(crate) struct State {
    pub pending: Pending,
    /// What is said to whoever calls now; `None` while it works.
    pub refusal: Option<LogError>,
    /// Readers find nothing any more.
    pub ended: bool,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn disk(&self) -> MutexGuard<'_, DiskState> {
        self.disk.lock()
    }

    /// Tells readers to look again.
    fn tell(&self) {
        self.changed.send_replace(());
    }

    fn check_open(&self) -> Result<(), LogError> {
        self.lock().refusal.clone().map_or(Ok(()), Err)
    }
}

impl AdversarialLog {
    /// Opens the log on a disk, as the last one left it. Must be called within a tokio runtime.
    #[must_use]
    pub fn open(disk: &Disk, options: AdversarialOptions) -> Self {
        let state = State { pending: Pending::new(options), refusal: None, ended: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            called: Notify::new(),
            changed: watch::Sender::new(()),
            unacknowledged: Unacknowledged::new(),
            disk: disk.clone(),
        });
        tokio::spawn(pending::write(Arc::clone(&shared), options));
        Self { shared }
    }

    /// The process dies: of each partition's pending records the oldest so many are written, the others are lost, and nobody
    /// hears of either. Every later call fails with [`LogError::Closed`].
    pub fn crash(&self) {
        let mut state = self.shared.lock();
        if state.ended {
            return;
        }
        (state.refusal, state.ended) = (Some(LogError::Closed), true);
        state.pending.crash(&mut self.shared.disk());
        drop(state);
        self.shared.called.notify_one();
        self.shared.tell();
    }
}

impl Drop for AdversarialLog {
    fn drop(&mut self) {
        self.crash();
    }
}

#[async_trait]
impl EventLog for AdversarialLog {
    fn identity(&self) -> LogIdentity {
        self.shared.disk().identity
    }

    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError> {
        self.shared.check_open()?;
        self.shared.disk().ensure(spec)
    }

    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError> {
        self.shared.check_open()?;
        Ok(self.shared.disk().find(name))
    }

    async fn topics(&self) -> Result<Vec<Topic>, LogError> {
        self.shared.check_open()?;
        Ok(self.shared.disk().topics())
    }

    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle {
        let (answer, answered) = oneshot::channel();
        let taken = check::check(&appends).and_then(|bytes| {
            let mut state = self.shared.lock();
            state.refusal.clone().map_or(Ok(()), Err)?;
            appends.iter().try_for_each(|part| self.shared.disk().verify(&part.topic))?;
            state.pending.has_room(bytes)?;
            state.pending.push(appends, bytes, self.shared.unacknowledged.begin(), answer);
            Ok(())
        });
        self.shared.called.notify_one();
        Box::pin(async move {
            taken?;
            let broken_off = |_| LogError::Unavailable { reason: "the log crashed before it answered".to_owned() };
            answered.await.map_err(broken_off)?
        })
    }

    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError> {
        self.shared.check_open()?;
        self.shared.disk().verify(topic)?;
        check::check_partition(topic, partition)?;
        let changed = self.shared.changed.subscribe();
        Ok(Box::new(MemoryReader::new(Arc::clone(&self.shared), changed, (topic.clone(), partition), from)))
    }

    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError> {
        self.shared.check_open()?;
        Ok(self.shared.disk().partition(topic, partition)?.bounds())
    }

    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError> {
        self.shared.check_open()?;
        Ok(self.shared.disk().partition(topic, partition)?.offset_of_time(at_us))
    }

    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError> {
        self.shared.check_open()?;
        self.shared.disk().trim(topic, partition, before)?;
        self.shared.tell();
        Ok(())
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.shared.unacknowledged.subscribe()
    }

    async fn close(&self) -> Result<(), LogError> {
        self.shared.lock().refusal.get_or_insert(LogError::Closed);
        self.shared.called.notify_one();
        let mut changed = self.shared.changed.subscribe();
        while !self.shared.lock().ended {
            // The sender lives as long as we do.
            let _ = changed.changed().await;
        }
        Ok(())
    }
}
