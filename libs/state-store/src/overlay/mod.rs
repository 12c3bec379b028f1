//! The rows a step works on: what is not written yet lies over a cache, and both over RocksDB.
//!
//! ```text
//!   get ──▶ pending (every unwritten version, by batch) ──▶ cache (as RocksDB has it) ──▶ RocksDB
//!
//!   step: put, delete ─keep_step─▶ batch ─seal(header)─▶ awaits the log ─settle─▶ settled ─write─▶ one WriteBatch
//!                     └undo_step: as if it had not been
//! ```
//!
//! Batches may be decided while earlier ones await the log. A row changed by several of them keeps a version for each, so that a
//! write takes every row exactly as of the newest settled batch. A row made and removed between two writes never reaches RocksDB.

mod cache;
mod pending;
mod unwritten;

use std::{cell::RefCell, collections::VecDeque, fmt, ops::Range, sync::Arc};

use rocksdb::WriteBatch;
use volley_rows::{RowError, RowStore};

pub use self::cache::{CACHE_BYTES_MAX, CACHE_ROWS_MAX};
use self::{
    cache::Cache,
    pending::{Key, Pending, Stored, Taken, Undo, Value},
    unwritten::Unwritten,
};
use crate::{
    DIGEST_EVERY, Digest, FixedDigest, Store, StoreError, StoreHeader,
    digest::{RowDigest, RowHasher},
    engine::{HEADER_KEY, KeyValue},
    merge,
};

/// Unwritten rows that make a write due before its interval has passed.
pub const PENDING_ROWS_MAX: usize = 32_768;

/// Octets put since the last write that make the next one due before its interval has passed.
pub const PENDING_BYTES_MAX: usize = 16 << 20;

/// The rows of one partition, as its steps see them. Lives on the partition's task.
pub struct Overlay {
    store: Store,
    pending: Unwritten,
    pending_bytes: usize,
    cache: RefCell<Cache>,
    /// What takes the step back that is being decided, in the order of its changes.
    undo: Vec<(Key, Undo)>,
    /// Number of the batch being decided.
    batch: u64,
    /// Batches that await the log, oldest first, each with the header as of its end.
    sealed: VecDeque<(u64, StoreHeader)>,
    settled_batch: u64,
    settled: StoreHeader,
    /// Position of the last write.
    written: u64,
    digest: Digest,
    fixed_digest: Option<FixedDigest>,
    hasher: RowHasher,
}

impl Overlay {
    /// Lies over a store whose header is this one; a store that has none starts with [`StoreHeader::fresh`].
    pub fn new(store: Store, header: StoreHeader) -> Self {
        Self {
            store,
            pending: Unwritten::default(),
            pending_bytes: 0,
            cache: RefCell::default(),
            undo: Vec::new(),
            batch: 1,
            sealed: VecDeque::new(),
            settled_batch: 0,
            written: header.position,
            digest: header.digest,
            fixed_digest: header.fixed_digest,
            settled: header,
            hasher: RowHasher::default(),
        }
    }

    /// The changes since the last step stay.
    pub fn keep_step(&mut self) {
        self.undo.clear();
    }

    /// The changes since the last step never were.
    pub fn undo_step(&mut self) {
        while let Some((key, undo)) = self.undo.pop() {
            match undo {
                Undo::Forget => self.pending.forget_newest(&key),
                Undo::Restore(value) => self.changed(&key).restore(value),
                Undo::Uncover => self.changed(&key).uncover(),
            }
        }
    }

    /// Ends the batch being decided: `header` is where the partition stands with it. What follows belongs to the next batch.
    pub fn seal(&mut self, header: StoreHeader) {
        self.keep_step();
        self.sealed.push_back((self.batch, header));
        self.batch += 1;
    }

    /// The log acknowledged the outputs of the oldest sealed batch. Its header, for what only the acknowledgement tells;
    /// `None` when no batch is sealed.
    pub fn settle(&mut self) -> Option<&mut StoreHeader> {
        let (batch, header) = self.sealed.pop_front()?;
        (self.settled_batch, self.settled) = (batch, header);
        self.settled.digest = self.digest;
        self.settled.fixed_digest = self.fixed_digest;
        Some(&mut self.settled)
    }

    /// Where the partition stands as of the newest settled batch. The digests in it are those of the last write.
    pub fn settled(&self) -> &StoreHeader {
        &self.settled
    }

    /// Position of the last write; what a flush from now on puts on disk goes at least as far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether something is settled and not written.
    pub fn is_dirty(&self) -> bool {
        self.settled.position != self.written
    }

    /// Whether a write is due now, whatever the interval: much has gathered, or the settled position is one whose digest is kept.
    pub fn must_write(&self) -> bool {
        let full = self.pending.len() >= PENDING_ROWS_MAX || self.pending_bytes >= PENDING_BYTES_MAX;
        self.is_dirty() && (full || self.settled.position.is_multiple_of(DIGEST_EVERY))
    }

