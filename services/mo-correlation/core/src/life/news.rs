//! What of a message is worth telling.

use volley_types::{AccountId, CarrierName, FinalState, Reason};

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It was taken.
    Accepted,
    /// It waits, for the first time.
    Queued,
    /// It was handed to an account's lane.
    Routed(Tried),
    /// The carrier took it, for the first time.
    Submitted(Tried),
    /// The carrier refused it, or it was not sent, or it was taken back.
    AttemptFailed(Tried, Option<u32>),
    /// The carrier never answered.
    Ambiguous(Tried),
    /// It is over.
    Closed(Ending),
    /// A receipt corrected how it ended.
    Corrected {
        /// How it had ended before.
        from: FinalState,
        /// How it ended.
        to: Ending,
    },
}

/// How a message ended, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub state: FinalState,
    /// Why.
    pub reason: Reason,
}

/// The attempt that news are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which, from 1.
    pub number: u16,
    /// Its account.
    pub account: AccountId,
    /// Its carrier.
    pub carrier: CarrierName,
    /// Its segments.
    pub segments: u8,
}

/// What became of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credit {
    /// It said something new.
    Taken(Vec<News>),
    /// It had been said before, or says nothing final.
    Nothing,
    /// It contradicts what is settled, or comes too late to correct it.
    Refused,
    /// The message has no such attempt or segment.
    NoPlace,
}
