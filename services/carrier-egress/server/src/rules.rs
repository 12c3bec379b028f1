//! A carrier's profile at work: what of it is decided once, when configuration changes.

use std::sync::Arc;

use volley_carrier_egress_core::{AccountSettings, BreakerSettings, ContractLimits, Slowing};
use volley_carrier_profile::{Pace, Profile};
use volley_directory::Directory;
use volley_events::config::{AccountConfig, CarrierConfig};
use volley_types::SpanMs;

use crate::smpp::IdForms;

/// How a carrier is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    pub profile: Arc<Profile>,
    pub ids: IdForms,
}

impl Rules {
    /// As configured now.
    pub fn of(directory: &Directory, carrier: &CarrierConfig) -> Self {
        let profile = directory.profile(&carrier.carrier).cloned().unwrap_or_default();
        let ids = IdForms::of(carrier.ids, profile.message_ids);
        Self { profile, ids }
    }

    /// How wide and how fast an account sends.
    pub fn settings(&self, account: &AccountConfig) -> AccountSettings {
        let limits = self.profile.limits;
        let Pace {
            throttle_keep_percent,
            recover_percent_per_second,
            congestion_ease_from,
            breaker_refusals,
            breaker_pause_ms,
        } = self.profile.pace;
        let contract = ContractLimits {
            binds: limits.binds,
            window: limits.window,
            segments_per_second: limits.segments_per_second,
            segments_per_second_per_bind: limits.segments_per_second_per_bind,
        };
        AccountSettings {
            slowing: Slowing { throttle_keep_percent, recover_percent_per_second, congestion_ease_from },
            breaker: BreakerSettings { refusals: breaker_refusals, pause: SpanMs::from_millis(breaker_pause_ms) },
            ..AccountSettings::from(account).within(contract)
        }
    }
}
