//! Is the carrier still there?
//!
//!   heard --interval--> Ask --timeout--> Ask again --timeout--> Dead
//!     ^                                     |
//!     +----------- any PDU -----------------+

use std::time::{Duration, Instant};

/// Enquiries in a row that may meet silence: the last one closes the session.
const MISSES_MAX: u8 = 2;

/// What the state of the link asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkCheck {
    /// Nothing to do.
    Fine,
    /// Send an `enquire_link`.
    Ask,
    /// Give the session up.
    Dead,
}

/// Watches the silence of the carrier.
#[derive(Debug)]
pub(super) struct LinkWatch {
    interval: Duration,
    timeout: Duration,
    misses: u8,
    asked: bool,
    deadline: Instant,
}

impl LinkWatch {
    pub(super) fn new(interval: Duration, timeout: Duration, now: Instant) -> Self {
        Self { interval, timeout, misses: 0, asked: false, deadline: now + interval }
    }

    /// The carrier sent a PDU, any PDU.
    pub(super) fn heard(&mut self, now: Instant) {
        self.misses = 0;
        self.asked = false;
        self.deadline = now + self.interval;
    }

    /// When to check next.
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn check(&mut self, now: Instant) -> LinkCheck {
        if now < self.deadline {
            return LinkCheck::Fine;
        }
        self.misses += u8::from(self.asked);
        if self.misses == MISSES_MAX {
            return LinkCheck::Dead;
        }
        self.asked = true;
        self.deadline = now + self.timeout;
        LinkCheck::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::start;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn two_enquiries_in_silence_are_the_end() {
        let start = start();
        let mut link = LinkWatch::new(30 * SECOND, 15 * SECOND, start);

        assert_eq!(link.check(start + 29 * SECOND), LinkCheck::Fine);
        assert_eq!(link.check(start + 30 * SECOND), LinkCheck::Ask);
        assert_eq!(link.check(start + 44 * SECOND), LinkCheck::Fine);
        assert_eq!(link.check(start + 45 * SECOND), LinkCheck::Ask);
        assert_eq!(link.check(start + 60 * SECOND), LinkCheck::Dead);
    }

    #[test]
    fn any_sign_of_life_starts_the_count_again() {
        let start = start();
        let mut link = LinkWatch::new(30 * SECOND, 15 * SECOND, start);
        link.check(start + 30 * SECOND);
        link.check(start + 45 * SECOND);

        link.heard(start + 50 * SECOND);

        assert_eq!(link.check(start + 60 * SECOND), LinkCheck::Fine);
        assert_eq!(link.check(start + 80 * SECOND), LinkCheck::Ask);
    }
}
