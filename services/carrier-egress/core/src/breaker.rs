//! When a carrier refuses everything, the account rests, and routing hears of it: its allowance is 0 meanwhile.
//!
//! ```text
//!   Closed ──refusals in a row──▶ Resting ──pause──▶ Trying ──taken──▶ Closed
//!                                    ▲                  │
//!                                    └──one refusal─────┘
//! ```
//!
//! Only refusals that are not about one message count, and throttling is not among them: it has its own remedy.

use volley_events::RefusalClass;
use volley_types::SpanMs;

/// When to rest, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Refusals in a row after which the account rests; 0 never.
    pub refusals: u16,
    /// How long it rests.
    pub pause: SpanMs,
}

impl BreakerSettings {
    /// 50 refusals, and 30 s.
    pub const DEFAULT: Self = Self { refusals: 50, pause: SpanMs::from_secs(30) };
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How an account fares with its carrier.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Breaker {
    /// Refusals since the last segment that was taken.
    in_a_row: u16,
    /// Since when, and until when it rests.
    resting: Option<(u64, u64)>,
}

impl Breaker {
    /// The carrier took a segment.
    pub fn taken(&mut self) {
        *self = Self::default();
    }

    /// The carrier refused a segment.
    pub fn refused(&mut self, class: RefusalClass, settings: BreakerSettings, now_us: u64) {
        if settings.refusals == 0 || !counts(class) || self.resting_since(now_us).is_some() {
            return;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.in_a_row >= settings.refusals {
            let until_us = now_us.saturating_add(settings.pause.as_millis().saturating_mul(1_000));
            // After the pause a single refusal is enough.
            *self = Self { in_a_row: settings.refusals - 1, resting: Some((now_us, until_us)) };
        }
    }

    /// Since when the account rests; `None` when it does not.
    pub fn resting_since(&self, now_us: u64) -> Option<u64> {
        self.resting
            .filter(|(_, until_us)| now_us < *until_us)
            .map(|(since_us, _)| since_us)
    }
}

fn counts(class: RefusalClass) -> bool {
    match class {
        RefusalClass::RetrySameRoute
        | RefusalClass::RetryOtherRoute
        | RefusalClass::ConfigError
        | RefusalClass::Rebind => true,
        RefusalClass::Throttle | RefusalClass::Permanent => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn settings() -> BreakerSettings {
        BreakerSettings { refusals: 3, pause: SpanMs::from_secs(10) }
    }

    fn refused(breaker: &mut Breaker, times: u32, now_us: u64) {
        for _ in 0..times {
            breaker.refused(RefusalClass::RetryOtherRoute, settings(), now_us);
        }
    }

    #[test]
    fn refusals_in_a_row_make_it_rest_and_one_taken_segment_starts_the_count_again() {
        let mut breaker = Breaker::default();
        refused(&mut breaker, 2, 0);
        breaker.taken();
        refused(&mut breaker, 2, 0);
        assert_eq!(breaker.resting_since(0), None);
        refused(&mut breaker, 1, SECOND);
        assert_eq!(breaker.resting_since(SECOND), Some(SECOND));
        assert_eq!(breaker.resting_since(11 * SECOND), None);
    }

    #[test]
    fn after_the_pause_one_refusal_is_enough_and_one_taken_segment_heals() {
        let mut breaker = Breaker::default();
        refused(&mut breaker, 3, 0);
        refused(&mut breaker, 1, 10 * SECOND);
        assert_eq!(breaker.resting_since(10 * SECOND), Some(10 * SECOND));
        breaker.taken();
        refused(&mut breaker, 2, 21 * SECOND);
        assert_eq!(breaker.resting_since(21 * SECOND), None);
    }

    #[test]
    fn what_is_about_one_message_or_about_speed_does_not_count() {
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            breaker.refused(RefusalClass::Permanent, settings(), 0);
            breaker.refused(RefusalClass::Throttle, settings(), 0);
            breaker.refused(RefusalClass::ConfigError, BreakerSettings { refusals: 0, ..settings() }, 0);
        }
        assert_eq!(breaker.resting_since(0), None);
    }
}
