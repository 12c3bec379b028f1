//! Administration: drafts as they came, checked against the limits of the contract, and made into changes of configuration.
//!
//! Whether what a draft names exists, and whether somebody else has it, is the directory's to say.

mod carriers;
mod numbers;
mod tenants;

pub use carriers::{AccountDraft, CarrierDraft, CarrierProfileDraft, RouteDraft};
pub use numbers::{InboundDraft, KeywordDraft, NumberDraft, PollDraft};
pub use tenants::{ApiKeyDraft, SkipDraft, SubscriptionDraft, TenantDraft};

/// Longest display name or label, in octets.
pub const LABEL_OCTETS_MAX: usize = 128;
