//! A handset that can be reached again: what backs off for it is tried at once.

use volley_events::HandsetAvailable;
use volley_rows::{RowStore, RowsExt};

use crate::{
    RoutingError,
    engine::Step,
    life::Life,
    rows::{WaitingKey, WaitingRow},
};

/// Most waiting messages of one handset that are looked at; of more, each is tried when its back-off ends.
const LOOKED_AT_MAX: usize = 256;

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Tries what backs off for the handset, in the order of message ids; the tries that count are as many as before.
    pub fn available(&mut self, available: &HandsetAvailable) -> Result<(), RoutingError> {
        let prefix = WaitingKey::prefix(&available.subscriber);
        for (WaitingKey { message, .. }, _) in self.rows.rows_with_prefix::<WaitingRow>(&prefix, LOOKED_AT_MAX)? {
            let mut row = self.row(message, "waits, but has no row")?;
            if let Life::BacksOff { avoid } = row.life.clone() {
                self.place(message, &mut row, avoid.as_ref())?;
                self.rows.put_row(&message, &row)?;
            }
        }
        Ok(())
    }
}
