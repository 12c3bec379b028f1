//! The log's own clock: what it stamps on records is its own time, so it is the one library besides `runtime` that reads one.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix microseconds, UTC.
pub(crate) fn now_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}
