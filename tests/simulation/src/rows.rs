//! Rows that remember what changed, so that a crash can take back what was not kept.

use std::ops::Range;

use volley_rows::{MemoryRows, RowError, RowStore};

/// Changes in their order: a key, and its value unless it was removed.
pub type Changes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Rows at work.
#[derive(Debug, Clone, Default)]
pub struct Staged {
    live: MemoryRows,
    changes: Changes,
}

impl Staged {
    /// Goes on from what was kept.
    pub fn on(kept: MemoryRows) -> Self {
        Self { live: kept, changes: Changes::new() }
    }

    /// What changed since the last time.
    pub fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    /// All rows as they are now.
    pub fn live(&self) -> &MemoryRows {
        &self.live
    }
}

/// Keeps changes.
pub fn keep(kept: &mut MemoryRows, changes: Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => kept.put(key, value),
            None => kept.delete(&key),
        }
    }
}

impl RowStore for Staged {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        self.live.get(key)
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.push((key.clone(), Some(value.clone())));
        self.live.put(key, value);
    }

    fn put_new(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.push((key.clone(), Some(value.clone())));
        self.live.put_new(key, value);
    }

    fn delete(&mut self, key: &[u8]) {
        self.changes.push((key.to_vec(), None));
        self.live.delete(key);
    }

    fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, RowError> {
        self.live.scan(range, limit)
    }
}
