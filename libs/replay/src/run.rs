//! One partition, replayed from its beginning.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use tokio::sync::mpsc;
use volley_event_log::{EventLog, LogError, Topic};
use volley_processor::{
    Fold, PartitionState, Parts, Processor, ProcessorConfig, ProcessorHandle, SkipList, TopicName, Tuning, WallClock,
};
use volley_state_store::{Digest, SharedMemory, SharedMemoryOptions, Store, StoreError, StoreIdentity};
use volley_types::{Partition, RunId, Source};

use crate::{
    Difference,
    compare::Comparison,
    recording::{APPENDS_WAITING_MAX, Recording},
};

/// Memory of a replay's store: one partition at a time.
const MEMORY: SharedMemoryOptions = SharedMemoryOptions { block_cache_bytes: 64 << 20, write_buffer_bytes: 64 << 20 };

/// What is replayed: one processor's recorded input, and what its loop needs to know.
pub struct Replaying {
    /// The log that holds input and outputs.
    pub log: Arc<dyn EventLog>,
    /// The input.
    pub input: Topic,
    /// The source its outputs name, by partition.
    pub source: fn(Partition) -> Source,
    /// Version of the function that makes subscribers out of addresses.
    pub canonicalisation_version: u16,
    /// Name of the hash that maps subscribers to partitions.
    pub hash: &'static str,
    /// Where undecodable records went.
    pub dead_letter: TopicName,
    /// Records an operator had passed over; every replay passes over the same ones.
    pub skips: SkipList,
    /// The machine's clock, for the guard against records from the future alone.
    pub clock: WallClock,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The partition.
    pub partition: Partition,
    /// Input records decided.
    pub records: u64,
    /// Of the rows at the end.
    pub digest: Digest,
    /// Outputs compared.
    pub outputs: u64,
    /// Outputs decided that the topics do not hold yet: what a stop or a crash left to be published at the next start.
    pub unpublished: u64,
    /// Outputs that are not as they were recorded; the first [`DIFFERENCES_MAX`](crate::DIFFERENCES_MAX).
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub differences_in_all: u64,
}

/// Why a partition could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[from] LogError),
    /// The replay's own store failed.
    #[error("the store of the replay failed")]
    Store(#[from] StoreError),
    /// The rules stopped before a record.
    #[error("partition {partition} stopped at offset {position}: {why}")]
    Stopped {
        /// The partition.
        partition: Partition,
        /// The record it stopped before.
        position: u64,
        /// In words.
        why: String,
    },
    /// The comparison ended early.
    #[error("the comparison was broken off: {0}")]
    BrokenOff(String),
}

/// Replays one partition from offset 0 to `end`, in batches of at most `batch_records`, over a new store in `dir`.
///
/// # Errors
/// When the log cannot be read, the input was trimmed, or the rules stop before a record.
pub async fn replay<F: Fold>(
    what: &Replaying,
    partition: Partition,
    end: u64,
    batch_records: usize,
    dir: &Path,
    make: impl Fn(Partition) -> F + Send + Sync + 'static,
) -> Result<Replayed, ReplayError> {
    let service = make(partition).name();
    let memory = SharedMemory::new(&MEMORY);
    let (outputs, handed) = mpsc::channel(APPENDS_WAITING_MAX);
    let comparison = Comparison::new(Arc::clone(&what.log), (what.source)(partition));
    let comparing = tokio::spawn(comparison.run(handed, what.input.clone(), end));
    let recording = Recording {
        log: Arc::clone(&what.log),
        input: what.input.clone(),
        partition: u32::from(partition.0),
        end,
        outputs,
    };
    let parts = Parts {
        log: Arc::new(recording),
        memory: memory.clone(),
        clock: Arc::clone(&what.clock),
        skips: what.skips.clone(),
    };
    let running = Processor::spawn(config(what, partition, batch_records, dir), parts, make);
    let ended = until(&running, partition, end).await;
    running.drain().await;
    drop(running);
    let compared = comparing.await.map_err(|error| ReplayError::BrokenOff(error.to_string()))?;
    ended?;
    let compared = compared?;
    Ok(Replayed {
        partition,
        records: end,
        digest: digest(what, partition, service, dir, &memory)?,
        outputs: compared.outputs,
        unpublished: compared.unpublished,
        differences: compared.differences,
        differences_in_all: compared.differences_in_all,
    })
}

fn config(what: &Replaying, partition: Partition, batch_records: usize, dir: &Path) -> ProcessorConfig {
    ProcessorConfig {
        input: what.input.clone(),
        partitions: vec![partition],
        source: what.source,
        run: RunId::from_bytes([0; 16]),
        state_dir: dir.to_owned(),
        canonicalisation_version: what.canonicalisation_version,
        hash: what.hash,
        dead_letter: what.dead_letter.clone(),
        read_back: BTreeSet::new(),
        ranks_in_one_append: true,
        tuning: Tuning { batch_records_max: batch_records.max(1), ..Tuning::default() },
    }
}

/// Waits until everything is decided and compared.
async fn until<F: Fold>(running: &ProcessorHandle<F>, partition: Partition, end: u64) -> Result<(), ReplayError> {
    let stopped = |position, why: &str| ReplayError::Stopped { partition, position, why: why.to_owned() };
    let Some(mut status) = running.watch(partition) else {
        return Err(stopped(0, "it is not replayed here"));
    };
    loop {
        let now = status.borrow_and_update().clone();
        match now.state {
            _ if now.position >= end => return Ok(()),
            PartitionState::Halted { why, .. } | PartitionState::Retrying { why } => {
                return Err(stopped(now.position, &why));
            }
            PartitionState::Superseded | PartitionState::Stopped => {
                return Err(stopped(now.position, "its loop has ended"));
            }
            PartitionState::Starting | PartitionState::Running => {}
        }
        if status.changed().await.is_err() {
            return Err(stopped(now.position, "its loop is gone"));
        }
    }
}

/// The digest of the rows, each read again.
fn digest(
    what: &Replaying,
    partition: Partition,
    service: &'static str,
    dir: &Path,
    memory: &SharedMemory,
) -> Result<Digest, StoreError> {
    let identity = StoreIdentity {
        service,
        partition,
        partitions: u16::try_from(what.input.partitions()).unwrap_or(u16::MAX),
        log: what.log.identity().0,
        canonicalisation_version: what.canonicalisation_version,
        hash: what.hash,
    };
    Store::open(&dir.join(partition.to_string()), &identity, memory)?.verify()
}
