//! The one thread that writes.
//!
//! ```text
//!   appends of everybody ──queue──▶ group ──▶ one WriteBatch, one sync ──▶ tails ──▶ answers
//! ```
//!
//! While it syncs, the next group gathers: the slower the disk, the larger the groups. Within a group the records of one
//! partition become one batch. After a failed write nobody knows what the disk holds, so the log takes no more appends
//! until it is opened again, and says so. Where the disk was full it opens itself again, as soon as there is room.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rocksdb::WriteBatch;

use super::{
    batch::{Batch, Body},
    core::Core,
    layout::{self, PartitionId},
    partition::{Partition, Tails},
    queue::{Part, Waiting},
    storage,
};
use crate::{Appended, LogError, clock};

/// About how much is written with one sync, in octets.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// Up to this size appends for one partition are joined into one batch, in octets.
const JOINED_BYTES_MAX: usize = 256 << 10;

/// About what RocksDB writes beside a batch: its key, two lengths and a type, in octets.
const BATCH_OVERHEAD: usize = 32;

/// How long the log rests before it looks whether the disk has room again, in milliseconds.
const FULL_PAUSE_MS: u64 = 1_000;

/// What health calls a log that cannot write.
const WRITER: &str = "writer";

/// What the log has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EmbeddedStats {
    /// Synced writes.
    pub syncs: u64,
    /// Append calls acknowledged.
    pub appends: u64,
    /// Records acknowledged.
    pub records: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    syncs: AtomicU64,
    appends: AtomicU64,
    records: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> EmbeddedStats {
        EmbeddedStats {
            syncs: self.syncs.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
        }
    }
}

pub(super) struct Writer {
    pub(super) core: Arc<Core>,
    pub(super) tails: Tails,
    /// Append time of the newest record of the log; every time given out is at least this.
    pub(super) clock_us: i64,
}

/// Why a group was not written. What of it is on the disk nobody knows.
enum Fault {
    /// The disk is full.
    Full(LogError),
    /// Something else, that does not pass by itself.
    Other(LogError),
}

/// A group with every record in its place.
#[derive(Default)]
struct Placed {
    batches: Vec<(Arc<Partition>, Batch)>,
    answers: Vec<(Waiting, Appended)>,
    weight: usize,
    records: u64,
}

