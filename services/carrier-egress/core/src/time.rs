//! Two clocks: one for what others agreed on, one for how long something took.

use volley_types::{SpanMs, Timestamp};

/// A moment, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall time: for `send_before`, deadlines, and what is reported.
    pub wall: Timestamp,
    /// Microseconds since some fixed moment, never going back: for waits and rates.
    pub monotonic_us: u64,
}

impl Now {
    /// Whether `span` has passed since the monotonic moment `since_us`.
    pub fn is_past(&self, since_us: u64, span: SpanMs) -> bool {
        self.monotonic_us >= since_us.saturating_add(span.as_millis().saturating_mul(1_000))
    }
}
