//! One timer a message: the end of a back-off, of a schedule, of its validity while it waits, of patience while an attempt is not
//! settled, and the day its id is forgotten.

use volley_events::control::TICK_ROWS_MAX;
use volley_rows::{Earliest, RowError, RowStore, RowsExt};
use volley_types::{MessageId, SpanMs, Timestamp};

use crate::{
    Routing, RoutingError,
    engine::Step,
    life::Life,
    rows::{MessageRow, TimerKey, TimerRow},
};

/// How long after the end of its validity an id is kept: 72 hours for the last receipt, and 72 more for repeats (G8).
pub const FORGET_AFTER: SpanMs = SpanMs::from_hours(144);

/// The earliest timers, at most `limit`, in order.
fn first<S: RowStore + ?Sized>(earliest: &Earliest, rows: &S, limit: usize) -> Result<Vec<TimerKey>, RowError> {
    let from = TimerKey { due: earliest.from(), message: MessageId::from_bytes([0; 16]) };
    let found = rows.rows_from::<TimerRow>(&from, limit)?;
    let found: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
    earliest.is_found(found.first().map(|first| first.due));
    Ok(found)
}

impl Routing {
    /// When the earliest timer is due, or something else a Tick must do; that is due at once. While none is due, a time before which none
    /// will be.
    pub fn next_due<S: RowStore + ?Sized>(&self, rows: &S, now: Timestamp) -> Result<Option<Timestamp>, RowError> {
        if self.has_work_left(rows)? {
            return Ok(Some(Timestamp::MIN));
        }
        self.timers
            .due(now, || Ok(first(&self.timers, rows, 1)?.first().map(|key| key.due)))
    }
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Sets, moves or clears the timer of a message.
    pub fn set_timer(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        timer: Option<Timestamp>,
    ) -> Result<(), RowError> {
        if row.timer == timer {
            return Ok(());
        }
        if let Some(due) = row.timer {
            self.rows.delete_row::<TimerRow>(&TimerKey { due, message });
        }
        if let Some(due) = timer {
            self.here.timers.is_set(due);
            self.rows.put_new_row(&TimerKey { due, message }, &TimerRow)?;
        }
        row.timer = timer;
        Ok(())
    }

    /// Pops what is due, at most [`TICK_ROWS_MAX`] rows, and does a piece of what earlier records left over.
    pub fn tick(&mut self) -> Result<(), RoutingError> {
        let (now, timers) = (self.at.now, first(&self.here.timers, self.rows, TICK_ROWS_MAX)?);
        for key in timers.into_iter().take_while(|key| key.due <= now) {
            self.message_due(key)?;
        }
        self.do_work_left(TICK_ROWS_MAX)
    }

    fn message_due(&mut self, TimerKey { due, message }: TimerKey) -> Result<(), RoutingError> {
        let mut row = self.row(message, "has a timer, but no row")?;
        if row.timer != Some(due) {
            // A message before it in this Tick has moved it.
            return Ok(());
        }
        match row.life.clone() {
            Life::Done => {
                self.rows.delete_row::<TimerRow>(&TimerKey { due, message });
                self.rows.delete_row::<MessageRow>(&message);
                return Ok(());
            }
            Life::Unsettled { account, .. } => self.overdue(message, &mut row, &account, due)?,
            Life::BacksOff { avoid } => self.place(message, &mut row, avoid.as_ref())?,
            Life::Taken | Life::WaitsForConfig(_) | Life::Scheduled | Life::InLine | Life::Parked(_) => {
                self.place(message, &mut row, None)?;
            }
        }
        Ok(self.rows.put_row(&message, &row)?)
    }

    /// The timers that fire up to `until`, in order; for what is looked for by when it is due.
    pub fn timers_until(&self, until: Timestamp) -> Result<Vec<TimerKey>, RowError> {
        const PAGE: usize = 4_096;
        let mut from = TimerKey { due: Timestamp::MIN, message: MessageId::from_bytes([0; 16]) };
        let (mut found, mut first) = (Vec::new(), true);
        loop {
            let page = self.rows.rows_from::<TimerRow>(&from, PAGE)?;
            let is_last = page.len() < PAGE;
            let keys = page.into_iter().map(|(key, _)| key).skip(usize::from(!first));
            let before = found.len();
            found.extend(keys.take_while(|key| key.due <= until));
            match found.last() {
                Some(last) if !is_last && found.len() > before => (from, first) = (*last, false),
                _ => return Ok(found),
            }
        }
    }
}
