//! The durable cursors: a fold of `cursors`, and the way to move one.

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use tokio::time::timeout;
use volley_event_log::{EventLog, PartitionAppend, Topic};
use volley_events::{CursorMoved, Record};
use volley_ingest_core::stream::{DurableCursors, StreamKey};
use volley_runtime::Clock;
use volley_types::Timestamp;

use crate::{follow, refusal::Refusal, stamp::Stamp};

/// Longest time an acknowledgement waits for the log.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);

/// The durable cursor of every stream. Clones see the same.
#[derive(Clone)]
pub(crate) struct Cursors(Arc<Shared>);

struct Shared {
    newest: RwLock<DurableCursors>,
    log: Arc<dyn EventLog>,
    topic: Topic,
    followed: follow::Followed,
    stamp: Arc<Stamp>,
    clock: Clock,
}

impl Cursors {
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        topic: Topic,
        followed: follow::Followed,
        stamp: Arc<Stamp>,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Shared { newest: RwLock::default(), log, topic, followed, stamp, clock }))
    }

    /// Folds a record of `cursors`.
    pub(crate) fn fold(&self, record: Record) {
        let Record::CursorMoved(cursor) = record else { return };
        self.0.newest.write().unwrap_or_else(PoisonError::into_inner).fold(cursor);
    }

    /// Waits until every acknowledgement is folded that was answered before this call, by whichever front door.
    pub(crate) async fn catch_up(&self) -> Result<(), Refusal> {
        self.0.followed.catch_up().await
    }

    /// The durable cursor of a stream, as far as folded.
    pub(crate) fn get(&self, key: &StreamKey) -> Option<CursorMoved> {
        self.newest().get(key).cloned()
    }

    fn newest(&self) -> RwLockReadGuard<'_, DurableCursors> {
        self.0.newest.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves a cursor and returns when that is durable. At once when it is there, or farther, already.
    pub(crate) async fn advance(&self, cursor: CursorMoved) -> Result<(), Refusal> {
        if self.newest().covers(&cursor) {
            return Ok(());
        }
        let now = Timestamp::from_micros(self.0.clock.now_us());
        let records = vec![self.0.stamp.record(&Record::CursorMoved(cursor), now, None)];
        let append = PartitionAppend { topic: self.0.topic.clone(), partition: 0, records };
        match timeout(DURABLE_WAIT_MAX, self.0.log.append(vec![append])).await {
            Ok(appended) => Ok(appended.map(drop)?),
            Err(_) => Err(Refusal::LOG_AWAY),
        }
    }
}
