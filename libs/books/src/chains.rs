//! Chains of records: each names its predecessor, so a lost one leaves a gap behind itself.

use std::{collections::BTreeMap, fmt};

use volley_types::{Position, Source};

/// Gaps that are kept; more are counted.
pub const GAPS_MAX: usize = 1_000;

/// A record is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The topic that lacks it.
    pub topic: String,
    /// Its partition there.
    pub partition: u32,
    /// Who wrote it.
    pub source: Source,
    /// Its position: the offset of the input that led to it.
    pub missing: Option<Position>,
    /// The offset of the record behind the gap.
    pub before: u64,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, source, missing, before } = self;
        match missing {
            Some(Position { offset, index }) => {
                write!(
                    f,
                    "{topic}/{partition}: before offset {before} the record {offset}.{index} of {source:?} is missing"
                )
            }
            None => write!(f, "{topic}/{partition}: before offset {before} the beginning of {source:?} is missing"),
        }
    }
}

/// The newest position of each chain, and the gaps found.
#[derive(Debug, Default)]
pub struct Chains {
    newest: BTreeMap<(String, u32, Source), Position>,
    gaps: Vec<Gap>,
    in_all: u64,
}

impl Chains {
    /// Follows a chain by one record; false if it was there before: a source publishes its tail again after a crash. `is_trimmed`
    /// says that records before this topic partition's start were trimmed.
    pub fn follow(
        &mut self,
        (topic, partition, offset): (&str, u32, u64),
        source: Source,
        position: Position,
        predecessor: Option<Position>,
        is_trimmed: bool,
    ) -> bool {
        if !source.is_chained() {
            return true;
        }
        let key = (topic.to_owned(), partition, source);
        let mark = self.newest.get(&key).copied();
        if mark.is_some_and(|mark| position <= mark) {
            return false;
        }
        self.newest.insert(key, position);
        let is_whole = predecessor == mark || (mark.is_none() && is_trimmed);
        if is_whole {
            return true;
        }
        self.in_all += 1;
        if self.gaps.len() < GAPS_MAX {
            let topic = topic.to_owned();
            self.gaps
                .push(Gap { topic, partition, source, missing: predecessor, before: offset });
        }
        true
    }

    /// The gaps, the first [`GAPS_MAX`], and how many there are in all.
    pub fn into_gaps(self) -> (Vec<Gap>, u64) {
        (self.gaps, self.in_all)
    }
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    const ROUTING: Source = Source::Routing(Partition(0));

    fn at(offset: u64) -> Position {
        Position { offset, index: 0 }
    }

    fn gaps(chain: &[(u64, Option<u64>)], is_trimmed: bool) -> Vec<Option<Position>> {
        let mut chains = Chains::default();
        for (offset, (position, predecessor)) in (0..).zip(chain) {
            chains.follow(("t", 0, offset), ROUTING, at(*position), predecessor.map(at), is_trimmed);
        }
        chains.into_gaps().0.into_iter().map(|gap| gap.missing).collect()
    }

    #[test]
    fn a_whole_chain_has_no_gap_also_when_its_tail_came_twice() {
        assert_eq!(gaps(&[(0, None), (3, Some(0)), (4, Some(3)), (3, Some(0)), (4, Some(3)), (9, Some(4))], false), []);
    }

    #[test]
    fn a_record_that_is_missing_is_named_by_the_one_behind_it() {
        assert_eq!(gaps(&[(0, None), (4, Some(3))], false), [Some(at(3))]);
        assert_eq!(gaps(&[(4, Some(3))], false), [Some(at(3))]);
    }

    #[test]
    fn what_came_before_is_no_news() {
        let mut chains = Chains::default();
        let mut follow = |position, predecessor| chains.follow(("t", 0, 0), ROUTING, at(position), predecessor, false);
        assert!(follow(2, None) && follow(5, Some(at(2))));
        assert!(!follow(2, None) && !follow(5, Some(at(2))));
        assert!(follow(6, Some(at(5))));
    }

    #[test]
    fn what_was_trimmed_is_not_missing() {
        assert_eq!(gaps(&[(4, Some(3)), (5, Some(4))], true), []);
    }
}
