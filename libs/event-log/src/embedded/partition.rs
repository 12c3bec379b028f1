//! A partition as readers see it: where it starts and ends, and its newest batches in memory.
//!
//! ```text
//!        trimmed        in RocksDB only            in the tail (memory) and in RocksDB
//!   ───────────────┬──────────────────────────┬──────────────────────────────────────────┬──▶
//!                start                   tail's front                                    end
//! ```
//!
//! `end` moves only after the sync, so whoever looks here sees nothing that could still be lost.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{batch::Batch, layout::PartitionId};
use crate::{Bounds, LogError, Topic};

/// What a batch in the tail takes beside its octets, roughly.
const BATCH_OVERHEAD_BYTES: usize = 128;

/// Where a partition starts and ends, as far as it is synced.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) start: u64,
    /// The base of the batch that holds `start`.
    pub(super) first_base: u64,
    pub(super) end: u64,
    /// Append time of the newest record, Unix microseconds.
    pub(super) clock_us: i64,
    /// `false` once the log is closed.
    pub(super) open: bool,
}

pub(super) struct Partition {
    pub(super) id: PartitionId,
    topic: Topic,
    view: watch::Sender<View>,
    tail: Mutex<VecDeque<Batch>>,
}

impl Partition {
    pub(super) fn new(id: PartitionId, topic: Topic, view: View) -> Self {
        Self { id, topic, view: watch::Sender::new(view), tail: Mutex::default() }
    }

    pub(super) fn view(&self) -> View {
        *self.view.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    pub(super) fn bounds(&self) -> Bounds {
        let view = self.view();
        Bounds { start: view.start, end: view.end }
    }

    /// The records before `start` are gone.
    pub(super) fn trimmed(&self, start: u64, first_base: u64) {
        self.view.send_modify(|view| {
            view.start = start;
            view.first_base = first_base;
        });
    }

    /// The log was opened again, and this is what it holds: also what it had not acknowledged. The tail begins anew.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] when records are gone that were acknowledged.
    pub(super) fn reopened(&self, found: View) -> Result<(), LogError> {
        let end = self.view().end;
        if found.end < end {
            let (topic, partition) = (self.topic.name(), self.id.partition);
            return Err(LogError::corrupt(format!("{topic}/{partition} ended at {end}, and now at {}", found.end)));
        }
        self.lock_tail().clear();
        self.view.send_modify(|view| *view = View { open: view.open, ..found });
        Ok(())
    }

    pub(super) fn close(&self) {
        self.view.send_modify(|view| view.open = false);
    }

    pub(super) fn out_of_range(&self, offset: u64) -> LogError {
        let Bounds { start, end } = self.bounds();
        LogError::OffsetOutOfRange {
            topic: self.topic.name().to_owned(),
            partition: self.id.partition,
            offset,
            start,
            end,
        }
    }

    /// Batches from the tail beginning with the one that holds `offset`, about `bytes` of them, or `None` when the tail
    /// begins later.
    pub(super) fn tail_from(&self, offset: u64, bytes: usize) -> Option<VecDeque<Batch>> {
        let tail = self.lock_tail();
        if tail.front().is_none_or(|front| front.base() > offset) {
            return None;
        }
        let first = tail.partition_point(|batch| batch.end() <= offset);
        let mut taken = 0;
        let wanted = tail.range(first..).take_while(|batch| {
            let more = taken < bytes;
            taken += batch.octets().len();
            more
        });
        Some(wanted.cloned().collect())
    }

    /// Nobody finds a batch in the tail before the view ends behind it: a reader's position would lie outside of the partition.
    fn push(&self, batch: Batch) {
        let (end, clock_us) = (batch.end(), batch.append_time_us());
        let mut tail = self.lock_tail();
        tail.push_back(batch);
        self.view.send_modify(|view| {
            view.end = end;
            view.clock_us = clock_us;
        });
    }

    fn forget_oldest(&self) -> usize {
        self.lock_tail().pop_front().map_or(0, |batch| weight(&batch))
    }

    fn lock_tail(&self) -> MutexGuard<'_, VecDeque<Batch>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest batches of all partitions together, bounded in octets; the oldest of them all is forgotten first.
///
/// Belongs to the writer thread alone.
pub(super) struct Tails {
    order: VecDeque<Arc<Partition>>,
    bytes: usize,
    bytes_max: usize,
}

impl Tails {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { order: VecDeque::new(), bytes: 0, bytes_max }
    }

    /// All tails begin anew.
    pub(super) fn forget_all(&mut self) {
        (self.order, self.bytes) = (VecDeque::new(), 0);
    }

    /// Shows a synced batch to the readers.
    pub(super) fn publish(&mut self, partition: Arc<Partition>, batch: Batch) {
        self.bytes += weight(&batch);
        partition.push(batch);
        self.order.push_back(partition);
        while self.bytes > self.bytes_max
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= oldest.forget_oldest();
        }
    }
}

fn weight(batch: &Batch) -> usize {
    batch.octets().len() + BATCH_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewRecord, embedded::batch::Body};

    fn partition(number: u32) -> Arc<Partition> {
        let view = View { start: 0, first_base: 0, end: 0, clock_us: 0, open: true };
        Arc::new(Partition::new(PartitionId { topic: 1, partition: number }, Topic::new("t", 2), view))
    }

    fn batch(partition: &Partition, base: u64) -> Batch {
        let record = NewRecord { value: vec![0; 900].into(), ..NewRecord::default() };
        Body::encode(&[record.clone(), record]).seal(partition.id, base, 5)
    }

    #[test]
    fn no_batch_is_found_before_the_view_ends_behind_it() {
        const BATCHES: u64 = 20_000;
        let here = partition(0);
        let there = here.clone();
        let writer = std::thread::spawn(move || {
            let mut tails = Tails::new(1 << 20);
            for base in (0..2 * BATCHES).step_by(2) {
                tails.publish(there.clone(), batch(&there, base));
            }
        });

        let mut position = 0;
        while position < 2 * BATCHES {
            position = match here.tail_from(position, usize::MAX) {
                Some(found) => found.back().map_or(position, Batch::end),
                None => here.view().end,
            };
            assert!(position <= here.view().end, "a reader stands at {position}");
        }
        writer.join().expect("the writer wrote");
    }

    #[test]
    fn the_tail_serves_from_the_batch_that_holds_the_offset() {
        let here = partition(0);
        let mut tails = Tails::new(1 << 20);
        for base in [0, 2, 4] {
            tails.publish(here.clone(), batch(&here, base));
        }

        let bases = |offset, bytes| -> Option<Vec<u64>> {
            here.tail_from(offset, bytes)
                .map(|batches| batches.iter().map(Batch::base).collect())
        };

        assert_eq!(bases(3, 1 << 20), Some(vec![2, 4]));
        assert_eq!(bases(3, 1), Some(vec![2]));
        assert_eq!(here.bounds(), Bounds { start: 0, end: 6 });
    }

    #[test]
    fn over_the_bound_the_oldest_batch_of_all_partitions_is_forgotten() {
        let (quiet, busy) = (partition(0), partition(1));
        let mut tails = Tails::new(7_000);

        tails.publish(quiet.clone(), batch(&quiet, 0));
        for base in [0, 2, 4] {
            tails.publish(busy.clone(), batch(&busy, base));
        }

        assert!(tails.bytes <= 7_000, "{}", tails.bytes);
        assert!(quiet.tail_from(0, 1).is_none());
        assert!(busy.tail_from(0, 1).is_some());
        assert_eq!(quiet.bounds().end, 2);
    }
}
