//! RocksDB as both kinds of store use it: one column family, keys by kind, the reserved rows first.

use std::{ops::Range, path::Path};

use rocksdb::{
    BlockBasedOptions, DB, DBCompressionType, DBRawIterator, DBRecoveryMode, FlushOptions, LogLevel, Options,
    ReadOptions, WriteBatch, WriteOptions,
};
use volley_rows::RowKind;

use crate::{SharedMemory, StoreError, StoreIdentity, identity::Durability};

/// The identity of the store; reserved like everything of [`RowKind::Header`].
pub(crate) const IDENTITY_KEY: [u8; 2] = [RowKind::Header as u8, b'i'];

/// The header of the store.
pub(crate) const HEADER_KEY: [u8; 2] = [RowKind::Header as u8, b'h'];

/// Keys of a service start here; what is before is the store's own.
pub(crate) const ROWS_FROM: [u8; 1] = [RowKind::Header as u8 + 1];

const BLOOM_BITS_PER_KEY: f64 = 10.0;
const BLOCK_BYTES: usize = 8 << 10;
const MEMTABLE_BYTES: usize = 32 << 20;
const BACKGROUND_JOBS: i32 = 2;

/// Room set aside for the manifest at a time, in octets: there are some twenty stores in a process, and a manifest is small.
const MANIFEST_RESERVE_BYTES: usize = 64 << 10;

/// A table on its way to the disk is written back piece by piece, of so many octets, so that the log's `fdatasync` does not wait behind
/// all of it.
const WRITEBACK_BYTES: u64 = 1 << 20;

const INFO_LOG_FILES: usize = 2;

/// Share of a memtable given to its filter: most rows looked for are not there.
const MEMTABLE_BLOOM_RATIO: f64 = 0.02;

/// Files of the first level that are merged together. Most rows are short-lived and gone by then.
const LEVEL_ZERO_FILES: i32 = 8;

/// By level, the last for all further ones. What lives a minute is not worth compressing.
const COMPRESSION: [DBCompressionType; 3] = [DBCompressionType::None, DBCompressionType::None, DBCompressionType::Lz4];

/// One row.
pub(crate) type KeyValue = (Vec<u8>, Vec<u8>);

/// One row where it lies.
type Borrowed<'a> = (&'a [u8], &'a [u8]);

pub(crate) struct Engine {
    db: DB,
    place: String,
    durability: Durability,
}

impl Engine {
    /// Opens or makes the store at `dir`, and checks that it is the one wanted.
    pub(crate) fn open(
        dir: &Path,
        identity: &StoreIdentity<'_>,
        durability: Durability,
        memory: &SharedMemory,
    ) -> Result<Self, StoreError> {
        let place = dir.display().to_string();
        let failed = |cause| StoreError::from_engine(&place, "being opened", &cause);
        volley_store_check::check(dir).map_err(|damage| StoreError::from_damage(&place, &damage))?;
        let db = DB::open(&options(memory), dir).map_err(failed)?;
        let engine = Self { db, place, durability };
        match engine.get(&IDENTITY_KEY)? {
            Some(row) => identity.check(durability, &engine.place, &row)?,
            None => engine.found(identity)?,
        }
        Ok(engine)
    }

    /// Makes an empty store ours.
    fn found(&self, identity: &StoreIdentity<'_>) -> Result<(), StoreError> {
        if self.iterate(&[]..&[u8::MAX]).next()?.is_some() {
            return Err(self.corrupt("it holds rows and no identity"));
        }
        let mut batch = WriteBatch::default();
        batch.put(IDENTITY_KEY, identity.encode(self.durability));
        self.write(batch)?;
        self.flush()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db.get(key).map_err(|cause| self.failed("reading a row", &cause))
    }

    /// Rows of a key range in key order, as they are now.
    pub(crate) fn iterate(&self, range: Range<&[u8]>) -> Rows<'_> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(range.start);
        options.set_iterate_upper_bound(range.end);
        let mut iterator = self.db.raw_iterator_opt(options);
        iterator.seek_to_first();
        Rows { engine: self, iterator }
    }

    pub(crate) fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.disable_wal(self.durability == Durability::Replayed);
        self.db
            .write_opt(batch, &options)
            .map_err(|cause| self.failed("writing rows", &cause))
    }

    /// Puts on disk what was written before the call; returns when it is there.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.db
            .flush_opt(&options)
            .map_err(|cause| self.failed("flushing to disk", &cause))
    }

    /// Puts on disk what the write-ahead log holds; returns when it is there.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.db
            .flush_wal(true)
            .map_err(|cause| self.failed("syncing its write-ahead log", &cause))
    }

    pub(crate) fn corrupt(&self, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { place: self.place.clone(), what: what.into() }
    }

    fn failed(&self, doing: &'static str, cause: &rocksdb::Error) -> StoreError {
        StoreError::from_engine(&self.place, doing, cause)
    }
}

/// A walk over stored rows.
pub(crate) struct Rows<'a> {
    engine: &'a Engine,
    iterator: DBRawIterator<'a>,
}

impl Rows<'_> {
    /// The row the walk stands on.
    pub(crate) fn peek(&self) -> Result<Option<Borrowed<'_>>, StoreError> {
        match self.iterator.item() {
            Some(row) => Ok(Some(row)),
            None => {
                let status = self.iterator.status();
                status
                    .map(|()| None)
                    .map_err(|cause| self.engine.failed("walking over rows", &cause))
            }
        }
    }

    /// Steps on; the end is no place to step from.
    pub(crate) fn step(&mut self) {
        self.iterator.next();
    }

    /// The row the walk stood on before it stepped on.
    pub(crate) fn next(&mut self) -> Result<Option<KeyValue>, StoreError> {
        let row = self.peek()?.map(|(key, value)| (key.to_vec(), value.to_vec()));
        if row.is_some() {
            self.step();
        }
        Ok(row)
    }
}

fn options(memory: &SharedMemory) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(&memory.blocks);
    blocks.set_block_size(BLOCK_BYTES);
    blocks.set_bloom_filter(BLOOM_BITS_PER_KEY, false);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);

    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_atomic_flush(true);
    options.set_paranoid_checks(true);
    // Only a torn end is cut. What is damaged before it would else take all with it that was written later, without a word.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_compression_per_level(&COMPRESSION);
    options.set_level_zero_file_num_compaction_trigger(LEVEL_ZERO_FILES);
    options.set_memtable_prefix_bloom_ratio(MEMTABLE_BLOOM_RATIO);
    options.set_memtable_whole_key_filtering(true);
    options.set_write_buffer_size(MEMTABLE_BYTES);
    options.set_write_buffer_manager(&memory.write_buffers);
    options.set_block_based_table_factory(&blocks);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_bytes_per_sync(WRITEBACK_BYTES);
    options.set_manifest_preallocation_size(MANIFEST_RESERVE_BYTES);
    options.set_keep_log_file_num(INFO_LOG_FILES);
    options.set_log_level(LogLevel::Warn);
    options
}
