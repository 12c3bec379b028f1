//! A lane: one producer with a thread that feeds it, so that no caller waits in librdkafka.
//!
//! ```text
//!   append ──▶ orders ──▶ feeder thread ──▶ producer ──▶ broker ──▶ delivery reports ──▶ the call's answer
//!                              ▲                                          │ a permanent or fatal error
//!                              └──── rebuild: all pending appends fail ◀──┘
//! ```
//!
//! LANE-1: the records of one partition are handed to the producer in the order of the append calls.
//! LANE-2: after a failure nothing that was pending is sent by the next producer; its callers decide.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Message,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig, ThreadedProducer},
};

use super::{client, delivery::Share, options::KafkaOptions};
use crate::{LogError, NewRecord, Topic, check::HEADER_NAME, health::Unacknowledged};

const REBUILD_PAUSE: Duration = Duration::from_millis(500);
const PURGE_WAIT_MAX: Duration = Duration::from_secs(10);
const PURGE_POLL: Duration = Duration::from_millis(10);

/// The records of one append for one partition.
pub(super) struct Order {
    pub(super) topic: Topic,
    pub(super) partition: u32,
    pub(super) records: Vec<NewRecord>,
    pub(super) share: Arc<Share>,
}

/// Where appends are put; the feeder and the delivery reports share it. Bounded by the window of the log.
pub(super) struct Lane {
    name: &'static str,
    state: Mutex<State>,
    changed: Condvar,
    unacknowledged: Arc<Unacknowledged>,
}

#[derive(Default)]
struct State {
    orders: VecDeque<Order>,
    /// Why the producer must be rebuilt.
    broken: Option<String>,
    closed: bool,
}

impl Lane {
    pub(super) fn new(name: &'static str, unacknowledged: Arc<Unacknowledged>) -> Arc<Self> {
        Arc::new(Self { name, state: Mutex::default(), changed: Condvar::new(), unacknowledged })
    }

    /// Puts the orders of one call at the end, together.
    pub(super) fn push(&self, orders: Vec<Order>) {
        let mut state = self.lock();
        let refusal = match &state.broken {
            _ if state.closed => LogError::Closed,
            Some(reason) => LogError::unavailable("the producer is being rebuilt", reason),
            None => {
                state.orders.extend(orders);
                drop(state);
                self.changed.notify_all();
                return;
            }
        };
        drop(state);
        fail(orders, &refusal);
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn take(&self) -> Work {
        let mut state = self.lock();
        loop {
            if let Some(reason) = &state.broken {
                return Work::Rebuild(reason.clone());
            }
            if !state.orders.is_empty() {
                return Work::Send(mem::take(&mut state.orders));
            }
            if state.closed {
                return Work::Stop;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn broke(&self, reason: String) {
        self.lock().broken.get_or_insert(reason);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Work {
    Send(VecDeque<Order>),
    Rebuild(String),
    Stop,
}

/// Feeds the producer of a lane until the lane is closed.
pub(super) struct Feeder {
    lane: Arc<Lane>,
    options: KafkaOptions,
    producer: ThreadedProducer<Reports>,
}

impl Feeder {
    pub(super) fn new(lane: Arc<Lane>, options: KafkaOptions) -> Result<Self, LogError> {
        let producer = build(&lane, &options)?;
        Ok(Self { lane, options, producer })
    }

    pub(super) fn run(mut self) {
        loop {
            match self.lane.take() {
                Work::Send(orders) => orders.into_iter().for_each(|order| self.send(&order)),
                Work::Rebuild(reason) => self.rebuild(&reason),
                Work::Stop => return,
            }
        }
    }

    fn send(&self, order: &Order) {
        for (sent, record) in order.records.iter().enumerate() {
            let outgoing = BaseRecord {
                topic: order.topic.name(),
                partition: Some(client::number(order.partition)),
                payload: Some(&record.value[..]),
                key: record.key.as_deref(),
                timestamp: None,
                headers: Some(headers(record)),
                delivery_opaque: order.share.clone(),
            };
            if let Err((error, _)) = self.producer.send(outgoing) {
                self.lane.broke(format!("a record was not taken by the client: {error}"));
                let unsent = order.records.len() - sent;
                return order
                    .share
                    .failed(unsent, LogError::unavailable("a record was not sent", error));
            }
        }
    }

    /// Fails what is pending, and begins again with a new producer.
    fn rebuild(&mut self, reason: &str) {
        tracing::warn!(lane = self.lane.name, reason, "the kafka producer failed and is rebuilt");
        self.lane
            .unacknowledged
            .failed(self.lane.name, format!("the kafka producer is rebuilt: {reason}"));
        self.fail_waiting(reason);
        self.producer.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + PURGE_WAIT_MAX;
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            thread::sleep(PURGE_POLL);
        }
        while !self.lane.lock().closed {
            match build(&self.lane, &self.options) {
                Ok(producer) => {
                    self.producer = producer;
                    break;
                }
                Err(error) => tracing::warn!(%error, "no new kafka producer yet"),
            }
            thread::sleep(REBUILD_PAUSE);
        }
        self.lane.lock().broken = None;
        self.lane.unacknowledged.recovered(self.lane.name);
    }

    fn fail_waiting(&self, reason: &str) {
        let waiting = mem::take(&mut self.lane.lock().orders);
        fail(waiting, &LogError::unavailable("the producer failed before the record was sent", reason));
    }
}

fn fail(orders: impl IntoIterator<Item = Order>, error: &LogError) {
    for order in orders {
        order.share.failed(order.records.len(), error.clone());
    }
}

fn build(lane: &Arc<Lane>, options: &KafkaOptions) -> Result<ThreadedProducer<Reports>, LogError> {
    let reports = Reports { lane: lane.clone() };
    ThreadedProducer::from_config_and_context(&client::producer(options), reports)
        .map_err(|error| LogError::Unusable { reason: format!("no kafka producer: {error}") })
}

fn headers(record: &NewRecord) -> OwnedHeaders {
    let ours = Header { key: HEADER_NAME, value: Some(&record.header[..]) };
    let headers = OwnedHeaders::new_with_capacity(1 + record.attributes.len()).insert(ours);
    record.attributes.iter().fold(headers, |headers, attribute| {
        headers.insert(Header { key: &attribute.name, value: Some(&attribute.value[..]) })
    })
}

/// Takes the delivery reports of one producer.
struct Reports {
    lane: Arc<Lane>,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::report(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        client::complain(&self.lane.unacknowledged, &error, reason);
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            self.lane.broke(reason.to_owned());
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Arc<Share>;

    fn delivery(&self, report: &DeliveryResult<'_>, share: Self::DeliveryOpaque) {
        match report {
            Ok(message) => match (u64::try_from(message.offset()), message.timestamp().to_millis()) {
                (Ok(offset), Some(append_time_ms)) => share.delivered(offset, append_time_ms),
                _ => self.failed(&share, "a record was acknowledged without its place"),
            },
            Err((error, _)) => self.failed(&share, &error.to_string()),
        }
    }
}

impl Reports {
    fn failed(&self, share: &Share, reason: &str) {
        self.lane.broke(reason.to_owned());
        share.failed(1, LogError::unavailable("a record was not acknowledged", reason));
    }
}
