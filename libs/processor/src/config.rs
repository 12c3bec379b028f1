//! What a processor is given.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use volley_event_log::{EventLog, Topic};
use volley_state_store::SharedMemory;
use volley_types::{Partition, RunId, Source, SpanMs, Timestamp};

use crate::{SkipList, TopicName};

/// Batches of one partition that may be decided and not yet acknowledged.
pub const PIPELINE_MAX: usize = 4;

/// How far a partition's clock may be ahead of the machine's own. Beyond it the partition waits, unhealthy.
pub const CLOCK_AHEAD_MAX: SpanMs = SpanMs::from_secs(5 * 60);

/// The machine's wall clock.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What this processor is.
#[derive(Debug, Clone)]
pub struct ProcessorConfig {
    /// Its one input topic (D1).
    pub input: Topic,
    /// The partitions this process owns.
    pub partitions: Vec<Partition>,
    /// The source its outputs name, by partition: `Source::Routing`, for instance.
    pub source: fn(Partition) -> Source,
    /// This run of this process; goes into its `Owner` records.
    pub run: RunId,
    /// Directory of its stores; each partition has a folder of its number in it.
    pub state_dir: PathBuf,
    /// Version of the function that makes subscribers out of addresses; a store of another version is refused.
    pub canonicalisation_version: u16,
    /// Name of the hash that maps subscribers to partitions: `xxh3-64`.
    pub hash: &'static str,
    /// Where undecodable records go.
    pub dead_letter: TopicName,
    /// Topics that are read back at start, so that what is there is not published again: `events`.
    pub read_back: BTreeSet<TopicName>,
    /// Whether one append over several partitions is written as a whole or not at all (the embedded log): then both ranks go in one.
    pub ranks_in_one_append: bool,
    /// Sizes and intervals.
    pub tuning: Tuning,
}

/// Sizes and intervals; outputs and state never depend on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuning {
    /// Most records in one batch; at least 1.
    pub batch_records_max: usize,
    /// Most octets read for one batch.
    pub batch_bytes_max: usize,
    /// Most batches of a partition that await the log; 1 to [`PIPELINE_MAX`].
    pub pipeline_max: usize,
    /// How often changed rows go to RocksDB with the position, in milliseconds. Also when the overlay is full.
    pub write_interval_ms: u64,
    /// How often RocksDB puts what it holds on disk, in milliseconds: what a crash costs in replay.
    pub flush_interval_ms: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            batch_records_max: 4_096,
            batch_bytes_max: 1 << 20,
            pipeline_max: PIPELINE_MAX,
            write_interval_ms: 1_000,
            flush_interval_ms: 10_000,
        }
    }
}

/// What a processor works with; shared by all processors of a process.
#[derive(Clone)]
pub struct Parts {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Block cache and write buffers of the stores.
    pub memory: SharedMemory,
    /// The machine's clock: when timers are looked at, and the guard against clocks from the future.
    pub clock: WallClock,
    /// Records to pass over.
    pub skips: SkipList,
}