    /// Writes every row as of the newest settled batch, with its header, in one write batch.
    ///
    /// # Errors
    ///
    /// When RocksDB refuses. The overlay is then of no more use: a new one starts from what the store holds.
    pub fn write(&mut self) -> Result<(), StoreError> {
        let mut batch = WriteBatch::with_capacity_bytes(self.pending_bytes);
        let upto = self.settled_batch;
        for (key, mut row) in self.pending.take() {
            match row.take(upto) {
                Taken::Latest(value) => {
                    self.write_row(&mut batch, &key, row.stored, value.as_deref())?;
                    if value.is_some() {
                        self.cache.get_mut().insert(key, value);
                    }
                }
                Taken::Earlier(value) => {
                    let digest = self.write_row(&mut batch, &key, row.stored, value.as_deref())?;
                    row.stored = Stored::Known(digest);
                    self.pending.insert(key, row);
                }
                Taken::Nothing => self.pending.insert(key, row),
            }
        }
        self.pending_bytes = 0;
        self.write_header(batch)
    }

    /// Puts one row into a write batch. What RocksDB holds under its key from then on.
    fn write_row(
        &mut self,
        batch: &mut WriteBatch,
        key: &[u8],
        stored: Stored,
        value: Option<&[u8]>,
    ) -> Result<Option<RowDigest>, StoreError> {
        let before = match stored {
            Stored::Known(row) => row,
            Stored::Unknown => self.stored_digest(key)?,
        };
        let after = value.map(|value| self.hasher.hash(key, value));
        match value {
            Some(value) if before != after => batch.put(key, value),
            None if before.is_some() => batch.delete(key),
            Some(_) | None => {}
        }
        self.digest = before.map_or(self.digest, |row| self.digest.without(row));
        self.digest = after.map_or(self.digest, |row| self.digest.with(row));
        Ok(after)
    }

    fn write_header(&mut self, mut batch: WriteBatch) -> Result<(), StoreError> {
        let position = self.settled.position;
        if position.is_multiple_of(DIGEST_EVERY) && position > 0 {
            self.fixed_digest = Some(FixedDigest { position, digest: self.digest });
        }
        self.settled.digest = self.digest;
        self.settled.fixed_digest = self.fixed_digest;
        batch.put(HEADER_KEY, self.settled.encode());
        self.store.engine().write(batch)?;
        self.written = position;
        Ok(())
    }

    fn stored_digest(&mut self, key: &[u8]) -> Result<Option<RowDigest>, StoreError> {
        let row = self.store.engine().get(key)?;
        Ok(row.map(|value| self.hasher.hash(key, &value)))
    }

    /// Changes a row. `stored` is what RocksDB holds under its key if it is neither pending nor cached.
    fn set(&mut self, key: Key, value: Option<Value>, stored: Stored) {
        self.pending_bytes += key.len() + value.as_ref().map_or(0, |value| value.len());
        let undo = match self.pending.get_mut(&key) {
            Some(row) => row.set(self.batch, value),
            None => {
                let stored = match self.cache.get_mut().remove(&key) {
                    Some(cached) => Stored::Known(cached.map(|cached| self.hasher.hash(&key, &cached))),
                    None => stored,
                };
                self.pending.insert(key.clone(), Pending::new(stored, self.batch, value));
                Undo::Forget
            }
        };
        self.undo.push((key, undo));
    }

    /// The value under a key, or that there is none, if that is known without asking RocksDB.
    fn known(&self, key: &[u8]) -> Option<Option<Value>> {
        match self.pending.get(key) {
            Some(row) => Some(row.value().cloned()),
            None => self.cache.borrow_mut().get(key),
        }
    }

    /// The value under a key as RocksDB has it; known from then on.
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        let row = self.store.engine().get(key)?;
        let value = row.as_deref().map(Arc::from);
        self.cache.borrow_mut().insert(Key::from_slice(key), value);
        Ok(row)
    }

    fn changed(&mut self, key: &Key) -> &mut Pending {
        self.pending.get_mut(key).expect("a row changed by this step is pending")
    }
}

impl RowStore for Overlay {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowError> {
        match self.known(key) {
            Some(value) => Ok(value.map(|value| value.to_vec())),
            None => self.stored(key),
        }
    }

    fn show(&self, key: &[u8], see: &mut dyn FnMut(&[u8])) -> Result<(), RowError> {
        match self.known(key) {
            Some(value) => value.iter().for_each(|value| see(value)),
            None => self.stored(key)?.iter().for_each(|value| see(value)),
        }
        Ok(())
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.set(Key::from_slice(&key), Some(Arc::from(value)), Stored::Unknown);
    }

    fn put_new(&mut self, key: Vec<u8>, value: Vec<u8>) {
        debug_assert!(matches!(self.get(&key), Ok(None) | Err(_)), "a row is there already");
        self.set(Key::from_slice(&key), Some(Arc::from(value)), Stored::Known(None));
    }

    fn delete(&mut self, key: &[u8]) {
        self.set(Key::from_slice(key), None, Stored::Unknown);
    }

    fn scan(&self, range: Range<&[u8]>, limit: usize) -> Result<Vec<KeyValue>, RowError> {
        let Some(range) = merge::visible(range) else { return Ok(Vec::new()) };
        let engine = self.store.engine();
        Ok(self
            .pending
            .walk(&range, |above| merge::scan(engine, range.clone(), limit, above))?)
    }
}

/// Shows where it stands and how much waits, never what rows say.
impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay")
            .field("settled", &self.settled.position)
            .field("written", &self.written)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}
