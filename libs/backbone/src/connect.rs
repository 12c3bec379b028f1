//! Kafka, as the `[kafka]` table of a service's configuration names it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use volley_event_log::{
    EventLog, LogError,
    kafka::{KafkaLog, KafkaOptions},
};

use crate::PARTITIONS_KAFKA;

/// The `[kafka]` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// Copies of each record: 3 on a cluster of three and more, of which two must be in sync; 1 on a single broker.
    pub replication_factor: u16,
    /// Partitions of the subscriber topics. Fixed when the log is created: a start with another count is refused.
    pub partitions: u16,
    /// Further settings of librdkafka, for instance for TLS. Ours win.
    pub client: BTreeMap<String, String>,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        let brokers = "127.0.0.1:9092".to_owned();
        Self {
            brokers,
            replication_factor: 3,
            partitions: PARTITIONS_KAFKA,
            client: BTreeMap::new(),
        }
    }
}

/// Connects to the brokers.
///
/// # Errors
/// When no broker answers, or what they say makes no sense.
pub async fn connect(config: &KafkaConfig) -> Result<Arc<dyn EventLog>, LogError> {
    let mut options = KafkaOptions::new(&config.brokers);
    options.replication_factor = config.replication_factor;
    options.min_insync_replicas = if config.replication_factor >= 3 { 2 } else { 1 };
    options.client.clone_from(&config.client);
    Ok(Arc::new(KafkaLog::connect(options).await?))
}
