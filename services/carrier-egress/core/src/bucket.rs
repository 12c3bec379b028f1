//! How fast an account sends: a token bucket counted in segments, with a share kept for codes.
//!
//! ```text
//!   |<-- kept for otp -->|<------ everybody's ------>|
//!   0                 reserve                     capacity (a tenth of a second's segments)
//! ```
//!
//! A carrier that says "throttled" halves the rate, one that says "congested" takes a tenth of it; it grows back by 5 % of what it
//! was in each second. A carrier's profile may set other shares.

use volley_types::Lane;

/// A burst is this part of a second's segments.
const BURST_SECONDS: f64 = 0.1;
/// The part of a burst that only codes may use.
const OTP_SHARE: f64 = 0.2;
/// Percent of the rate that are left in each second of congestion, twice what comes back by default.
const CONGESTION_KEEP_PERCENT: u8 = 90;
/// `congestion_state` of a carrier that can take no more (SMPP 5.0 §4.8.4.18): as if it throttled.
const CONGESTED: u8 = 100;
/// Answers "throttled" within this span after a cut belong to the same burst and cut nothing more, in microseconds.
const THROTTLE_BURST_US: u64 = 1_000_000;
/// The slowest rate, in segments a second.
const RATE_MIN: f64 = 1.0;
/// How long segments are counted to know the rate of an account without a limit, in microseconds.
const METER_US: u64 = 1_000_000;

/// How an account slows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowing {
    /// Percent of the rate that are left when the carrier throttles.
    pub throttle_keep_percent: u8,
    /// Percent of the ceiling that come back in each second.
    pub recover_percent_per_second: u8,
    /// `congestion_state` from which on to ease off; 0 ignores it.
    pub congestion_ease_from: u8,
}

impl Slowing {
    /// Half of the rate, 5 % a second, from a `congestion_state` of 90 on.
    pub const DEFAULT: Self = Self {
        throttle_keep_percent: 50,
        recover_percent_per_second: 5,
        congestion_ease_from: 90,
    };
}

impl Default for Slowing {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Segments that may leave now.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    /// Segments a second by contract; `None` is unlimited.
    limit: Option<f64>,
    slowing: Slowing,
    throttle: Option<Throttle>,
    tokens: f64,
    refilled_us: u64,
    meter: Meter,
}

/// The carrier asked to slow down.
#[derive(Debug, Clone, Copy)]
struct Throttle {
    rate: f64,
    /// The throttle ends when the rate is back here.
    ceiling: f64,
    cut_us: u64,
}

/// Counts segments by the second.
#[derive(Debug, Clone, Copy, Default)]
struct Meter {
    since_us: u64,
    now: u32,
    before: u32,
}

impl TokenBucket {
    /// A full bucket. `segments_per_second` 0 is unlimited.
    pub fn new(segments_per_second: u32, now_us: u64) -> Self {
        let limit = (segments_per_second > 0).then_some(f64::from(segments_per_second));
        let meter = Meter { since_us: now_us, ..Meter::default() };
        let slowing = Slowing::default();
        let mut bucket = Self { limit, slowing, throttle: None, tokens: 0.0, refilled_us: now_us, meter };
        bucket.tokens = bucket.rate().map_or(0.0, capacity);
        bucket
    }

    /// Changes the contract; a throttle of the old one is forgotten.
    pub fn set_limit(&mut self, segments_per_second: u32, now_us: u64) {
        *self = Self { tokens: 0.0, slowing: self.slowing, ..Self::new(segments_per_second, now_us) };
    }

    /// Changes how it slows down from now on.
    pub fn set_slowing(&mut self, slowing: Slowing) {
        self.slowing = slowing;
    }

    /// Takes the tokens of a whole message, or none. One larger than a burst leaves when the bucket is full, and those after
    /// it wait the longer.
    pub fn take(&mut self, segments: u32, lane: Lane, now_us: u64) -> bool {
        self.refill(now_us);
        let Some(rate) = self.rate() else {
            self.meter.count(segments, now_us);
            return true;
        };
        if self.tokens + f64::EPSILON < needed(rate, segments, lane) {
            return false;
        }
        self.tokens -= f64::from(segments);
        self.meter.count(segments, now_us);
        true
    }

    /// Microseconds until [`take`](Self::take) of the same will do, at a later moment than the last refill.
    pub fn wait_from_us(&mut self, segments: u32, lane: Lane, now_us: u64) -> u64 {
        self.refill(now_us);
        self.wait_us(segments, lane)
    }

