//! What writers are promised.

use anyhow::{Context, ensure};
use bytes::Bytes;
use futures::future::try_join_all;
use volley_event_log::{LogError, NewRecord, PartitionAppend, RECORD_BYTES_MAX, ReadLimit, Topic};

use crate::helpers::{Log, PATIENCE, append, append_numbers, number_of, numbered, numbers, read, read_all, topic};

/// Appends that were not waited for stand in the order in which they were made.
pub async fn records_stand_in_the_order_of_the_calls(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "ordered", 3).await?;
    let append = |number: u64| {
        let partition = (number % 3) as u32;
        log.append(vec![PartitionAppend { topic: topic.clone(), partition, records: vec![numbered(number)] }])
    };

    let handles: Vec<_> = (0..600).map(append).collect();
    let appended = try_join_all(handles.into_iter().rev()).await?;

    for (number, appended) in (0..600_u64).rev().zip(&appended) {
        ensure!(appended.base_offsets == [number / 3], "record {number} is at {:?}", appended.base_offsets);
    }
    for partition in 0..3 {
        let records = read(log, &topic, partition, 0, 200).await?;
        let expected: Vec<u64> = (0..200).map(|n| n * 3 + u64::from(partition)).collect();
        ensure!(numbers(&records)? == expected, "partition {partition}");
    }
    Ok(())
}

/// Each writer's records keep its order, and lie where its acknowledgement says.
pub async fn order_holds_under_concurrency(log: &Log) -> anyhow::Result<()> {
    const WRITERS: u64 = 4;
    const APPENDS: u64 = 60;
    let topic = topic(log, "concurrent", 1).await?;
    let writer = |writer: u64| {
        let (log, topic) = (log.clone(), topic.clone());
        tokio::spawn(async move {
            let mut in_flight = Vec::new();
            for round in 0..APPENDS {
                let first = writer * 1_000_000 + round * 10;
                let records = (first..first + 1 + round % 5).map(numbered).collect();
                in_flight
                    .push((first, log.append(vec![PartitionAppend { topic: topic.clone(), partition: 0, records }])));
                tokio::task::yield_now().await;
            }
            let mut placed = Vec::new();
            for (first, handle) in in_flight {
                placed.push((first, handle.await?.base_offsets[0]));
            }
            anyhow::Ok(placed)
        })
    };

    let writers: Vec<_> = (0..WRITERS).map(writer).collect();
    let records =
        read(log, &topic, 0, 0, (WRITERS * (0..APPENDS).map(|round| 1 + round % 5).sum::<u64>()) as usize).await?;

    for writer in writers {
        let placed = writer.await??;
        ensure!(placed.is_sorted_by_key(|(_, base)| *base), "a writer's appends are out of order");
        for (first, base) in placed {
            ensure!(number_of(&records[base as usize])? == first, "another record lies at offset {base}");
        }
    }
    Ok(())
}

/// One call, several topics and partitions: each part is told where it went.
pub async fn one_append_reaches_many_partitions(log: &Log) -> anyhow::Result<()> {
    let (left, right) = (topic(log, "many.left", 2).await?, topic(log, "many.otp.right", 1).await?);
    append_numbers(log, &left, 1, 0..5).await?;
    let part = |topic: &Topic, partition, numbers: std::ops::Range<u64>| PartitionAppend {
        topic: topic.clone(),
        partition,
        records: numbers.map(numbered).collect(),
    };

    let appended = log
        .append(vec![part(&right, 0, 10..12), part(&left, 1, 20..23), part(&left, 0, 30..31)])
        .await?;

    ensure!(appended.base_offsets == [0, 5, 0], "{:?}", appended.base_offsets);
    ensure!(numbers(&read_all(log, &right, 0).await?)? == [10, 11]);
    ensure!(numbers(&read_all(log, &left, 1).await?)?[5..] == [20, 21, 22]);
    ensure!(numbers(&read_all(log, &left, 0).await?)? == [30]);
    Ok(())
}

/// One record too large spoils its whole append, and only that.
pub async fn a_record_over_the_limit_is_refused_and_nothing_is_written(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "too-large", 2).await?;
    let too_large = NewRecord {
        value: Bytes::from(vec![0; RECORD_BYTES_MAX]),
        header: Bytes::from_static(b"x"),
        ..NewRecord::default()
    };
    let parts = vec![
        PartitionAppend { topic: topic.clone(), partition: 0, records: vec![numbered(1)] },
        PartitionAppend { topic: topic.clone(), partition: 1, records: vec![numbered(2), too_large] },
    ];

    let refused = log.append(parts).await;

    let Err(LogError::RecordTooLarge { bytes, limit, .. }) = refused else {
        anyhow::bail!("{refused:?}")
    };
    ensure!((bytes, limit) == (RECORD_BYTES_MAX + 1, RECORD_BYTES_MAX));
    let next = append_numbers(log, &topic, 0, 3..4).await?;
    ensure!(next.base_offsets == [0], "something of the refused append was written");
    ensure!(log.bounds(&topic, 1).await?.end == 0);
    Ok(())
}

/// No topic, no partition, no records: nothing is written and the error says why.
pub async fn what_does_not_exist_is_refused(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "exists", 2).await?;
    let unknown = Topic::new("does-not-exist", 2);

    let no_topic = append(log, &unknown, 0, vec![numbered(0)]).await;
    let no_partition = append(log, &topic, 2, vec![numbered(0)]).await;
    let no_records = append(log, &topic, 0, Vec::new()).await;

    ensure!(matches!(no_topic, Err(LogError::UnknownTopic { .. })), "{no_topic:?}");
    ensure!(matches!(no_partition, Err(LogError::UnknownPartition { partition: 2, .. })), "{no_partition:?}");
    ensure!(matches!(no_records, Err(LogError::InvalidRecord { .. })), "{no_records:?}");
    ensure!(matches!(log.reader(&unknown, 0, 0), Err(LogError::UnknownTopic { .. })));
    ensure!(matches!(log.reader(&topic, 2, 0), Err(LogError::UnknownPartition { .. })));
    ensure!(matches!(log.bounds(&unknown, 0).await, Err(LogError::UnknownTopic { .. })));
    Ok(())
}

/// What was taken before the close is written; what comes after is refused; readers do not wait for ever.
pub async fn a_closed_log_refuses_and_ends_its_readers(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "closed", 1).await?;
    let taken = log.append(vec![PartitionAppend { topic: topic.clone(), partition: 0, records: vec![numbered(1)] }]);
    let mut reader = log.reader(&topic, 0, 0)?;
    let waiting = tokio::spawn(async move {
        loop {
            if let Err(error) = reader.next(ReadLimit::default()).await {
                break error;
            }
        }
    });

    tokio::time::timeout(PATIENCE, log.close())
        .await
        .context("closing takes too long")??;

    ensure!(taken.await?.base_offsets == [0]);
    let refused = append(log, &topic, 0, vec![numbered(2)]).await;
    ensure!(refused == Err(LogError::Closed), "{refused:?}");
    let ended = tokio::time::timeout(PATIENCE, waiting).await.context("the reader waits on")??;
    ensure!(ended == LogError::Closed, "{ended:?}");
    Ok(())
}

/// Nothing is wrong, and the log says so.
pub async fn a_log_at_work_is_healthy(log: &Log) -> anyhow::Result<()> {
    let topic = topic(log, "healthy", 1).await?;
    append_numbers(log, &topic, 0, 0..10).await?;

    ensure!(log.health().borrow().is_healthy());
    Ok(())
}
