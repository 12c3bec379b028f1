//! How librdkafka is set up, and what its words mean to us.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientConfig, ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::{KafkaError, RDKafkaErrorCode},
};

use super::options::KafkaOptions;
use crate::{LogError, RECORD_BYTES_MAX, health::Unacknowledged};

/// How long a question to the cluster may take.
pub(super) const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

/// The name of our consumers' group. Nothing is committed and nobody joins it: owners are by ordinal.
const GROUP: &str = "volley";

/// Twice the window's default, so that the queue is never full; records and kilobytes.
const QUEUE_MARGIN: usize = 2;
const FRAMING_BYTES_MAX: usize = 64 << 10;
const PREFETCH_KBYTES_MAX: u32 = 8 << 10;
const PREFETCH_RECORDS_MIN: u32 = 10_000;

/// Settings every client shares.
pub(super) fn client(options: &KafkaOptions) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.extend(options.client.clone());
    config
        .set("bootstrap.servers", &options.bootstrap_servers)
        .set("client.id", "volley")
        .set("allow.auto.create.topics", "false")
        .set("socket.nagle.disable", "true")
        .set("socket.keepalive.enable", "true")
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000")
        .set("topic.metadata.refresh.interval.ms", "30000")
        .set("topic.metadata.refresh.fast.interval.ms", "100");
    config
}

/// Idempotent, acknowledged by all, without an end to its patience: what is stuck shows as bad health, not as loss.
pub(super) fn producer(options: &KafkaOptions) -> ClientConfig {
    let mut config = client(options);
    config
        .set("enable.idempotence", "true")
        .set("enable.gapless.guarantee", "true")
        .set("acks", "all")
        .set("message.timeout.ms", "0")
        .set("request.timeout.ms", "10000")
        .set("compression.type", "lz4")
        .set("linger.ms", options.linger_ms.to_string())
        .set("message.max.bytes", (RECORD_BYTES_MAX + FRAMING_BYTES_MAX).to_string())
        .set("queue.buffering.max.messages", (options.window_records_max * QUEUE_MARGIN).to_string())
        .set("queue.buffering.max.kbytes", ((options.window_bytes_max * QUEUE_MARGIN) >> 10).to_string());
    config
}

/// Reads assigned partitions from given offsets; an offset that is not there is an error, never a jump.
pub(super) fn consumer(options: &KafkaOptions) -> ClientConfig {
    let mut config = client(options);
    config
        .set("group.id", GROUP)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("check.crcs", "true")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "5")
        .set("queued.min.messages", PREFETCH_RECORDS_MIN.to_string())
        .set("queued.max.messages.kbytes", PREFETCH_KBYTES_MAX.to_string());
    config
}

/// Passes on what librdkafka says.
#[derive(Clone)]
pub(super) struct Ears {
    pub(super) unacknowledged: Arc<Unacknowledged>,
}

impl ClientContext for Ears {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        report(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        complain(&self.unacknowledged, &error, reason);
    }
}

impl ConsumerContext for Ears {}

pub(super) fn report(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::warn!(facility, "kafka client: {message}");
        }
        RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => tracing::info!(facility, "kafka client: {message}"),
        RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => tracing::debug!(facility, "kafka client: {message}"),
    }
}

pub(super) fn complain(unacknowledged: &Unacknowledged, error: &KafkaError, reason: &str) {
    tracing::debug!(%error, reason, "kafka client");
    unacknowledged.complain(reason.to_owned());
}

/// A failure to ask or tell the cluster something.
pub(super) fn failed(what: &str, error: &KafkaError) -> LogError {
    match error.rdkafka_error_code() {
        // Only topics are asked about that were there: a broker that was just started may not know its topics yet.
        Some(
            RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition,
        ) => LogError::unavailable(what, "the cluster does not know the topic or partition now"),
        _ => LogError::unavailable(what, error),
    }
}

/// A partition's number as Kafka counts them; ours are far below its limit.
pub(super) fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}
