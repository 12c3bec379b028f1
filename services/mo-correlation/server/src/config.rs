//! What can be configured.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use volley_backbone::{KafkaConfig, Ownership, StateConfig};
use volley_runtime::{RuntimeConfig, Secret, ServiceConfig};

/// The configuration of the mo-correlation service; `mo-correlation.toml` documents every key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The key under which the public topic writes handsets as hashes.
    pub event_key: Secret,
    /// Logs, admin port, drain.
    pub runtime: RuntimeConfig,
    /// The log, when the service runs alone.
    pub kafka: KafkaConfig,
    /// The stores.
    pub state: StateConfig,
    /// Which partitions are this instance's.
    pub ownership: Ownership,
    /// The port for questions, when the service runs alone.
    pub query: QueryConfig,
}

/// The `[query]` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueryConfig {
    /// Where questions are answered; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7100)) }
    }
}

impl ServiceConfig for Config {
    fn runtime(&self) -> &RuntimeConfig {
        &self.runtime
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
