//! The way of a message in.
//!
//! ```text
//!   request ──check──▶ memory ──▶ gate ──▶ room ──▶ Appender ──▶ routing.in
//!              │          │         │        │         └─ durable: remembered, answered
//!              │          │         │        └─ IN_FLIGHT_MAX messages not durable yet
//!              │          │         └─ routing lags, or the tenant has too much waiting
//!              │          └─ the same request before: the same answer, or a conflict
//!              └─ faults
//! ```
//!
//! DOOR-1: a message is answered as accepted only after the log acknowledged it (D10).
//! DOOR-2: a call that is dropped takes back nothing it has handed over.
//! DOOR-3: everything that waits has a bound (G11); a unary call over it is refused, a stream gets no credit, for a while.

mod append;
mod gate;
mod memory;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::timeout,
};
use volley_backbone::Followed;
use volley_directory::Directory;
use volley_event_log::{Health, LogError};
use volley_events::{Record, Submission};
use volley_ingest_core::{Admit, Decision, SendRequest, decide};
use volley_runtime::Clock;
use volley_types::{MessageId, TenantId, Timestamp, TrafficClass};
use volley_wire::{
    TraceContext,
    proto::messaging::v1::{self as wire, SendMessageRequest},
};

pub(crate) use self::{append::Appender, gate::Gate};
use self::{
    append::{Burst, Entry},
    memory::{Memory, Remembered},
};
use crate::{FoundMessage, metrics, refusal::Refusal, stamp::Stamp};

/// Messages that may be on their way to the log through this front door.
pub(crate) const IN_FLIGHT_MAX: usize = 65_536;

/// Longest time a call waits for the log. Beyond it the message is "not known to be accepted".
const ACCEPT_WAIT_MAX: Duration = Duration::from_secs(10);

/// Longest time a stream waits for room and for the gate before its messages are refused one by one.
const STREAM_PATIENCE: Duration = Duration::from_secs(5);

/// Whether a caller would rather wait or be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A unary call: refused at once.
    None,
    /// A stream: gets no more credit for a while.
    Stream,
}

impl Patience {
    fn span(self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Stream => STREAM_PATIENCE,
        }
    }
}

/// A message that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Its id.
    pub(crate) message: MessageId,
    /// Segments its text needs.
    pub(crate) segments: u8,
    /// This front door had accepted it before.
    pub(crate) repeated: bool,
}

/// What becomes of one request.
pub(crate) type Answer = Result<Accepted, Refusal>;

/// Takes messages in.
pub(crate) struct Door {
    followed: Followed,
    partitions: u16,
    clock: Clock,
    health: watch::Receiver<Health>,
    memory: Memory,
    gate: Arc<Gate>,
    room: Arc<Semaphore>,
    stamp: Arc<Stamp>,
    bursts: mpsc::Sender<Burst>,
}

/// What a door is made of.
pub(crate) struct DoorParts {
    pub(crate) followed: Followed,
    pub(crate) partitions: u16,
    pub(crate) clock: Clock,
    pub(crate) health: watch::Receiver<Health>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) stamp: Arc<Stamp>,
}

impl Door {
    /// A door, and the queue of bursts its [`Appender`] serves.
    pub(crate) fn new(parts: DoorParts) -> (Self, Memory, mpsc::Receiver<Burst>) {
        let memory = Memory::new();
        // A burst holds at least one of the messages that room is limited by, so the queue is never full.
        let (bursts, queue) = mpsc::channel(IN_FLIGHT_MAX);
        let door = Self {
            followed: parts.followed,
            partitions: parts.partitions,
            clock: parts.clock,
            health: parts.health,
            memory: memory.clone(),
            gate: parts.gate,
            room: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
            stamp: parts.stamp,
            bursts,
        };
        (door, memory, queue)
    }

