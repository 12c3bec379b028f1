//! Questions to the directory.

use std::sync::Arc;

use volley_carrier_profile::Profile;
use volley_events::config::{
    AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, InboundAddress, KeywordConfig, NumberConfig,
    PollConfig, RouteConfig, SkipConfig, SubscriptionConfig, TenantConfig,
};
use volley_types::{AccountId, CarrierName, Keyword, NumberId, PollId, SubscriberId, TenantId};

use crate::Directory;

/// Why a tenant cannot send from what it named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SenderFault {
    /// No number of the tenant is written like that.
    #[error("the number {0} is not yours to send from")]
    NotOwned(String),
    /// Several are.
    #[error("the digits {digits} are ambiguous: write one of {ids}")]
    Ambiguous {
        /// What was given.
        digits: String,
        /// The ids it may mean.
        ids: String,
    },
}

impl Directory {
    /// The key with this SHA-256, unless revoked.
    pub fn key(&self, hash: &[u8; 32]) -> Option<&Arc<ApiKeyConfig>> {
        let key = self.keys.get(self.keys_by_hash.get(hash)?)?;
        (!key.revoked).then_some(key)
    }

    /// The key with this public part, revoked or not.
    pub fn key_by_id(&self, key_id: &str) -> Option<&Arc<ApiKeyConfig>> {
        self.keys.get(key_id)
    }

    /// A tenant.
    pub fn tenant(&self, tenant: &TenantId) -> Option<&Arc<TenantConfig>> {
        self.tenants.get(tenant)
    }

    /// A virtual number.
    pub fn number(&self, number: &NumberId) -> Option<&Arc<NumberConfig>> {
        self.numbers.get(number)
    }

    /// Whether a tenant may send from a number now.
    pub fn may_send(&self, tenant: &TenantId, number: &NumberId) -> bool {
        self.numbers.get(number).is_some_and(|number| sends(number, tenant))
    }

    /// The number a tenant means by what it wrote: an id (`KR:4565`), or digits with or without `+`.
    pub fn sender(&self, tenant: &TenantId, written: &str) -> Result<&Arc<NumberConfig>, SenderFault> {
        if let Some(number) = NumberId::new(written).ok().and_then(|id| self.numbers.get(&id)) {
            return match sends(number, tenant) {
                true => Ok(number),
                false => Err(SenderFault::NotOwned(written.to_owned())),
            };
        }
        let digits = plain(written);
        let matching: Vec<_> = self
            .numbers
            .values()
            .filter(|number| sends(number, tenant) && number.number.digits() == digits)
            .collect();
        match matching.as_slice() {
            [] => Err(SenderFault::NotOwned(written.to_owned())),
            [number] => Ok(number),
            several => {
                let ids: Vec<_> = several.iter().map(|number| number.number.as_str()).collect();
                Err(SenderFault::Ambiguous { digits, ids: ids.join(", ") })
            }
        }
    }

    /// The number that an account's inbound destination means (D11). The digits are compared without `+`.
    pub fn number_at(&self, account: &AccountId, digits: &str) -> Option<&Arc<NumberConfig>> {
        let address = InboundAddress { account: account.clone(), digits: plain(digits) };
        self.numbers.get(self.inbound.get(&address)?)
    }

    /// Who leases a keyword on a number.
    pub fn keyword(&self, number: &NumberId, keyword: &Keyword) -> Option<&Arc<KeywordConfig>> {
        let lease = self.keywords.get(&(number.clone(), keyword.clone()))?;
        (!lease.released).then_some(lease)
    }

    /// The keywords that vote in a poll.
    pub fn options_of(&self, poll: &PollId) -> impl Iterator<Item = &Arc<KeywordConfig>> {
        self.keywords
            .values()
            .filter(move |keyword| !keyword.released && keyword.poll.as_ref() == Some(poll))
    }

    /// A carrier.
    pub fn carrier(&self, carrier: &CarrierName) -> Option<&Arc<CarrierConfig>> {
        self.carriers.get(carrier)
    }

    /// How a carrier wants to be spoken to; `None` for the default profile.
    pub fn profile(&self, carrier: &CarrierName) -> Option<&Arc<Profile>> {
        self.profiles.get(carrier).map(|it| &it.profile)
    }

    /// An account, closed or not.
    pub fn account(&self, account: &AccountId) -> Option<&Arc<AccountConfig>> {
        self.accounts.get(account)
    }

    /// The route of a handset: the longest prefix of its number; the default route for all else.
    pub fn route(&self, subscriber: &SubscriberId) -> Option<&Arc<RouteConfig>> {
        let digits = subscriber.as_e164().map(|number| number.to_string()).unwrap_or_default();
        (0..=digits.len()).rev().find_map(|length| self.routes.get(&digits[..length]))
    }

    /// A poll.
    pub fn poll(&self, poll: &PollId) -> Option<&Arc<PollConfig>> {
        self.polls.get(poll)
    }

    /// The subscriptions of a tenant, ordered.
    pub fn subscriptions_of(&self, tenant: &TenantId) -> impl Iterator<Item = &Arc<SubscriptionConfig>> {
        self.subscriptions
            .values()
            .filter(move |subscription| subscription.tenant == *tenant)
    }

    /// All tenants, ordered.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<TenantConfig>> {
        self.tenants.values()
    }

    /// All API keys, ordered by public part.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<ApiKeyConfig>> {
        self.keys.values()
    }

    /// All numbers, ordered.
    pub fn numbers(&self) -> impl Iterator<Item = &Arc<NumberConfig>> {
        self.numbers.values()
    }

    /// All keywords, released or not, ordered.
    pub fn keywords(&self) -> impl Iterator<Item = &Arc<KeywordConfig>> {
        self.keywords.values()
    }

    /// All carriers, ordered.
    pub fn carriers(&self) -> impl Iterator<Item = &Arc<CarrierConfig>> {
        self.carriers.values()
    }

    /// All profiles as they were written, ordered by carrier.
    pub fn profiles(&self) -> impl Iterator<Item = &Arc<CarrierProfileConfig>> {
        self.profiles.values().map(|it| &it.written)
    }

    /// All accounts, closed or not, ordered.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<AccountConfig>> {
        self.accounts.values()
    }

    /// All routes, ordered by prefix.
    pub fn routes(&self) -> impl Iterator<Item = &Arc<RouteConfig>> {
        self.routes.values()
    }

    /// All polls, ordered.
    pub fn polls(&self) -> impl Iterator<Item = &Arc<PollConfig>> {
        self.polls.values()
    }

    /// All subscriptions, ordered.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Arc<SubscriptionConfig>> {
        self.subscriptions.values()
    }

    /// The records to pass over, ordered.
    pub fn skips(&self) -> impl Iterator<Item = &SkipConfig> {
        self.skips.iter()
    }
}

fn sends(number: &NumberConfig, tenant: &TenantId) -> bool {
    !number.retired && number.tenants.contains(tenant)
}

/// Digits without `+` and separators; letters are kept.
fn plain(written: &str) -> String {
    written
        .chars()
        .filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')' | '.'))
        .collect()
}
