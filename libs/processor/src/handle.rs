//! Starting a processor, and what others may ask of it.

use std::{collections::BTreeMap, fmt, sync::Arc};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use volley_rows::RowStore;
use volley_types::Partition;

use crate::{
    Fold, PartitionStatus, Parts, ProcessorConfig,
    lag::watch_ends,
    start::{Kept, Shared},
    status::Board,
    supervise::Supervisor,
};

/// Questions to one partition that may wait for their turn.
pub const QUERIES_MAX: usize = 1_024;

/// A question to a partition, asked between two batches.
pub(crate) type Query<F> = Box<dyn FnOnce(&F, &dyn RowStore) + Send>;

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Another process owns the partition.
    #[error("partition {0} is not owned here")]
    NotOwned(Partition),
    /// Too many questions wait.
    #[error("more than {QUERIES_MAX} questions wait for partition {0}")]
    Busy(Partition),
    /// The partition ended before it answered.
    #[error("partition {0} has stopped")]
    Stopped(Partition),
}

/// Where processors come from.
#[derive(Debug)]
pub struct Processor;

impl Processor {
    /// Starts one task per partition; each opens its store, takes its input over and works. What goes wrong is shown by
    /// [`ProcessorHandle::status`]: nothing is returned, for a partition tries again by itself.
    ///
    /// `make` builds the fold of a partition, anew for each start. Call it inside a Tokio runtime.
    pub fn spawn<F: Fold>(
        config: ProcessorConfig,
        parts: Parts,
        make: impl Fn(Partition) -> F + Send + Sync + 'static,
    ) -> ProcessorHandle<F> {
        let shared = Arc::new(Shared { config, parts, make: Box::new(make) });
        let (drain, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (mut desks, mut boards) = (BTreeMap::new(), Vec::new());
        for &partition in &shared.config.partitions {
            let (sender, queries) = mpsc::channel(QUERIES_MAX);
            let board = Arc::new(Board::new(partition));
            boards.push((u32::from(partition.0), Arc::downgrade(&board)));
            desks.insert(partition, Desk { queries: sender, status: board.watch() });
            let kept = Kept::new(&shared, partition);
            tasks.spawn(Supervisor { shared: Arc::clone(&shared), kept, queries, board, drain: drain.clone() }.run());
        }
        let (log, input) = (Arc::clone(&shared.parts.log), shared.config.input.clone());
        tasks.spawn(watch_ends(log, input, boards, drain.clone()));
        tasks.close();
        ProcessorHandle(Arc::new(Running { desks, drain, tasks }))
    }
}

/// A running processor. Clones are the same one; when the last is dropped the processor drains by itself.
pub struct ProcessorHandle<F>(Arc<Running<F>>);

struct Running<F> {
    desks: BTreeMap<Partition, Desk<F>>,
    drain: CancellationToken,
    tasks: TaskTracker,
}

struct Desk<F> {
    queries: mpsc::Sender<Query<F>>,
    status: watch::Receiver<PartitionStatus>,
}

impl<F: Fold> ProcessorHandle<F> {
    /// Every partition owned here, as it is now.
    pub fn status(&self) -> Vec<PartitionStatus> {
        self.0.desks.values().map(|desk| desk.status.borrow().clone()).collect()
    }

    /// A partition's status and its changes; `None` when it is not owned here.
    pub fn watch(&self, partition: Partition) -> Option<watch::Receiver<PartitionStatus>> {
        self.0.desks.get(&partition).map(|desk| desk.status.clone())
    }

    /// Runs a question on the partition's task, between two batches, over everything decided so far. It must be quick: the
    /// partition waits for it.
    ///
    /// # Errors
    ///
    /// When the partition is not owned here, has too many questions waiting, or stops before its turn. A partition that
    /// cannot start answers when it can: callers set their own deadline.
    pub async fn query<T: Send + 'static>(
        &self,
        partition: Partition,
        ask: impl FnOnce(&F, &dyn RowStore) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        let desk = self.0.desks.get(&partition).ok_or(QueryError::NotOwned(partition))?;
        let (answer, answered) = oneshot::channel();
        let query: Query<F> = Box::new(move |fold, rows| {
            // Who asked may have gone; then nobody wants the answer.
            let _ = answer.send(ask(fold, rows));
        });
        desk.queries.try_send(query).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => QueryError::Busy(partition),
            mpsc::error::TrySendError::Closed(_) => QueryError::Stopped(partition),
        })?;
        answered.await.map_err(|_| QueryError::Stopped(partition))
    }

    /// Stops reading, waits until the log has acknowledged what was decided, and leaves it on disk. While the log is away
    /// this waits for it: callers set their own deadline, and lose nothing by it but a replay.
    pub async fn drain(&self) {
        self.0.drain.cancel();
        self.0.tasks.wait().await;
    }
}

impl<F> Clone for ProcessorHandle<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F> fmt::Debug for ProcessorHandle<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessorHandle")
            .field("partitions", &self.0.desks.keys())
            .finish_non_exhaustive()
    }
}

impl<F> Drop for Running<F> {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}
