//! Taking a message back: the wish is durable first, and then answered with what routing and egress made of it.
//!
//! ```text
//!   whose? ──▶ CancelRequested on routing.in ──▶ routing ──▶ [recall ──▶ egress ──▶ settled] ──▶ mo-correlation ──▶ asked here
//! ```

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};
use volley_event_log::{EventLog, PartitionAppend, Topic};
use volley_events::{CancelRequested, Record};
use volley_runtime::Clock;
use volley_types::{MessageId, TenantId, Timestamp};
use volley_wire::proto::messaging::v1::CancelOutcome;

use crate::{FoundMessage, MessageQueries, door::Door, refusal::Refusal, stamp::Stamp};

/// Cancellations that may be under way at once through this front door.
const CANCELS_MAX: usize = 1_024;

/// Longest time a call waits for the log. Beyond it nobody knows whether the message is taken back.
const DURABLE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Longest time a call waits for the answer; a carrier may take longer to say that it has the message.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

/// Pauses between two looks at the message; the last one repeats.
const LOOKS_MS: [u64; 5] = [5, 10, 20, 50, 100];

/// Takes messages back.
pub(crate) struct Cancellations {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) routing_in: Topic,
    pub(crate) queries: Arc<dyn MessageQueries>,
    pub(crate) door: Arc<Door>,
    pub(crate) stamp: Arc<Stamp>,
    pub(crate) clock: Clock,
    room: Semaphore,
}

impl Cancellations {
    pub(crate) fn new(
        log: Arc<dyn EventLog>,
        routing_in: Topic,
        queries: Arc<dyn MessageQueries>,
        door: Arc<Door>,
        stamp: Arc<Stamp>,
        clock: Clock,
    ) -> Self {
        Self { log, routing_in, queries, door, stamp, clock, room: Semaphore::new(CANCELS_MAX) }
    }

    /// Takes a message of the tenant back, and says where it was; `Unspecified` when that takes too long to find out.
    pub(crate) async fn cancel(&self, tenant: &TenantId, message: MessageId) -> Result<CancelOutcome, Refusal> {
        let _room = self.room.try_acquire().map_err(|_| {
            let what = format!("more than {CANCELS_MAX} cancellations are under way");
            Refusal::Overloaded(what)
        })?;
        let known = self.find(tenant, message).await?;
        if known.cancel != CancelOutcome::Unspecified {
            return Ok(known.cancel);
        }
        self.wish(tenant, message).await?;
        self.answer(tenant, message).await
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

    async fn wish(&self, tenant: &TenantId, message: MessageId) -> Result<(), Refusal> {
        let received_at = Timestamp::from_micros(self.clock.now_us());
        let wish = Record::CancelRequested(CancelRequested { message, tenant: tenant.clone(), received_at });
        let append = PartitionAppend {
            topic: self.routing_in.clone(),
            partition: message.partition().0.into(),
            records: vec![self.stamp.record(&wish, received_at, None)],
        };
        match timeout(DURABLE_WAIT_MAX, self.log.append(vec![append])).await {
            Ok(appended) => Ok(appended.map(drop)?),
            Err(_) => Err(Refusal::LOG_AWAY),
        }
    }

    /// Looks at the message until its answer is there. mo-correlation being away is no fault of the wish, which is durable.
    async fn answer(&self, tenant: &TenantId, message: MessageId) -> Result<CancelOutcome, Refusal> {
        let until = Instant::now() + ANSWER_WAIT_MAX;
        let mut looks = LOOKS_MS.into_iter();
        let mut pause_ms = 0;
        loop {
            pause_ms = looks.next().unwrap_or(pause_ms);
            sleep(Duration::from_millis(pause_ms)).await;
            match self.find(tenant, message).await {
                Ok(found) if found.cancel != CancelOutcome::Unspecified => return Ok(found.cancel),
                Ok(_) | Err(Refusal::Away { .. }) if Instant::now() < until => {}
                Ok(_) | Err(Refusal::Away { .. }) => return Ok(CancelOutcome::Unspecified),
                Err(refusal) => return Err(refusal),
            }
        }
    }
}
