//! What is promised about topics, times and trimming.

use std::time::Duration;

use anyhow::ensure;
use volley_event_log::{Bounds, LogError, ReadLimit, Retention, TopicSpec};

use crate::helpers::{Log, PATIENCE, append_numbers, numbers, read, read_all, topic};

/// The same wish again changes nothing; another one is refused in words that name the difference.
pub async fn a_topic_is_created_once_and_a_mismatch_refused(log: &Log) -> anyhow::Result<()> {
    let spec = TopicSpec::new("once", 3, Retention::days(3));

    let created = log.ensure_topic(&spec).await?;
    append_numbers(log, &created, 2, 0..4).await?;
    let again = log.ensure_topic(&spec).await?;

    ensure!(created == again && again.partitions() == 3);
    ensure!(log.bounds(&again, 2).await?.end == 4, "the records are gone");
    for (other, word) in [
        (TopicSpec::new("once", 4, Retention::days(3)), "4"),
        (TopicSpec::new("once", 3, Retention::days(4)), "345600000"),
        (TopicSpec::new("once", 3, Retention::Forever), "wanted"),
    ] {
        let refused = log.ensure_topic(&other).await;
        let Err(error @ LogError::TopicMismatch { .. }) = refused else {
            anyhow::bail!("{refused:?} for {other:?}")
        };
        ensure!(error.to_string().contains("once") && error.to_string().contains(word), "{error}");
    }
    let invalid = log.ensure_topic(&TopicSpec::new("not a name", 1, Retention::Forever)).await;
    ensure!(matches!(invalid, Err(LogError::InvalidTopic { .. })), "{invalid:?}");
    Ok(())
}

/// Topics are found by name and listed in order.
pub async fn topics_are_listed_by_name(log: &Log) -> anyhow::Result<()> {
    let created = [topic(log, "listed.b", 2).await?, topic(log, "listed.a", 1).await?];

    let all = log.topics().await?;
    let found = log.find_topic("listed.b").await?;

    ensure!(all.is_sorted());
    ensure!(created.iter().all(|topic| all.contains(topic)), "{all:?}");
    ensure!(found.is_some_and(|topic| topic.partitions() == 2));
    ensure!(log.find_topic("listed.c").await?.is_none());
    Ok(())
}

/// The first record of that time or later, whatever lies around it.
pub async fn an_offset_is_found_by_its_time(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "times", 1).await?;
    ensure!(log.offset_of_time(&topic, 0, 1_000_000).await? == 0, "an empty partition");
    let mut groups = Vec::new();
    for group in 0..6 {
        let appended = append_numbers(log, &topic, 0, group * 20..group * 20 + 20).await?;
        groups.push((appended.append_time_us, appended.base_offsets[0]));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    for (index, (time_us, base)) in groups.iter().enumerate() {
        let after = groups.get(index + 1).map_or(120, |(_, base)| *base);
        ensure!(log.offset_of_time(&topic, 0, *time_us).await? == *base, "at the time of group {index}");
        ensure!(log.offset_of_time(&topic, 0, time_us + 1).await? == after, "just after group {index}");
    }
    ensure!(log.offset_of_time(&topic, 0, 0).await? == 0);
    ensure!(log.offset_of_time(&topic, 0, i64::MIN).await? == 0);
    Ok(())
}

/// What lies before the trim is out of range; what lies behind it is as it was.
pub async fn what_is_trimmed_is_gone_and_the_rest_stays(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "trimmed", 2).await?;
    append_numbers(log, &topic, 0, 0..100).await?;
    append_numbers(log, &topic, 0, 100..200).await?;
    append_numbers(log, &topic, 1, 0..10).await?;

    log.trim(&topic, 0, 130).await?;
    log.trim(&topic, 0, 50).await?;

    ensure!(log.bounds(&topic, 0).await? == Bounds { start: 130, end: 200 });
    ensure!(log.bounds(&topic, 1).await? == Bounds { start: 0, end: 10 }, "the other partition");
    ensure!(numbers(&read(log, &topic, 0, 130, 70).await?)? == (130..200).collect::<Vec<_>>());
    ensure!(log.offset_of_time(&topic, 0, 0).await? == 130, "times begin where the log does");
    for gone in [0, 129] {
        let mut reader = log.reader(&topic, 0, gone)?;
        let refused = tokio::time::timeout(PATIENCE, reader.next(ReadLimit::default())).await?;
        let expected =
            matches!(refused, Err(LogError::OffsetOutOfRange { start: 130, end: 200, offset, .. }) if offset == gone);
        ensure!(expected, "{refused:?} for offset {gone}");
    }
    let beyond = log.trim(&topic, 0, 201).await;
    ensure!(matches!(beyond, Err(LogError::OffsetOutOfRange { offset: 201, .. })), "{beyond:?}");
    Ok(())
}

/// An emptied partition gives its next record the next offset.
pub async fn a_partition_trimmed_to_its_end_goes_on(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "emptied", 1).await?;
    append_numbers(log, &topic, 0, 0..25).await?;

    log.trim(&topic, 0, 25).await?;
    ensure!(log.bounds(&topic, 0).await? == Bounds { start: 25, end: 25 });
    let next = append_numbers(log, &topic, 0, 25..30).await?;

    ensure!(next.base_offsets == [25]);
    ensure!(numbers(&read_all(log, &topic, 0).await?)? == (25..30).collect::<Vec<_>>());
    Ok(())
}

/// A position that was trimmed away while it was kept elsewhere halts its owner instead of jumping.
pub async fn a_reader_overtaken_by_a_trim_is_told(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "overtaken", 1).await?;
    append_numbers(log, &topic, 0, 0..40).await?;
    log.trim(&topic, 0, 40).await?;
    append_numbers(log, &topic, 0, 40..80).await?;
    let mut reader = log.reader(&topic, 0, 39)?;

    for _ in 0..2 {
        let told = tokio::time::timeout(PATIENCE, reader.next(ReadLimit::default())).await?;
        ensure!(matches!(told, Err(LogError::OffsetOutOfRange { offset: 39, start: 40, .. })), "{told:?}");
    }
    ensure!(reader.position() == 39);
    Ok(())
}
