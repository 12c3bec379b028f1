//! What can be configured.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::{Deserialize, Serialize};
use volley_backbone::{KafkaConfig, Ownership, StateConfig};
use volley_carrier_egress_core::Patience;
use volley_runtime::{RuntimeConfig, Secret, ServiceConfig};
use volley_types::{AccountId, CarrierName, SpanMs};
use xxhash_rust::xxh3::xxh3_64;

/// The configuration of the egress service; `egress.toml` documents every key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Logs, admin port, drain.
    pub runtime: RuntimeConfig,
    /// Carriers this instance owns: names, or `*` for all that its ordinal gives it.
    pub carriers: Vec<String>,
    /// Which instance this is.
    pub ownership: Ownership,
    /// Passwords, by account id; `_` may stand for `-`.
    pub passwords: BTreeMap<String, Secret>,
    /// Where carriers may call, by account id; `_` may stand for `-`.
    pub outbind: BTreeMap<String, OutbindConfig>,
    /// How patient carriers are.
    pub patience: PatienceConfig,
    /// The log, when the service runs alone.
    pub kafka: KafkaConfig,
    /// The stores.
    pub state: StateConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            runtime: RuntimeConfig::default(),
            carriers: vec!["*".to_owned()],
            ownership: Ownership::default(),
            passwords: BTreeMap::new(),
            outbind: BTreeMap::new(),
            patience: PatienceConfig::default(),
            kafka: KafkaConfig::default(),
            state: StateConfig::default(),
        }
    }
}

impl Config {
    /// Fails when it is not clear who owns what.
    ///
    /// # Errors
    /// When there is no such instance, or carriers are shared both by name and by ordinal.
    pub fn check_ownership(&self) -> anyhow::Result<()> {
        self.ownership.check()?;
        let by_name = self.carriers.iter().any(|owned| owned != "*");
        anyhow::ensure!(
            !by_name || self.ownership.instances == 1,
            "carriers are shared by name in `carriers` and by ordinal in `ownership`: name none, or let instances be 1"
        );
        Ok(())
    }

    /// Whether this instance owns a carrier.
    #[must_use]
    pub fn owns(&self, carrier: &CarrierName) -> bool {
        let is_listed = self.carriers.iter().any(|owned| owned == "*" || owned == carrier.as_str());
        is_listed && self.ownership.owns(xxh3_64(carrier.as_str().as_bytes()))
    }

    /// The password of an account, if one is set.
    #[must_use]
    pub fn password(&self, account: &AccountId) -> Option<&Secret> {
        of_account(&self.passwords, account)
    }

    /// Where the carrier may call an account, if it may.
    #[must_use]
    pub fn outbind(&self, account: &AccountId) -> Option<&OutbindConfig> {
        of_account(&self.outbind, account)
    }
}

impl ServiceConfig for Config {
    fn runtime(&self) -> &RuntimeConfig {
        &self.runtime
    }
}

fn of_account<'a, T>(by_account: &'a BTreeMap<String, T>, account: &AccountId) -> Option<&'a T> {
    let written = || by_account.get(&account.as_str().replace('-', "_"));
    by_account.get(account.as_str()).or_else(written)
}

/// Where a carrier may call, and who it must say it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutbindConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The name it must say.
    pub system_id: String,
    /// The password it must say.
    pub password: Secret,
}

/// How patient carriers are with the answers to what they deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatienceConfig {
    /// How long a delivery may wait for the log, in milliseconds.
    pub answer_ms: u64,
    /// How long after that the same PDU counts as the same delivery, in milliseconds.
    pub retry_ms: u64,
}

impl Default for PatienceConfig {
    fn default() -> Self {
        let Patience { answer, retry } = Patience::default();
        Self { answer_ms: answer.as_millis(), retry_ms: retry.as_millis() }
    }
}

impl From<PatienceConfig> for Patience {
    fn from(config: PatienceConfig) -> Self {
        Self {
            answer: SpanMs::from_millis(config.answer_ms),
            retry: SpanMs::from_millis(config.retry_ms),
        }
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

    #[test]
    fn every_carrier_has_one_owner_of_two_and_names_are_for_one_instance_alone() {
        let of = |ordinal| Config { ownership: Ownership { ordinal, instances: 2 }, ..Config::default() };
        for name in ["sim", "sim-b", "kt"] {
            let carrier = CarrierName::new(name).unwrap();
            assert_ne!(of(0).owns(&carrier), of(1).owns(&carrier), "{name}");
        }
        let named = Config { carriers: vec!["kt".to_owned()], ..of(0) };
        assert!(of(0).check_ownership().is_ok() && named.check_ownership().is_err());
    }

    #[test]
    fn a_password_is_found_by_account_also_as_the_environment_writes_it() {
        let mut config = Config::default();
        config.passwords.insert("acme_1".to_owned(), Secret::new("s3cret"));
        let account = AccountId::new("acme-1").unwrap();
        assert_eq!(config.password(&account).map(Secret::expose), Some("s3cret"));
        assert!(config.password(&AccountId::new("other").unwrap()).is_none());
    }
}
