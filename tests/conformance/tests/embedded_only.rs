//! What only the embedded log promises: one sync for many, what it remembers, whom it refuses, what it gives up by age.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use bytes::Bytes;
use futures::future::join_all;
use volley_conformance::helpers::{Log, PATIENCE, append, append_numbers, numbered, numbers, read_all, topic};
use volley_event_log::{
    EventLog, LogError, NewRecord, PartitionAppend, Retention, TopicSpec,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

async fn open(directory: &tempfile::TempDir, options: EmbeddedOptions) -> Result<Log, LogError> {
    Ok(Arc::new(EmbeddedLog::open(directory.path(), options).await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_wait_together_share_one_sync() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let log = Arc::new(EmbeddedLog::open(directory.path(), EmbeddedOptions::default()).await?);
    let topic = log.ensure_topic(&TopicSpec::new("grouped", 4, Retention::Forever)).await?;

    let handles: Vec<_> = (0..2_000_u64)
        .map(|number| {
            let partition = (number % 4) as u32;
            log.append(vec![PartitionAppend { topic: topic.clone(), partition, records: vec![numbered(number)] }])
        })
        .collect();
    for answer in join_all(handles).await {
        answer?;
    }

    let stats = log.stats();
    ensure!((stats.appends, stats.records) == (2_000, 2_000), "{stats:?}");
    ensure!(stats.syncs < 1_000, "{stats:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_opened_again_is_the_same_log() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let log = open(&directory, EmbeddedOptions::default()).await?;
    let identity = log.identity();
    let spec = TopicSpec::new("kept", 2, Retention::days(3));
    let kept = log.ensure_topic(&spec).await?;
    append_numbers(&log, &kept, 1, 0..50).await?;
    append_numbers(&log, &kept, 0, 0..9).await?;
    log.trim(&kept, 1, 20).await?;
    log.trim(&kept, 0, 9).await?;
    let before = read_all(&log, &kept, 1).await?;
    log.close().await?;

    let log = open(&directory, EmbeddedOptions::default()).await?;
    let kept = log.ensure_topic(&spec).await?;

    ensure!(log.identity() == identity);
    ensure!(read_all(&log, &kept, 1).await? == before);
    ensure!(log.bounds(&kept, 0).await?.start == 9);
    ensure!(append_numbers(&log, &kept, 0, 9..10).await?.base_offsets == [9]);
    let other = open(&tempfile::tempdir()?, EmbeddedOptions::default()).await?;
    ensure!(other.identity() != identity, "two logs share an identity");
    Ok(())
}

/// What is on the disk for good comes first, so that it lies among what is trimmed later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_trimmed_gives_its_room_back_and_what_is_kept_stays() -> anyhow::Result<()> {
    const ROUNDS: usize = 64;
    const KEPT_BYTES: usize = 2_000;
    const TRIMMED_BYTES: usize = 50_000;
    const ROOM_MAX: u64 = 12 << 20;
    let directory = tempfile::tempdir()?;
    let log = open(&directory, EmbeddedOptions { memtable_bytes: 256 << 10, ..EmbeddedOptions::default() }).await?;
    let (kept, trimmed) = (topic(&log, "kept", 1).await?, topic(&log, "trimmed", 2).await?);
    let filled = |octets| NewRecord { value: Bytes::from(vec![7; octets]), ..NewRecord::default() };

    for _ in 0..ROUNDS {
        append(&log, &kept, 0, vec![filled(KEPT_BYTES)]).await?;
        for partition in 0..2 {
            for _ in 0..10 {
                append(&log, &trimmed, partition, vec![filled(TRIMMED_BYTES)]).await?;
            }
            log.trim(&trimmed, partition, log.bounds(&trimmed, partition).await?.end - 5)
                .await?;
        }
    }

    let deadline = Instant::now() + PATIENCE;
    while octets_of(directory.path())? > ROOM_MAX {
        ensure!(Instant::now() < deadline, "{} octets are left on the disk", octets_of(directory.path())?);
        append(&log, &kept, 0, vec![filled(KEPT_BYTES)]).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(read_all(&log, &trimmed, 1).await?.len() == 5);
    ensure!(
        read_all(&log, &kept, 0)
            .await?
            .iter()
            .all(|record| record.value.len() == KEPT_BYTES)
    );
    Ok(())
}

fn octets_of(directory: &Path) -> anyhow::Result<u64> {
    let mut octets = 0;
    for file in fs::read_dir(directory)? {
        // RocksDB may remove it meanwhile.
        octets += file?.metadata().map_or(0, |found| found.len());
    }
    Ok(octets)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_in_use_is_refused_in_words() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let _first = open(&directory, EmbeddedOptions::default()).await?;

    let refused = EmbeddedLog::open(directory.path(), EmbeddedOptions::default()).await.map(drop);

    let Err(error @ LogError::Unusable { .. }) = refused else {
        anyhow::bail!("{refused:?}")
    };
    ensure!(error.to_string().contains("is in use by another"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_is_refused_and_nothing_of_it_is_written() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let log = open(&directory, EmbeddedOptions { queue_bytes_max: 200_000, ..EmbeddedOptions::default() }).await?;
    let topic = topic(&log, "flooded", 1).await?;
    let large = NewRecord { value: Bytes::from(vec![1; 50_000]), ..NewRecord::default() };

    let handles: Vec<_> = (0..200)
        .map(|_| log.append(vec![PartitionAppend { topic: topic.clone(), partition: 0, records: vec![large.clone()] }]))
        .collect();
    let answers = join_all(handles).await;

    let taken = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LogError::Overloaded { limit: 200_000, .. })))
        .count();
    ensure!(taken + refused == 200 && taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    ensure!(log.bounds(&topic, 0).await?.end == taken as u64);
    ensure!(append_numbers(&log, &topic, 0, 0..1).await?.base_offsets == [taken as u64], "it does not go on");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_past_their_retention_go_and_younger_ones_stay() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let log = open(&directory, EmbeddedOptions { retention_interval_ms: 20, ..EmbeddedOptions::default() }).await?;
    let short = log.ensure_topic(&TopicSpec::new("short", 1, Retention::AgeMs(1_500))).await?;
    let forever = topic(&log, "forever", 1).await?;
    append_numbers(&log, &forever, 0, 0..5).await?;
    let appended = Instant::now();
    append_numbers(&log, &short, 0, 0..5).await?;

    while log.bounds(&short, 0).await?.start < 5 {
        ensure!(appended.elapsed() < PATIENCE, "old records stay");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let gone_after = appended.elapsed();
    append_numbers(&log, &short, 0, 5..8).await?;
    tokio::time::sleep(Duration::from_millis(100)).await;

    ensure!(gone_after >= Duration::from_millis(1_490), "gone after {gone_after:?}");
    ensure!(numbers(&read_all(&log, &short, 0).await?)? == [5, 6, 7]);
    ensure!(log.bounds(&forever, 0).await?.start == 0);
    Ok(())
}
