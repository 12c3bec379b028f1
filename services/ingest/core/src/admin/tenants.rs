//! Tenants, their API keys and subscriptions, and records to pass over.

use volley_events::{
    config::{ApiKeyConfig, ConfigChange, SkipConfig, SubscriptionConfig, TenantConfig},
    public::NOBODY,
};
use volley_types::{SubscriptionId, TenantId};

use super::LABEL_OCTETS_MAX;
use crate::{
    api_key::ApiKey,
    fault::{Checks, Faults},
};

/// Most shards of a subscription.
pub const SHARDS_MAX: u16 = 64;

/// Longest name of a topic, in octets.
const TOPIC_OCTETS_MAX: usize = 249;

/// A tenant as it came.
#[derive(Debug, Clone, Copy)]
pub struct TenantDraft<'a> {
    /// Its id.
    pub tenant: &'a str,
    /// What people call it.
    pub display_name: &'a str,
    /// Its submissions are refused.
    pub suspended: bool,
    /// Whole numbers on the public topic.
    pub clear_numbers: bool,
    /// Nothing of it leaves.
    pub paused: bool,
    /// Its texts leave as written.
    pub verbatim: bool,
}

impl TenantDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let tenant = checks.read("tenant", TenantId::new(self.tenant));
        checks.require(self.tenant != NOBODY, "tenant", "is the name of what belongs to no tenant");
        checks.octets_at_most("display_name", self.display_name, LABEL_OCTETS_MAX);
        checks.finish(|| {
            Some(ConfigChange::Tenant(TenantConfig {
                tenant: tenant?,
                display_name: self.display_name.to_owned(),
                suspended: self.suspended,
                clear_numbers: self.clear_numbers,
                paused: self.paused,
                verbatim: self.verbatim,
            }))
        })
    }
}

/// A key to make, as it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeyDraft<'a> {
    /// Whose key.
    pub tenant: &'a str,
    /// What it is for.
    pub label: &'a str,
}

impl ApiKeyDraft<'_> {
    /// Checks it and makes the change that lets `key` open the tenant's door.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self, key: &ApiKey) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let tenant = checks.read("tenant", TenantId::new(self.tenant));
        checks.octets_at_most("label", self.label, LABEL_OCTETS_MAX);
        checks.finish(|| {
            Some(ConfigChange::ApiKey(ApiKeyConfig {
                key_id: key.key_id().to_owned(),
                tenant: tenant?,
                hash: key.hash(),
                label: self.label.to_owned(),
                revoked: false,
            }))
        })
    }
}

/// A subscription as it came.
#[derive(Debug, Clone, Copy)]
pub struct SubscriptionDraft<'a> {
    /// Whose it is.
    pub tenant: &'a str,
    /// Its id.
    pub subscription: &'a str,
    /// How many shards.
    pub shards: u32,
}

impl SubscriptionDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let tenant = checks.read("tenant", TenantId::new(self.tenant));
        let subscription = checks.read("subscription", SubscriptionId::new(self.subscription));
        let shards = checks.within("shards", self.shards.into(), 0, 1, SHARDS_MAX.into());
        checks.finish(|| {
            Some(ConfigChange::Subscription(SubscriptionConfig {
                tenant: tenant?,
                subscription: subscription?,
                shards: u16::try_from(shards?).ok()?,
            }))
        })
    }
}

/// A record to pass over, as it came.
#[derive(Debug, Clone, Copy)]
pub struct SkipDraft<'a> {
    /// Full name of its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
}

impl SkipDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let octets = self.topic.len();
        let fits = (1..=TOPIC_OCTETS_MAX).contains(&octets);
        checks.require(fits, "topic", format!("has {octets} octets; allowed are 1 to {TOPIC_OCTETS_MAX}"));
        checks.finish(|| {
            let topic = self.topic.to_owned();
            Some(ConfigChange::Skip(SkipConfig { topic, partition: self.partition, offset: self.offset }))
        })
    }
}
