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
    /// A partition goes on though a later owner is there (against PROC-5).
    LaterOwnerNotMinded,
    /// Egress writes its rows after the socket has the segments (against EGR-3).
    IntentAfterSocket,
    /// A start forgets the verdict of orders that were not sent.
    NotSentReconsidered,
    /// A submit that nobody answers counts as refused, and so is tried again.
    RetryOnSilence,
    /// Egress goes on with whatever disk it finds.
    StoreLossNotNoticed,
    /// A new owner does not wait until the one before it may not send any more (against CAR-3).
    LeaseNotAwaited,
    /// Egress sends whether its lease holds or not (against CAR-3).
    LeaseNotChecked,
    /// Egress looks at its lease before it writes its rows, and not again before the socket (against CAR-3).
    LeaseNotLookedAtAgain,
    /// The run that spoke last counts as the newest, not the one that came last.
    LastWordIsNewest,
    /// Egress says that it stopped in order before its rows are safe from a failure of power.
    CleanStopNotSynced,
    /// What is called ambiguous ends at the last record of a lane, though it repeats an older one.
    LaneTailNotTheNewest,
    /// A reply that is equal to one before is taken for the same.
    EqualRepliesJoined,
    /// A reply that may be a repeat is not called so.
    RepeatNotMarked,
    /// An acknowledgement is answered before the log has the cursor (against EVT-1).
    AnsweredBeforeCursor,
    /// A stream is opened by what a door happens to know of cursors (against EVT-1).
    CursorsNotCaughtUp,
    /// A cursor holds no marks (against EVT-2).
    CursorWithoutMarks,
    /// What was delivered counts as acknowledged (against EVT-1).
    DeliveredCountsAsAcknowledged,
}
