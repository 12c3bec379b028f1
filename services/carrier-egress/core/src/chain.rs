//! Taking each record of a lane once, and none after a gap (design D5).

use std::collections::BTreeMap;

use volley_types::{Position, Source};

/// Where a record of a lane comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Who wrote it.
    pub source: Source,
    /// Its place in what the source wrote.
    pub position: Position,
    /// The place of the record before it, from the same source in the same lane.
    pub predecessor: Option<Position>,
}

/// What was made of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It follows its source's mark.
    Taken,
    /// It came before.
    Repeated,
    /// Something before it is missing: its source will publish again from there.
    Gap,
}

/// The newest position taken from each source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    newest: BTreeMap<Source, Position>,
    /// The lane was not read from its beginning: the first record of an unknown source has no predecessor to be checked.
    adopted: bool,
}

impl Marks {
    pub fn new(newest: BTreeMap<Source, Position>, adopted: bool) -> Self {
        Self { newest, adopted }
    }

    /// Judges a record and, if it is to be taken, moves the mark.
    pub fn take(&mut self, origin: &Origin) -> Taken {
        if !origin.source.is_chained() {
            return Taken::Taken;
        }
        match self.newest.get(&origin.source) {
            Some(mark) if origin.position <= *mark => return Taken::Repeated,
            None if self.adopted => {}
            mark if origin.predecessor.as_ref() == mark => {}
            _ => return Taken::Gap,
        }
        self.newest.insert(origin.source, origin.position);
        Taken::Taken
    }
}

/// The newest position of each source in a lane that is read back after its store was lost.
///
/// The newest, and not the last: a source that is publishing once more what it had published before may have come only so far when
/// the lane is read, and what follows comes behind its end. That was sent, or is called ambiguous, and must not leave again.
#[derive(Debug, Clone, Default)]
pub struct LaneTail(BTreeMap<Source, Position>);

impl LaneTail {
    /// Takes a record's place in.
    pub fn read(&mut self, source: Source, position: Position) {
        if source.is_chained() {
            let newest = self.0.entry(source).or_insert(position);
            *newest = position.max(*newest);
        }
    }

    /// The marks with which the lane begins anew.
    pub fn into_marks(self) -> BTreeMap<Source, Position> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    fn record(offset: u64, predecessor: Option<u64>) -> Origin {
        let at = |offset| Position { offset, index: 0 };
        Origin {
            source: Source::Routing(Partition(1)),
            position: at(offset),
            predecessor: predecessor.map(at),
        }
    }

    #[test]
    fn a_record_is_taken_once_and_a_gap_moves_nothing() {
        let mut marks = Marks::default();
        assert_eq!(marks.take(&record(4, None)), Taken::Taken);
        assert_eq!(marks.take(&record(4, None)), Taken::Repeated);
        assert_eq!(marks.take(&record(9, Some(7))), Taken::Gap);
        assert_eq!(marks.take(&record(7, Some(4))), Taken::Taken);
        assert_eq!(marks.take(&record(9, Some(7))), Taken::Taken, "published again from the gap");
    }

    #[test]
    fn the_tail_of_a_lane_that_is_being_published_again_ends_with_what_was_newest() {
        let mut tail = LaneTail::default();
        for record in [record(4, None), record(7, Some(4)), record(9, Some(7)), record(4, None)] {
            tail.read(record.source, record.position);
        }
        let mut marks = Marks::new(tail.into_marks(), true);
        assert_eq!(marks.take(&record(7, Some(4))), Taken::Repeated);
        assert_eq!(marks.take(&record(9, Some(7))), Taken::Repeated);
        assert_eq!(marks.take(&record(12, Some(9))), Taken::Taken);
    }

    #[test]
    fn after_a_lost_store_an_unknown_source_begins_anywhere() {
        let mut marks = Marks::new(BTreeMap::new(), true);
        assert_eq!(marks.take(&record(9, Some(7))), Taken::Taken);
        assert_eq!(marks.take(&record(15, Some(12))), Taken::Gap);
    }
}
