//! What a carrier's task appends: stamped, in order, tried again until the log has it.

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use volley_carrier_egress_core::Place;
use volley_event_log::{EventLog, LogError, NewRecord, PartitionAppend, Topic};
use volley_events::Record;
use volley_types::{AccountId, ArrivalId, CarrierName, Partition, Position, Source, Timestamp};
use volley_wire::Header;
use xxhash_rust::xxh3::xxh3_64;

/// Appends that may be on their way; beyond them what is to be appended waits.
pub(crate) const APPENDS_MAX: usize = 256;

/// How long a refused append rests before it is tried again, in milliseconds.
const RETRY_PAUSE_MS: u64 = 200;

/// What the log has, once an append is acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// Reports.
    pub reports: Vec<(AccountId, Place)>,
    /// Settlements.
    pub settlements: Vec<(AccountId, Place)>,
    /// Receipts and replies.
    pub arrivals: Vec<ArrivalId>,
}

type InFlight = Pin<Box<dyn Future<Output = Result<Acknowledged, LogError>> + Send>>;

/// The appends of one carrier's task.
pub(crate) struct Appender {
    log: Arc<dyn EventLog>,
    source: Source,
    /// Counts this run's records.
    counter: u64,
    in_flight: FuturesUnordered<InFlight>,
}

impl Appender {
    pub fn new(log: Arc<dyn EventLog>, carrier: &CarrierName) -> Self {
        let source = Source::Egress(xxh3_64(carrier.as_str().as_bytes()));
        Self { log, source, counter: 0, in_flight: FuturesUnordered::new() }
    }

    /// The place the next record gets.
    pub fn next_counter(&self) -> u64 {
        self.counter
    }

    /// Whether so much is on its way that more should wait.
    pub fn is_full(&self) -> bool {
        self.in_flight.len() >= APPENDS_MAX
    }

    /// Whether the log has everything.
    pub fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Stamps a record whose value is already written.
    pub fn stamp(&mut self, value: Bytes, observed_at: Timestamp) -> NewRecord {
        let position = Position { offset: self.counter, index: 0 };
        self.counter += 1;
        let header = Header::new(self.source, position, None, observed_at);
        NewRecord {
            key: None,
            header: Bytes::copy_from_slice(&header.encode()),
            attributes: Vec::new(),
            value,
        }
    }

    /// Stamps a record.
    pub fn record(&mut self, record: &Record, observed_at: Timestamp) -> NewRecord {
        self.stamp(volley_wire::encode(record, None), observed_at)
    }

    /// Appends, in the order of the calls as long as the log takes everything at once. An append that fails and may be tried
    /// again is, until it succeeds: receivers know what they have had.
    pub fn append(&mut self, appends: Batch, acknowledged: Acknowledged) {
        let appends = appends.0;
        if appends.is_empty() {
            return;
        }
        let log = Arc::clone(&self.log);
        let mut handle = log.append(appends.clone());
        self.in_flight.push(Box::pin(async move {
            loop {
                match handle.await {
                    Ok(_) => return Ok(acknowledged),
                    Err(error) if error.is_retriable() => {
                        tracing::warn!(%error, "an append is tried again");
                        tokio::time::sleep(Duration::from_millis(RETRY_PAUSE_MS)).await;
                        handle = log.append(appends.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
        }));
    }

    /// The next append that ended. Waits for ever when none is on its way.
    pub async fn next(&mut self) -> Result<Acknowledged, LogError> {
        match self.in_flight.next().await {
            Some(ended) => ended,
            None => std::future::pending().await,
        }
    }

    /// The next append that has ended already.
    pub fn ready(&mut self) -> Option<Result<Acknowledged, LogError>> {
        self.in_flight.next().now_or_never().flatten()
    }
}

/// Records by partition, in order.
#[derive(Default)]
pub(crate) struct Batch(Vec<PartitionAppend>);

impl Batch {
    /// Adds a record for a partition of a topic. There are few partitions in a batch.
    pub fn push(&mut self, topic: &Topic, partition: Partition, record: NewRecord) {
        let partition = u32::from(partition.0);
        let place = self
            .0
            .iter_mut()
            .find(|append| append.partition == partition && append.topic == *topic);
        match place {
            Some(append) => append.records.push(record),
            None => self
                .0
                .push(PartitionAppend { topic: topic.clone(), partition, records: vec![record] }),
        }
    }
}
