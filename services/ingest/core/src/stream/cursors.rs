//! The durable cursors: a fold of `cursors`.

use std::collections::BTreeMap;

use volley_events::CursorMoved;

use super::StreamKey;

/// How far every stream was acknowledged.
#[derive(Debug, Clone, Default)]
pub struct DurableCursors(BTreeMap<StreamKey, CursorMoved>);

impl DurableCursors {
    /// Folds a cursor. One that lies before the one known changes nothing (EVT-4).
    pub fn fold(&mut self, cursor: CursorMoved) {
        let known = self.0.entry(StreamKey::of(&cursor)).or_insert_with(|| cursor.clone());
        if cursor.offset > known.offset {
            *known = cursor;
        }
    }

    /// The durable cursor of a stream.
    pub fn get(&self, key: &StreamKey) -> Option<&CursorMoved> {
        self.0.get(key)
    }

    /// Whether a stream was acknowledged as far as this, or farther.
    pub fn covers(&self, cursor: &CursorMoved) -> bool {
        self.get(&StreamKey::of(cursor))
            .is_some_and(|durable| durable.offset >= cursor.offset)
    }
}

#[cfg(test)]
mod tests {
    use volley_types::{Partition, Position, Source, SubscriptionId, TenantId};

    use super::*;

    fn cursor(offset: u64, marks: &[(u16, u64)]) -> CursorMoved {
        let mark = |(partition, offset): &(u16, u64)| {
            (Source::Correlation(Partition(*partition)), Position { offset: *offset, index: 0 })
        };
        CursorMoved {
            tenant: TenantId::new("acme").unwrap(),
            subscription: SubscriptionId::new("default").unwrap(),
            shard: 0,
            offset,
            marks: marks.iter().map(mark).collect(),
        }
    }

    #[test]
    fn a_durable_cursor_never_moves_back() {
        let mut durable = DurableCursors::default();
        durable.fold(cursor(9, &[(0, 4)]));
        durable.fold(cursor(5, &[(0, 2)]));
        assert_eq!(durable.get(&StreamKey::of(&cursor(0, &[]))), Some(&cursor(9, &[(0, 4)])));
        assert!(durable.covers(&cursor(9, &[])) && durable.covers(&cursor(3, &[])));
        assert!(!durable.covers(&cursor(10, &[])));
    }
}
