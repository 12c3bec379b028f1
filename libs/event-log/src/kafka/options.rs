//! What can be set about the Kafka log.

use std::collections::BTreeMap;

/// Where the cluster is, and how much may be on its way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaOptions {
    /// `host:port`, comma-separated.
    pub bootstrap_servers: String,
    /// Copies of each record; topics are created with it and verified to have it.
    pub replication_factor: u16,
    /// Copies that must be in sync for an append to be acknowledged; 2 with three brokers.
    pub min_insync_replicas: u16,
    /// How long records are gathered for one request, in milliseconds.
    pub linger_ms: u32,
    /// Records that may be unacknowledged; over it appends are refused as overloaded. Below the client library's queue.
    pub window_records_max: usize,
    /// Octets that may be unacknowledged; over it appends are refused as overloaded. Below the client library's queue.
    pub window_bytes_max: usize,
    /// Topics whose name contains this have a producer of their own, so that no bulk request is before theirs.
    pub urgent_topic_mark: String,
    /// Further settings of librdkafka, such as those for TLS. Ours win.
    pub client: BTreeMap<String, String>,
}

impl KafkaOptions {
    /// The defaults: one copy, as on a single broker.
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            replication_factor: 1,
            min_insync_replicas: 1,
            linger_ms: 1,
            window_records_max: 200_000,
            window_bytes_max: 128 << 20,
            urgent_topic_mark: ".otp.".to_owned(),
            client: BTreeMap::new(),
        }
    }

    /// Three copies of which two must be in sync, as a cluster should have.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.replication_factor = 3;
        self.min_insync_replicas = 2;
        self
    }
}
