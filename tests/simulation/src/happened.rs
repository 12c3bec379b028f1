//! What went wrong in a run, counted: a check that never meets its trouble proves nothing.

use std::{collections::BTreeMap, fmt};

/// A kind of trouble, or of what clients and handsets do in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    /// A client opened a stream.
    StreamOpened,
    /// One opened it at a cursor of his own.
    StreamResumed,
    /// One opened it at its end.
    StreamFromNow,
    /// A client dropped his stream, or its door died.
    StreamDropped,
    /// An acknowledgement was answered.
    Acknowledged,
    /// One was not, or nobody heard the answer.
    AcknowledgementUnheard,
    /// An event was delivered again that nobody had acknowledged.
    SeenAgain,
    /// Egress found its store lost.
    StoreLost,
    /// The power of an owner's machine failed.
    PowerLost,
    /// An owner of a carrier was replaced by one with an empty disk.
    OwnerReplaced,
    /// An owner of a carrier was replaced by one with an old copy of its disk.
    OwnerReplacedByCopy,
    /// An owner of a carrier woke up after he had been replaced.
    OwnerWoke,
    /// One found a later run on the journal.
    OwnerOvertaken,
    /// One that was replaced took its place back.
    OwnerBack,
    /// An owner of a carrier stopped in order.
    OwnerStopped,
    /// The power of its machine failed after that.
    PowerLostAfterStop,
    /// One stood still between its rows and the socket for longer than its lease.
    OwnerLapsed,
    /// An owner of a partition was replaced.
    PartitionReplaced,
    /// One woke up after he had been replaced.
    PartitionWoke,
    /// Records that such a one decided.
    DecidedLate,
    /// A person wrote the same once more.
    EqualReply,
    /// A reply was called a possible repeat.
    RepeatMarked,
}

impl Happened {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::StreamOpened,
        Self::StreamResumed,
        Self::StreamFromNow,
        Self::StreamDropped,
        Self::Acknowledged,
        Self::AcknowledgementUnheard,
        Self::SeenAgain,
        Self::StoreLost,
        Self::PowerLost,
        Self::OwnerReplaced,
        Self::OwnerReplacedByCopy,
        Self::OwnerWoke,
        Self::OwnerOvertaken,
        Self::OwnerBack,
        Self::OwnerStopped,
        Self::PowerLostAfterStop,
        Self::OwnerLapsed,
        Self::PartitionReplaced,
        Self::PartitionWoke,
        Self::DecidedLate,
        Self::EqualReply,
        Self::RepeatMarked,
    ];
}

/// How often each happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Happened, u64>);

impl Tally {
    /// It happened once more.
    pub fn count(&mut self, what: Happened) {
        self.add(what, 1);
    }

    /// It happened so many times more.
    pub fn add(&mut self, what: Happened, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    /// Takes another one in.
    pub fn merge(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.add(*what, *times);
        }
    }

    /// What never happened.
    pub fn missing(&self) -> Vec<Happened> {
        let never = |what: &Happened| self.0.get(what).is_none_or(|times| *times == 0);
        Happened::ALL.into_iter().filter(never).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, times) in &self.0 {
            writeln!(f, "  {times:>9} {what:?}")?;
        }
        Ok(())
    }
}
