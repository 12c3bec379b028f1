//! The session, told as given, when, then. The carrier's octets are written by our own encoders.

use std::time::Instant;

mod carrier;

mod ending;
mod given;
mod malformed;
mod properties;
mod traffic;

/// Some moment to count from. What it is plays no part in any test.
#[expect(clippy::disallowed_methods, reason = "an `Instant` comes from nowhere else")]
pub(super) fn start() -> Instant {
    Instant::now()
}
