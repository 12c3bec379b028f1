//! The life of one message in routing, as a pure decider.
//!
//! ```text
//!   Taken ──▶ Waiting(what for) ──hand over──▶ Unsettled ──settled, given up──▶ Waiting | Done
//! ```

use serde::{Deserialize, Serialize};
use volley_events::{CancelOutcome, NotSent, RefusalClass, SettledOutcome};
use volley_types::{AccountId, AmbiguityPolicy, FinalState, Lane, Position, Reason, Timestamp, TrafficClass};

use crate::{
    retry,
    rows::{ConfigWaitKey, QueueKey},
};

/// Where a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Nothing was decided yet; no row says so.
    Taken,
    /// For a configuration record.
    WaitsForConfig(ConfigWaitKey),
    /// For the time its client set.
    Scheduled,
    /// For an earlier message of its conversation.
    InLine,
    /// For an account with room, in a queue.
    Parked(QueueKey),
    /// For the end of a back-off.
    BacksOff {
        /// The account not to be tried next.
        avoid: Option<AccountId>,
    },
    /// At an account's lane, not settled.
    Unsettled {
        /// The account.
        account: AccountId,
        /// The lane.
        lane: Lane,
        /// The place of its order among what this partition wrote.
        ordered: Position,
    },
    /// Over, as far as routing goes; only the id is kept.
    Done,
}

impl Life {
    /// Whether the message waits in routing: nothing of it is on its way to a carrier.
    pub fn waits(&self) -> bool {
        match self {
            Self::WaitsForConfig(_) | Self::Scheduled | Self::InLine | Self::Parked(_) | Self::BacksOff { .. } => true,
            Self::Taken | Self::Unsettled { .. } | Self::Done => false,
        }
    }
}

/// What routing does about a settled attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing more: the carrier has it, or may have it and the class forbids another try.
    Rest,
    /// Looks for an account at once.
    Again {
        /// The account not to be tried next, when there is another.
        avoid: Option<AccountId>,
        /// Whether the attempt counts against the limit.
        counts: bool,
    },
    /// Looks for an account later.
    Later {
        /// When.
        due: Timestamp,
        /// The account not to be tried then, when there is another.
        avoid: Option<AccountId>,
        /// Whether the attempt counts against the limit.
        counts: bool,
    },
    /// Ends it.
    Close {
        /// How.
        state: FinalState,
        /// Why.
        reason: Reason,
        /// The carrier's status.
        status: Option<u32>,
    },
}

/// What is known of a message when one of its attempts is settled.
#[derive(Debug, Clone, Copy)]
pub struct Settling<'a> {
    /// The account that had it.
    pub account: &'a AccountId,
    /// Its class.
    pub class: TrafficClass,
    /// Attempts that counted before this one.
    pub counted: u16,
    /// Whether its route has another open account.
    pub has_other: bool,
    /// When the log had the message.
    pub accepted_at: Timestamp,
    /// The partition's clock.
    pub now: Timestamp,
}

/// Decides what follows a settled attempt: every retry rule lives here.
pub fn after_settlement(message: Settling<'_>, outcome: SettledOutcome) -> Next {
    let exhausted = message.counted + 1 >= retry::ATTEMPTS_MAX;
    match outcome {
        SettledOutcome::Submitted | SettledOutcome::TooLate => Next::Rest,
        SettledOutcome::NotSent(NotSent::NoBind | NotSent::TooLate) => {
            Next::Again { avoid: Some(message.account.clone()), counts: false }
        }
        // What it was taken back for is found out again: an opt-out closes it, a pause parks it.
        SettledOutcome::Recalled => Next::Again { avoid: None, counts: false },
        SettledOutcome::Ambiguous => after_silence(message, exhausted),
        SettledOutcome::Refused { class: RefusalClass::Throttle, .. } => {
            Next::Later { due: message.now + retry::THROTTLE_PAUSE, avoid: None, counts: false }
        }
        SettledOutcome::Refused { class: RefusalClass::Permanent, status } => {
            Next::Close { state: FinalState::Failed, reason: Reason::CarrierRefused, status: Some(status) }
        }
        SettledOutcome::Refused { status, .. } if exhausted => Next::Close {
            state: FinalState::Failed,
            reason: Reason::RetriesExhausted,
            status: Some(status),
        },
        SettledOutcome::Refused { class: RefusalClass::RetrySameRoute, .. } => {
            Next::Later { due: message.now + retry::back_off(message.counted), avoid: None, counts: true }
        }
        SettledOutcome::Refused {
            class: RefusalClass::RetryOtherRoute | RefusalClass::Rebind | RefusalClass::ConfigError,
            status,
        } => elsewhere(message, status),
    }
}

/// Decides what follows an attempt of which its account's egress said nothing in time: as after silence, but elsewhere if possible.
pub fn after_loss(message: Settling<'_>) -> Next {
    match after_settlement(message, SettledOutcome::Ambiguous) {
        Next::Again { counts, .. } => Next::Again { avoid: Some(message.account.clone()), counts },
        next @ (Next::Rest | Next::Later { .. } | Next::Close { .. }) => next,
    }
}

