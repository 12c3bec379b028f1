use std::collections::BTreeMap;

use crate::pdu::DeliverOperation;

/// Delivered messages that our side has not answered yet, by the carrier's sequence number.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    unanswered: BTreeMap<u32, DeliverOperation>,
}

impl Backlog {
    /// Messages held unanswered at once; the next one is told to come later.
    pub(super) const MESSAGES_MAX: usize = 1_000;

    /// Takes a message in. `false` when there is no room, or when a message with this number still waits:
    /// two of one number could not be told apart by their answers.
    pub(super) fn admit(&mut self, sequence: u32, operation: DeliverOperation) -> bool {
        if self.unanswered.len() >= Self::MESSAGES_MAX || self.unanswered.contains_key(&sequence) {
            return false;
        }
        self.unanswered.insert(sequence, operation);
        true
    }

    /// The message is answered. `None` if none waits under this number.
    pub(super) fn remove(&mut self, sequence: u32) -> Option<DeliverOperation> {
        self.unanswered.remove(&sequence)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unanswered.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.unanswered.len()
    }

    pub(super) fn clear(&mut self) {
        self.unanswered.clear();
    }
}