    /// Microseconds until [`take`](Self::take) of the same will do; 0 when it would do now.
    pub fn wait_us(&self, segments: u32, lane: Lane) -> u64 {
        let Some(rate) = self.rate() else { return 0 };
        let missing = (needed(rate, segments, lane) - self.tokens).max(0.0);
        // Rounded up to a microsecond, and far below what a u64 holds: the missing tokens are a few bursts at most.
        (missing / rate * 1e6).ceil() as u64
    }

    /// The carrier refused a segment as too fast.
    pub fn throttled(&mut self, now_us: u64) {
        self.cut(self.slowing.throttle_keep_percent, now_us);
        self.tokens = self.tokens.min(0.0);
    }

    /// The carrier told how congested it is, 0 to 100.
    pub fn congested(&mut self, state: u8, now_us: u64) {
        match self.slowing.congestion_ease_from {
            0 => {}
            _ if state >= CONGESTED => self.cut(self.slowing.throttle_keep_percent, now_us),
            from if state >= from => self.cut(CONGESTION_KEEP_PERCENT, now_us),
            _ => {}
        }
    }

    /// Goes on with a part of the rate; one cut a burst.
    fn cut(&mut self, keep_percent: u8, now_us: u64) {
        self.refill(now_us);
        if self
            .throttle
            .is_some_and(|throttle| now_us < throttle.cut_us.saturating_add(THROTTLE_BURST_US))
        {
            return;
        }
        let current = self.rate().unwrap_or_else(|| self.meter.rate().max(RATE_MIN));
        let ceiling = self.throttle.map_or(current, |throttle| throttle.ceiling);
        let rate = (current * f64::from(keep_percent) / 100.0).max(RATE_MIN);
        self.throttle = Some(Throttle { rate, ceiling, cut_us: now_us });
        self.tokens = self.tokens.min(capacity(rate));
    }

    /// Segments a second now; `None` is unlimited.
    pub fn rate(&self) -> Option<f64> {
        self.throttle.map(|throttle| throttle.rate).or(self.limit)
    }

    fn refill(&mut self, now_us: u64) {
        let elapsed_us = now_us.saturating_sub(self.refilled_us);
        if elapsed_us == 0 {
            return;
        }
        self.refilled_us = now_us;
        let seconds = elapsed_us as f64 / 1e6;
        if let Some(rate) = self.rate() {
            self.tokens = (self.tokens + rate * seconds).min(capacity(rate));
        }
        self.recover(seconds);
    }

    fn recover(&mut self, seconds: f64) {
        let Some(throttle) = &mut self.throttle else { return };
        let per_second = throttle.ceiling * f64::from(self.slowing.recover_percent_per_second) / 100.0;
        throttle.rate += per_second * seconds;
        if throttle.rate >= throttle.ceiling {
            self.throttle = None;
        }
    }
}

/// What must be there before a message of so many segments may leave by this lane.
fn needed(rate: f64, segments: u32, lane: Lane) -> f64 {
    let capacity = capacity(rate);
    let reserve = match lane {
        Lane::Otp => 0.0,
        Lane::Normal | Lane::Bulk => (capacity * OTP_SHARE).min(capacity - 1.0),
    };
    reserve + f64::from(segments).min(capacity - reserve)
}

fn capacity(rate: f64) -> f64 {
    (rate * BURST_SECONDS).max(1.0)
}

impl Meter {
    fn count(&mut self, segments: u32, now_us: u64) {
        let elapsed_us = now_us.saturating_sub(self.since_us);
        if elapsed_us >= METER_US {
            let before = if elapsed_us < 2 * METER_US { self.now } else { 0 };
            *self = Self { since_us: now_us, now: 0, before };
        }
        self.now = self.now.saturating_add(segments);
    }

