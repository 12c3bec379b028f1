//! Giving a message another text: what waits leaves with it, what a carrier has only the carrier can change.

use volley_events::{EditAnswered, EditForCarrier, EditOutcome, EditRequested, RoutingFact};
use volley_rows::{RowStore, RowsExt};

use crate::{
    RoutingError,
    engine::{Effect, Step},
    life::Life,
    rows::MessageRow,
};

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// A client wants a message to have another text. One that is not known here was never taken, or is forgotten.
    pub fn edit(&mut self, wish: &EditRequested) -> Result<(), RoutingError> {
        let EditRequested { message, edit, text, .. } = wish;
        let Some(mut row) = self.rows.row::<MessageRow>(message)? else {
            return Ok(());
        };
        if matches!(row.life, Life::Done) {
            let wish = EditForCarrier { message: *message, edit: *edit, text: text.clone() };
            self.effects.push(Effect::Tell(RoutingFact::EditForCarrier(Box::new(wish))));
            return Ok(());
        }
        if row.facts(*message)?.tenant != wish.tenant {
            return Ok(());
        }
        let outcome = match &row.life {
            _ if row.cancelled => EditOutcome::TooLate,
            Life::Unsettled { .. } => EditOutcome::InTransit,
            _ => {
                if let Some(facts) = &mut row.order {
                    facts.text = text.clone();
                }
                self.rows.put_row(message, &row)?;
                EditOutcome::Edited
            }
        };
        let answered = EditAnswered { message: *message, edit: *edit, outcome };
        self.effects.push(Effect::Tell(RoutingFact::EditAnswered(answered)));
        Ok(())
    }
}
