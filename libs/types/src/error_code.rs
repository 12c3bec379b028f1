//! What was wrong at a carrier, in one vocabulary for all carriers (`docs/error-codes.md`).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What was wrong at the carrier or in its network, with stable numbers (`volley.messaging.v1.ErrorCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// The network knows no such subscriber.
    UnknownSubscriber,
    /// The phone is switched off, or out of reach.
    AbsentSubscriber,
    /// The phone was busy.
    SubscriberBusy,
    /// The phone has no room for it.
    MemoryFull,
    /// The phone or its card refused it.
    HandsetRefused,
    /// The subscriber may receive no messages.
    Barred,
    /// The number cannot receive texts.
    NotProvisioned,
    /// The carrier blocks it.
    Blocked,
    /// The person opted out at the carrier.
    OptedOutAtCarrier,
    /// The carrier does not take this destination.
    InvalidDestination,
    /// The carrier does not take this sender.
    InvalidSender,
    /// The carrier does not take this text.
    ContentRefused,
    /// Faster than the carrier allows.
    Throttled,
    /// The carrier's queue is full.
    QueueFull,
    /// The carrier or its network is in trouble.
    CarrierFailure,
    /// Something between us and the carrier is configured wrongly.
    CarrierConfiguration,
    /// The credit with the carrier is used up.
    NoCredit,
    /// Its validity ended at the carrier.
    ExpiredAtCarrier,
    /// It was deleted at the carrier.
    DeletedAtCarrier,
    /// It could not be delivered, for no reason that is known.
    NotDeliverable,
    /// The carrier refused it, for no reason that is known.
    Refused,
}

impl ErrorCode {
    /// Every code with its name in configuration and documents, in the order of the variants.
    pub const NAMES: [(Self, &'static str); 21] = [
        (Self::UnknownSubscriber, "unknown_subscriber"),
        (Self::AbsentSubscriber, "absent_subscriber"),
        (Self::SubscriberBusy, "subscriber_busy"),
        (Self::MemoryFull, "memory_full"),
        (Self::HandsetRefused, "handset_refused"),
        (Self::Barred, "barred"),
        (Self::NotProvisioned, "not_provisioned"),
        (Self::Blocked, "blocked"),
        (Self::OptedOutAtCarrier, "opted_out_at_carrier"),
        (Self::InvalidDestination, "invalid_destination"),
        (Self::InvalidSender, "invalid_sender"),
        (Self::ContentRefused, "content_refused"),
        (Self::Throttled, "throttled"),
        (Self::QueueFull, "queue_full"),
        (Self::CarrierFailure, "carrier_failure"),
        (Self::CarrierConfiguration, "carrier_configuration"),
        (Self::NoCredit, "no_credit"),
        (Self::ExpiredAtCarrier, "expired_at_carrier"),
        (Self::DeletedAtCarrier, "deleted_at_carrier"),
        (Self::NotDeliverable, "not_deliverable"),
        (Self::Refused, "refused"),
    ];

    /// Its name, such as `absent_subscriber`.
    pub const fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no error code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an error code")]
pub struct UnknownErrorCode(String);

impl FromStr for ErrorCode {
    type Err = UnknownErrorCode;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let named = Self::NAMES.iter().find(|(_, name)| *name == word);
        named.map(|(code, _)| *code).ok_or_else(|| UnknownErrorCode(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_that_reads_back() {
        for (code, name) in ErrorCode::NAMES {
            assert_eq!((code.as_str(), name.parse()), (name, Ok(code)));
        }
        assert!("whatever".parse::<ErrorCode>().is_err());
    }
}
