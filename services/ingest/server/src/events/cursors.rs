//! The durable cursors: a fold of `cursors`, and the way to move one.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::timeout;
use volley_event_log::{EventLog, PartitionAppend, Topic};
use volley_events::{CursorMoved, Record};
use volley_runtime::Clock;
use volley_types::Timestamp;

use super::StreamKey;
use crate::{follow, refusal::Refusal, stamp::Stamp};

/// Longest time an acknowledgement waits for the log.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);

/// The durable cursor of every stream. Clones see the same.
#[derive(Clone)]
pub(crate) struct Cursors(Arc<Shared>);

struct Shared {
    newest: RwLock<BTreeMap<StreamKey, CursorMoved>>,
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

    /// Folds a record of `cursors`. A cursor that lies before the one known changes nothing (EVT-4).
    pub(crate) fn fold(&self, record: Record) {
        let Record::CursorMoved(cursor) = record else { return };
        let mut newest = self.0.newest.write().unwrap_or_else(PoisonError::into_inner);
        let known = newest.entry(StreamKey::of(&cursor)).or_insert_with(|| cursor.clone());
        if cursor.offset > known.offset {
            *known = cursor;
        }
    }

    /// Waits until every acknowledgement is folded that was answered before this call, by whichever front door.
    pub(crate) async fn catch_up(&self) -> Result<(), Refusal> {
        self.0.followed.catch_up().await
    }

    /// The durable cursor of a stream, as far as folded.
    pub(crate) fn get(&self, key: &StreamKey) -> Option<CursorMoved> {
        self.0.newest.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Moves a cursor and returns when that is durable. At once when it is there, or farther, already.
    pub(crate) async fn advance(&self, cursor: CursorMoved) -> Result<(), Refusal> {
        if self
            .get(&StreamKey::of(&cursor))
            .is_some_and(|durable| durable.offset >= cursor.offset)
        {
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
