//! Reads one partition from its queue in the client library.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use rdkafka::{
    Message,
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, Headers},
};
use tokio::sync::{Notify, watch};

use super::{
    cluster::Cluster,
    consumers::{Consumers, Seat},
};
use crate::{Attribute, LogError, PartitionReader, ReadLimit, Record, Topic, check::HEADER_NAME};

/// How long to wait before the broker is asked again for a position that it said it did not have.
const RECOVERY_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct KafkaReader {
    topic: Topic,
    partition: u32,
    position: u64,
    /// Empty only while a new one is looked for.
    seat: Option<Seat>,
    filled: Arc<Notify>,
    lost: Option<Lost>,
    /// The position at which the last seat was taken.
    seated_at: u64,
    consumers: Arc<Consumers>,
    cluster: Arc<Cluster>,
    closed: watch::Receiver<bool>,
}

/// Why the record at the position did not come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The broker says that the position is not in the partition.
    OutOfRange,
    /// A later record came instead: it was trimmed, is past its retention, or is missing.
    Hole,
}

impl KafkaReader {
    pub(super) fn new(
        topic: Topic,
        partition: u32,
        from: u64,
        consumers: Arc<Consumers>,
        cluster: Arc<Cluster>,
        closed: watch::Receiver<bool>,
    ) -> Result<Self, LogError> {
        let mut reader = Self {
            topic,
            partition,
            position: from,
            seat: None,
            filled: Arc::new(Notify::new()),
            lost: None,
            seated_at: from,
            consumers,
            cluster,
            closed,
        };
        reader.take_seat()?;
        Ok(reader)
    }

    /// Takes a seat at the position; the old one is given up first.
    fn take_seat(&mut self) -> Result<(), LogError> {
        self.seat = None;
        let wake = self.filled.clone();
        let seat = self
            .consumers
            .seat(&self.topic, self.partition, self.position, move || wake.notify_one())?;
        self.seat = Some(seat);
        self.seated_at = self.position;
        self.lost = None;
        Ok(())
    }

    /// Takes what has arrived, up to the limit, without waiting.
    fn drain(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        let Some(queue) = self.seat.as_ref().and_then(Seat::queue) else {
            return Ok(records);
        };
        while records.len() < limit.records.max(1) && bytes < limit.bytes.max(1) {
            match queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    let record = record(&message);
                    if record.offset < self.position {
                        continue;
                    }
                    if record.offset > self.position {
                        self.lost = Some(Lost::Hole);
                        break;
                    }
                    self.position += 1;
                    bytes += record.payload_bytes();
                    records.push(record);
                }
                Some(Err(error)) if is_out_of_range(&error) => {
                    self.lost = Some(Lost::OutOfRange);
                    break;
                }
                Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                    return Err(LogError::unavailable("the consumer failed", code));
                }
                Some(Err(error)) => {
                    tracing::debug!(topic = self.topic.name(), partition = self.partition, %error, "kafka reader");
                }
            }
        }
        Ok(records)
    }

    /// Finds out whether the position is in the log; if it is after all, takes a new seat there.
    async fn recover(&mut self, lost: Lost) -> Result<(), LogError> {
        let bounds = self.cluster.bounds(&self.topic, self.partition).await?;
        let (topic, partition, offset) = (self.topic.name().to_owned(), self.partition, self.position);
        if !(bounds.start..=bounds.end).contains(&offset) {
            return Err(LogError::OffsetOutOfRange { topic, partition, offset, start: bounds.start, end: bounds.end });
        }
        if lost == Lost::Hole && self.seated_at == offset {
            return Err(LogError::corrupt(format!("offset {offset} of {topic}/{partition} is missing")));
        }
        tokio::time::sleep(RECOVERY_PAUSE).await;
        self.take_seat()
    }
}

#[async_trait]
impl PartitionReader for KafkaReader {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        loop {
            if *self.closed.borrow() {
                return Err(LogError::Closed);
            }
            if let Some(lost) = self.lost {
                self.recover(lost).await?;
            } else if self.seat.is_none() {
                self.take_seat()?;
            }
            let records = self.drain(limit)?;
            if !records.is_empty() {
                return Ok(records);
            }
            if self.lost.is_some() {
                continue;
            }
            tokio::select! {
                () = self.filled.notified() => (),
                _ = self.closed.changed() => return Err(LogError::Closed),
            }
        }
    }

    fn position(&self) -> u64 {
        self.position
    }
}

fn is_out_of_range(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
    )
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let mut header = Bytes::new();
    let mut attributes = Vec::new();
    for found in message.headers().into_iter().flat_map(Headers::iter) {
        let value = Bytes::copy_from_slice(found.value.unwrap_or_default());
        if found.key == HEADER_NAME {
            header = value;
        } else {
            attributes.push(Attribute::new(found.key.to_owned(), value));
        }
    }
    Record {
        offset: message.offset().unsigned_abs(),
        // The topic was verified to stamp its records; one without a time does not move a partition's clock.
        append_time_us: message.timestamp().to_millis().unwrap_or_default().saturating_mul(1_000),
        key: message.key().map(Bytes::copy_from_slice),
        header,
        attributes,
        value: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
    }
}
