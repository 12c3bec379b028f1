//! What can be configured.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use volley_backbone::KafkaConfig;
use volley_runtime::{RuntimeConfig, ServiceConfig};

/// The configuration of the front door; `ingest.toml` documents every key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Logs, admin port, drain.
    pub runtime: RuntimeConfig,
    /// The log, when the service runs alone.
    pub kafka: KafkaConfig,
    /// The port for clients and operators.
    pub grpc: GrpcConfig,
    /// Who may administer.
    pub auth: AuthConfig,
    /// When the door is shut for a while.
    pub admission: AdmissionConfig,
    /// Where questions are answered, when the service runs alone.
    pub queries: QueriesConfig,
}

impl ServiceConfig for Config {
    fn runtime(&self) -> &RuntimeConfig {
        &self.runtime
    }
}

/// The `[grpc]` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrpcConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for GrpcConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7000)) }
    }
}

/// The `[auth]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// SHA-256 of the operator key in hexadecimal; empty: administration is closed.
    pub operator_key_sha256: String,
}

/// The `[admission]` table. A bound of 0 is no bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdmissionConfig {
    /// Records routing may lag behind in a partition.
    pub lag_records_max: u64,
    /// The same for one-time codes.
    pub otp_lag_records_max: u64,
    /// Messages of one tenant that may wait in routing.
    pub parked_messages_max: u64,
    /// How long routing may say nothing of a partition, in milliseconds; it speaks once a second.
    pub silence_ms_max: u64,
}

impl Default for AdmissionConfig {
    fn default() -> Self {
        Self {
            lag_records_max: 200_000,
            otp_lag_records_max: 400_000,
            parked_messages_max: 2_000_000,
            silence_ms_max: 10_000,
        }
    }
}

/// The `[queries]` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueriesConfig {
    /// The query ports of the instances of mo-correlation, in the order of their ordinals.
    pub mo_correlation: Vec<String>,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for QueriesConfig {
    fn default() -> Self {
        Self { mo_correlation: vec!["http://127.0.0.1:7100".to_owned()], timeout_ms: 5_000 }
    }
}

#[cfg(test)]
mod tests {
    use volley_runtime::config::{RUNTIME_REFERENCE, check_reference};

    use super::*;

    #[test]
    fn the_reference_names_every_key_with_its_default() {
        assert_eq!(check_reference::<Config>(&[crate::SERVICE.reference, RUNTIME_REFERENCE]), Ok(()));
    }
}
