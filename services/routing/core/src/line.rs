//! The order of a conversation, where its client asked for it (G9): its messages stand in line from their acceptance until routing
//! is done with them, and only the first may leave. So the next one goes when the one before was taken, refused or expired,
//! whatever accounts it was tried at.

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::MessageId;

use crate::{
    RoutingError,
    engine::Step,
    life::Life,
    rows::{Conversation, LineKey, LineRow, MessageRow, OrderFacts},
};

/// Most messages of lines that one record lets go; of more, the next one's timer fires at once.
const ADVANCED_MAX: usize = 256;

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Whether nothing stands before a message; what keeps no order stands in no line.
    pub fn is_first_in_line(&self, message: MessageId, facts: &OrderFacts) -> Result<bool, RowError> {
        let Some(place) = LineKey::of(message, facts) else { return Ok(true) };
        Ok(self.first_of(&place.conversation)?.is_none_or(|first| first == message))
    }

    fn first_of(&self, conversation: &Conversation) -> Result<Option<MessageId>, RowError> {
        let first = self.rows.rows_with_prefix::<LineRow>(&conversation.prefix(), 1)?;
        Ok(first.first().map(|(place, _)| place.message))
    }

    /// Lets those go whose turn it is since others are done. One that ends at once lets its next one go too.
    pub fn advance_lines(&mut self) -> Result<(), RoutingError> {
        let mut advanced = 0;
        while let Some(conversation) = self.freed.pop() {
            let Some(message) = self.first_of(&conversation)? else { continue };
            let mut row = self.row(message, "stands in line, but has no row")?;
            if row.life != Life::InLine {
                continue;
            }
            advanced += 1;
            match advanced <= ADVANCED_MAX {
                true => self.place(message, &mut row, None)?,
                false => self.go_at_once(message, &mut row)?,
            }
            self.rows.put_row(&message, &row)?;
        }
        Ok(())
    }

    fn go_at_once(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RowError> {
        self.set_timer(message, row, Some(self.at.now))
    }
}
