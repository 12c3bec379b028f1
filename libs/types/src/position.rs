//! Where a record comes from, so that a receiver can take each one once (D5).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::subscriber::Partition;

/// Who wrote a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A front door; replays nothing, told apart by the run. Deduplicated by message id.
    FrontDoor(u64),
    /// Routing of one partition; its position is an offset of `routing.in`.
    Routing(Partition),
    /// mo-correlation of one partition; its position is an offset of `correlation.in`.
    Correlation(Partition),
    /// The fan-out of `config`; its position is a `config` offset.
    ConfigFanout,
    /// The egress of one carrier, told apart by a hash of its name. Deduplicated by attempt, arrival and run.
    Egress(u64),
    /// The owner of a processor, writing `Owner` and `Tick` to its own input.
    Owner(u64),
}

impl Source {
    /// The kind as one octet, for the record header; never reused.
    pub const fn kind(self) -> u8 {
        match self {
            Self::FrontDoor(_) => 1,
            Self::Routing(_) => 2,
            Self::Correlation(_) => 3,
            Self::ConfigFanout => 4,
            Self::Egress(_) => 5,
            Self::Owner(_) => 6,
        }
    }

    /// The number that tells sources of a kind apart.
    pub const fn id(self) -> u64 {
        match self {
            Self::FrontDoor(id) | Self::Egress(id) | Self::Owner(id) => id,
            Self::Routing(partition) | Self::Correlation(partition) => partition.0 as u64,
            Self::ConfigFanout => 0,
        }
    }

    /// From kind and number; `None` when no such source exists.
    pub fn from_parts(kind: u8, id: u64) -> Option<Self> {
        let partition = || u16::try_from(id).ok().map(Partition);
        match kind {
            1 => Some(Self::FrontDoor(id)),
            2 => partition().map(Self::Routing),
            3 => partition().map(Self::Correlation),
            4 => (id == 0).then_some(Self::ConfigFanout),
            5 => Some(Self::Egress(id)),
            6 => Some(Self::Owner(id)),
            _ => None,
        }
    }

    /// Whether its records form a chain that a receiver checks: each names its predecessor.
    pub const fn is_chained(self) -> bool {
        matches!(self, Self::Routing(_) | Self::Correlation(_) | Self::ConfigFanout)
    }
}

/// The place of a record in what its source wrote: the input record that caused it, and which of its outputs it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Offset of the input record.
    pub offset: u64,
    /// Which output of that input, from 0.
    pub index: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.offset, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_reads_back_from_its_parts() {
        let sources = [
            Source::FrontDoor(9),
            Source::Routing(Partition(3)),
            Source::Correlation(Partition(7)),
            Source::ConfigFanout,
            Source::Egress(u64::MAX),
            Source::Owner(1),
        ];
        for source in sources {
            assert_eq!(Source::from_parts(source.kind(), source.id()), Some(source));
        }
        assert_eq!(Source::from_parts(2, 70_000), None);
        assert_eq!(Source::from_parts(0, 0), None);
    }
}
