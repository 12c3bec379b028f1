//! The fold itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use volley_carrier_profile::Profile;
use volley_events::config::{
    AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, ConfigChange, ConfigRecord, InboundAddress,
    KeywordConfig, NumberConfig, PollConfig, RouteConfig, SkipConfig, SubscriptionConfig, TenantConfig,
};
use volley_types::{AccountId, CarrierName, Keyword, NumberId, PollId, SubscriptionId, TenantId};

use crate::Conflict;

/// Everything that is configured, as of one offset of `config`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    pub(crate) offset: u64,
    pub(crate) tenants: BTreeMap<TenantId, Arc<TenantConfig>>,
    pub(crate) keys: BTreeMap<String, Arc<ApiKeyConfig>>,
    pub(crate) keys_by_hash: BTreeMap<[u8; 32], String>,
    pub(crate) numbers: BTreeMap<NumberId, Arc<NumberConfig>>,
    pub(crate) inbound: BTreeMap<InboundAddress, NumberId>,
    pub(crate) keywords: BTreeMap<(NumberId, Keyword), Arc<KeywordConfig>>,
    pub(crate) carriers: BTreeMap<CarrierName, Arc<CarrierConfig>>,
    pub(crate) profiles: BTreeMap<CarrierName, CarrierProfile>,
    pub(crate) accounts: BTreeMap<AccountId, Arc<AccountConfig>>,
    pub(crate) routes: BTreeMap<String, Arc<RouteConfig>>,
    pub(crate) polls: BTreeMap<PollId, Arc<PollConfig>>,
    pub(crate) subscriptions: BTreeMap<(TenantId, SubscriptionId), Arc<SubscriptionConfig>>,
    pub(crate) skips: BTreeSet<SkipConfig>,
}

/// A profile as it was written, and as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CarrierProfile {
    pub written: Arc<CarrierProfileConfig>,
    pub profile: Arc<Profile>,
}

impl Directory {
    /// Nothing is configured yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The offset after the newest record that was applied, whether it changed something or not.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Applies the record at `record.offset`. A record before [`offset`](Self::offset) was applied already: nothing changes.
    pub fn apply(&mut self, record: &ConfigRecord) -> Result<(), Conflict> {
        if record.offset < self.offset {
            return Ok(());
        }
        self.offset = record.offset + 1;
        self.check(&record.change)?;
        self.set(&record.change);
        Ok(())
    }

    /// Whether a change could be applied now (DIR-2). A front door asks before it appends; the fold decides.
    pub fn check(&self, change: &ConfigChange) -> Result<(), Conflict> {
        match change {
            ConfigChange::Tenant(_) | ConfigChange::Carrier(_) | ConfigChange::Skip(_) => Ok(()),
            ConfigChange::CarrierProfile(profile) => self.check_profile(profile),
            ConfigChange::ApiKey(key) => self.check_key(key),
            ConfigChange::Number(number) => self.check_number(number),
            ConfigChange::Keyword(keyword) => self.check_keyword(keyword),
            ConfigChange::Account(account) => self.check_account(account),
            ConfigChange::Route(route) => route
                .accounts
                .iter()
                .try_for_each(|account| known(&self.accounts, "accounts", "account", account)),
            ConfigChange::Poll(poll) => self.check_poll(poll),
            ConfigChange::Subscription(subscription) => self.check_subscription(subscription),
        }
    }

