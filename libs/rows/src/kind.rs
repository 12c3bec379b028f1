//! The first octet of every key.

/// What kind of row a key leads to. An octet that was used once is never used for anything else: a row whose layout changes
/// gets a new kind, and the old octet stays here, marked as retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RowKind {
    /// Position, marks, output positions, logic version and digest of a partition (state-store's own).
    Header = 1,
    /// A configuration entity, folded from `config`.
    Directory = 2,

    /// Routing: one message, from its acceptance until its id may be forgotten.
    RoutingMessage = 10,
    /// Routing: an opt-out of one handset.
    RoutingOptOut = 11,
    /// Routing: how many attempts an account's lane may have unsettled.
    RoutingAllowance = 12,
    /// Routing: a parked message in its queue.
    RoutingQueue = 13,
    /// Routing: something due at a time.
    RoutingTimer = 14,
    /// Routing: a message that waits for a configuration record.
    RoutingConfigWait = 15,
    /// Routing: whose turn it is in a queue.
    RoutingTurn = 16,
    /// Routing: the last concatenation reference of a number and a handset.
    RoutingReference = 17,
    /// Routing: how many messages of a tenant wait.
    RoutingWaitingCount = 18,
    /// Routing: a message that waits, found by its handset.
    RoutingWaiting = 19,
    /// Routing: a message in the line of its conversation.
    RoutingLine = 20,

    /// Correlation: the life of one message.
    CorrelationMessage = 30,
    /// Correlation: one conversation between a number and a handset.
    CorrelationThread = 31,
    /// Correlation: which attempt a carrier's message id belongs to.
    CorrelationCarrierId = 32,
    /// Correlation: a receipt that no message claims yet.
    CorrelationUnmatched = 33,
    /// Correlation: an opt-out of one handset.
    CorrelationConsent = 34,
    /// Correlation: the vote of one handset in one poll.
    CorrelationVote = 35,
    /// Correlation: something due at a time.
    CorrelationTimer = 36,
    /// Correlation: this partition's count of one poll option.
    CorrelationTally = 37,
    /// Correlation: the parts of a long reply that have come.
    CorrelationParts = 38,
    /// Correlation: when a confirmation was last sent.
    CorrelationConfirmation = 39,
    /// Correlation: arrivals already taken.
    CorrelationArrival = 40,
    /// Correlation: a reply that no tenant claims.
    CorrelationUnrouted = 41,
    /// Correlation: a message whose receipt may name an id that nobody was told.
    CorrelationNameless = 42,

    /// Egress: an attempt from its intent until it is done.
    EgressAttempt = 60,
    /// Egress: which attempt a carrier's message id belongs to.
    EgressCarrierId = 61,
    /// Egress: a `deliver_sm` from its arrival until the log has it.
    EgressArrival = 62,
    /// Egress: position and marks of a lane.
    EgressLane = 63,
    /// Egress: a recall that still holds.
    EgressRecall = 64,
    /// Egress: identity of the store and its run.
    EgressStore = 65,
}