    /// The configuration as folded now.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.followed.directory()
    }

    /// What is known of a durable message that mo-correlation has not heard of yet.
    pub(crate) fn remembered(&self, message: MessageId) -> Option<FoundMessage> {
        self.memory.get(message)?.found()
    }

    /// Hands requests over to the log, in their order; the answers are awaited apart, so that the next ones can follow.
    pub(crate) async fn hand_over(
        &self,
        tenant: &TenantId,
        requests: &[SendMessageRequest],
        trace: Option<TraceContext>,
        patience: Patience,
    ) -> Pending {
        let mut pending = Pending { answers: Vec::with_capacity(requests.len()), acknowledged: None };
        let directory = self.followed.directory();
        let now = Timestamp::from_micros(self.clock.now_us());
        // One patience for all of them: a gate that is shut holds up a burst once and not message by message.
        let until = Instant::now() + patience.span();
        let mut entries = Vec::with_capacity(requests.len());
        for request in requests {
            let slot = match self.check(&directory, tenant, request, now) {
                Ok(Checked::Repeated(accepted)) => Slot::Known(Ok(accepted)),
                Ok(Checked::New { submission, segments }) => {
                    self.pass_gate(&mut entries, submission, segments, trace, until).await
                }
                Err(refusal) => Slot::Known(Err(refusal)),
            };
            pending.answers.push(slot);
        }
        if !entries.is_empty() {
            match self.send(entries, patience).await {
                Ok(acknowledged) => pending.acknowledged = Some(acknowledged),
                Err(refusal) => pending.fail(&refusal),
            }
        }
        pending
    }

    fn check(
        &self,
        directory: &Directory,
        tenant: &TenantId,
        request: &SendMessageRequest,
        now: Timestamp,
    ) -> Result<Checked, Refusal> {
        let asked = SendRequest {
            request_id: &request.request_id,
            from: &request.from,
            to: &request.to,
            text: &request.text,
            class: traffic_class_of(request.traffic_class),
            validity_ms: request.validity_ms,
            valid_until_us: request.valid_until_us,
            in_order: request.in_order,
            send_at_us: request.send_at_us,
            verbatim: request.verbatim,
        };
        let admit = Admit { directory, tenant, partitions: self.partitions, now };
        let admitted = admit.check(&asked)?;
        let (submission, segments) = (admitted.submission, admitted.segments);
        let message = submission.message;
        let known = self.memory.get(message).map(|remembered| remembered.known);
        match decide(known, submission.content) {
            Decision::Append => Ok(Checked::New { submission, segments }),
            Decision::Repeat => Ok(Checked::Repeated(Accepted { message, segments, repeated: true })),
            Decision::Conflict => Err(Refusal::RequestConflict { message, request: submission.request }),
        }
    }

    async fn pass_gate(
        &self,
        entries: &mut Vec<Entry>,
        submission: Submission,
        segments: u8,
        trace: Option<TraceContext>,
        until: Instant,
    ) -> Slot {
        if !self.health.borrow().is_healthy() {
            return Slot::Known(Err(Refusal::LOG_AWAY));
        }
        let (message, partition) = (submission.message, submission.message.partition());
        let wait = until.saturating_duration_since(Instant::now());
        if let Err(refusal) = self.gate.pass(&submission.tenant, submission.class, partition, wait).await {
            return Slot::Known(Err(refusal));
        }
        let remembered = Remembered::of(&submission, segments);
        self.memory.keep(message, remembered.clone());
        let observed_at = submission.received_at;
        let record = self.stamp.record(&Record::Submission(Box::new(submission)), observed_at, trace);
        entries.push(Entry { partition, message, remembered, record });
        Slot::Awaited(Accepted { message, segments, repeated: false })
    }

    async fn send(&self, entries: Vec<Entry>, patience: Patience) -> Result<Acknowledged, Refusal> {
        let room = match self.room_for(entries.len(), patience).await {
            Ok(room) => room,
            Err(refusal) => {
                // Refused, not on its way: the same request id may come back with other content.
                entries.iter().for_each(|entry| self.memory.forget(entry.message));
                return Err(refusal);
            }
        };
        let (reply, acknowledged) = oneshot::channel();
        let burst = Burst { entries, room, reply };
        self.bursts.try_send(burst).map_err(|_| Refusal::Closing)?;
        Ok(acknowledged)
    }

    async fn room_for(&self, messages: usize, patience: Patience) -> Result<OwnedSemaphorePermit, Refusal> {
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room);
        let full = || Refusal::Overloaded(format!("more than {IN_FLIGHT_MAX} messages are on their way to the log"));
        match patience {
            Patience::None => room.try_acquire_many_owned(messages).map_err(|_| full()),
            Patience::Stream => match timeout(STREAM_PATIENCE, room.acquire_many_owned(messages)).await {
                Ok(Ok(room)) => Ok(room),
                Ok(Err(_)) | Err(_) => Err(full()),
            },
        }
    }
}

/// The class a request names, if it names one that is known.
pub(crate) fn traffic_class_of(field: i32) -> Option<TrafficClass> {
    let class = wire::TrafficClass::try_from(field).ok()?;
    TrafficClass::try_from(class).ok()
}

enum Checked {
    Repeated(Accepted),
    New { submission: Submission, segments: u8 },
}

type Acknowledged = oneshot::Receiver<Result<(), LogError>>;

enum Slot {
    Known(Answer),
    Awaited(Accepted),
}

/// Requests whose answers are known when the log has spoken.
pub(crate) struct Pending {
    answers: Vec<Slot>,
    acknowledged: Option<Acknowledged>,
}

impl Pending {
    /// What was to be appended is refused; what was known stays.
    fn fail(&mut self, refusal: &Refusal) {
        for slot in &mut self.answers {
            if matches!(slot, Slot::Awaited(_)) {
                *slot = Slot::Known(Err(refusal.clone()));
            }
        }
    }

    /// The answers, in the order of the requests.
    pub(crate) async fn answers(mut self) -> Vec<Answer> {
        if let Some(acknowledged) = self.acknowledged.take() {
            let refused = match timeout(ACCEPT_WAIT_MAX, acknowledged).await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(error))) => Some(Refusal::from(error)),
                Ok(Err(_)) | Err(_) => Some(Refusal::LOG_AWAY),
            };
            if let Some(refusal) = refused {
                self.fail(&refusal);
            }
        }
        let answers = self.answers.into_iter().map(|slot| match slot {
            Slot::Known(answer) => answer,
            Slot::Awaited(accepted) => Ok(accepted),
        });
        let answers: Vec<Answer> = answers.collect();
        metrics::count_answers(&answers);
        answers
    }
}
