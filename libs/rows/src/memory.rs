//! Rows in memory, for tests and the simulation.

use std::{
    collections::BTreeMap,
    ops::{Bound, Range},
};

use crate::{RowError, RowStore, store::KeyValue};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryRows(BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryRows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl RowStore for MemoryRows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        Ok(self.0.get(key).cloned())
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.insert(key, value);
    }

    fn put_new(&mut self, key: Vec<u8>, value: Vec<u8>) {
        debug_assert!(!self.0.contains_key(&key), "a row is there already");
        self.put(key, value);
    }

    fn delete(&mut self, key: &[u8]) {
        self.0.remove(key);
    }

    fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<KeyValue>, RowError> {
        if range.start >= range.end {
            return Ok(Vec::new());
        }
        let bounds = (Bound::Included(range.start), Bound::Excluded(range.end));
        let rows = self.0.range::<[u8], _>(bounds).take(limit);
        Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}
