//! What the books come to.

use std::{collections::BTreeMap, fmt};

use volley_types::{FinalState, MessageId, TenantId};

/// The books, closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// By tenant and hour of acceptance (hours since 1970, UTC).
    pub accounts: BTreeMap<(TenantId, i64), Account>,
    /// Messages whose records contradict each other, by id.
    pub remainder: Vec<Remainder>,
}

/// One tenant's hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Messages accepted.
    pub accepted: u64,
    /// Of these, delivered.
    pub delivered: u64,
    /// Failed.
    pub failed: u64,
    /// Expired.
    pub expired: u64,
    /// Nobody will ever tell.
    pub unknown: u64,
    /// Refused.
    pub refused: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Without an end so far.
    pub in_flight: u64,
}

impl Account {
    pub(crate) fn add(&mut self, end: Option<FinalState>) {
        self.accepted += 1;
        let count = match end {
            None => &mut self.in_flight,
            Some(FinalState::Delivered) => &mut self.delivered,
            Some(FinalState::Failed) => &mut self.failed,
            Some(FinalState::Expired) => &mut self.expired,
            Some(FinalState::Unknown) => &mut self.unknown,
            Some(FinalState::Refused) => &mut self.refused,
            Some(FinalState::Cancelled) => &mut self.cancelled,
        };
        *count += 1;
    }

    /// BOOK-1.
    pub fn balances(&self) -> bool {
        let ends = [self.delivered, self.failed, self.expired, self.unknown, self.refused, self.cancelled];
        self.accepted == ends.iter().sum::<u64>() + self.in_flight
    }
}

/// A message that does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remainder {
    /// Which.
    pub message: MessageId,
    /// How.
    pub fault: Fault,
}

/// How a message's records contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Others know it, and `routing.in` holds no submission.
    NeverAccepted,
    /// Routing has decided later input, and never said that it took it.
    NotTaken,
    /// It ended on `events`, and its client was not told.
    NotTold,
    /// Its client was told of an end that `events` does not hold.
    NotRecorded,
    /// Client and `events` were told different ends.
    Disagree {
        /// On `events`.
        recorded: FinalState,
        /// To the client.
        told: FinalState,
    },
    /// A result of this attempt came, and it was never settled.
    NotSettled {
        /// Its number, from 1.
        attempt: u32,
    },
    /// This attempt was settled, and no result of it came.
    NotReported {
        /// Its number, from 1.
        attempt: u32,
    },
    /// A result of this attempt came, and no lane holds it.
    NotOrdered {
        /// Its number, from 1.
        attempt: u32,
    },
    /// It was delivered, and no receipt says so.
    NoReceipt,
    /// It ended more than once.
    EndedTwice,
    /// Validity and grace are over, and it has not ended.
    Overdue,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::NeverAccepted => "is known, and routing.in holds no submission of it",
            Self::NotTaken => "was accepted, and routing went on without it",
            Self::NotTold => "ended, and its client was not told",
            Self::NotRecorded => "its client was told of an end that events does not hold",
            Self::Disagree { recorded, told } => {
                return write!(f, "ended as {recorded:?}, and its client was told {told:?}");
            }
            Self::NotSettled { attempt } => {
                return write!(f, "a result of attempt {attempt} came, and it was never settled");
            }
            Self::NotReported { attempt } => {
                return write!(f, "attempt {attempt} was settled, and no result of it came");
            }
            Self::NotOrdered { attempt } => {
                return write!(f, "a result of attempt {attempt} came, and no lane holds it");
            }
            Self::NoReceipt => "was delivered, and correlation.in holds no receipt of it",
            Self::EndedTwice => "ended more than once",
            Self::Overdue => "has not ended, long after its validity and the grace for its receipt",
        };
        f.write_str(words)
    }
}
