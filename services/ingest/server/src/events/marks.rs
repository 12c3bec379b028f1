//! The newest position taken of each source, so that a record published twice is delivered once (D5, D12).

use std::collections::BTreeMap;

use volley_types::{Position, Source};
use volley_wire::Header;

/// Marks over one partition of `inbox`: over all its records, also those of other streams, for the chain runs through them.
#[derive(Debug, Default)]
pub(super) struct Marks(BTreeMap<Source, Position>);

/// What a record is to what was taken before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// It follows: its source's mark has moved to it.
    Next,
    /// It was taken before.
    Repeated,
    /// One before it is missing; both will be published again.
    Gap,
}

impl Marks {
    /// Judges a record and moves the mark to it if it follows. Of a source without a mark the first record is taken as it comes.
    pub(super) fn take(&mut self, header: &Header) -> Link {
        let mark = self.0.get(&header.source);
        let link = match mark {
            None => Link::Next,
            Some(mark) if header.position <= *mark => Link::Repeated,
            Some(mark) if header.predecessor == Some(*mark) => Link::Next,
            Some(_) => Link::Gap,
        };
        if link == Link::Next {
            self.0.insert(header.source, header.position);
        }
        link
    }

    /// The marks, for a cursor.
    pub(super) fn to_vec(&self) -> Vec<(Source, Position)> {
        self.0.iter().map(|(source, position)| (*source, *position)).collect()
    }
}

impl FromIterator<(Source, Position)> for Marks {
    fn from_iter<I: IntoIterator<Item = (Source, Position)>>(marks: I) -> Self {
        Self(marks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use volley_types::{Partition, Timestamp};

    use super::*;

    fn record(partition: u16, offset: u64, predecessor: Option<u64>) -> Header {
        let at = |offset| Position { offset, index: 0 };
        let source = Source::Correlation(Partition(partition));
        Header::new(source, at(offset), predecessor.map(at), Timestamp::from_micros(0))
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
    fn marks_read_back_from_a_cursor_are_the_same() {
        let mut marks = Marks::default();
        marks.take(&record(3, 7, None));
        marks.take(&record(1, 4, Some(2)));
        let mut again: Marks = marks.to_vec().into_iter().collect();
        assert_eq!(again.take(&record(3, 7, None)), Link::Repeated);
        assert_eq!(again.take(&record(1, 5, Some(4))), Link::Next);
    }
}
