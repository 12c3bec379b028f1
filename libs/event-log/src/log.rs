//! The trait every log implements, and the reader it hands out.
//!
//!   append(batch) ──▶ order is taken at the call ──▶ durable ──▶ Appended
//!                                                       │
//!                                         reader.next() ┘ sees only what is durable
//!
//! LOG-1: what was acknowledged is there after any crash the implementation promises to survive.
//! LOG-2: within a partition records stand in the order of the append calls, offsets without holes.
//! LOG-3: a reader sees no record that could still be lost, and never fewer than its predecessor saw.
//! LOG-4: append times are the log's own. On the embedded log they never fall within a partition; on Kafka they are the
//!        leader's, which may step back when the leader moves: whoever needs a clock keeps the running maximum.

use std::{fmt, pin::Pin};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{Health, LogError, NewRecord, Record, Topic, TopicSpec};

/// The most one append may hold, in payload octets over all its partitions.
pub const APPEND_BYTES_MAX: usize = 32 << 20;

/// Records for one partition, appended together and next to each other.
#[derive(Debug, Clone)]
pub struct PartitionAppend {
    /// Where to.
    pub topic: Topic,
    /// `0..topic.partitions()`.
    pub partition: u32,
    /// In this order; at least one.
    pub records: Vec<NewRecord>,
}

/// What an acknowledged append was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The offset of the first record of each [`PartitionAppend`], in the order of the call. The others follow densely;
    /// on Kafka, another process that appends to the same partition may get in between.
    pub base_offsets: Vec<u64>,
    /// The log's time of this append, Unix microseconds; with several partitions, the latest of them.
    pub append_time_us: i64,
}

/// Resolves when the append is durable, or has failed.
///
/// Dropping it does not take the append back. A future that fails with [`LogError::Unavailable`] leaves open whether the
/// records were written; [`LogError::Overloaded`] and the errors about the records themselves mean that they were not.
pub type AppendHandle = Pin<Box<dyn Future<Output = Result<Appended, LogError>> + Send>>;

/// Which log this is: 16 octets that never change while the log lives, and differ for every other log.
///
/// A store keeps the identity of the log its position belongs to, so that a position is never used with another log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogIdentity(pub [u8; 16]);

impl fmt::Display for LogIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for LogIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogIdentity({self})")
    }
}

/// The offsets a partition holds: `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first offset still there.
    pub start: u64,
    /// The offset the next record gets.
    pub end: u64,
}

/// How much one [`PartitionReader::next`] may return. At least one record is returned, however large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// At most this many records; 0 counts as 1.
    pub records: usize,
    /// At most this many payload octets, as [`Record::payload_bytes`] counts them.
    pub bytes: usize,
}

impl Default for ReadLimit {
    fn default() -> Self {
        Self { records: 1_000, bytes: 1 << 20 }
    }
}

/// An append-only, partitioned, durable log.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Which log this is; stable for its life.
    fn identity(&self) -> LogIdentity;

    /// Creates the topic, or verifies that the one there has this partition count and retention.
    ///
    /// # Errors
    ///
    /// [`LogError::TopicMismatch`] in words when it differs, [`LogError::InvalidTopic`] when the wish itself is wrong.
    async fn ensure_topic(&self, spec: &TopicSpec) -> Result<Topic, LogError>;

    /// The topic of this name, if it exists.
    async fn find_topic(&self, name: &str) -> Result<Option<Topic>, LogError>;

    /// Every topic of this log, by name; those the log keeps for itself are left out.
    async fn topics(&self) -> Result<Vec<Topic>, LogError>;

    /// Appends. The place in the order is taken at the call, not at the first poll of the handle.
    ///
    /// Embedded: the whole vector is written atomically. Kafka: each partition's records keep their order, but a failure
    /// may leave some partitions written and others not.
    ///
    /// # Errors
    ///
    /// Before anything is written: [`LogError::RecordTooLarge`], [`LogError::InvalidRecord`], [`LogError::UnknownTopic`],
    /// [`LogError::UnknownPartition`], [`LogError::AppendTooLarge`], [`LogError::Overloaded`]. After that: [`LogError::Unavailable`], [`LogError::Corrupt`].
    fn append(&self, appends: Vec<PartitionAppend>) -> AppendHandle;

    /// A reader whose first record is the one at `from`. `from` may be the end: then it waits.
    ///
    /// Returns at once; whether `from` is still (or already) in the log is found out by the first
    /// [`PartitionReader::next`].
    ///
    /// # Errors
    ///
    /// [`LogError::UnknownTopic`], [`LogError::UnknownPartition`].
    fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Result<Box<dyn PartitionReader>, LogError>;

    /// The first offset there and the next one to be given.
    async fn bounds(&self, topic: &Topic, partition: u32) -> Result<Bounds, LogError>;

    /// The offset of the first record appended at or after `at_us` (Unix microseconds); the end when there is none.
    /// Kafka knows times by the millisecond.
    async fn offset_of_time(&self, topic: &Topic, partition: u32, at_us: i64) -> Result<u64, LogError>;

    /// Gives up every record before `before`. Afterwards `bounds().start` is at least `before`, also while the space is
    /// still being reclaimed. A `before` at or under the start changes nothing.
    ///
    /// # Errors
    ///
    /// [`LogError::OffsetOutOfRange`] when `before` lies beyond the end.
    async fn trim(&self, topic: &Topic, partition: u32, before: u64) -> Result<(), LogError>;

    /// Whether appends get through: unhealthy while the oldest unacknowledged one is older than
    /// [`UNACKNOWLEDGED_AGE_MAX_MS`](crate::UNACKNOWLEDGED_AGE_MAX_MS).
    fn health(&self) -> watch::Receiver<Health>;

    /// Stops taking appends, waits for those already taken, and lets go of the storage. Later calls fail with
    /// [`LogError::Closed`]; waiting readers end with it too. On Kafka this lasts as long as the cluster is away: set a
    /// deadline around it.
    async fn close(&self) -> Result<(), LogError>;
}

/// Reads one partition, densely and in order.
#[async_trait]
pub trait PartitionReader: Send {
    /// Waits until there is at least one record, and returns what is there up to `limit`.
    ///
    /// Cancel-safe: a call dropped before it was ready loses nothing, the next one returns the same records.
    ///
    /// # Errors
    ///
    /// [`LogError::OffsetOutOfRange`] when the position is before the start or beyond the end of the partition; it stays
    /// so. [`LogError::Corrupt`] when what is stored fails its checksum. [`LogError::Unavailable`] may be tried again.
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError>;

    /// The offset of the record that comes next.
    fn position(&self) -> u64;
}
