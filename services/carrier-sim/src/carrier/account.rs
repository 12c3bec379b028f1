//! An account: its limits, its links, and what waits for them.

use std::sync::Arc;
use std::time::Instant;

use super::deliveries::Deliveries;
use crate::config::AccountConfig;

/// One login and everything that belongs to it.
pub(super) struct Account {
    pub(super) name: Arc<str>,
    pub(super) config: AccountConfig,
    /// Bound links in the order they came.
    pub(super) links: Vec<u64>,
    pub(super) deliveries: Deliveries,
    rate: Rate,
}

impl Account {
    pub(super) fn new(config: AccountConfig, now: Instant) -> Self {
        let rate = Rate::new(config.segments_per_second, now);
        Self {
            name: config.system_id.as_str().into(),
            config,
            links: Vec::new(),
            deliveries: Deliveries::default(),
            rate,
        }
    }

    /// Takes so many segments from the account's rate; false if there are not enough.
    pub(super) fn take_segments(&mut self, segments: u32, now: Instant) -> bool {
        self.rate.take(segments, now)
    }
}

/// A token bucket of segments that holds a tenth of a second's worth, and at least one.
struct Rate {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Rate {
    fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        let burst = (per_second / 10.0).max(1.0);
        Self { per_second, burst, tokens: burst, filled_at: now }
    }

    fn take(&mut self, segments: u32, now: Instant) -> bool {
        if self.per_second == 0.0 {
            return true;
        }
        let gained = now.saturating_duration_since(self.filled_at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled_at = now;
        // A long text in one PDU may exceed the whole burst; a full bucket lets it pass.
        let price = f64::from(segments).min(self.burst);
        let enough = self.tokens >= price;
        if enough {
            self.tokens -= price;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rate_lets_its_burst_pass_and_then_its_pace() {
        let start = Instant::now();
        let mut rate = Rate::new(100, start);
        let at_once = (0..50).filter(|_| rate.take(1, start)).count();
        assert_eq!(at_once, 10);
        let within_a_second = (1..=1_000)
            .filter(|millis| rate.take(1, start + Duration::from_millis(*millis)))
            .count();
        assert!((99..=101).contains(&within_a_second), "{within_a_second}");
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let start = Instant::now();
        let mut rate = Rate::new(0, start);
        assert!((0..10_000).all(|_| rate.take(10, start)));
    }
}
