//! One timer a message: the end of a back-off or of its validity while it waits, and the day its id is forgotten.

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{MessageId, SpanMs, Timestamp};

use crate::rows::{MessageRow, TimerKey, TimerRow};

/// How long after the end of its validity an id is kept: 72 hours for the last receipt, and 72 more for repeats (G8).
pub const FORGET_AFTER: SpanMs = SpanMs::from_hours(144);

/// When the earliest timer is due.
pub fn next_due<S: RowStore + ?Sized>(rows: &S) -> Result<Option<Timestamp>, RowError> {
    let first = rows.rows_with_prefix::<TimerRow>(&[], 1)?;
    Ok(first.first().map(|(key, _)| key.due))
}

/// The timers that are due by `now`, at most `limit`, in order.
pub fn due<S: RowStore + ?Sized>(rows: &S, now: Timestamp, limit: usize) -> Result<Vec<TimerKey>, RowError> {
    let first = rows.rows_with_prefix::<TimerRow>(&[], limit)?;
    Ok(first.into_iter().map(|(key, _)| key).take_while(|key| key.due <= now).collect())
}

/// Sets, moves or clears the timer of a message.
pub fn set<S: RowStore + ?Sized>(
    rows: &mut S,
    message: MessageId,
    row: &mut MessageRow,
    timer: Option<Timestamp>,
) -> Result<(), RowError> {
    if row.timer == timer {
        return Ok(());
    }
    if let Some(due) = row.timer {
        rows.delete_row::<TimerRow>(&TimerKey { due, message });
    }
    if let Some(due) = timer {
        rows.put_row(&TimerKey { due, message }, &TimerRow)?;
    }
    row.timer = timer;
    Ok(())
}
