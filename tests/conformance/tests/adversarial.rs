//! The suite over the adversarial log, and what it does besides: crashes, and failures of what was written.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::ensure;
use futures::future::join_all;
use volley_conformance::helpers::{Log, append_numbers, numbered, numbers, read_all, topic};
use volley_event_log::{
    EventLog, LogError, LogIdentity, PartitionAppend,
    adversarial::{AdversarialLog, AdversarialOptions, Disk},
};

fn disk() -> Disk {
    Disk::new(LogIdentity([7; 16]))
}

async fn open(seed: u64) -> anyhow::Result<(Log, ())> {
    let log = AdversarialLog::open(&disk(), AdversarialOptions { seed, ..AdversarialOptions::default() });
    Ok((Arc::new(log), ()))
}

mod of_one_seed {
    use super::*;

    volley_conformance::conformance_suite!(open(1));
}

mod of_another {
    use super::*;

    volley_conformance::conformance_suite!(open(2));
}

/// LOG-1 and LOG-2 over crashes: what was acknowledged is there, and of each partition only an end is missing.
#[tokio::test]
async fn a_crash_loses_only_what_was_not_acknowledged() -> anyhow::Result<()> {
    let mut lost = 0;
    for seed in 0..40 {
        let disk = disk();
        let log = Arc::new(AdversarialLog::open(&disk, AdversarialOptions { seed, ..AdversarialOptions::default() }));
        let kept = topic(&(log.clone() as Log), "crashed", 2).await?;
        let append = |number: u64| {
            let partition = (number % 2) as u32;
            log.append(vec![PartitionAppend { topic: kept.clone(), partition, records: vec![numbered(number)] }])
        };
        let mut handles: Vec<_> = (0..100).map(append).collect();
        let heard = join_all(handles.drain(..usize::try_from(seed)?)).await;
        log.crash();
        let unheard = join_all(handles).await;
        ensure!(unheard.iter().all(|answer| !matches!(answer, Err(LogError::Closed))), "{unheard:?}");

        let again: Log = Arc::new(AdversarialLog::open(&disk, AdversarialOptions::default()));
        let acknowledged = heard.iter().chain(&unheard).zip(0_u64..).filter(|(answer, _)| answer.is_ok());
        let acknowledged: BTreeSet<u64> = acknowledged.map(|(_, number)| number).collect();
        let mut found = BTreeSet::new();
        for partition in 0..2 {
            let held = numbers(&read_all(&again, &kept, partition).await?)?;
            let prefix: Vec<u64> = (0..100)
                .filter(|number| number % 2 == u64::from(partition))
                .take(held.len())
                .collect();
            ensure!(held == prefix, "seed {seed}: partition {partition} has a hole");
            found.extend(held);
        }
        ensure!(found.is_superset(&acknowledged), "seed {seed}: something acknowledged is gone");
        lost += 100 - found.len();
    }
    ensure!(lost > 0, "nothing was ever lost");
    Ok(())
}

/// A failure leaves open whether the records were written: repeating them has them twice.
#[tokio::test]
async fn what_failed_may_have_been_written() -> anyhow::Result<()> {
    let options = AdversarialOptions { fails_per_mille: 300, ..AdversarialOptions::default() };
    let log: Log = Arc::new(AdversarialLog::open(&disk(), options));
    let topic = topic(&log, "failed", 1).await?;
    let mut failures = 0;
    for number in 0..50 {
        while let Err(error) = append_numbers(&log, &topic, 0, number..number + 1).await {
            ensure!(error.is_retriable(), "{error}");
            failures += 1;
        }
    }

    let held = numbers(&read_all(&log, &topic, 0).await?)?;

    ensure!(failures > 0 && held.len() == 50 + failures, "{failures} failures, {} records", held.len());
    ensure!(held.is_sorted(), "repeats are out of order");
    Ok(())
}

/// Another partition's later append may be seen first.
#[tokio::test]
async fn partitions_are_written_in_any_order() -> anyhow::Result<()> {
    let mut reordered = 0;
    for seed in 0..20 {
        let (log, ()) = open(seed).await?;
        let topic = topic(&log, "reordered", 4).await?;
        let append = |partition| {
            log.append(vec![PartitionAppend { topic: topic.clone(), partition, records: vec![numbered(1)] }])
        };
        let [first, .., last] = [append(0), append(1), append(2), append(3)];
        last.await?;
        reordered += u32::from(log.bounds(&topic, 0).await?.end == 0);
        first.await?;
    }
    ensure!(reordered > 0, "the order of the calls always held");
    Ok(())
}
