//! From start to start: what happens to a partition when its loop ends.
//!
//! ```text
//!   start ──▶ work ──▶ drained, superseded: ended
//!     ▲         └────▶ the log failed, or the disk is full: a pause, longer each time ┐
//!     │         └────▶ halted before a record: until it is skipped, or its gap closes ┤
//!     │         └────▶ halted otherwise: until the program is started again           │
//!     └──────────────────────────────────────────────────────────────────────────────┘
//! ```

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;
use volley_event_log::{LogError, PartitionReader, ReadLimit};
use volley_wire::Header;

use crate::{
    Fold, PartitionState, SkipPoint, TopicName,
    halt::{Fault, Gap, Remedy, Stop},
    handle::Query,
    partition::Worker,
    start::{self, Kept, Shared},
    status::Board,
};

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// One partition for as long as the processor runs.
pub(crate) struct Supervisor<F> {
    pub(crate) shared: Arc<Shared<F>>,
    pub(crate) kept: Kept,
    pub(crate) queries: mpsc::Receiver<Query<F>>,
    pub(crate) board: Arc<Board>,
    pub(crate) drain: CancellationToken,
}

impl<F: Fold> Supervisor<F> {
    /// Starts and starts again, until it is drained or superseded.
    pub(crate) async fn run(mut self) {
        let drain = self.drain.clone();
        let mut pause = PAUSE_MIN;
        loop {
            let (stop, worker) = self.work().await;
            if worker.as_ref().is_some_and(|worker| worker.has_settled) {
                pause = PAUSE_MIN;
            }
            let fault = match stop {
                Stop::Drained => return self.end(PartitionState::Stopped),
                Stop::Superseded(run) => {
                    tracing::warn!(partition = %self.kept.partition, %run, "a newer run owns the partition");
                    return self.end(PartitionState::Superseded);
                }
                Stop::Fault(fault) => fault,
            };
            let drained = tokio::select! {
                () = drain.cancelled() => true,
                () = self.recover(fault, worker, pause) => false,
            };
            if drained {
                return self.end(PartitionState::Stopped);
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// One start and the work after it.
    async fn work(&mut self) -> (Stop, Option<Worker<F>>) {
        self.board.enter(PartitionState::Starting);
        let started = tokio::select! {
            () = self.drain.cancelled() => return (Stop::Drained, None),
            started = start::start(&self.shared, &mut self.kept) => started,
        };
        match started {
            Ok(mut worker) => {
                let stop = worker
                    .run(&mut self.kept.own, &mut self.queries, &self.board, &self.drain)
                    .await;
                (stop, Some(worker))
            }
            Err(fault) => (Stop::Fault(fault), None),
        }
    }

    fn end(&self, state: PartitionState) {
        self.board.enter(state);
    }

    /// Waits for what makes the partition go on.
    async fn recover(&mut self, fault: Fault, worker: Option<Worker<F>>, pause: Duration) {
        let why = fault.to_string();
        match fault.remedy() {
            Remedy::Retry => {
                self.retry(why, pause);
                drop(worker);
                sleep(pause).await;
            }
            Remedy::Reopen => {
                self.retry(why, pause);
                // What the last flush put on the disk is whole, and the log has what came after it.
                if let Some(worker) = worker {
                    worker.let_go().await;
                }
                self.kept.store = None;
                sleep(pause).await;
            }
            Remedy::Repair => {
                self.halt(why, None);
                self.serve(worker, pending::<()>()).await;
            }
            Remedy::Skip(offset) => {
                self.halt(why, Some(offset));
                let skipped = self.skipped(offset);
                self.serve(worker, skipped).await;
            }
            Remedy::Republish(offset, gap) => {
                self.halt(why, Some(offset));
                self.await_chain(offset, gap, worker).await;
            }
        }
    }

    fn retry(&self, why: String, pause: Duration) {
        let (partition, pause_ms) = (self.kept.partition, pause.as_millis());
        tracing::warn!(%partition, why, pause_ms, "the partition starts again after a pause");
        self.board.enter(PartitionState::Retrying { why });
    }

    fn halt(&self, why: String, offset: Option<u64>) {
        tracing::error!(partition = %self.kept.partition, why, "the partition is halted");
        self.board.enter(PartitionState::Halted { why, offset });
    }

    /// Waits until the record is skipped, or until the input holds the record that closes the gap before it.
    async fn await_chain(&mut self, offset: u64, gap: Gap, worker: Option<Worker<F>>) {
        let (shared, partition) = (Arc::clone(&self.shared), u32::from(self.kept.partition.0));
        let (origin, skipped) = (gap.origin, self.skipped(offset));
        let helped = async move {
            tokio::select! {
                () = skipped => None,
                closed_at = closing_record(&shared, partition, offset, gap) => Some(closed_at),
            }
        };
        if let Some(closed_at) = self.serve(worker, helped).await {
            self.kept.healed.insert(origin, closed_at);
        }
    }

    fn skipped(&self, offset: u64) -> impl Future<Output = ()> + Send + use<F> {
        let (skips, topic) = (self.shared.parts.skips.clone(), TopicName::new(self.shared.config.input.name()));
        let point = SkipPoint { topic, partition: u32::from(self.kept.partition.0), offset };
        async move { skips.listed(&point).await }
    }

    /// Goes on answering questions while it waits.
    async fn serve<T>(&mut self, worker: Option<Worker<F>>, until: impl Future<Output = T>) -> T {
        tokio::pin!(until);
        loop {
            tokio::select! {
                done = &mut until => return done,
                Some(query) = self.queries.recv(), if worker.is_some() => {
                    if let Some(worker) = &worker {
                        worker.answer(query);
                    }
                }
            }
        }
    }
}

/// A partition whose task dies does not go on looking alive.
impl<F> Drop for Supervisor<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = "its task panicked; the log of this program says where".to_owned();
            self.board.enter(PartitionState::Halted { why, offset: None });
        }
    }
}

/// Reads on from a refused record until its source has published again from the gap; gives the offset of the record that
/// follows the mark.
async fn closing_record<F>(shared: &Shared<F>, partition: u32, refused: u64, gap: Gap) -> u64 {
    let closes = |header: Header| header.source == gap.origin && header.predecessor == gap.mark;
    loop {
        match shared.parts.log.reader(&shared.config.input, partition, refused + 1) {
            Ok(mut reader) => match find(&mut *reader, closes).await {
                Ok(offset) => return offset,
                Err(error) => tracing::warn!(partition, %error, "looking for the record that closes a gap"),
            },
            Err(error) => tracing::warn!(partition, %error, "looking for the record that closes a gap"),
        }
        sleep(PAUSE_MAX).await;
    }
}

async fn find(reader: &mut dyn PartitionReader, matches: impl Fn(Header) -> bool) -> Result<u64, LogError> {
    loop {
        let records = reader.next(ReadLimit::default()).await?;
        let found = records.iter().find(|record| Header::decode(&record.header).is_ok_and(&matches));
        if let Some(record) = found {
            return Ok(record.offset);
        }
    }
}
