//! What can be configured.

use serde::{Deserialize, Serialize};
use volley_backbone::{KafkaConfig, Ownership, StateConfig};
use volley_runtime::{RuntimeConfig, ServiceConfig};

/// The configuration of the routing service; `routing.toml` documents every key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Logs, admin port, drain.
    pub runtime: RuntimeConfig,
    /// The log, when the service runs alone.
    pub kafka: KafkaConfig,
    /// The stores.
    pub state: StateConfig,
    /// Which partitions are this instance's.
    pub ownership: Ownership,
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
