//! The rows that RocksDB does not have yet: found by their key at once, and put in order only where somebody walks over them.
//!
//! Most rows, those of messages first of all, are asked for by key alone. A new key is therefore only noted with its kind, and sorted
//! when a range of that kind is walked over.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, Range},
};

use rustc_hash::FxHashMap;

use super::pending::{Key, Pending};

/// First octet of a key.
type Kind = u8;

#[derive(Default)]
pub(super) struct Unwritten {
    rows: FxHashMap<Key, Pending>,
    order: RefCell<BTreeMap<Kind, Order>>,
}

/// The keys of one kind: each in one of the two.
#[derive(Default)]
struct Order {
    sorted: BTreeSet<Key>,
    /// Since the kind was walked over, in the order in which they came.
    new: Vec<Key>,
}

impl Unwritten {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&Pending> {
        self.rows.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<&mut Pending> {
        self.rows.get_mut(key)
    }

    /// Takes in a row that is not there.
    pub(super) fn insert(&mut self, key: Key, row: Pending) {
        self.order.get_mut().entry(kind_of(&key)).or_default().new.push(key.clone());
        let replaced = self.rows.insert(key, row);
        debug_assert!(replaced.is_none(), "a row is there already");
    }

    /// Takes out a row whose key was the newest of its kind.
    pub(super) fn forget_newest(&mut self, key: &Key) {
        self.rows.remove(key);
        if let Some(order) = self.order.get_mut().get_mut(&kind_of(key))
            && !order.sorted.remove(key)
        {
            let newest = order.new.pop();
            debug_assert!(
                newest.as_ref() == Some(key),
                "keys are forgotten in the order opposite to that in which they came"
            );
        }
    }

    /// Takes out everything, in key order.
    pub(super) fn take(&mut self) -> Vec<(Key, Pending)> {
        self.order.get_mut().clear();
        let room = FxHashMap::with_capacity_and_hasher(self.rows.len(), Default::default());
        let mut rows: Vec<_> = std::mem::replace(&mut self.rows, room).into_iter().collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        rows
    }

    /// Shows the rows of a range in key order; `None` stands for one that was removed.
    pub(super) fn walk<T>(
        &self,
        range: &Range<&[u8]>,
        see: impl for<'r> FnOnce(&mut dyn Iterator<Item = (&'r [u8], Option<&'r [u8]>)>) -> T,
    ) -> T {
        let mut order = self.order.borrow_mut();
        let kinds = order.range_mut(kinds_of(range)).map(|(_, order)| order);
        let bounds = (Bound::Included(range.start), Bound::Excluded(range.end));
        let keys = kinds.flat_map(|order| {
            order.sorted.extend(order.new.drain(..));
            order.sorted.range::<[u8], _>(bounds)
        });
        let mut rows = keys.filter_map(|key| {
            let row = self.rows.get(key)?;
            Some((&**key, row.value().map(|value| &**value)))
        });
        see(&mut rows)
    }
}

/// No row has an empty key.
fn kind_of(key: &[u8]) -> Kind {
    key.first().copied().unwrap_or_default()
}

/// The kinds with keys in a range. Nearly all ranges end before the first key of another kind.
fn kinds_of(range: &Range<&[u8]>) -> (Bound<Kind>, Bound<Kind>) {
    let end = match range.end {
        [] => Bound::Excluded(0),
        [next] => Bound::Excluded(*next),
        [last, ..] => Bound::Included(*last),
    };
    (Bound::Included(kind_of(range.start)), end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::overlay::pending::Stored;

    /// What may happen to the rows, in any order.
    #[derive(Debug, Clone)]
    enum Turn {
        /// A step makes rows; if it is taken back, they are forgotten from the last to the first.
        Make(Vec<Vec<u8>>, bool),
        Walk(Vec<u8>, Vec<u8>),
        Take,
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(0..4_u8, 1..4)
    }

    fn turn() -> impl Strategy<Value = Turn> {
        prop_oneof![
            4 => (prop::collection::vec(key(), 1..6), any::<bool>()).prop_map(|(keys, stays)| Turn::Make(keys, stays)),
            3 => (key(), key()).prop_map(|(start, end)| Turn::Walk(start, end)),
            1 => Just(Turn::Take),
        ]
    }

    fn row(value: &[u8]) -> Pending {
        Pending::new(Stored::Unknown, 1, Some(value.into()))
    }

    /// Makes the rows that are not there, each with its key as its value, and walks over all of them halfway.
    fn make(unwritten: &mut Unwritten, keys: &[Vec<u8>]) -> Vec<Key> {
        let mut made = Vec::new();
        for (count, key) in keys.iter().enumerate() {
            if unwritten.get(key).is_none() {
                made.push(Key::from_slice(key));
                unwritten.insert(Key::from_slice(key), row(key));
            }
            if count == keys.len() / 2 {
                walked(unwritten, &[0], &[255]);
            }
        }
        made
    }

    fn walked(unwritten: &Unwritten, start: &[u8], end: &[u8]) -> Vec<Vec<u8>> {
        unwritten.walk(&(start..end), |rows| {
            let values = rows.map(|(key, value)| {
                assert_eq!(Some(key), value, "a row is shown under another's key");
                key.to_vec()
            });
            values.collect()
        })
    }

    proptest! {
        #[test]
        fn rows_are_walked_over_and_taken_in_key_order(turns in prop::collection::vec(turn(), 1..40)) {
            let mut unwritten = Unwritten::default();
            let mut expected = BTreeSet::new();
            for turn in turns {
                match turn {
                    Turn::Make(keys, true) => {
                        make(&mut unwritten, &keys);
                        expected.extend(keys);
                    }
                    Turn::Make(keys, false) => {
                        for key in make(&mut unwritten, &keys).iter().rev() {
                            unwritten.forget_newest(key);
                        }
                    }
                    Turn::Walk(start, end) if start < end => {
                        let inside: Vec<_> = expected.range(start.clone()..end.clone()).cloned().collect();
                        prop_assert_eq!(walked(&unwritten, &start, &end), inside);
                    }
                    Turn::Walk(..) => {}
                    Turn::Take => {
                        let taken = unwritten.take().into_iter().map(|(key, _)| key.to_vec());
                        prop_assert_eq!(taken.collect::<Vec<_>>(), std::mem::take(&mut expected).into_iter().collect::<Vec<_>>());
                    }
                }
                prop_assert_eq!(unwritten.len(), expected.len());
            }
        }
    }
}
