//! Bugs planted on purpose, to show that the simulation finds them. They live in its own loop, never in production code.

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// A batch's rows and position are kept before the log has its outputs (against PROC-1).
    CommitBeforePublish,
    /// Second-rank outputs are sent first (against PROC-4).
    RanksSwapped,
    /// A record that came before is taken again.
    MarkNotChecked,
    /// A record whose predecessor is missing is taken (against PROC-3).
    GapAccepted,
    /// Egress writes its rows after the socket has the segments (against EGR-3).
    IntentAfterSocket,
    /// A start forgets the verdict of orders that were not sent.
    NotSentReconsidered,
    /// A submit that nobody answers counts as refused, and so is tried again.
    RetryOnSilence,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CommitBeforePublish,
        Self::RanksSwapped,
        Self::MarkNotChecked,
        Self::GapAccepted,
        Self::IntentAfterSocket,
        Self::NotSentReconsidered,
        Self::RetryOnSilence,
    ];
}
