//! Our unanswered requests.
//!
//!   issue() --> ordinal 0, 1, 2, ...  --> sequence 1 .. 0x7FFFFFFF, 1 ..
//!
//! Requests are kept by ordinal, which never wraps, so that walking them is walking them in the order sent,
//! and the first one is always the first to time out.

use std::collections::BTreeMap;
use std::time::Instant;

use rusmpp::CommandId;

/// Sequence numbers in one round (SMPP 3.4 §3.2): 1 to 0x7FFFFFFF.
const ROUND: u64 = 0x7FFF_FFFF;

/// Numbers our requests.
#[derive(Debug, Default)]
pub(super) struct Sequencer {
    next: u64,
}

impl Sequencer {
    /// A sequencer that has already issued `issued` numbers.
    #[cfg(test)]
    pub(super) const fn starting_after(issued: u64) -> Self {
        Self { next: issued }
    }

    /// The ordinal of the next request.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// The next request is written: takes its ordinal.
    pub(super) const fn issue(&mut self) -> u64 {
        let ordinal = self.next;
        self.next += 1;
        ordinal
    }

    /// The number that goes on the wire.
    pub(super) fn sequence(ordinal: u64) -> u32 {
        u32::try_from(ordinal % ROUND + 1).expect("the remainder of a 31-bit divisor fits 32 bits")
    }

    /// The latest request that carried `sequence`, if any did.
    pub(super) fn ordinal(&self, sequence: u32) -> Option<u64> {
        let place = u64::from(sequence).checked_sub(1).filter(|place| *place < ROUND)?;
        let last = self.next.checked_sub(1)?;
        let candidate = last - last % ROUND + place;
        if candidate <= last { Some(candidate) } else { candidate.checked_sub(ROUND) }
    }
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A message.
    Submit { token: u64 },
    /// Another operation, and what its answer will be.
    Request { token: u64, response: CommandId },
}

#[derive(Debug)]
struct Pending {
    asked: Asked,
    deadline: Instant,
}

/// The requests that wait for an answer, at most `capacity` of them.
#[derive(Debug)]
pub(super) struct Window {
    capacity: usize,
    pending: BTreeMap<u64, Pending>,
}

impl Window {
    pub(super) fn new(capacity: u16) -> Self {
        Self { capacity: usize::from(capacity), pending: BTreeMap::new() }
    }

    /// How many more requests may be sent.
    pub(super) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.pending.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Remembers a request. The caller has seen that there is room.
    pub(super) fn insert(&mut self, ordinal: u64, asked: Asked, deadline: Instant) {
        self.pending.insert(ordinal, Pending { asked, deadline });
    }

    /// Looks at the request an answer names.
    pub(super) fn get(&self, ordinal: u64) -> Option<Asked> {
        self.pending.get(&ordinal).map(|pending| pending.asked)
    }

    /// The request is answered.
    pub(super) fn remove(&mut self, ordinal: u64) {
        self.pending.remove(&ordinal);
    }

    /// When the first request times out. All wait equally long, so it is the first one sent.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.first_key_value().map(|(_, pending)| pending.deadline)
    }

    /// Takes out the first request that has timed out by `now`.
    pub(super) fn pop_overdue(&mut self, now: Instant) -> Option<(u64, Asked)> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        self.pop_first()
    }

    /// Takes out the request sent first.
    pub(super) fn pop_first(&mut self) -> Option<(u64, Asked)> {
        self.pending.pop_first().map(|(ordinal, pending)| (ordinal, pending.asked))
    }
}

/// Messages given up as unanswered whose answers may still come.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    tokens: BTreeMap<u64, u64>,
}

impl GivenUp {
    /// Messages remembered per session; the oldest are forgotten first.
    pub(super) const MESSAGES_MAX: usize = 4_096;

    pub(super) fn remember(&mut self, ordinal: u64, token: u64) {
        if self.tokens.len() == Self::MESSAGES_MAX {
            self.tokens.pop_first();
        }
        self.tokens.insert(ordinal, token);
    }

    pub(super) fn holds(&self, ordinal: u64) -> bool {
        self.tokens.contains_key(&ordinal)
    }

    pub(super) fn take(&mut self, ordinal: u64) -> Option<u64> {
        self.tokens.remove(&ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_one_and_wrap_to_one() {
        assert_eq!(Sequencer::sequence(0), 1);
        assert_eq!(Sequencer::sequence(ROUND - 1), 0x7FFF_FFFF);
        assert_eq!(Sequencer::sequence(ROUND), 1);
    }

    #[test]
    fn an_answer_finds_its_request_on_both_sides_of_the_wrap() {
        let mut sequencer = Sequencer::starting_after(ROUND - 1);
        let before = sequencer.issue();
        let after = sequencer.issue();

        assert_eq!(sequencer.ordinal(0x7FFF_FFFF), Some(before));
        assert_eq!(sequencer.ordinal(1), Some(after));
    }

    #[test]
    fn a_number_never_issued_names_no_request() {
        let mut sequencer = Sequencer::default();
        assert_eq!(sequencer.ordinal(1), None);
        sequencer.issue();

        assert_eq!(sequencer.ordinal(1), Some(0));
        assert_eq!(sequencer.ordinal(2), None);
        assert_eq!(sequencer.ordinal(0), None);
        assert_eq!(sequencer.ordinal(0x8000_0000), None);
    }

    #[test]
    fn the_memory_of_given_up_messages_is_bounded() {
        let mut given_up = GivenUp::default();
        for ordinal in 0..=GivenUp::MESSAGES_MAX as u64 {
            given_up.remember(ordinal, ordinal);
        }

        assert_eq!(given_up.take(0), None);
        assert_eq!(given_up.take(1), Some(1));
        assert_eq!(given_up.tokens.len(), GivenUp::MESSAGES_MAX - 1);
    }
}