    /// Segments of the busier of this second and the one before.
    fn rate(&self) -> f64 {
        f64::from(self.now.max(self.before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn taken(bucket: &mut TokenBucket, lane: Lane, now_us: u64) -> u32 {
        (0..10_000).take_while(|_| bucket.take(1, lane, now_us)).count() as u32
    }

    #[test]
    fn a_second_lets_a_seconds_segments_through() {
        let mut bucket = TokenBucket::new(1_000, 0);
        let sent: u32 = (0..=1_000).map(|ms| taken(&mut bucket, Lane::Otp, ms * 1_000)).sum();
        assert_eq!(sent, 1_000 + 100, "the rate and one burst");
    }

    #[test]
    fn a_campaign_leaves_a_share_for_codes() {
        let mut bucket = TokenBucket::new(1_000, 0);
        assert_eq!(taken(&mut bucket, Lane::Bulk, 0), 80);
        assert_eq!(taken(&mut bucket, Lane::Normal, 0), 0);
        assert_eq!(taken(&mut bucket, Lane::Otp, 0), 20);
    }

    #[test]
    fn a_message_takes_all_its_segments_or_none() {
        let mut bucket = TokenBucket::new(50, 0);
        assert!(bucket.take(3, Lane::Bulk, 0));
        assert!(!bucket.take(3, Lane::Bulk, 0));
        let wait_us = bucket.wait_us(3, Lane::Bulk);
        assert!(!bucket.take(3, Lane::Bulk, wait_us - 1_000));
        assert!(bucket.take(3, Lane::Bulk, wait_us));
    }

    #[test]
    fn one_larger_than_a_burst_leaves_and_delays_the_rest() {
        let mut bucket = TokenBucket::new(10, 0);
        assert!(bucket.take(8, Lane::Bulk, 0));
        assert!(!bucket.take(1, Lane::Otp, SECOND / 2));
        assert!(bucket.take(1, Lane::Otp, SECOND));
    }

    #[test]
    fn even_the_slowest_account_sends_from_every_lane() {
        let mut bucket = TokenBucket::new(1, 0);
        assert!(bucket.take(1, Lane::Bulk, 0));
        assert!(!bucket.take(1, Lane::Bulk, SECOND / 2));
        assert!(bucket.take(1, Lane::Bulk, SECOND));
    }

    #[test]
    fn throttling_halves_once_a_burst_and_recovers_five_percent_a_second() {
        let mut bucket = TokenBucket::new(100, 0);
        for _ in 0..50 {
            bucket.throttled(SECOND);
        }
        assert_eq!(bucket.rate(), Some(50.0));
        bucket.take(0, Lane::Otp, 2 * SECOND);
        assert_eq!(bucket.rate(), Some(55.0));
        bucket.throttled(2 * SECOND);
        assert_eq!(bucket.rate(), Some(27.5));
        bucket.take(0, Lane::Otp, 30 * SECOND);
        assert_eq!(bucket.rate(), Some(100.0), "back at the contract");
    }

    #[test]
    fn congestion_eases_a_tenth_a_second_and_full_congestion_as_a_throttle() {
        let mut bucket = TokenBucket::new(100, 0);
        bucket.congested(89, SECOND);
        assert_eq!(bucket.rate(), Some(100.0));
        for _ in 0..50 {
            bucket.congested(95, SECOND);
        }
        assert_eq!(bucket.rate(), Some(90.0));
        bucket.congested(100, 2 * SECOND);
        assert_eq!(bucket.rate(), Some(47.5), "half of 90 and 5 recovered");
        bucket.take(0, Lane::Otp, 30 * SECOND);
        assert_eq!(bucket.rate(), Some(100.0));
    }

    #[test]
    fn a_carrier_may_slow_us_down_in_its_own_way() {
        let mut bucket = TokenBucket::new(100, 0);
        bucket.set_slowing(Slowing {
            throttle_keep_percent: 20,
            recover_percent_per_second: 10,
            congestion_ease_from: 0,
        });
        bucket.congested(100, SECOND);
        assert_eq!(bucket.rate(), Some(100.0), "it is told not to listen");
        bucket.throttled(SECOND);
        assert_eq!(bucket.rate(), Some(20.0));
        bucket.take(0, Lane::Otp, 2 * SECOND);
        assert_eq!(bucket.rate(), Some(30.0));
    }

    #[test]
    fn an_account_without_a_limit_is_cut_to_half_of_what_it_sent_and_is_free_again() {
        let mut bucket = TokenBucket::new(0, 0);
        assert_eq!(taken(&mut bucket, Lane::Bulk, 0), 10_000);
        bucket.throttled(SECOND / 2);
        assert_eq!(bucket.rate(), Some(5_000.0));
        assert!(!bucket.take(1, Lane::Bulk, SECOND / 2));
        bucket.take(0, Lane::Otp, 11 * SECOND);
        assert_eq!(bucket.rate(), None);
    }
}
