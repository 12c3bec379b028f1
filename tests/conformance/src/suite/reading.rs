//! What readers are promised.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use volley_event_log::{Attribute, LogError, NewRecord, RECORD_BYTES_MAX, ReadLimit};

use crate::helpers::{Log, PATIENCE, append, append_numbers, number_of, numbers, read, read_by, topic};

/// Wakes slower than this are not prompt, even on a busy machine.
const WAKE_MAX: Duration = Duration::from_millis(250);

/// Key, header, attributes and value come back, absent, empty and as large as can be.
pub async fn records_come_back_as_they_went(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "came-back", 1).await?;
    let sent = vec![
        NewRecord::default(),
        NewRecord { key: Some(Bytes::new()), ..NewRecord::default() },
        NewRecord {
            key: Some(Bytes::from_static(&[0, 255, 10])),
            header: Bytes::from_static(b"\0header\xff"),
            attributes: vec![Attribute::new("ce_type", "volley.routed"), Attribute::new("ce_empty", "")],
            value: Bytes::from_static(b"value"),
        },
        NewRecord { value: Bytes::from(vec![7; RECORD_BYTES_MAX]), ..NewRecord::default() },
    ];

    let appended = append(log, &topic, 0, sent.clone()).await?;
    let back = read(log, &topic, 0, 0, sent.len()).await?;

    ensure!(appended.base_offsets == [0]);
    for (sent, back) in sent.iter().zip(&back) {
        ensure!(back.key == sent.key && back.header == sent.header, "{back:?} for {sent:?}");
        ensure!(back.attributes == sent.attributes && back.value == sent.value, "{back:?} for {sent:?}");
    }
    ensure!(back.iter().all(|record| record.append_time_us <= appended.append_time_us));
    Ok(())
}

/// Whatever the offset and the step, every record comes once and in order.
pub async fn reading_is_dense_from_any_offset(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "dense", 2).await?;
    let mut next = 0;
    for size in [1, 7, 200, 1, 90, 201] {
        append_numbers(log, &topic, 1, next..next + size).await?;
        next += size;
    }

    for from in [0, 1, 8, 207, 298, next - 1] {
        for step in [1, 7, 1_000] {
            let limit = ReadLimit { records: step, ..ReadLimit::default() };
            let count = (next - from).min(150) as usize;
            let records = read_by(log, &topic, 1, from, count, limit).await?;
            let expected: Vec<u64> = (from..from + records.len() as u64).collect();
            ensure!(numbers(&records)? == expected, "from {from} by {step}");
        }
    }
    Ok(())
}

/// A record larger than the limit comes alone; smaller ones come up to it.
pub async fn a_limit_of_octets_still_gives_one_record(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "octets", 1).await?;
    let of_1000 = NewRecord { value: Bytes::from(vec![1; 1_000]), ..NewRecord::default() };
    append(log, &topic, 0, vec![of_1000; 10]).await?;
    let mut reader = log.reader(&topic, 0, 0)?;

    let one = reader.next(ReadLimit { records: 100, bytes: 1 }).await?;
    let few = reader.next(ReadLimit { records: 100, bytes: 3_000 }).await?;

    ensure!(one.len() == 1, "{} records", one.len());
    ensure!((1..=3).contains(&few.len()), "{} records", few.len());
    ensure!(few[0].offset == 1);
    Ok(())
}

/// Readers of one partition do not disturb each other, wherever each stands.
pub async fn several_readers_of_one_partition_see_the_same(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "several", 1).await?;
    append_numbers(log, &topic, 0, 0..300).await?;

    let (first, second, third) =
        tokio::try_join!(read(log, &topic, 0, 0, 300), read(log, &topic, 0, 0, 300), read(log, &topic, 0, 150, 150),)?;

    ensure!(first == second);
    ensure!(first[150..] == third[..]);
    Ok(())
}

/// Who waits at the end has the record soon after it was acknowledged.
pub async fn a_reader_at_the_end_wakes_promptly(log: &Log) -> anyhow::Result<()> {
    const ROUNDS: u64 = 40;
    let topic = topic(log, "wakes", 1).await?;
    let mut reader = log.reader(&topic, 0, 0)?;
    let reading = tokio::spawn(async move {
        let mut seen = Vec::new();
        while (seen.len() as u64) < ROUNDS {
            for record in reader.next(ReadLimit::default()).await? {
                seen.push((number_of(&record)?, Instant::now()));
            }
        }
        anyhow::Ok(seen)
    });

    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        append_numbers(log, &topic, 0, round..round + 1).await?;
        acknowledged.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = tokio::time::timeout(PATIENCE, reading)
        .await
        .context("the reader sleeps on")???;

    let mut waits: Vec<Duration> = seen
        .iter()
        .zip(&acknowledged)
        .map(|((_, seen), acknowledged)| seen.saturating_duration_since(*acknowledged))
        .collect();
    waits.sort();
    let median = waits[waits.len() / 2];
    ensure!(median < WAKE_MAX, "half of the records took {median:?} and more from acknowledgement to reader");
    Ok(())
}

/// A read that was given up on half-way is as if it had never been made.
pub async fn a_dropped_read_loses_nothing(log: &Log) -> anyhow::Result<()> {
    const RECORDS: u64 = 400;
    let topic = topic(log, "dropped", 1).await?;
    let mut reader = log.reader(&topic, 0, 0)?;
    let (writing, written_to) = (log.clone(), topic.clone());
    let writer = tokio::spawn(async move {
        for number in 0..RECORDS {
            append_numbers(&writing, &written_to, 0, number..number + 1).await?;
        }
        anyhow::Ok(())
    });

    let mut seen = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while (seen.len() as u64) < RECORDS {
        ensure!(Instant::now() < deadline, "only {} records came", seen.len());
        let patience = Duration::from_micros(50 * (seen.len() as u64 % 40));
        if let Ok(records) = tokio::time::timeout(patience, reader.next(ReadLimit { records: 3, bytes: 1 << 20 })).await
        {
            seen.extend(numbers(&records?)?);
        }
    }

    writer.await??;
    ensure!(seen == (0..RECORDS).collect::<Vec<_>>(), "not every record came once and in order");
    Ok(())
}

/// A position the log has not reached is an error, not a wait.
pub async fn reading_beyond_the_end_is_refused(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "beyond", 1).await?;
    append_numbers(log, &topic, 0, 0..3).await?;
    let mut reader = log.reader(&topic, 0, 4)?;

    let refused = tokio::time::timeout(PATIENCE, reader.next(ReadLimit::default())).await?;

    ensure!(
        matches!(refused, Err(LogError::OffsetOutOfRange { offset: 4, start: 0, end: 3, .. })),
        "{refused:?}"
    );
    Ok(())
}
