//! The suite over real Kafka: one broker for all tests, a cluster connection and topics for each.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, ensure};
use futures::future::join_all;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
};
use tokio::time::sleep;
use volley_conformance::helpers::{Log, PATIENCE, append, append_numbers, numbered, numbers, read_all, topic};
use volley_event_log::{
    Appended, LogError, NewRecord, PartitionAppend, Retention, Topic, TopicSpec,
    kafka::{KafkaLog, KafkaOptions},
};
use volley_kafka::Broker;

static BROKER: LazyLock<Result<Broker, String>> =
    LazyLock::new(|| Broker::start().map_err(|error| format!("{error:#}")));

fn bootstrap() -> anyhow::Result<String> {
    BROKER.as_ref().map(Broker::bootstrap).map_err(|error| anyhow!("{error}"))
}

async fn connect(options: impl FnOnce(KafkaOptions) -> KafkaOptions) -> anyhow::Result<Log> {
    let bootstrap = tokio::task::spawn_blocking(bootstrap).await??;
    Ok(Arc::new(KafkaLog::connect(options(KafkaOptions::new(bootstrap))).await?))
}

async fn open() -> anyhow::Result<(Log, ())> {
    Ok((connect(|options| options).await?, ()))
}

volley_conformance::conformance_suite!(open());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_connections_see_one_log() -> anyhow::Result<()> {
    let (first, second) = (connect(|options| options).await?, connect(|options| options).await?);
    let shared = topic(&first, "shared", 1).await?;
    append_numbers(&first, &shared, 0, 0..20).await?;
    first.close().await?;

    let found = second.find_topic("shared").await?.context("the topic is not found")?;

    ensure!(first.identity() == second.identity());
    ensure!(numbers(&read_all(&second, &found, 0).await?)? == (0..20).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_window_refuses_and_nothing_of_it_is_written() -> anyhow::Result<()> {
    let log = connect(|options| KafkaOptions { window_records_max: 50, linger_ms: 20, ..options }).await?;
    let flooded = topic(&log, "flooded", 1).await?;

    let handles: Vec<_> = (0..300)
        .map(|n| log.append(vec![PartitionAppend { topic: flooded.clone(), partition: 0, records: vec![numbered(n)] }]))
        .collect();
    let answers = join_all(handles).await;

    let taken = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LogError::Overloaded { limit: 50, .. })))
        .count();
    ensure!(taken + refused == 300 && taken >= 50 && refused > 0, "{taken} taken, {refused} refused");
    ensure!(log.bounds(&flooded, 0).await?.end == taken as u64);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_only_looks_right_is_refused() -> anyhow::Result<()> {
    let log = connect(|options| options).await?;
    create_by_hand("by-hand", &[("retention.ms", "-1"), ("message.timestamp.type", "CreateTime")]).await?;

    let refused = log.ensure_topic(&TopicSpec::new("by-hand", 1, Retention::Forever)).await;

    let Err(error @ LogError::TopicMismatch { .. }) = refused else {
        anyhow::bail!("{refused:?}")
    };
    ensure!(error.to_string().contains("message.timestamp.type"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_permanent_failure_the_producer_is_rebuilt_in_process() -> anyhow::Result<()> {
    let log = connect(|options| options).await?;
    let healthy = topic(&log, "healthy-neighbour", 1).await?;
    create_by_hand("narrow", &[("max.message.bytes", "2000"), ("message.timestamp.type", "LogAppendTime")]).await?;
    let narrow = log.find_topic("narrow").await?.context("the topic is not found")?;
    // Not to be compressed below the topic's limit.
    let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let too_wide = NewRecord { value: noise.into(), ..NewRecord::default() };

    let failed = append(&log, &narrow, 0, vec![too_wide]).await;
    ensure!(matches!(failed, Err(LogError::Unavailable { .. })), "{failed:?}");

    let appended = until_it_takes_appends(&log, &healthy).await?;
    ensure!(appended.base_offsets == [0]);
    ensure!(numbers(&read_all(&log, &healthy, 0).await?)? == [0, 1, 2, 3, 4]);
    ensure!(log.health().borrow().is_healthy());
    Ok(())
}

/// Appends five records; tries again while the producer is being rebuilt.
async fn until_it_takes_appends(log: &Log, topic: &Topic) -> anyhow::Result<Appended> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match append_numbers(log, topic, 0, 0..5).await {
            Err(error) if error.is_retriable() && Instant::now() < deadline => sleep(Duration::from_millis(100)).await,
            answer => return Ok(answer?),
        }
    }
}

async fn create_by_hand(name: &str, settings: &[(&str, &str)]) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", bootstrap()?).create()?;
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    let topic = settings.iter().fold(topic, |topic, (setting, value)| topic.set(setting, value));
    let created = admin.create_topics([&topic], &AdminOptions::new()).await?;
    ensure!(created.iter().all(Result::is_ok), "{created:?}");
    Ok(())
}
