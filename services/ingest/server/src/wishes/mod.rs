//! What a client wishes of a message it has handed over: to have it back, to give it another text. The wish is durable first, and then
//! answered with what routing, egress and the carrier made of it.
//!
//! ```text
//!   whose? ──▶ wish on routing.in ──▶ routing ──▶ [recall ──▶ egress ══▶ carrier] ──▶ mo-correlation ──▶ asked here
//! ```

mod cancel;
mod edit;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep, timeout},
};
use volley_event_log::{EventLog, PartitionAppend, Topic};
use volley_events::Record;
use volley_runtime::Clock;
use volley_types::{MessageId, TenantId, Timestamp};

use crate::{FoundMessage, MessageQueries, door::Door, refusal::Refusal, stamp::Stamp};

/// Wishes that may be under way at once through this front door.
const WISHES_MAX: usize = 1_024;

/// Longest time a call waits for the log. Beyond it nobody knows whether the wish is heard.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Longest time a call waits for the answer; a carrier may take longer to say something.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

/// Pauses between two looks at the message; the last one repeats.
const LOOKS_MS: [u64; 5] = [5, 10, 20, 50, 100];

/// Hears wishes.
pub(crate) struct Wishes {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) routing_in: Topic,
    pub(crate) queries: Arc<dyn MessageQueries>,
    pub(crate) door: Arc<Door>,
    pub(crate) stamp: Arc<Stamp>,
    pub(crate) clock: Clock,
    room: Semaphore,
}

impl Wishes {
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        routing_in: Topic,
        queries: Arc<dyn MessageQueries>,
        door: Arc<Door>,
        stamp: Arc<Stamp>,
        clock: Clock,
    ) -> Self {
        Self { log, routing_in, queries, door, stamp, clock, room: Semaphore::new(WISHES_MAX) }
    }

    /// A message of the tenant; another tenant's is as good as none (G5).
    pub(crate) async fn find(&self, tenant: &TenantId, message: MessageId) -> Result<FoundMessage, Refusal> {
        match self.queries.message(message).await? {
            Some(found) => Some(found),
            None => self.door.remembered(message),
        }
        .filter(|found| found.tenant == *tenant)
        .ok_or_else(|| Refusal::NotFound(format!("you have no message {message}")))
    }

    fn room(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.room
            .try_acquire()
            .map_err(|_| Refusal::Overloaded(format!("more than {WISHES_MAX} wishes are under way")))
    }

    /// Makes a wish durable.
    async fn say(&self, message: MessageId, wish: impl FnOnce(Timestamp) -> Record) -> Result<(), Refusal> {
        let received_at = Timestamp::from_micros(self.clock.now_us());
        let append = PartitionAppend {
            topic: self.routing_in.clone(),
            partition: message.partition().0.into(),
            records: vec![self.stamp.record(&wish(received_at), received_at, None)],
        };
        match timeout(DURABLE_WAIT_MAX, self.log.append(vec![append])).await {
            Ok(appended) => Ok(appended.map(drop)?),
            Err(_) => Err(Refusal::LOG_AWAY),
        }
    }

    /// Looks at the message until there is an answer in it; `None` when that takes too long. mo-correlation being away is no fault of
    /// the wish, which is durable.
    async fn answer<T>(
        &self,
        tenant: &TenantId,
        message: MessageId,
        answer_in: impl Fn(&FoundMessage) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let until = Instant::now() + ANSWER_WAIT_MAX;
        let mut looks = LOOKS_MS.into_iter();
        let mut pause_ms = 0;
        loop {
            pause_ms = looks.next().unwrap_or(pause_ms);
            sleep(Duration::from_millis(pause_ms)).await;
            let answer = match self.find(tenant, message).await {
                Ok(found) => answer_in(&found),
                Err(Refusal::Away { .. }) => None,
                Err(refusal) => return Err(refusal),
            };
            if answer.is_some() || Instant::now() >= until {
                return Ok(answer);
            }
        }
    }
}
