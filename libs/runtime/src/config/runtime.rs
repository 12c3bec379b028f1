//! The part of a configuration that every service has.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::telemetry::LogConfig;

/// How long a drain may take unless configured otherwise, in milliseconds.
const DRAIN_GRACE_MS: u64 = 30_000;

/// [`RuntimeConfig`] as a documented file, to be shown together with a service's own part.
pub const RUNTIME_REFERENCE: &str = include_str!("runtime.toml");

/// How a service logs, where it is watched, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeConfig {
    /// How long a drain may take, in milliseconds, before what still runs is abandoned.
    pub drain_grace_ms: u64,
    /// The log.
    pub log: LogConfig,
    /// The admin port.
    pub admin: AdminConfig,
}

impl RuntimeConfig {
    /// How long a drain may take.
    #[must_use]
    pub fn drain_grace(&self) -> Duration {
        Duration::from_millis(self.drain_grace_ms)
    }
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            drain_grace_ms: DRAIN_GRACE_MS,
            log: LogConfig::default(),
            admin: AdminConfig::default(),
        }
    }
}

/// The port for health and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { enabled: true, listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) }
    }
}
