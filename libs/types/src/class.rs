//! Traffic classes: what a message may wait, which lane it takes, and what happens when a submit is never answered.

use serde::{Deserialize, Serialize};

use crate::time::SpanMs;

/// What kind of message it is. The defaults of each class are its methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TrafficClass {
    /// One-time codes: worth minutes, and nothing afterwards.
    Otp,
    /// Alerts and answers a person waits for.
    Transactional,
    /// Advertising and newsletters.
    Marketing,
}

/// One queue of an account. Each has its own topic with one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lane {
    /// Codes; keeps a share of the account's rate.
    Otp,
    /// Alerts and answers.
    Normal,
    /// Campaigns.
    Bulk,
}

/// What to do with an attempt whose answer never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AmbiguityPolicy {
    /// Leave it; a receipt may still settle it, otherwise it ends as unknown.
    AtMostOnce,
    /// Send it again; a rare duplicate is accepted and recorded.
    AtLeastOnce,
    /// Send it again only while it is young.
    PreferFresh {
        /// Oldest age at which it is sent again.
        young: SpanMs,
    },
}

impl TrafficClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Otp, Self::Transactional, Self::Marketing];

    /// The lane this class leaves by.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Otp => Lane::Otp,
            Self::Transactional => Lane::Normal,
            Self::Marketing => Lane::Bulk,
        }
    }

    /// How long a message is worth delivering when the client does not say.
    pub const fn validity_default(self) -> SpanMs {
        match self {
            Self::Otp => SpanMs::from_secs(600),
            Self::Transactional | Self::Marketing => SpanMs::from_hours(24),
        }
    }

    /// Whether its texts leave exactly as written, whoever asks: a code must be what was sent.
    pub const fn leaves_as_written(self) -> bool {
        match self {
            Self::Otp => true,
            Self::Transactional | Self::Marketing => false,
        }
    }

    /// How long egress waits for a working bind before it settles `NotSent`.
    pub const fn patience(self) -> SpanMs {
        match self {
            Self::Otp => SpanMs::from_secs(5),
            Self::Transactional => SpanMs::from_secs(60),
            Self::Marketing => SpanMs::from_secs(600),
        }
    }

    /// What happens to an attempt whose answer never came.
    pub const fn on_ambiguous(self) -> AmbiguityPolicy {
        match self {
            Self::Otp => AmbiguityPolicy::PreferFresh { young: SpanMs::from_secs(60) },
            Self::Transactional => AmbiguityPolicy::AtLeastOnce,
            Self::Marketing => AmbiguityPolicy::AtMostOnce,
        }
    }
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Otp, Self::Normal, Self::Bulk];

    /// The lane's name as topics and metrics carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }

    /// Longest time an order may lie in this lane before it must have left: the dwell limit.
    pub const fn dwell_max(self) -> SpanMs {
        match self {
            Self::Otp => SpanMs::from_secs(60),
            Self::Normal => SpanMs::from_secs(300),
            Self::Bulk => SpanMs::from_secs(1_800),
        }
    }
}
