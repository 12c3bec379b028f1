//! The store of one partition, without a write-ahead log of its own.

use std::{fmt, path::Path, sync::Arc};

use crate::{
    Digest, SharedMemory, StoreError, StoreHeader, StoreIdentity,
    digest::RowHasher,
    engine::{Engine, HEADER_KEY, ROWS_FROM},
    identity::Durability,
};

/// Rows and header of one partition. Cheap to clone; written through an [`Overlay`](crate::Overlay) only.
#[derive(Clone)]
pub struct Store(Arc<Engine>);

impl Store {
    /// Opens the store in this directory, or makes an empty one.
    ///
    /// # Errors
    ///
    /// In words when it is the store of something else, has another format, is damaged, or is open elsewhere.
    pub fn open(dir: &Path, identity: &StoreIdentity<'_>, memory: &SharedMemory) -> Result<Self, StoreError> {
        Engine::open(dir, identity, Durability::Replayed, memory).map(|engine| Self(Arc::new(engine)))
    }

    /// Where the rows stand; `None` when nothing was ever written.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn header(&self) -> Result<Option<StoreHeader>, StoreError> {
        let row = self.0.get(&HEADER_KEY)?;
        row.map(|row| self.decode(&row)).transpose()
    }

    /// Puts on disk what was written before the call: rows and header together. Blocks until it is there, so call it from a
    /// thread that may wait; readers and writers go on meanwhile. What is not flushed is lost by a crash, and decided again.
    ///
    /// # Errors
    ///
    /// When the disk refuses; later writes then fail too.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.0.flush()
    }

    /// Reads every row and compares their digest with the one stored beside them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when they differ, or when a row cannot be read.
    pub fn verify(&self) -> Result<Digest, StoreError> {
        let (mut hasher, mut found, mut header) = (RowHasher::default(), Digest::default(), None);
        let mut rows = self.0.iterate(&[]..&[u8::MAX]);
        while let Some((key, value)) = rows.peek()? {
            if key == HEADER_KEY {
                header = Some(self.decode(value)?);
            } else if key >= &ROWS_FROM[..] {
                found = found.with(hasher.hash(key, value));
            }
            rows.step();
        }
        let kept = header.map_or_else(Digest::default, |header| header.digest);
        if found == kept {
            return Ok(found);
        }
        Err(self
            .0
            .corrupt(format!("its rows have the digest {found}, beside them is written {kept}")))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0
    }

    fn decode(&self, row: &[u8]) -> Result<StoreHeader, StoreError> {
        StoreHeader::decode(row).map_err(|fault| self.0.corrupt(fault))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
