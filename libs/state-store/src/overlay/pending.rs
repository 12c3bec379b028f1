//! One row that RocksDB does not have yet as it is now.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::digest::RowDigest;

/// Keys up to this size, in octets, lie where they are compared and take no memory of their own: those of messages, their timers, and
/// most others.
const INLINE_KEY_OCTETS: usize = 36;

pub(super) type Key = SmallVec<[u8; INLINE_KEY_OCTETS]>;
pub(super) type Value = Arc<[u8]>;

/// What RocksDB holds under the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// Not looked up yet; the write will.
    Unknown,
    /// This row, or none.
    Known(Option<RowDigest>),
}

/// What a batch made of the row; `None` when it removed it.
struct Version {
    batch: u64,
    value: Option<Value>,
}

/// The row as its newest batch left it, and as earlier batches did that were not written either.
pub(super) struct Pending {
    pub(super) stored: Stored,
    latest: Version,
    /// Oldest first; empty unless several batches in flight changed the row.
    earlier: Vec<Version>,
}

/// What a write takes of a row; the value is `None` where it was removed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The row as it is: nothing of it is left to be written.
    Latest(Option<Value>),
    /// The row as of the end of a batch; a later one changed it again.
    Earlier(Option<Value>),
    /// No batch up to there changed it.
    Nothing,
}

/// What takes one change back.
pub(super) enum Undo {
    /// The row was not pending before.
    Forget,
    /// An earlier step of the same batch had left this.
    Restore(Option<Value>),
    /// The version of an earlier batch was the latest.
    Uncover,
}

impl Pending {
    pub(super) fn new(stored: Stored, batch: u64, value: Option<Value>) -> Self {
        Self { stored, latest: Version { batch, value }, earlier: Vec::new() }
    }

    /// The row as the next reader sees it.
    pub(super) fn value(&self) -> Option<&Value> {
        self.latest.value.as_ref()
    }

    /// Changes the row in this batch.
    pub(super) fn set(&mut self, batch: u64, value: Option<Value>) -> Undo {
        let before = std::mem::replace(&mut self.latest, Version { batch, value });
        if before.batch == batch {
            return Undo::Restore(before.value);
        }
        self.earlier.push(before);
        Undo::Uncover
    }

    /// Puts the value back that the same batch had left before.
    pub(super) fn restore(&mut self, value: Option<Value>) {
        self.latest.value = value;
    }

    /// Makes the version of the batch before the latest again.
    pub(super) fn uncover(&mut self) {
        self.latest = self
            .earlier
            .pop()
            .expect("a version was covered by the change that is taken back");
    }

    /// Takes the row as of the end of a batch, to be written.
    pub(super) fn take(&mut self, upto: u64) -> Taken {
        if self.latest.batch <= upto {
            return Taken::Latest(self.latest.value.take());
        }
        let settled = self.earlier.partition_point(|version| version.batch <= upto);
        match self.earlier.drain(..settled).next_back() {
            Some(version) => Taken::Earlier(version.value),
            None => Taken::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Value> {
        Some(Arc::from(text.as_bytes()))
    }

    #[test]
    fn a_write_takes_the_row_as_of_its_batch_and_leaves_later_versions() {
        let mut row = Pending::new(Stored::Unknown, 1, value("one"));
        row.set(1, value("one again"));
        row.set(2, value("two"));
        row.set(4, None);

        assert_eq!(row.take(3), Taken::Earlier(value("two")));
        assert_eq!(row.take(3), Taken::Nothing);
        assert_eq!(row.take(4), Taken::Latest(None));
    }

    #[test]
    fn a_change_taken_back_leaves_no_trace() {
        let mut row = Pending::new(Stored::Unknown, 1, value("one"));
        assert!(matches!(row.set(2, value("two")), Undo::Uncover));
        assert!(matches!(row.set(2, value("more")), Undo::Restore(before) if before == value("two")));

        row.restore(value("two"));
        assert_eq!(row.value(), value("two").as_ref());
        row.uncover();
        assert_eq!(row.value(), value("one").as_ref());
        assert_eq!(row.take(1), Taken::Latest(value("one")));
    }
}