/// Decides what follows a settled attempt of a message that its client wants back: no other attempt, whatever it was.
pub fn after_cancel(outcome: SettledOutcome) -> (Next, CancelOutcome) {
    let (state, reason) = (FinalState::Cancelled, Reason::CancelledByClient);
    match outcome {
        SettledOutcome::Submitted | SettledOutcome::TooLate | SettledOutcome::Ambiguous => {
            (Next::Rest, CancelOutcome::TooLate)
        }
        SettledOutcome::Recalled | SettledOutcome::NotSent(_) | SettledOutcome::Refused { .. } => {
            (Next::Close { state, reason, status: None }, CancelOutcome::Queued)
        }
    }
}

/// This account will not take it: the next one now, then with pauses; without another, once more later.
fn elsewhere(message: Settling<'_>, status: u32) -> Next {
    let avoid = Some(message.account.clone());
    match (message.has_other, message.counted) {
        (true, 0) => Next::Again { avoid, counts: true },
        (true, counted) => Next::Later { due: message.now + retry::back_off(counted - 1), avoid, counts: true },
        (false, 0) => Next::Later { due: message.now + retry::back_off(0), avoid: None, counts: true },
        (false, _) => Next::Close {
            state: FinalState::Failed,
            reason: Reason::RetriesExhausted,
            status: Some(status),
        },
    }
}

/// The submit was never answered: the class decides (D6).
fn after_silence(message: Settling<'_>, exhausted: bool) -> Next {
    let again = Next::Again { avoid: None, counts: true };
    match message.class.on_ambiguous() {
        _ if exhausted => Next::Rest,
        AmbiguityPolicy::AtMostOnce => Next::Rest,
        AmbiguityPolicy::AtLeastOnce => again,
        AmbiguityPolicy::PreferFresh { young } if message.now <= message.accepted_at + young => again,
        AmbiguityPolicy::PreferFresh { .. } => Next::Rest,
    }
}

#[cfg(test)]
mod tests {
    use volley_types::SpanMs;

    use super::*;

    fn settling(account: &AccountId, class: TrafficClass, age: SpanMs) -> Settling<'_> {
        let accepted_at = Timestamp::from_micros(0);
        Settling { account, class, counted: 0, has_other: true, accepted_at, now: accepted_at + age }
    }

    #[test]
    fn silence_is_answered_by_the_class() {
        let account = AccountId::new("main").unwrap();
        let after = |class, age| after_settlement(settling(&account, class, age), SettledOutcome::Ambiguous);
        let again = Next::Again { avoid: None, counts: true };
        assert_eq!(after(TrafficClass::Marketing, SpanMs::ZERO), Next::Rest);
        assert_eq!(after(TrafficClass::Transactional, SpanMs::from_hours(1)), again);
        assert_eq!(after(TrafficClass::Otp, SpanMs::from_secs(60)), again);
        assert_eq!(after(TrafficClass::Otp, SpanMs::from_secs(61)), Next::Rest);
    }

    #[test]
    fn a_permanent_refusal_fails_the_message_and_a_throttled_one_does_not_count() {
        let account = AccountId::new("main").unwrap();
        let message = settling(&account, TrafficClass::Transactional, SpanMs::ZERO);
        let refused = |class| after_settlement(message, SettledOutcome::Refused { status: 0x0b, class });
        assert!(matches!(
            refused(RefusalClass::Permanent),
            Next::Close { reason: Reason::CarrierRefused, status: Some(0x0b), .. }
        ));
        assert!(matches!(refused(RefusalClass::Throttle), Next::Later { counts: false, .. }));
        assert!(matches!(refused(RefusalClass::RetryOtherRoute), Next::Again { avoid: Some(_), counts: true }));
    }

    #[test]
    fn without_another_account_a_route_is_tried_once_more_later() {
        let account = AccountId::new("main").unwrap();
        let mut message = settling(&account, TrafficClass::Transactional, SpanMs::ZERO);
        message.has_other = false;
        let outcome = SettledOutcome::Refused { status: 0x45, class: RefusalClass::RetryOtherRoute };
        assert!(matches!(after_settlement(message, outcome), Next::Later { avoid: None, counts: true, .. }));
        message.counted = 1;
        assert!(matches!(after_settlement(message, outcome), Next::Close { status: Some(0x45), .. }));
    }

    #[test]
    fn retries_end() {
        let account = AccountId::new("main").unwrap();
        let mut message = settling(&account, TrafficClass::Transactional, SpanMs::ZERO);
        message.counted = retry::ATTEMPTS_MAX - 1;
        let outcome = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
        assert!(matches!(after_settlement(message, outcome), Next::Close { reason: Reason::RetriesExhausted, .. }));
        assert_eq!(after_settlement(message, SettledOutcome::Ambiguous), Next::Rest);
    }
}
