//! Taking messages back: what waits ends here, what is queued for a carrier is recalled (D9).

use volley_events::{CancelOutcome, CancelRequested, ConsentAction, ConsentChanged, Recall, RecallScope};
use volley_rows::{RowStore, RowsExt};
use volley_types::{FinalState, MessageId, Reason};

use crate::{
    RoutingError, consent,
    engine::{Effect, Step},
    life::Life,
    rows::{MessageRow, WaitingKey, WaitingRow},
};

/// Most waiting messages of one handset that an opt-out ends at once; of more, each ends when it would have left.
const STOPPED_MAX: usize = 4_096;

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// A client wants a message back. One that is not known here was never taken, or is forgotten.
    pub fn cancel(&mut self, wish: &CancelRequested) -> Result<(), RoutingError> {
        let message = wish.message;
        let Some(mut row) = self.rows.row::<MessageRow>(&message)? else {
            return Ok(());
        };
        match &row.life {
            Life::Done => self.answer_cancel(message, CancelOutcome::TooLate),
            _ if row.facts(message)?.tenant != wish.tenant => return Ok(()),
            Life::Unsettled { .. } => {
                row.cancelled = true;
                self.effects
                    .push(Effect::Recall(Recall { scope: RecallScope::Message(message) }));
            }
            // Ends, and is answered, when the record is there.
            Life::WaitsForConfig(_) => row.cancelled = true,
            Life::Taken | Life::Scheduled | Life::InLine | Life::Parked(_) | Life::BacksOff { .. } => {
                self.take_back(message, &mut row)?;
            }
        }
        Ok(self.rows.put_row(&message, &row)?)
    }

    /// Ends a message of which nothing is on its way, as its client wished.
    pub fn take_back(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RoutingError> {
        self.close(message, row, FinalState::Cancelled, Reason::CancelledByClient, None)?;
        self.answer_cancel(message, CancelOutcome::Scheduled);
        Ok(())
    }

    /// A person opted out, or in again. An opt-out ends what waits for him and takes back what is queued for carriers.
    pub fn change_consent(&mut self, changed: &ConsentChanged) -> Result<(), RoutingError> {
        consent::change(self.rows, changed)?;
        match changed.action {
            ConsentAction::OptOut | ConsentAction::OptOutLikely => self.stop(changed),
            ConsentAction::OptIn | ConsentAction::Help => Ok(()),
        }
    }

    fn stop(&mut self, changed: &ConsentChanged) -> Result<(), RoutingError> {
        let prefix = WaitingKey::prefix(&changed.subscriber);
        for (WaitingKey { message, .. }, _) in self.rows.rows_with_prefix::<WaitingRow>(&prefix, STOPPED_MAX)? {
            let mut row = self.row(message, "waits, but has no row")?;
            let is_decided_later = matches!(row.life, Life::WaitsForConfig(_));
            if !is_decided_later && consent::forbids(self.rows, row.facts(message)?)? {
                self.close(message, &mut row, FinalState::Refused, Reason::OptedOut, None)?;
                self.rows.put_row(&message, &row)?;
            }
        }
        if let Some(number) = self.here.directory.number(&changed.number) {
            let scope = RecallScope::OptOut {
                tenant: changed.tenant.clone(),
                subscriber: changed.subscriber.clone(),
                source: number.dial.clone(),
            };
            self.effects.push(Effect::Recall(Recall { scope }));
        }
        Ok(())
    }
}
