//! Who may send for a carrier: the newest run on its journal, as long as it keeps reading itself there.

use std::collections::BTreeSet;

use volley_events::Run;
use volley_types::RunId;

/// How often a run says that it lives, in microseconds.
pub const RUN_REPEAT_US: u64 = 3_000_000;

/// How long after it was written a run's own record lets it send, in microseconds.
pub const LEASE_US: u64 = 10_000_000;

/// The right to send.
#[derive(Debug, Clone)]
pub struct Lease {
    own: RunId,
    said_us: Option<u64>,
    /// Until when the record that was read back last lets it send; `None` before the first.
    until_us: Option<u64>,
    /// Runs that were there before: what they still say overtakes nobody.
    earlier: BTreeSet<RunId>,
    overtaken: bool,
}

impl Lease {
    /// Of a run that has said nothing yet, and follows `newest`.
    pub fn new(own: RunId, newest: Option<RunId>) -> Self {
        let earlier = newest.into_iter().collect();
        Self { own, said_us: None, until_us: None, earlier, overtaken: false }
    }

    /// Whether it is time to say that the run lives; if so, it counts as said.
    pub fn say(&mut self, now_us: u64) -> bool {
        if self
            .said_us
            .is_some_and(|said_us| now_us < said_us.saturating_add(RUN_REPEAT_US))
        {
            return false;
        }
        self.said_us = Some(now_us);
        true
    }

    /// A run was read on the journal; for an own one, `written_us` is when it was handed to the log, on our monotonic clock.
    pub fn read(&mut self, run: RunId, written_us: Option<u64>) {
        if run == self.own {
            self.until_us = written_us
                .map(|written_us| written_us.saturating_add(LEASE_US))
                .or(self.until_us);
        } else if self.until_us.is_none() {
            self.earlier.insert(run);
        } else if !self.earlier.contains(&run) {
            self.overtaken = true;
        }
    }

    /// Whether sending is allowed now.
    pub fn holds(&self, now_us: u64) -> bool {
        !self.overtaken && self.until_us.is_some_and(|until_us| now_us < until_us)
    }

    /// Whether a later run took over: this one never sends again.
    pub fn is_overtaken(&self) -> bool {
        self.overtaken
    }
}

/// The newest run on a journal, read from any record on to its end.
///
/// The newest is the one that came last, not the one that spoke last: a run that stood still says once more that it lives before it
/// hears of the one that came after it.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    run: Option<Run>,
    /// Those of its own number that came before it.
    beaten: BTreeSet<RunId>,
}

impl Newest {
    /// The next run on the journal.
    pub fn read(&mut self, run: Run) {
        match &self.run {
            Some(newest) if run.number < newest.number || self.beaten.contains(&run.run) => return,
            Some(newest) if run.number > newest.number => self.beaten.clear(),
            Some(newest) if run.run != newest.run => drop(self.beaten.insert(newest.run)),
            Some(_) | None => {}
        }
        self.run = Some(run);
    }

    /// What the newest said last, if there is one.
    pub fn run(self) -> Option<Run> {
        self.run
    }
}

/// The number of a run that found this one the newest.
pub fn number_after(newest: Option<&Run>) -> u64 {
    newest.map_or(0, |newest| newest.number.saturating_add(1))
}

/// How a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Its store knows everything the runs before it did.
    GoOn,
    /// Its store does not: what is unsettled counts as ambiguous.
    StoreLost,
}

/// Judges a store by the newest run on the journal: it must be that run's, and nothing of it lost with the power.
pub fn judge_start(newest: Option<&Run>, store: RunId, boot: RunId) -> Start {
    match newest {
        None => Start::GoOn,
        Some(run) if run.store == store && (run.boot == boot || run.clean_stop) => Start::GoOn,
        Some(_) => Start::StoreLost,
    }
}

#[cfg(test)]
mod tests {
    use volley_events::ReceiptIds;

    use super::*;

    const OWN: RunId = RunId::from_bytes([1; 16]);
    const OTHER: RunId = RunId::from_bytes([2; 16]);

    #[test]
    fn nothing_is_sent_before_the_run_has_read_itself() {
        let mut lease = Lease::new(OWN, None);
        assert!(lease.say(0) && !lease.say(1));
        lease.read(OTHER, None);
        assert!(!lease.holds(0));
        lease.read(OWN, Some(0));
        assert!(lease.holds(LEASE_US - 1));
        assert!(!lease.holds(LEASE_US), "it must be renewed");
        assert!(lease.say(RUN_REPEAT_US));
    }

    #[test]
    fn a_later_run_ends_it_for_good() {
        let mut lease = Lease::new(OWN, None);
        lease.read(OWN, Some(0));
        lease.read(OTHER, None);
        assert!(!lease.holds(1) && lease.is_overtaken());
        lease.read(OWN, Some(2));
        assert!(!lease.holds(3));
    }

    #[test]
    fn what_an_earlier_run_still_says_overtakes_nobody() {
        let third = RunId::from_bytes([3; 16]);
        let mut lease = Lease::new(OWN, Some(OTHER));
        lease.read(third, None);
        lease.read(OWN, Some(0));
        lease.read(OTHER, None);
        lease.read(third, None);
        assert!(lease.holds(1));
    }

    fn run(octet: u8, number: u64) -> Run {
        let id = RunId::from_bytes([octet; 16]);
        Run {
            store: id,
            run: id,
            boot: OWN,
            clean_stop: false,
            receipt_ids: ReceiptIds::Unknown,
            number,
        }
    }

    fn newest(runs: &[Run]) -> Option<Run> {
        let mut newest = Newest::default();
        runs.iter().for_each(|run| newest.read(*run));
        newest.run()
    }

    #[test]
    fn the_newest_run_is_the_one_that_came_last_and_not_the_one_that_spoke_last() {
        let (first, second) = (run(1, 4), run(2, 5));
        let stopped = Run { clean_stop: true, ..second };
        assert_eq!(newest(&[]), None);
        assert_eq!(newest(&[first, second, first]), Some(second));
        assert_eq!(newest(&[second, first]), Some(second), "what came before is not read");
        assert_eq!(newest(&[second, first, stopped, first]), Some(stopped), "its last word counts");
        assert_eq!((number_after(Some(&second)), number_after(None)), (6, 0));
    }

    #[test]
    fn of_runs_with_one_number_the_one_that_came_last_is_the_newest() {
        let (one, other, later) = (run(1, 0), run(2, 0), run(3, 1));
        assert_eq!(newest(&[one, other, one, one]), Some(other));
        assert_eq!(newest(&[one, other, later, other, one]), Some(later));
    }

    #[test]
    fn a_store_goes_on_only_where_the_newest_run_left_it() {
        let (store, boot) = (OWN, OTHER);
        let run = Run { store, run: OTHER, boot, ..run(2, 0) };
        assert_eq!(judge_start(None, store, boot), Start::GoOn);
        assert_eq!(judge_start(Some(&run), store, boot), Start::GoOn);
        assert_eq!(judge_start(Some(&run), store, OWN), Start::StoreLost, "the machine was off");
        assert_eq!(judge_start(Some(&Run { clean_stop: true, ..run }), store, OWN), Start::GoOn);
        assert_eq!(judge_start(Some(&run), OTHER, boot), Start::StoreLost, "another disk");
    }
}
