//! How often, how soon, and how long an attempt is waited for.

use volley_types::SpanMs;

/// Most attempts of one message that count; a throttled or unsent one does not.
pub const ATTEMPTS_MAX: u16 = 8;

/// Pause after the carrier said it is too fast (`ESME_RTHROTTLED`).
pub const THROTTLE_PAUSE: SpanMs = SpanMs::from_secs(1);

/// Pauses before the second, third … try at the same route; the last one repeats.
pub const BACK_OFF: [SpanMs; 4] =
    [SpanMs::from_secs(30), SpanMs::from_secs(120), SpanMs::from_secs(600), SpanMs::from_secs(1_800)];

/// How long after `send_before` an attempt is still waited for, beside twice its account's response timeout: the rest of its
/// segments, the report, the settlement.
pub const SETTLE_PATIENCE: SpanMs = SpanMs::from_secs(60);

/// A timer that fires so much later than it was due tells that the log or this partition stood still. What egress had to say may
/// still be behind it in the log, so an attempt that is overdue then is given another patience.
pub const STOOD_STILL: SpanMs = SpanMs::from_secs(10);

/// How long after its `send_before` an attempt counts as ambiguous, by the response timeout of its account.
pub fn settle_margin(response_timeout: SpanMs) -> SpanMs {
    SpanMs::from_millis(SETTLE_PATIENCE.as_millis() + 2 * response_timeout.as_millis())
}

/// The pause after a refusal, by how many attempts counted before it.
pub fn back_off(counted: u16) -> SpanMs {
    BACK_OFF[usize::from(counted).min(BACK_OFF.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_stay() {
        assert_eq!(back_off(0), SpanMs::from_secs(30));
        assert_eq!(back_off(3), back_off(60_000));
    }
}
