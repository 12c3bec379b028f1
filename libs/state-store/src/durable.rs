//! A store that a killed process leaves complete: the write-ahead log is on, without a sync per write.
//!
//! The operating system has every write before the call returns, so `kill -9` loses nothing. A power failure may lose the last
//! moments; egress treats such a start as the loss of its store (the boot id tells).

use std::{
    collections::BTreeMap,
    fmt,
    ops::{Bound, Range},
    path::Path,
    sync::Arc,
};

use rocksdb::WriteBatch;
use volley_rows::{RowError, RowStore};

use crate::{
    SharedMemory, StoreError, StoreIdentity,
    engine::{Engine, KeyValue},
    identity::Durability,
    merge,
};

/// Rows that survive the process. Cheap to clone; reads and writes from any thread.
#[derive(Clone)]
pub struct DurableStore(Arc<Engine>);

/// Changes that are written together or not at all.
#[derive(Default)]
pub struct DurableBatch(WriteBatch);

impl DurableBatch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value under a key. Keys start with a kind other than `RowKind::Header`.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.put(key, value);
    }

    /// Removes a key.
    pub fn delete(&mut self, key: &[u8]) {
        self.0.delete(key);
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl DurableStore {
    /// Opens the store in this directory, or makes an empty one.
    ///
    /// # Errors
    ///
    /// As [`Store::open`](crate::Store::open).
    pub fn open(dir: &Path, identity: &StoreIdentity<'_>, memory: &SharedMemory) -> Result<Self, StoreError> {
        Engine::open(dir, identity, Durability::Kept, memory).map(|engine| Self(Arc::new(engine)))
    }

    /// Writes a batch; when this returns, killing the process does not undo it.
    ///
    /// # Errors
    ///
    /// When the disk refuses; then nothing of the batch is there.
    pub fn write(&self, batch: DurableBatch) -> Result<(), StoreError> {
        self.0.write(batch.0)
    }

    /// The value under a key.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    /// Up to `limit` rows of a key range, in key order.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<KeyValue>, StoreError> {
        match merge::visible(range) {
            Some(range) => merge::scan(&self.0, range, limit, std::iter::empty()),
            None => Ok(Vec::new()),
        }
    }

    /// Typed rows over this store.
    pub fn rows(&self) -> DurableRows {
        DurableRows { store: self.clone(), pending: BTreeMap::new() }
    }
}

impl fmt::Debug for DurableStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableStore").finish_non_exhaustive()
    }
}

/// A [`RowStore`] whose changes are seen at once and kept by [`commit`](Self::commit), all in one write. Dropping it forgets
/// what was not committed.
pub struct DurableRows {
    store: DurableStore,
    pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl DurableRows {
    /// How many rows wait for the commit.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Writes everything changed since the last commit, together; when this returns, killing the process does not undo it.
    ///
    /// # Errors
    ///
    /// When the disk refuses; the changes then still wait.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut batch = DurableBatch::new();
        for (key, value) in &self.pending {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        self.store.write(batch)?;
        self.pending.clear();
        Ok(())
    }

    /// Puts everything committed on the disk; when this returns, a failure of power does not undo it either.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.store.0.sync()
    }

    /// Forgets everything changed since the last commit.
    pub fn rollback(&mut self) {
        self.pending.clear();
    }
}

/// Shows how many rows wait, never what they say.
impl fmt::Debug for DurableRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableRows")
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

impl RowStore for DurableRows {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        match self.pending.get(key) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.store.get(key)?),
        }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.pending.insert(key, Some(value));
    }

    fn delete(&mut self, key: &[u8]) {
        self.pending.insert(key.to_vec(), None);
    }

    fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<KeyValue>, RowError> {
        let Some(range) = merge::visible(range) else { return Ok(Vec::new()) };
        let bounds = (Bound::Included(range.start), Bound::Excluded(range.end));
        let above = self
            .pending
            .range::<[u8], _>(bounds)
            .map(|(key, value)| (key.as_slice(), value.as_deref()));
        Ok(merge::scan(&self.store.0, range, limit, above)?)
    }
}
