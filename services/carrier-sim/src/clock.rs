//! The one place that reads clocks and mixes chance: everything else is handed a [`Now`] and a [`Chance`].

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One moment on both clocks.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    /// For delays and deadlines.
    pub(crate) instant: Instant,
    /// Microseconds since 1970, UTC, for records.
    pub(crate) unix_us: i64,
}

impl Now {
    pub(crate) fn read() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            instant: Instant::now(),
            unix_us: i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX),
        }
    }
}

/// A repeatable source of chance (splitmix64): equal seeds give equal runs for equal input.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.draw() % (limit.max(1) as u64)).unwrap_or(0)
    }

    /// True in `percent` of a hundred cases; 100 draws nothing, so that certain rules do not shift the others.
    pub fn hits(&mut self, percent: u8) -> bool {
        percent >= 100 || self.below(100) < usize::from(percent)
    }
}
