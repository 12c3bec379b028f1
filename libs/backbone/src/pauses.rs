//! How long a loop waits before it asks a log again that failed it.

use std::time::Duration;

/// The pause after the first failure.
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double with each failure in a row, up to 5 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pauses {
    /// The pause after one more failure.
    #[must_use]
    pub fn after_failure(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST);
        pause
    }

    /// Something worked: the next failure is a first one.
    pub fn worked(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_seconds_and_begin_anew_when_something_worked() {
        let mut pauses = Pauses::default();
        let millis: Vec<u128> = (0..8).map(|_| pauses.after_failure().as_millis()).collect();
        assert_eq!(millis, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        pauses.worked();
        assert_eq!(pauses.after_failure(), FIRST);
    }
}
