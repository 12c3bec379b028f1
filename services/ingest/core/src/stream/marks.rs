//! The newest position taken of each source, so that a record published twice is delivered once (D5, D12).

use std::collections::BTreeMap;

use volley_types::{Position, Source};

/// Who wrote a record of `inbox`, and where it stands in what he wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Who.
    pub source: Source,
    /// Its place.
    pub position: Position,
    /// The place of the record before it, from the same source on the same partition.
    pub predecessor: Option<Position>,
}

/// Marks over one partition of `inbox`: over all its records, also those of other streams, for the chain runs through them.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    newest: BTreeMap<Source, Position>,
    /// The partition was read from its first record on, so that nothing of any source lies before.
    whole: bool,
}

/// What a record is to what was taken before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It follows: its source's mark has moved to it.
    Next,
    /// It was taken before.
    Repeated,
    /// One before it is missing; both will be published again.
    Gap,
}

impl Marks {
    /// Of a reader that begins at the first record there ever was.
    pub fn from_the_first() -> Self {
        Self { newest: BTreeMap::new(), whole: true }
    }

    /// Judges a record and moves the mark to it if it follows. Of a source without a mark the first record is taken as it comes,
    /// unless everything before it was read: then it has no predecessor, or one that is missing.
    pub fn take(&mut self, written: &Written) -> Link {
        let Written { source, position, predecessor } = *written;
        let link = match self.newest.get(&source) {
            None if self.whole && predecessor.is_some() => Link::Gap,
            None => Link::Next,
            Some(mark) if position <= *mark => Link::Repeated,
            Some(mark) if predecessor == Some(*mark) => Link::Next,
            Some(_) => Link::Gap,
        };
        if link == Link::Next {
            self.newest.insert(source, position);
        }
        link
    }

    /// The marks, for a cursor.
    pub fn to_vec(&self) -> Vec<(Source, Position)> {
        self.newest.iter().map(|(source, position)| (*source, *position)).collect()
    }
}

impl FromIterator<(Source, Position)> for Marks {
    fn from_iter<I: IntoIterator<Item = (Source, Position)>>(marks: I) -> Self {
        Self { newest: marks.into_iter().collect(), whole: false }
    }
}

#[cfg(test)]
mod tests {
    use volley_types::Partition;

    use super::*;

    fn record(partition: u16, offset: u64, predecessor: Option<u64>) -> Written {
        let at = |offset| Position { offset, index: 0 };
        let source = Source::Correlation(Partition(partition));
        Written { source, position: at(offset), predecessor: predecessor.map(at) }
    }

    #[test]
    fn a_record_published_twice_is_taken_once() {
        let mut marks = Marks::default();
        assert_eq!(marks.take(&record(0, 7, None)), Link::Next);
        assert_eq!(marks.take(&record(0, 9, Some(7))), Link::Next);
        assert_eq!(marks.take(&record(0, 7, None)), Link::Repeated);
        assert_eq!(marks.take(&record(0, 9, Some(7))), Link::Repeated);
        assert_eq!(marks.take(&record(1, 3, None)), Link::Next, "another source has its own mark");
    }

    #[test]
    fn what_follows_a_missing_record_is_taken_when_both_come_again() {
        let mut marks: Marks = [(Source::Correlation(Partition(0)), Position { offset: 7, index: 0 })]
            .into_iter()
            .collect();
        assert_eq!(marks.take(&record(0, 12, Some(9))), Link::Gap);
        assert_eq!(marks.take(&record(0, 9, Some(7))), Link::Next);
        assert_eq!(marks.take(&record(0, 12, Some(9))), Link::Next);
    }

    #[test]
    fn a_source_whose_first_record_is_missing_waits_where_everything_was_read_and_is_adopted_elsewhere() {
        let mut whole = Marks::from_the_first();
        assert_eq!(whole.take(&record(0, 9, Some(7))), Link::Gap);
        assert_eq!(whole.take(&record(0, 7, None)), Link::Next);
        assert_eq!(whole.take(&record(0, 9, Some(7))), Link::Next);
        assert_eq!(Marks::default().take(&record(0, 9, Some(7))), Link::Next);
    }

    #[test]
    fn marks_read_back_from_a_cursor_are_the_same() {
        let mut marks = Marks::default();
        marks.take(&record(3, 7, None));
        marks.take(&record(1, 4, Some(2)));
        let mut again: Marks = marks.to_vec().into_iter().collect();
        assert_eq!(again.take(&record(3, 7, None)), Link::Repeated);
        assert_eq!(again.take(&record(1, 5, Some(4))), Link::Next);
    }
}
