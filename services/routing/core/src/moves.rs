//! Moving a message from where it is to where it is next. Whatever else says where it is follows here and nowhere else: its place
//! in a queue, its timer, the list of what waits for its handset, the count of what waits of its tenant.

use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{MessageId, TenantId, Timestamp};

use crate::{
    RoutingError,
    engine::Step,
    life::Life,
    rows::{ConfigWaitRow, LineKey, LineRow, MessageRow, WaitingCountRow, WaitingKey, WaitingRow},
    timers::FORGET_AFTER,
};

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Moves a message; `due` is when its timer fires there. The row is the caller's to keep.
    pub fn move_to(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        life: Life,
        due: Option<Timestamp>,
    ) -> Result<(), RoutingError> {
        let left = std::mem::replace(&mut row.life, life);
        self.leave(&left);
        self.arrive(&row.life)?;
        if left.waits() != row.life.waits() {
            let facts = row.facts(message)?;
            let key = WaitingKey { subscriber: facts.subscriber.clone(), message };
            let tenant = facts.tenant.clone();
            match row.life.waits() {
                true => self.rows.put_row(&key, &WaitingRow)?,
                false => self.rows.delete_row::<WaitingRow>(&key),
            }
            self.count_waiting(tenant, row.life.waits())?;
        }
        Ok(self.set_timer(message, row, due)?)
    }

    /// Is done with a message: keeps its id, drops the rest, and lets the next one of its conversation go.
    pub fn finish(&mut self, message: MessageId, row: &mut MessageRow) -> Result<(), RoutingError> {
        let facts = row.facts(message)?;
        let (forget_at, place) = (facts.deadline + FORGET_AFTER, LineKey::of(message, facts));
        self.move_to(message, row, Life::Done, Some(forget_at))?;
        row.order = None;
        if let Some(place) = place {
            self.rows.delete_row::<LineRow>(&place);
            self.freed.push(place.conversation);
        }
        Ok(())
    }

    fn leave(&mut self, life: &Life) {
        match life {
            Life::Parked(key) => self.here.queues.leave(self.rows, key),
            Life::WaitsForConfig(key) => self.rows.delete_row::<ConfigWaitRow>(key),
            Life::Taken
            | Life::Scheduled
            | Life::InLine
            | Life::BacksOff { .. }
            | Life::Unsettled { .. }
            | Life::Done => {}
        }
    }

    fn arrive(&mut self, life: &Life) -> Result<(), RowError> {
        match life {
            Life::Parked(key) => self.here.queues.park(self.rows, key),
            Life::WaitsForConfig(key) => self.rows.put_row(key, &ConfigWaitRow),
            Life::Taken
            | Life::Scheduled
            | Life::InLine
            | Life::BacksOff { .. }
            | Life::Unsettled { .. }
            | Life::Done => Ok(()),
        }
    }

    fn count_waiting(&mut self, tenant: TenantId, one_more: bool) -> Result<(), RowError> {
        let key = tenant.as_str().to_owned();
        let before = self.here.waiting.get(&tenant).copied().unwrap_or(0);
        let messages = if one_more { before + 1 } else { before.saturating_sub(1) };
        if messages > 0 {
            self.here.waiting.insert(tenant, messages);
            return self.rows.put_row(&key, &WaitingCountRow { messages });
        }
        self.here.waiting.remove(&tenant);
        self.rows.delete_row::<WaitingCountRow>(&key);
        Ok(())
    }
}
