//! Taking each record of a chained source once, and none after a gap (D5).

use volley_types::Position;
use volley_wire::Header;

/// What a record is to its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// It follows the mark: to be taken.
    Next,
    /// It is at or before the mark: it came before.
    Repeated,
    /// Something between the mark and it is missing.
    Gap,
}

/// Judges a record by the newest position taken from its source.
pub(crate) fn link(mark: Option<Position>, header: &Header) -> Link {
    match mark {
        Some(mark) if header.position <= mark => Link::Repeated,
        mark if header.predecessor == mark => Link::Next,
        _ => Link::Gap,
    }
}

#[cfg(test)]
mod tests {
    use volley_types::{Partition, Source, Timestamp};

    use super::*;

    fn at(offset: u64, index: u32) -> Position {
        Position { offset, index }
    }

    fn record(position: Position, predecessor: Option<Position>) -> Header {
        Header::new(Source::Routing(Partition(1)), position, predecessor, Timestamp::from_micros(0))
    }

    #[test]
    fn a_chain_is_taken_from_its_first_record_on() {
        assert_eq!(link(None, &record(at(4, 0), None)), Link::Next);
        assert_eq!(link(Some(at(4, 0)), &record(at(4, 1), Some(at(4, 0)))), Link::Next);
        assert_eq!(link(Some(at(4, 1)), &record(at(9, 0), Some(at(4, 1)))), Link::Next);
    }

    #[test]
    fn what_came_before_is_repeated_whatever_it_names() {
        assert_eq!(link(Some(at(4, 1)), &record(at(4, 1), Some(at(4, 0)))), Link::Repeated);
        assert_eq!(link(Some(at(4, 1)), &record(at(4, 0), None)), Link::Repeated);
    }

    #[test]
    fn a_missing_predecessor_is_a_gap() {
        assert_eq!(link(Some(at(4, 1)), &record(at(9, 0), Some(at(7, 0)))), Link::Gap);
        assert_eq!(link(None, &record(at(9, 0), Some(at(7, 0)))), Link::Gap);
        assert_eq!(link(Some(at(4, 1)), &record(at(9, 0), None)), Link::Gap);
    }
}
