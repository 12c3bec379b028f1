//! What the topics say about each message.

mod faults;
mod line;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use volley_types::{AttemptId, FinalState, MessageId, Partition, Position, TenantId, Timestamp};

use line::{Line, Submitted, bit};

/// Messages the books hold at once, and ids of receipts that nobody claims; more are refused, and a shorter span of time must be asked for.
pub const MESSAGES_MAX: usize = 20_000_000;

/// There are more messages than fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {MESSAGES_MAX} messages; ask for a shorter span of time")]
pub struct BooksFull;

/// A hash of a carrier's name and a message id it gave.
pub type CarrierIdHash = u64;

/// The books while they are read in. The order of the topics does not matter; each topic's records come in their order.
#[derive(Debug, Default)]
pub struct Books {
    lines: BTreeMap<MessageId, Line>,
    tenants: BTreeMap<TenantId, u32>,
    /// By partition of `routing.in`: routing has decided at least up to here, as its outputs show.
    routed: BTreeMap<Partition, u64>,
    newest: Option<Timestamp>,
    /// What the inbox and `events` still hold begins here.
    kept_from: Option<Timestamp>,
    lanes_are_trimmed: bool,
    /// Ids that receipts named when nobody knew any more whose they are.
    loose_receipts: BTreeSet<CarrierIdHash>,
}

impl Books {
    /// A record of any topic, in whose time it lies.
    pub fn saw(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }

    /// What the inbox or `events` still holds begins here: ends of older messages cannot be compared.
    pub fn ends_were_trimmed(&mut self, from: Timestamp) {
        self.kept_from = self.kept_from.max(Some(from));
    }

    /// A lane no longer holds its first records: what is missing there may have been trimmed.
    pub fn lanes_were_trimmed(&mut self) {
        self.lanes_are_trimmed = true;
    }

    /// A submission on `routing.in`. Only the first of a message counts: the others are repeats that routing drops.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn submitted(
        &mut self,
        message: MessageId,
        tenant: &TenantId,
        at: Timestamp,
        deadline: Timestamp,
        (partition, offset): (Partition, u64),
    ) -> Result<(), BooksFull> {
        let next = u32::try_from(self.tenants.len()).unwrap_or(u32::MAX);
        let tenant = match self.tenants.get(tenant) {
            Some(known) => *known,
            None => *self.tenants.entry(tenant.clone()).or_insert(next),
        };
        let line = self.line(message)?;
        line.submitted
            .get_or_insert(Submitted { tenant, at, deadline, partition, offset });
        Ok(())
    }

    /// Routing wrote something, decided from this input.
    pub fn routed(&mut self, partition: Partition, position: Position) {
        let upto = self.routed.entry(partition).or_default();
        *upto = position.offset.max(*upto);
    }

    /// Routing said on `correlation.in` that it took a message.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn taken(&mut self, message: MessageId) -> Result<(), BooksFull> {
        self.line(message)?.taken = true;
        Ok(())
    }

    /// `events` holds an end of a message, or its correction.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn recorded(&mut self, message: MessageId, state: FinalState, is_correction: bool) -> Result<(), BooksFull> {
        self.line(message)?.recorded.take(state, is_correction);
        Ok(())
    }

    /// The inbox holds an end of a message, or its correction.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn told(&mut self, message: MessageId, state: FinalState, is_correction: bool) -> Result<(), BooksFull> {
        self.line(message)?.told.take(state, is_correction);
        Ok(())
    }

    /// A lane holds an attempt.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn ordered(&mut self, attempt: AttemptId) -> Result<(), BooksFull> {
        self.line(attempt.message)?.ordered |= bit(attempt);
        Ok(())
    }

    /// `correlation.in` holds the result of an attempt, with the ids the carrier gave.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn reported(&mut self, attempt: AttemptId, ids: impl Iterator<Item = CarrierIdHash>) -> Result<(), BooksFull> {
        let line = self.line(attempt.message)?;
        line.reported |= bit(attempt);
        line.carrier_ids.extend(ids);
        Ok(())
    }

    /// `correlation.in` holds a receipt: of this message where that was known (also where its status says that it was inferred), else
    /// of this id.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn receipt(&mut self, message: Option<MessageId>, id: Option<CarrierIdHash>) -> Result<(), BooksFull> {
        match message {
            Some(message) => self.line(message)?.has_receipt = true,
            None if self.loose_receipts.len() >= MESSAGES_MAX => return Err(BooksFull),
            None => self.loose_receipts.extend(id),
        }
        Ok(())
    }

    /// `routing.in` holds the settlement of an attempt.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn settled(&mut self, attempt: AttemptId) -> Result<(), BooksFull> {
        self.line(attempt.message)?.settled |= bit(attempt);
        Ok(())
    }

    /// Routing gave an attempt up that nobody had settled. A result of it may have come all the same: a store can be lost between the
    /// two.
    ///
    /// # Errors
    /// When there are too many messages.
    pub fn lost(&mut self, attempt: AttemptId) -> Result<(), BooksFull> {
        self.line(attempt.message)?.lost |= bit(attempt);
        Ok(())
    }

    fn line(&mut self, message: MessageId) -> Result<&mut Line, BooksFull> {
        if self.lines.len() >= MESSAGES_MAX && !self.lines.contains_key(&message) {
            return Err(BooksFull);
        }
        Ok(self.lines.entry(message).or_default())
    }
}
