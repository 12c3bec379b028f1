//! What is asked of a carrier about a message it has, and what it says: cancel_sm, query_sm, replace_sm.
//!
//! ```text
//!   mo-correlation ──CarrierRequest──▶ recall ──▶ carrier-egress ══▶ carrier
//!         ▲                                             │
//!         └──────────CarrierAnswer── correlation.in ◀───┘
//! ```

use serde::{Deserialize, Serialize};
use volley_types::{AccountId, AttemptId, CarrierName, ContentHash, DialAddress, Timestamp};

use crate::{
    attempt::{CarrierMessageId, SegmentOctets},
    inbound::ReceiptState,
};

/// What an account shall ask its carrier about segments that the carrier has. Asking twice does no harm; the first answer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierRequest {
    /// The attempt.
    pub attempt: AttemptId,
    /// The account that made it: nobody else may ask.
    pub account: AccountId,
    /// Its carrier.
    pub carrier: CarrierName,
    /// `source_addr` of the attempt, which must be told again.
    pub source: DialAddress,
    /// `destination_addr` of the attempt.
    pub destination: DialAddress,
    /// The segments (from 0) it is about, and the carrier's ids for them; 1 to 255.
    pub segments: Vec<(u8, CarrierMessageId)>,
    /// Not asked any more from then on.
    pub ask_before: Timestamp,
    /// What is asked.
    pub operation: CarrierOperation,
}

/// What is asked of a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierOperation {
    /// Cancel the segments.
    Cancel,
    /// Say what became of them.
    Query,
    /// Give the one segment another text.
    Replace {
        /// The wish it serves.
        edit: ContentHash,
        /// `data_coding` that the octets are in; `replace_sm` cannot change it.
        data_coding: u8,
        /// The new `short_message`.
        octets: SegmentOctets,
        /// End of the message's validity.
        deadline: Timestamp,
    },
}

impl CarrierOperation {
    /// What an answer to it names.
    pub fn asked(&self) -> Asked {
        match self {
            Self::Cancel => Asked::Cancel,
            Self::Query => Asked::Query,
            Self::Replace { edit, .. } => Asked::Replace(*edit),
        }
    }
}

/// Which question an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Asked {
    /// To cancel.
    Cancel,
    /// To tell.
    Query,
    /// To replace, for this wish.
    Replace(ContentHash),
}

/// What a carrier said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierAnswer {
    /// The attempt.
    pub attempt: AttemptId,
    /// The account.
    pub account: AccountId,
    /// Its carrier.
    pub carrier: CarrierName,
    /// When the last segment was answered, or nothing was to be expected any more.
    pub answered_at: Timestamp,
    /// What was asked.
    pub asked: Asked,
    /// What was said.
    pub said: CarrierSaid,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierSaid {
    /// It did so, with all segments.
    Done,
    /// It refused one of them, with this `command_status`.
    Refused(u32),
    /// It did not answer in time: it may have done so.
    Unanswered,
    /// It was not asked: no session in time, no room, or the account does not do such things.
    NotAsked,
    /// What became of the segments it still knows; the others are left out.
    States(Vec<SegmentState>),
}

/// What `query_sm` tells of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentState {
    /// Which, from 0.
    pub segment: u8,
    /// Its state.
    pub state: ReceiptState,
    /// The carrier's error code, if there is one.
    pub error: Option<String>,
}

/// A carrier says that a handset can be reached again (`alert_notification`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandsetAvailable {
    /// Who says so.
    pub carrier: CarrierName,
    /// On which account.
    pub account: AccountId,
    /// The handset.
    pub subscriber: volley_types::SubscriberId,
    /// When it came in.
    pub received_at: Timestamp,
}
