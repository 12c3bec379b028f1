//! What is due: the end of a grace, of a patience, of a memory.

use volley_events::control::TICK_ROWS_MAX;
use volley_rows::{Earliest, RowError, RowStore, RowsExt};
use volley_types::{MessageId, SpanMs, Timestamp};

use crate::{
    engine::{Correlation, CorrelationError, Step},
    life::RECEIPT_GRACE,
    rows::{
        ArrivalRow, CarrierIdKey, CarrierIdRow, ConfirmationRow, MessageRow, Subject, ThreadKey, ThreadRow, TimerKey,
        TimerRow, UnroutedRow,
    },
    threads::THREAD_KEPT,
};

/// How long after the end of its validity a message is remembered: 72 hours for its receipt, and 72 more for a correction.
pub const FORGET_AFTER: SpanMs = SpanMs::from_hours(144);

/// The earliest timers, at most `limit`, in order.
fn first<S: RowStore + ?Sized>(earliest: &Earliest, rows: &S, limit: usize) -> Result<Vec<TimerKey>, RowError> {
    // The first key of that time: no kind of subject comes before a message.
    let from = TimerKey { due: earliest.from(), subject: Subject::Message(MessageId::from_bytes([0; 16])) };
    let found = rows.rows_from::<TimerRow>(&from, limit)?;
    let found: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
    earliest.is_found(found.first().map(|first| first.due));
    Ok(found)
}

impl Correlation {
    /// When the earliest timer is due; while none is, a time before which none will be.
    pub fn next_due<S: RowStore + ?Sized>(&self, rows: &S, now: Timestamp) -> Result<Option<Timestamp>, RowError> {
        self.timers
            .due(now, || Ok(first(&self.timers, rows, 1)?.first().map(|key| key.due)))
    }
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Sets, moves or clears the timer of something that keeps its own in `timer`.
    pub(crate) fn set_timer(
        &mut self,
        subject: Subject,
        timer: &mut Option<Timestamp>,
        due: Option<Timestamp>,
    ) -> Result<(), RowError> {
        if *timer == due {
            return Ok(());
        }
        let at = |due| TimerKey { due, subject: subject.clone() };
        if let Some(before) = *timer {
            self.rows.delete_row::<TimerRow>(&at(before));
        }
        if let Some(due) = due {
            self.here.timers.is_set(due);
            self.rows.put_new_row(&at(due), &TimerRow)?;
        }
        *timer = due;
        Ok(())
    }

    /// Sets a timer that is never moved.
    pub(crate) fn remind(&mut self, subject: Subject, due: Timestamp) -> Result<(), RowError> {
        self.here.timers.is_set(due);
        self.rows.put_new_row(&TimerKey { due, subject }, &TimerRow)
    }

    /// Pops what is due, at most [`TICK_ROWS_MAX`] rows.
    pub(crate) fn tick(&mut self) -> Result<(), CorrelationError> {
        for key in first(&self.here.timers, self.rows, TICK_ROWS_MAX)? {
            if key.due > self.at.now {
                break;
            }
            self.rows.delete_row::<TimerRow>(&key);
            match key.subject {
                Subject::Message(message) => self.message_due(message)?,
                Subject::Arrival(arrival) => self.rows.delete_row::<ArrivalRow>(&arrival),
                Subject::Unmatched(receipt) => self.unmatched_due(&receipt)?,
                Subject::Parts(parts) => self.parts_due(&parts)?,
                Subject::Thread(thread) => self.thread_due(thread)?,
                Subject::Confirmation(confirmation) => self.rows.delete_row::<ConfirmationRow>(&confirmation),
                Subject::Unrouted(reply) => self.rows.delete_row::<UnroutedRow>(&reply),
            }
        }
        Ok(())
    }

    /// Keeps a message with the timer its state asks for.
    pub(crate) fn keep(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RowError> {
        self.plan_query(row);
        self.list_if_nameless(message, row)?;
        let span = if row.ended().is_some() { FORGET_AFTER } else { RECEIPT_GRACE };
        let end = row.deadline + span;
        let due = row.query_due().map_or(end, |query| query.min(end));
        self.set_timer(Subject::Message(message), &mut row.timer, Some(due))?;
        self.rows.put_row(&message, row)
    }

    fn message_due(&mut self, message: MessageId) -> Result<(), CorrelationError> {
        let Some(mut row) = self.rows.row::<MessageRow>(&message)? else {
            return Err(CorrelationError::Invariant { message, what: "has a timer, but no row" });
        };
        row.timer = None;
        let is_over = row.ended().is_some() || self.at.now >= row.deadline + RECEIPT_GRACE;
        if !is_over {
            self.query_when_due(message, &mut row);
            return Ok(self.keep(message, &mut row)?);
        }
        match row.give_up(self.at.now) {
            None => self.forget(message, &row)?,
            Some(news) => {
                self.keep(message, &mut row)?;
                self.tell(message, &row, &[news]);
            }
        }
        Ok(())
    }

    /// Forgets a message and the carrier ids that still lead to it.
    fn forget(&mut self, message: MessageId, row: &MessageRow) -> Result<(), RowError> {
        for kept in &row.tries {
            for id in kept.segments.iter().filter_map(|segment| segment.id.as_ref()) {
                let key = CarrierIdKey::new(&kept.carrier, id);
                let owner = self.rows.row::<CarrierIdRow>(&key)?;
                if owner.is_some_and(|owner| owner.attempt.message == message) {
                    self.rows.delete_row::<CarrierIdRow>(&key);
                }
            }
        }
        self.rows.delete_row::<MessageRow>(&message);
        self.unlist(message, row);
        Ok(())
    }

    /// A conversation's timer is set once and looks whether something happened meanwhile.
    fn thread_due(&mut self, key: ThreadKey) -> Result<(), RowError> {
        let Some(row) = self.rows.row::<ThreadRow>(&key)? else { return Ok(()) };
        let kept_until = row.at + THREAD_KEPT;
        if kept_until > self.at.now {
            return self.remind(Subject::Thread(key), kept_until);
        }
        self.rows.delete_row::<ThreadRow>(&key);
        Ok(())
    }
}
