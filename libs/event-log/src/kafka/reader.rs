//! Reads one partition from its queue in the client library.

use std::sync::Arc;

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

pub(super) struct KafkaReader {
    topic: Topic,
    partition: u32,
    position: u64,
    seat: Seat,
    filled: Arc<Notify>,
    lost: bool,
    consumers: Arc<Consumers>,
    cluster: Arc<Cluster>,
    closed: watch::Receiver<bool>,
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
        let filled = Arc::new(Notify::new());
        let wake = filled.clone();
        let seat = consumers.seat(&topic, partition, from, move || wake.notify_one())?;
        Ok(Self {
            topic,
            partition,
            position: from,
            seat,
            filled,
            lost: false,
            consumers,
            cluster,
            closed,
        })
    }

    /// Takes what has arrived, up to the limit, without waiting.
    fn drain(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        let Some(queue) = self.seat.queue() else { return Ok(records) };
        while records.len() < limit.records.max(1) && bytes < limit.bytes.max(1) {
            match queue.poll(std::time::Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    let record = record(&message);
                    if record.offset < self.position {
                        continue;
                    }
                    if record.offset > self.position {
                        // Records went from under us: trimmed, or past their retention.
                        self.lost = true;
                        break;
                    }
                    self.position += 1;
                    bytes += record.payload_bytes();
                    records.push(record);
                }
                Some(Err(error)) if is_out_of_range(&error) => {
                    self.lost = true;
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
    async fn recover(&mut self) -> Result<(), LogError> {
        let bounds = self.cluster.bounds(&self.topic, self.partition).await?;
        if !(bounds.start..=bounds.end).contains(&self.position) {
            return Err(LogError::OffsetOutOfRange {
                topic: self.topic.name().to_owned(),
                partition: self.partition,
                offset: self.position,
                start: bounds.start,
                end: bounds.end,
            });
        }
        let wake = self.filled.clone();
        self.seat = self
            .consumers
            .seat(&self.topic, self.partition, self.position, move || wake.notify_one())?;
        self.lost = false;
        Ok(())
    }
}

#[async_trait]
impl PartitionReader for KafkaReader {
    async fn next(&mut self, limit: ReadLimit) -> Result<Vec<Record>, LogError> {
        loop {
            if *self.closed.borrow() {
                return Err(LogError::Closed);
            }
            if self.lost {
                self.recover().await?;
            }
            let records = self.drain(limit)?;
            if !records.is_empty() {
                return Ok(records);
            }
            if self.lost {
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
        append_time_us: message.timestamp().to_millis().unwrap_or_default().saturating_mul(1_000),
        key: message.key().map(Bytes::copy_from_slice),
        header,
        attributes,
        value: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
    }
}