    fn check_key(&self, key: &ApiKeyConfig) -> Result<(), Conflict> {
        known(&self.tenants, "tenant", "tenant", &key.tenant)?;
        match self.keys.get(&key.key_id) {
            Some(other) if other.tenant != key.tenant || other.hash != key.hash => {
                Err(Conflict::Taken { what: format!("the key id {}", key.key_id), owner: other.tenant.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn check_number(&self, number: &NumberConfig) -> Result<(), Conflict> {
        number
            .tenants
            .iter()
            .try_for_each(|tenant| known(&self.tenants, "tenants", "tenant", tenant))?;
        if let Some(owner) = &number.default_owner {
            known(&self.tenants, "default_owner", "tenant", owner)?;
        }
        for address in &number.inbound {
            known(&self.accounts, "inbound.account", "account", &address.account)?;
            if let Some(other) = self.inbound.get(address).filter(|other| **other != number.number) {
                return Err(Conflict::Taken {
                    what: format!("the inbound address {} of account {}", address.digits, address.account),
                    owner: other.to_string(),
                });
            }
        }
        Ok(())
    }

    fn check_keyword(&self, keyword: &KeywordConfig) -> Result<(), Conflict> {
        known(&self.numbers, "number", "number", &keyword.number)?;
        known(&self.tenants, "tenant", "tenant", &keyword.tenant)?;
        if let Some(poll) = &keyword.poll {
            known(&self.polls, "poll", "poll", poll)?;
        }
        match self.keywords.get(&(keyword.number.clone(), keyword.keyword.clone())) {
            Some(other) if !other.released && other.tenant != keyword.tenant => Err(Conflict::Taken {
                what: format!("the keyword {} on {}", keyword.keyword, keyword.number),
                owner: other.tenant.to_string(),
            }),
            _ => Ok(()),
        }
    }

    fn check_profile(&self, profile: &CarrierProfileConfig) -> Result<(), Conflict> {
        known(&self.carriers, "carrier", "carrier", &profile.carrier)?;
        let unreadable = |faults: volley_carrier_profile::Faults| Conflict::Unreadable {
            what: format!("the profile of carrier {}", profile.carrier),
            fault: faults.to_string(),
        };
        volley_carrier_profile::read(&profile.profile).map(drop).map_err(unreadable)
    }

    fn check_account(&self, account: &AccountConfig) -> Result<(), Conflict> {
        known(&self.carriers, "carrier", "carrier", &account.carrier)?;
        match self.accounts.get(&account.account) {
            Some(other) if other.carrier != account.carrier => {
                Err(Conflict::Fixed { what: format!("the carrier of account {}", account.account) })
            }
            _ => Ok(()),
        }
    }

    fn check_poll(&self, poll: &PollConfig) -> Result<(), Conflict> {
        known(&self.tenants, "tenant", "tenant", &poll.tenant)?;
        known(&self.numbers, "number", "number", &poll.number)?;
        match self.polls.get(&poll.poll) {
            Some(other) if other.tenant != poll.tenant => {
                Err(Conflict::Taken { what: format!("the poll {}", poll.poll), owner: other.tenant.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn check_subscription(&self, subscription: &SubscriptionConfig) -> Result<(), Conflict> {
        known(&self.tenants, "tenant", "tenant", &subscription.tenant)?;
        let key = (subscription.tenant.clone(), subscription.subscription.clone());
        match self.subscriptions.get(&key) {
            Some(other) if other.shards != subscription.shards => Err(Conflict::Fixed {
                what: format!("the number of shards of subscription {}", subscription.subscription),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn set(&mut self, change: &ConfigChange) {
        match change {
            ConfigChange::Tenant(tenant) => self.set_tenant(tenant),
            ConfigChange::ApiKey(key) => {
                self.keys_by_hash.insert(key.hash, key.key_id.clone());
                self.keys.insert(key.key_id.clone(), Arc::new(key.clone()));
            }
            ConfigChange::Number(number) => self.set_number(number),
            ConfigChange::Keyword(keyword) => {
                let key = (keyword.number.clone(), keyword.keyword.clone());
                self.keywords.insert(key, Arc::new(keyword.clone()));
            }
            ConfigChange::Carrier(carrier) => {
                self.carriers.insert(carrier.carrier.clone(), Arc::new(carrier.clone()));
            }
            ConfigChange::Account(account) => {
                self.accounts.insert(account.account.clone(), Arc::new(account.clone()));
            }
            ConfigChange::Route(route) if route.accounts.is_empty() => {
                self.routes.remove(&route.prefix);
            }
            ConfigChange::Route(route) => {
                self.routes.insert(route.prefix.clone(), Arc::new(route.clone()));
            }
            ConfigChange::Poll(poll) => {
                self.polls.insert(poll.poll.clone(), Arc::new(poll.clone()));
            }
            ConfigChange::Subscription(subscription) => {
                let key = (subscription.tenant.clone(), subscription.subscription.clone());
                self.subscriptions.insert(key, Arc::new(subscription.clone()));
            }
            ConfigChange::CarrierProfile(profile) => self.set_profile(profile),
            ConfigChange::Skip(skip) => {
                self.skips.insert(skip.clone());
            }
        }
    }

    /// A tenant comes with its subscription `default`, of one shard.
    fn set_tenant(&mut self, tenant: &TenantConfig) {
        let subscription = SubscriptionId::new("default").expect("a valid name");
        let key = (tenant.tenant.clone(), subscription.clone());
        self.subscriptions
            .entry(key)
            .or_insert_with(|| Arc::new(SubscriptionConfig { tenant: tenant.tenant.clone(), subscription, shards: 1 }));
        self.tenants.insert(tenant.tenant.clone(), Arc::new(tenant.clone()));
    }

    /// A profile that does not read changes nothing; [`check`](Self::check) has said so.
    fn set_profile(&mut self, written: &CarrierProfileConfig) {
        if let Ok(profile) = volley_carrier_profile::read(&written.profile) {
            let profile = CarrierProfile { written: Arc::new(written.clone()), profile: Arc::new(profile) };
            self.profiles.insert(written.carrier.clone(), profile);
        }
    }

    fn set_number(&mut self, number: &NumberConfig) {
        self.inbound.retain(|_, owner| *owner != number.number);
        for address in &number.inbound {
            self.inbound.insert(address.clone(), number.number.clone());
        }
        self.numbers.insert(number.number.clone(), Arc::new(number.clone()));
    }
}

fn known<K: Ord + ToString, V>(
    map: &BTreeMap<K, V>,
    field: &'static str,
    kind: &'static str,
    name: &K,
) -> Result<(), Conflict> {
    match map.contains_key(name) {
        true => Ok(()),
        false => Err(Conflict::Unknown { field, kind, name: name.to_string() }),
    }
}
