//! Trimming, on demand and by age; and the thread that looks after age and health.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use super::{core::Core, partition::Partition, storage, storage::Storage};
use crate::{LogError, clock, health::JUDGE_INTERVAL_MS};

/// Removes the beginnings of partitions, one at a time.
pub(super) struct Trimmer {
    storage: Arc<Storage>,
    trimming: Mutex<()>,
}

impl Trimmer {
    pub(super) fn new(storage: Arc<Storage>) -> Self {
        Self { storage, trimming: Mutex::default() }
    }

    pub(super) fn trim(&self, partition: &Partition, before: u64) -> Result<(), LogError> {
        let _one_at_a_time = self.trimming.lock().unwrap_or_else(PoisonError::into_inner);
        let view = partition.view();
        if before > view.end {
            return Err(partition.out_of_range(before));
        }
        if before <= view.start {
            return Ok(());
        }
        let first_base = storage::trim(&*self.storage.db()?, partition.id, view, before)?;
        partition.trimmed(before, first_base);
        Ok(())
    }

    fn trim_older_than(&self, partition: &Partition, at_us: i64) -> Result<(), LogError> {
        let view = partition.view();
        if view.start == view.end {
            return Ok(());
        }
        let keep = storage::offset_of_time(&*self.storage.db()?, partition.id, view, at_us)?;
        self.trim(partition, keep)
    }
}

/// Judges health and retires old records until the log lets go of `stop`.
pub(super) struct Caretaker {
    pub(super) core: Arc<Core>,
    pub(super) retention_interval: Duration,
}

impl Caretaker {
    pub(super) fn run(self, stop: &Receiver<()>) {
        let interval = Duration::from_millis(JUDGE_INTERVAL_MS).min(self.retention_interval);
        let mut last_retired = Instant::now();
        while stop.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            let now = Instant::now();
            self.core.unacknowledged.judge(now);
            if now.duration_since(last_retired) >= self.retention_interval {
                last_retired = now;
                self.retire(clock::now_us());
            }
        }
    }

    fn retire(&self, now_us: i64) {
        for entry in self.core.catalog.all() {
            let Some(age_max_us) = entry.age_max_us() else { continue };
            for partition in &entry.partitions {
                if let Err(error) = self.core.trimmer.trim_older_than(partition, now_us.saturating_sub(age_max_us)) {
                    tracing::warn!(topic = entry.topic.name(), partition = partition.id.partition, %error, "old records could not be removed");
                }
            }
        }
    }
}
