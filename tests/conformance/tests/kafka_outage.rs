//! Kafka killed under load and gone for a while: what was acknowledged is there, and the log goes on in process.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use tokio::time::{sleep, timeout};
use volley_conformance::helpers::{Log, PATIENCE, append_numbers, numbered, numbers, read_all, topic};
use volley_event_log::{
    Health, PartitionAppend, ReadLimit, Topic,
    kafka::{KafkaLog, KafkaOptions},
};
use volley_kafka::Broker;

const APPENDS_MAX: u64 = 20_000;

/// Appends one record after the other without waiting, until told; gives how many were acknowledged, in order.
async fn load(log: Log, topic: Topic, mut stop: tokio::sync::watch::Receiver<bool>) -> anyhow::Result<u64> {
    let mut handles = Vec::new();
    while !*stop.borrow_and_update() && (handles.len() as u64) < APPENDS_MAX {
        let number = handles.len() as u64;
        handles.push(log.append(vec![PartitionAppend {
            topic: topic.clone(),
            partition: 0,
            records: vec![numbered(number)],
        }]));
        sleep(Duration::from_millis(1)).await;
    }
    let made = handles.len() as u64;
    for (number, handle) in (0..).zip(handles) {
        let appended = timeout(PATIENCE, handle)
            .await
            .with_context(|| format!("record {number} hangs"))??;
        ensure!(appended.base_offsets == [number], "record {number} is at {:?}", appended.base_offsets);
    }
    Ok(made)
}

async fn until(health: &mut tokio::sync::watch::Receiver<Health>, healthy: bool) -> anyhow::Result<()> {
    let waited = timeout(PATIENCE, health.wait_for(|health| health.is_healthy() == healthy)).await;
    waited.with_context(|| format!("it does not become healthy = {healthy}"))??;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_and_the_log_goes_on_in_process() -> anyhow::Result<()> {
    let mut broker = tokio::task::spawn_blocking(Broker::start).await??;
    let log: Log = Arc::new(KafkaLog::connect(KafkaOptions::new(broker.bootstrap())).await?);
    let topic = topic(&log, "outage", 1).await?;
    let mut health = log.health();
    let mut at_the_end = log.reader(&topic, 0, 0)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let loading = tokio::spawn(load(log.clone(), topic.clone(), stopped));

    sleep(Duration::from_secs(1)).await;
    broker.kill9()?;
    until(&mut health, false).await?;
    let mut broker = tokio::task::spawn_blocking(move || broker.restart().map(|()| broker)).await??;
    until(&mut health, true).await?;
    sleep(Duration::from_millis(300)).await;
    stop.send_replace(true);
    let made = loading.await??;

    ensure!(made > 500, "only {made} appends were made");
    let expected: Vec<u64> = (0..made).collect();
    ensure!(
        numbers(&read_all(&log, &topic, 0).await?)? == expected,
        "what was acknowledged is not what is there"
    );
    let mut seen = Vec::new();
    while (seen.len() as u64) < made {
        let records = timeout(PATIENCE, at_the_end.next(ReadLimit::default()))
            .await
            .context("the reader sleeps on")??;
        seen.extend(numbers(&records)?);
    }
    ensure!(seen == expected, "a reader open all the time saw something else");
    let again: Log = Arc::new(KafkaLog::connect(KafkaOptions::new(broker.bootstrap())).await?);
    let found = again.find_topic("outage").await?.context("the topic is gone")?;
    ensure!(append_numbers(&again, &found, 0, made..made + 1).await?.base_offsets == [made]);
    broker.stop()
}