impl Writer {
    /// Writes until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self) {
        while let Some(group) = self.core.queue.take(GROUP_BYTES_MAX) {
            self.clock_us = self.clock_us.max(clock::now_us());
            let placed = place(group, self.clock_us);
            match self.write(&placed.batches) {
                Ok(()) => self.acknowledge(placed),
                Err(fault) => match self.recover(placed, fault) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => return self.give_up(&error),
                },
            }
        }
    }

    /// After a failed write: `true` when appends are taken again, `false` when the log was closed before that.
    fn recover(&mut self, placed: Placed, fault: Fault) -> Result<bool, LogError> {
        match fault {
            Fault::Full(error) => {
                self.refuse(placed, &error);
                self.await_room(&error)
            }
            Fault::Other(error) => {
                self.refuse(placed, &error);
                Err(error)
            }
        }
    }

    fn write(&self, batches: &[(Arc<Partition>, Batch)]) -> Result<(), Fault> {
        let octets = batches.iter().map(|(_, batch)| batch.octets().len() + BATCH_OVERHEAD).sum();
        let mut write = WriteBatch::with_capacity_bytes(octets);
        for (partition, batch) in batches {
            write.put(layout::batch_key(partition.id, batch.base()), batch.octets());
        }
        let db = self.core.storage.db().map_err(Fault::Other)?;
        storage::write(&db, write).map_err(|error| match storage::is_full(&error) {
            true => {
                let what = format!("the disk under {} is full", self.core.storage.place());
                Fault::Full(LogError::unavailable(&what, error))
            }
            false => Fault::Other(LogError::unavailable("the write failed", error)),
        })
    }

    fn acknowledge(&mut self, placed: Placed) {
        for (partition, batch) in placed.batches {
            self.tails.publish(partition, batch);
        }
        self.core.queue.release(placed.weight);
        self.core.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.core
            .counters
            .appends
            .fetch_add(placed.answers.len() as u64, Ordering::Relaxed);
        self.core.counters.records.fetch_add(placed.records, Ordering::Relaxed);
        for (append, appended) in placed.answers {
            self.answer(append, Ok(appended));
        }
    }

    /// Answers who was in the failed write, and who waited behind it: nothing overtakes what may have to be appended again.
    fn refuse(&self, placed: Placed, error: &LogError) {
        tracing::error!(%error, "a write to the log failed");
        self.core.unacknowledged.failed(WRITER, error.to_string());
        let behind = self.core.queue.fence(error.clone());
        let written = placed.answers.into_iter().map(|(append, _)| append);
        written.chain(behind).for_each(|append| self.answer(append, Err(error.clone())));
    }

    /// Opens the log again once the disk has room; `false` when it was closed before that.
    fn await_room(&mut self, full: &LogError) -> Result<bool, LogError> {
        while !self.core.queue.closed_within(Duration::from_millis(FULL_PAUSE_MS)) {
            match self.reopen(full) {
                Ok(()) => {
                    tracing::info!(place = self.core.storage.place(), "the disk has room again");
                    self.core.queue.open();
                    self.core.unacknowledged.recovered(WRITER);
                    return Ok(true);
                }
                Err(error) if error.is_retriable() => tracing::debug!(%error, "the disk has no room yet"),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn reopen(&mut self, full: &LogError) -> Result<(), LogError> {
        let db = self.core.storage.reopen(full)?;
        self.core.catalog.reload(&db)?;
        self.tails.forget_all();
        Ok(())
    }

    fn give_up(self, error: &LogError) {
        let reason = format!("it takes no more appends until it is opened again: {error}");
        self.core.unacknowledged.failed(WRITER, reason.clone());
        for append in self.core.queue.fence(LogError::Unusable { reason: reason.clone() }) {
            self.answer(append, Err(LogError::Unusable { reason: reason.clone() }));
        }
    }

    fn answer(&self, append: Waiting, answer: Result<Appended, LogError>) {
        self.core.unacknowledged.end(append.ticket);
        // Who dropped the handle does not want to know.
        let _ = append.answer.send(answer);
    }
}

fn place(group: Vec<Waiting>, append_time_us: i64) -> Placed {
    let mut placed = Placed::default();
    let mut growing: BTreeMap<PartitionId, Growing> = BTreeMap::new();
    for mut append in group {
        placed.weight += append.weight();
        let parts = std::mem::take(&mut append.parts);
        let mut base_offsets = Vec::with_capacity(parts.len());
        for part in parts {
            placed.records += u64::from(part.body.records());
            base_offsets.push(place_part(part, append_time_us, &mut growing, &mut placed.batches));
        }
        placed.answers.push((append, Appended { base_offsets, append_time_us }));
    }
    let rest = growing.into_values().filter_map(|growing| growing.finish(append_time_us));
    placed.batches.extend(rest);
    placed
}

/// Joins the records to those of the same partition before them, and gives the offset of the first.
fn place_part(
    part: Part,
    append_time_us: i64,
    growing: &mut BTreeMap<PartitionId, Growing>,
    full: &mut Vec<(Arc<Partition>, Batch)>,
) -> u64 {
    let Part { partition, body } = part;
    let here = growing.entry(partition.id).or_insert_with(|| Growing::new(partition));
    let base = here.next;
    here.next += u64::from(body.records());
    match &mut here.body {
        Some(joined) if joined.len() + body.len() <= JOINED_BYTES_MAX => joined.extend(&body),
        other => {
            if let Some(before) = other.replace(body) {
                full.push((here.partition.clone(), before.seal(here.partition.id, here.base, append_time_us)));
                here.base = base;
            }
        }
    }
    base
}

/// The batch of one partition while its group is put together.
struct Growing {
    partition: Arc<Partition>,
    base: u64,
    next: u64,
    body: Option<Body>,
}

impl Growing {
    fn new(partition: Arc<Partition>) -> Self {
        let end = partition.view().end;
        Self { partition, base: end, next: end, body: None }
    }

    fn finish(self, append_time_us: i64) -> Option<(Arc<Partition>, Batch)> {
        let batch = self.body?.seal(self.partition.id, self.base, append_time_us);
        Some((self.partition, batch))
    }
}
