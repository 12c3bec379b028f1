//! Short words for the suite.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use bytes::Bytes;
use volley_event_log::{
    Appended, Attribute, EventLog, LogError, NewRecord, PartitionAppend, ReadLimit, Record, Retention, Topic, TopicSpec,
};

/// A log under test.
pub type Log = Arc<dyn EventLog>;

/// A test that waits longer than this for one thing has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A record whose contents say which one it is.
#[must_use]
pub fn numbered(number: u64) -> NewRecord {
    NewRecord {
        key: Some(Bytes::from(format!("key {number}"))),
        header: Bytes::copy_from_slice(&number.to_be_bytes()),
        attributes: vec![Attribute::new("ce_id", format!("id {number}"))],
        value: Bytes::from(vec![(number % 251) as u8; (number % 300) as usize]),
    }
}

/// The number of a record made by [`numbered`].
///
/// # Errors
///
/// When it is not one, or not whole.
pub fn number_of(record: &Record) -> anyhow::Result<u64> {
    let header: [u8; 8] = record.header[..].try_into().context("the header is not a number")?;
    let number = u64::from_be_bytes(header);
    let expected = numbered(number);
    ensure!(record.key == expected.key, "record {number} has another key");
    ensure!(record.attributes == expected.attributes, "record {number} has other attributes");
    ensure!(record.value == expected.value, "record {number} has another value");
    Ok(number)
}

/// A topic of this name; one of the same name in another test must not share a log.
///
/// # Errors
///
/// Those of the log.
pub async fn topic(log: &Log, name: &str, partitions: u32) -> Result<Topic, LogError> {
    log.ensure_topic(&TopicSpec::new(name, partitions, Retention::Forever)).await
}

/// Appends to one partition and waits.
///
/// # Errors
///
/// Those of the log.
pub async fn append(log: &Log, topic: &Topic, partition: u32, records: Vec<NewRecord>) -> Result<Appended, LogError> {
    log.append(vec![PartitionAppend { topic: topic.clone(), partition, records }])
        .await
}

/// Appends these numbers to one partition and waits.
///
/// # Errors
///
/// Those of the log.
pub async fn append_numbers(
    log: &Log,
    topic: &Topic,
    partition: u32,
    numbers: std::ops::Range<u64>,
) -> Result<Appended, LogError> {
    append(log, topic, partition, numbers.map(numbered).collect()).await
}

/// Reads so many records from an offset, and checks that they are dense and their times do not fall.
///
/// # Errors
///
/// Those of the log, or when it takes longer than [`PATIENCE`].
pub async fn read(log: &Log, topic: &Topic, partition: u32, from: u64, count: usize) -> anyhow::Result<Vec<Record>> {
    read_by(log, topic, partition, from, count, ReadLimit::default()).await
}

/// As [`read`], with a limit for each step.
///
/// # Errors
///
/// As [`read`].
pub async fn read_by(
    log: &Log,
    topic: &Topic,
    partition: u32,
    from: u64,
    count: usize,
    limit: ReadLimit,
) -> anyhow::Result<Vec<Record>> {
    let mut reader = log.reader(topic, partition, from)?;
    let mut records: Vec<Record> = Vec::new();
    while records.len() < count {
        let step = tokio::time::timeout(PATIENCE, reader.next(limit)).await;
        let step = step.with_context(|| format!("{topic}/{partition} gave {} of {count} records", records.len()))??;
        ensure!(!step.is_empty(), "a step gave nothing");
        ensure!(step.len() <= limit.records, "a step gave {} records, {} were asked for", step.len(), limit.records);
        records.extend(step);
        ensure!(reader.position() == from + records.len() as u64, "the position is {}", reader.position());
    }
    for (expected, record) in (from..).zip(&records) {
        ensure!(record.offset == expected, "offset {} where {expected} should be", record.offset);
    }
    ensure!(records.is_sorted_by_key(|record| record.append_time_us), "append times fall");
    Ok(records)
}

/// The numbers of records made by [`numbered`].
///
/// # Errors
///
/// As [`number_of`].
pub fn numbers(records: &[Record]) -> anyhow::Result<Vec<u64>> {
    records.iter().map(number_of).collect()
}

/// Reads everything a partition holds.
///
/// # Errors
///
/// As [`read`].
pub async fn read_all(log: &Log, topic: &Topic, partition: u32) -> anyhow::Result<Vec<Record>> {
    let bounds = log.bounds(topic, partition).await?;
    read(log, topic, partition, bounds.start, (bounds.end - bounds.start) as usize).await
}
