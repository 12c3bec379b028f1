//! One message in the books.

use volley_types::{AttemptId, FinalState, Partition, Timestamp};

use super::CarrierIdHash;

/// One message, as its records tell it.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Its submission: tenant, append time, end of validity, and where it lies on `routing.in`.
    pub(super) submitted: Option<Submitted>,
    /// Routing said that it took it.
    pub(super) taken: bool,
    /// Ends on `events` and in the inbox: the newest state, and how many closed it (corrections apart).
    pub(super) recorded: End,
    pub(super) told: End,
    /// Attempts that lie in a lane, that a result came of, that were settled, and that routing gave up unsettled.
    pub(super) ordered: Attempts,
    pub(super) reported: Attempts,
    pub(super) settled: Attempts,
    pub(super) lost: Attempts,
    /// A receipt named one of its attempts.
    pub(super) has_receipt: bool,
    /// The ids a carrier gave it.
    pub(super) carrier_ids: Vec<CarrierIdHash>,
}

/// Numbers of attempts, one bit each; those from the 64th on share one.
pub(super) type Attempts = u64;

pub(super) fn bit(attempt: AttemptId) -> Attempts {
    1 << attempt.number.saturating_sub(1).min(63)
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Submitted {
    pub(super) tenant: u32,
    pub(super) at: Timestamp,
    pub(super) deadline: Timestamp,
    pub(super) partition: Partition,
    pub(super) offset: u64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct End {
    pub(super) state: Option<FinalState>,
    pub(super) closed: u32,
}

impl End {
    pub(super) fn take(&mut self, state: FinalState, is_correction: bool) {
        self.closed += u32::from(!is_correction);
        self.state = Some(state);
    }
}
