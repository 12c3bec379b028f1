//! An attempt between routing, egress and mo-correlation: the order, what became of it, and its settlement.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use volley_types::{
    AccountId, AttemptId, CarrierName, DialAddress, Lane, SubscriberId, TenantId, Timestamp, TrafficClass,
};

/// The octets of one segment, as `short_message` carries them (user data header first, when there is one).
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SegmentOctets(Arc<[u8]>);

impl SegmentOctets {
    /// Keeps the octets.
    pub fn new(octets: impl AsRef<[u8]>) -> Self {
        Self(Arc::from(octets.as_ref()))
    }

    /// The octets.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Shows the length only.
impl fmt::Debug for SegmentOctets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// A carrier's id of a segment: 1 to 64 octets, opaque (SMPP 3.4 §5.2.23).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarrierMessageId(Box<str>);

/// Longest carrier message id, in octets (65 with its NUL).
pub const CARRIER_MESSAGE_ID_OCTETS_MAX: usize = 64;

impl CarrierMessageId {
    /// Keeps an id as the carrier wrote it; `None` when empty or longer than [`CARRIER_MESSAGE_ID_OCTETS_MAX`].
    pub fn new(text: &str) -> Option<Self> {
        (1..=CARRIER_MESSAGE_ID_OCTETS_MAX)
            .contains(&text.len())
            .then(|| Self(text.into()))
    }

    /// The id as the carrier wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One whole message for one account: a record of `egress.<account>.<lane>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitOrder {
    /// Message and number of the try.
    pub attempt: AttemptId,
    /// Whose message it is.
    pub tenant: TenantId,
    /// Its class: what happens without a bind, and when an answer never comes.
    pub class: TrafficClass,
    /// The handset; everything of one handset keeps to one bind while unanswered.
    pub subscriber: SubscriberId,
    /// `source_addr`.
    pub source: DialAddress,
    /// `destination_addr`.
    pub destination: DialAddress,
    /// `data_coding` of all segments.
    pub data_coding: u8,
    /// `esm_class` of all segments: 0x40 when they start with a user data header.
    pub esm_class: u8,
    /// The octets of each `submit_sm`, in order; 1 to 255. One alone may be longer than a segment: it goes as `message_payload`.
    pub segments: Vec<SegmentOctets>,
    /// Segments the handset gets, 1 to 255: as many as `segments`, unless the carrier splits one.
    pub parts: u8,
    /// The socket must have the first segment by then.
    pub send_before: Timestamp,
    /// End of the message's validity; the carrier is told the rest of it.
    pub deadline: Timestamp,
}

/// What became of an attempt: for mo-correlation, before it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptReport {
    /// Message and number of the try.
    pub attempt: AttemptId,
    /// The account that tried.
    pub account: AccountId,
    /// The carrier of the account.
    pub carrier: CarrierName,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// When the first segment went to the socket; `None` when none did.
    pub sent_at: Option<Timestamp>,
    /// When the last answer came or it was given up.
    pub ended_at: Timestamp,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The carrier took every segment.
    Submitted {
        /// The carrier's id of each segment, in order; `None` where it gave none.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// The carrier refused a segment.
    Refused {
        /// `command_status` of the refusal.
        status: u32,
        /// What kind of refusal it is for this carrier.
        class: RefusalClass,
        /// Ids by segment, up to the last one taken; `None` where one was refused or has no id. Empty when none was taken.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// A segment was sent and never answered: the carrier may have it.
    Ambiguous {
        /// Ids of the segments that were answered; `None` for those that were not.
        ids: Vec<Option<CarrierMessageId>>,
    },
    /// Nothing reached the socket.
    NotSent(NotSent),
    /// A recall took it back before the socket.
    Recalled,
}

/// Why an attempt was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NotSent {
    /// No working bind within the class's patience.
    NoBind,
    /// `send_before` had passed.
    TooLate,
}

/// What kind of refusal a `command_status` is (telecom.md §3.10); the carrier's profile may say otherwise than the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RefusalClass {
    /// Too fast: slow down, the attempt does not count.
    Throttle,
    /// Try this route again later.
    RetrySameRoute,
    /// Try another route.
    RetryOtherRoute,
    /// The message will never be taken.
    Permanent,
    /// The session is unusable: bind again.
    Rebind,
    /// Something is configured wrongly.
    ConfigError,
}

/// Attempts of one account's lane that are settled: for routing, once their reports are on `correlation.in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The account.
    pub account: AccountId,
    /// The lane.
    pub lane: Lane,
    /// The attempts, 1 to [`SETTLED_MAX`].
    pub settled: Vec<Settled>,
}

/// Most attempts in one settlement record.
pub const SETTLED_MAX: usize = 1_024;

/// One settled attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Message and number of the try.
    pub attempt: AttemptId,
    /// How it was settled.
    pub outcome: SettledOutcome,
}

/// How an attempt was settled, as far as routing must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettledOutcome {
    /// The carrier took it.
    Submitted,
    /// The carrier refused it.
    Refused {
        /// `command_status`.
        status: u32,
        /// What kind of refusal.
        class: RefusalClass,
    },
    /// It was never answered.
    Ambiguous,
    /// It was not sent.
    NotSent(NotSent),
    /// It was taken back.
    Recalled,
    /// A recall came too late: it had been sent.
    TooLate,
}

/// How many attempts of one routing partition an account's lane may have unsettled. Absolute; the newest run's counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The account.
    pub account: AccountId,
    /// The lane.
    pub lane: Lane,
    /// Start time of the run of egress that says so, in microseconds: a later run overrules an earlier one.
    pub run: u64,
    /// Counts up within a run.
    pub revision: u64,
    /// How many may be unsettled; 0 without a bind.
    pub allowed: u32,
}
