//! Why a partition stops, and what makes it go on.

use volley_event_log::LogError;
use volley_state_store::StoreError;
use volley_types::{Position, RunId, Source};

use crate::{FoldError, TopicName};

/// Why the loop ended.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It was asked to.
    Drained,
    /// This run owns the partition now.
    Superseded(RunId),
    /// Something is wrong.
    Fault(Fault),
}

/// What is wrong, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("offset {offset}: {gap}")]
    Gap { offset: u64, gap: Gap },
    #[error("offset {offset}: the record cannot be decided: {}", chain_of(.error))]
    Step { offset: u64, error: FoldError },
    #[error("offset {offset}: an output for {topic} has {bytes} octets, the limit is {limit}")]
    OutputTooLarge { offset: u64, topic: TopicName, bytes: usize, limit: usize },
    #[error("offset {offset}: the outputs of one record have {bytes} octets together, the limit is {limit}")]
    OutputsTooLarge { offset: u64, bytes: usize, limit: usize },
    #[error("offset {offset}: {topic} was published in another rank before; a topic has one")]
    RankChanged { offset: u64, topic: TopicName },
    #[error("offset {offset}: the partition's clock would be {ahead_ms} ms ahead of this machine's")]
    ClockAhead { offset: u64, ahead_ms: u64 },
    #[error("the log failed: {0}")]
    Log(#[from] LogError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("there is no topic {0} to publish to")]
    NoTopic(TopicName),
    #[error(
        "the stored position {position} is before the log's start {start}: what is between them is lost; a snapshot must bridge it"
    )]
    BeforeStart { position: u64, start: u64 },
    #[error(
        "the stored position {position} is beyond the log's end {end}: the log has lost its tail or is another one"
    )]
    BeyondEnd { position: u64, end: u64 },
    #[error("the store is empty and the log starts at {start}: an empty store may only start at the beginning")]
    NotTheBeginning { start: u64 },
    #[error("the state was decided by logic version {stored}, this program knows {known}")]
    LogicVersion { stored: u32, known: u32 },
    #[error("the views cannot be built from the rows: {}", chain_of(.0))]
    Restore(FoldError),
    #[error("the timers cannot be read: {}", chain_of(.0))]
    Timers(FoldError),
    #[error("a task of the store was cut off: {0}")]
    Task(String),
}

/// A chained record whose predecessor was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gap: {origin:?} sent {position}, which follows {}; expected is what follows {}", named(.predecessor), named(.mark))]
pub(crate) struct Gap {
    pub(crate) origin: Source,
    pub(crate) position: Position,
    pub(crate) predecessor: Option<Position>,
    pub(crate) mark: Option<Position>,
}

/// What makes a partition go on after a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Starting again after a pause.
    Retry,
    /// Opening the store again and starting from where it is, after a pause.
    Reopen,
    /// An operator's skip of this record.
    Skip(u64),
    /// That, or the source publishing again from the gap.
    Republish(u64, Gap),
    /// Nothing it can do by itself.
    Repair,
}

impl Fault {
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Gap { offset, gap } => Remedy::Republish(*offset, gap.clone()),
            // The record is well, the store is not: skipping it would lose it, and the next one would meet the same rows.
            Self::Step { error: FoldError::Rows(_), .. } => Remedy::Repair,
            Self::Step { offset, .. }
            | Self::OutputTooLarge { offset, .. }
            | Self::OutputsTooLarge { offset, .. }
            | Self::RankChanged { offset, .. } => Remedy::Skip(*offset),
            Self::Log(error) if error.is_retriable() => Remedy::Retry,
            Self::ClockAhead { .. } | Self::NoTopic(_) => Remedy::Retry,
            Self::Store(StoreError::Full { .. }) => Remedy::Reopen,
            Self::Log(_)
            | Self::Store(_)
            | Self::BeforeStart { .. }
            | Self::BeyondEnd { .. }
            | Self::NotTheBeginning { .. }
            | Self::LogicVersion { .. }
            | Self::Restore(_)
            | Self::Timers(_)
            | Self::Task(_) => Remedy::Repair,
        }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn named(position: &Option<Position>) -> String {
    position.map_or_else(|| "nothing".to_owned(), |position| position.to_string())
}

/// An error with its causes, in one line.
fn chain_of(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    #[test]
    fn a_gap_names_its_source_what_was_expected_and_what_was_found() {
        let gap = Gap {
            origin: Source::Routing(Partition(3)),
            position: Position { offset: 9, index: 1 },
            predecessor: Some(Position { offset: 7, index: 0 }),
            mark: None,
        };
        let fault = Fault::Gap { offset: 12, gap: gap.clone() };
        assert_eq!(
            fault.to_string(),
            "offset 12: gap: Routing(Partition(3)) sent 9.1, which follows 7.0; expected is what follows nothing"
        );
        assert_eq!(fault.remedy(), Remedy::Republish(12, gap));
    }

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        assert_eq!(Fault::Log(LogError::Unavailable { reason: String::new() }).remedy(), Remedy::Retry);
        assert_eq!(Fault::Log(LogError::Corrupt { reason: String::new() }).remedy(), Remedy::Repair);
        let full = StoreError::Full { place: String::new(), doing: "writing rows", cause: String::new() };
        assert_eq!(Fault::Store(full).remedy(), Remedy::Reopen);
        let invariant = FoldError::Invariant { broken: "books".to_owned() };
        assert_eq!(Fault::Step { offset: 4, error: invariant }.remedy(), Remedy::Skip(4));
        let damaged = StoreError::Corrupt { place: String::new(), what: String::new() };
        let unreadable = FoldError::Rows(damaged.into());
        assert_eq!(
            Fault::Step { offset: 4, error: unreadable }.remedy(),
            Remedy::Repair,
            "no record is lost for a store"
        );
    }
}
