//! Points in time and spans. A time is always an argument; nothing here reads a clock.

use std::{
    fmt,
    ops::{Add, Sub},
};

use serde::{Deserialize, Serialize};

/// A point in time: microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest point there is; what a partition's clock starts from.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest point there is: never.
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> SpanMs {
        SpanMs(u64::try_from(self.0.saturating_sub(earlier.0) / 1_000).unwrap_or(0))
    }
}

impl Add<SpanMs> for Timestamp {
    type Output = Self;
    fn add(self, span: SpanMs) -> Self {
        Self(self.0.saturating_add(span.as_micros()))
    }
}

impl Sub<SpanMs> for Timestamp {
    type Output = Self;
    fn sub(self, span: SpanMs) -> Self {
        Self(self.0.saturating_sub(span.as_micros()))
    }
}

/// A span of time in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SpanMs(u64);

impl SpanMs {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// From hours.
    pub const fn from_hours(hours: u64) -> Self {
        Self::from_secs(hours.saturating_mul(3_600))
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    fn as_micros(self) -> i64 {
        i64::try_from(self.0.saturating_mul(1_000)).unwrap_or(i64::MAX)
    }
}

impl fmt::Debug for SpanMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_never_wraps() {
        assert_eq!(Timestamp::MAX + SpanMs::from_hours(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN - SpanMs::from_hours(1), Timestamp::MIN);
        assert_eq!(Timestamp::from_micros(0) + SpanMs::from_secs(2), Timestamp::from_micros(2_000_000));
    }

    #[test]
    fn since_is_zero_backwards() {
        let (early, late) = (Timestamp::from_micros(1_000), Timestamp::from_micros(5_500));
        assert_eq!(late.since(early), SpanMs::from_millis(4));
        assert_eq!(early.since(late), SpanMs::ZERO);
    }
}
