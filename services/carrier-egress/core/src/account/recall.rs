//! Taking orders back before anything of them is on a socket.

use volley_events::SubmitOrder;
use volley_rows::{RowError, RowStore};
use volley_types::{Lane, Position, Source};

use super::Account;
use crate::{
    outbox::{Outbox, Place},
    rows::{AttemptRow, Outcome},
    time::Now,
};

impl Account {
    /// Takes back every waiting order for which `is_recalled` says so, given where it comes from.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn take_back_all<S: RowStore + ?Sized>(
        &mut self,
        is_recalled: impl Fn(&SubmitOrder, (Source, Position)) -> bool,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        for lane in Lane::ALL {
            for offset in self.lane(lane).recalled(&is_recalled) {
                self.take_back(Place { lane, offset }, now, rows, out)?;
            }
        }
        Ok(())
    }

    /// Writes the verdict of an order that still waits; one that has begun goes on (`TooLate` is what its outcome says).
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn take_back<S: RowStore + ?Sized>(
        &mut self,
        place: Place,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(waiting) = self.lane_mut(place.lane).take_waiting(place.offset) else {
            return Ok(());
        };
        let row = AttemptRow::Ended { outcome: Outcome::Recalled, sent_at: None, ended_at: now.wall };
        self.end(place, waiting.order.attempt, row, None, rows, out)
    }
}
