//! The RocksDB under the log: opened, read, trimmed. Everything here may block on the disk.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use rocksdb::{
    BlockBasedOptions, DB, DBCompactionStyle, DBCompressionType, DBRecoveryMode, Direction, ErrorKind, IteratorMode,
    LogLevel, Options, ReadOptions, WriteBatch, WriteOptions,
};

use volley_store_check::Damage;

use super::{
    batch::Batch,
    layout::{self, FORMAT, FORMAT_KEY, IDENTITY_KEY, PartitionId, StartRow, TopicRow},
    options::EmbeddedOptions,
    partition::View,
};
use crate::{LogError, LogIdentity};

const MEMTABLES_MAX: i32 = 3;
const BACKGROUND_JOBS_MAX: i32 = 2;
const OPEN_FILES_MAX: i32 = 512;
const BLOCK_BYTES: usize = 32 << 10;

/// Batches from this size on lie in blob files and are not copied when tables are merged, in octets.
const BLOB_BYTES_MIN: u64 = 1 << 10;

/// Room set aside for the manifest at a time, in octets. RocksDB's own 4 MiB, in every store of the process, would take the last of a
/// disk that is nearly full.
const MANIFEST_RESERVE_BYTES: usize = 64 << 10;

/// A table or blob file on its way to the disk is written back piece by piece, of so many octets. Left to the kernel, hundreds of MiB
/// would go at once, and an append's `fdatasync` would wait behind them.
const WRITEBACK_BYTES: u64 = 1 << 20;

const INFO_LOG_BYTES_MAX: usize = 4 << 20;
const INFO_LOGS_MAX: usize = 4;

/// What the operating system says of a full disk, and of a full share of one; RocksDB passes no number on.
const NO_ROOM: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

const CLOSE_WAIT_MAX: Duration = Duration::from_secs(5);

/// The database, until it is closed.
pub(super) struct Storage {
    state: RwLock<State>,
    directory: PathBuf,
    options: EmbeddedOptions,
    place: String,
}

enum State {
    Open(Arc<DB>),
    /// Being opened again, after this.
    Away(LogError),
    Closed,
}

impl Storage {
    pub(super) fn open(directory: &Path, options: &EmbeddedOptions) -> Result<Self, LogError> {
        let place = directory.display().to_string();
        std::fs::create_dir_all(directory).map_err(|error| {
            let reason = format!("cannot create the directory {place}: {error}");
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LogError::Unavailable { reason },
                _ => LogError::Unusable { reason },
            }
        })?;
        check(directory)?;
        let db = DB::open(&tuned(options), directory).map_err(|error| failed_open(&place, &error))?;
        let state = RwLock::new(State::Open(Arc::new(db)));
        Ok(Self { state, directory: directory.to_owned(), options: options.clone(), place })
    }

    /// Lets go of the database and opens it again: what a failed write left in the write-ahead log is then there or cut off, and
    /// what is there can be asked. Until it is open, every call fails with `meanwhile`.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] while it cannot be opened for want of room, or a read is still going on; another one when it never
    /// can.
    pub(super) fn reopen(&self, meanwhile: &LogError) -> Result<Arc<DB>, LogError> {
        if let State::Open(db) = self.swap(State::Away(meanwhile.clone()))
            && let Err(db) = released(db)
        {
            self.swap(State::Open(db));
            return Err(LogError::unavailable("the database cannot be opened again", "a read is still going on"));
        }
        check(&self.directory)?;
        let opened = DB::open(&tuned(&self.options), &self.directory);
        let db = Arc::new(opened.map_err(|error| match error.kind() {
            ErrorKind::IOError => LogError::unavailable("the database cannot be opened again", error),
            _ => failed_open(&self.place, &error),
        })?);
        self.swap(State::Open(db.clone()));
        Ok(db)
    }

    fn swap(&self, state: State) -> State {
        std::mem::replace(&mut *self.state.write().unwrap_or_else(PoisonError::into_inner), state)
    }

    /// Reads which log this is; a new one gets an identity.
    pub(super) fn identify(&self) -> Result<LogIdentity, LogError> {
        let db = self.db()?;
        match db.get(FORMAT_KEY).map_err(failed_read)? {
            Some(format) if *format == FORMAT.to_be_bytes() => {
                let identity = db.get(IDENTITY_KEY).map_err(failed_read)?;
                let identity = identity.and_then(|octets| octets.try_into().ok());
                identity
                    .map(LogIdentity)
                    .ok_or_else(|| LogError::corrupt(format!("{} has lost its identity", self.place)))
            }
            Some(format) => Err(self.wrong_format(format)),
            None if db.iterator(IteratorMode::Start).next().is_some() => Err(self.wrong_format(Vec::new())),
            None => {
                let identity = LogIdentity(rand::random());
                let mut batch = WriteBatch::default();
                batch.put(FORMAT_KEY, FORMAT.to_be_bytes());
                batch.put(IDENTITY_KEY, identity.0);
                write_synced(&db, batch)?;
                Ok(identity)
            }
        }
    }

    /// The database; fails while it is away, and once closed.
    pub(super) fn db(&self) -> Result<Arc<DB>, LogError> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(db) => Ok(db.clone()),
            State::Away(error) => Err(error.clone()),
            State::Closed => Err(LogError::Closed),
        }
    }

    /// Where it lies.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Lets go of the database once the last read in flight is done.
    pub(super) fn close(&self) {
        if let State::Open(db) = self.swap(State::Closed)
            && released(db).is_err()
        {
            tracing::warn!(place = self.place, "a read of the log is still going on; the last one closes it");
        }
    }

    fn wrong_format(&self, found: Vec<u8>) -> LogError {
        let found = match <[u8; 4]>::try_from(found) {
            Ok(number) => u32::from_be_bytes(number).to_string(),
            Err(_) => "of something else".to_owned(),
        };
        LogError::WrongFormat { place: self.place.clone(), found, known: FORMAT }
    }
}

/// Closes the database when nobody reads it any more; gives it back when somebody does for too long.
fn released(mut db: Arc<DB>) -> Result<(), Arc<DB>> {
    let deadline = Instant::now() + CLOSE_WAIT_MAX;
    while let Err(shared) = Arc::try_unwrap(db) {
        if Instant::now() > deadline {
            return Err(shared);
        }
        db = shared;
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Every topic, by name.
pub(super) fn topics(db: &DB) -> Result<Vec<(String, TopicRow)>, LogError> {
    let mut found = Vec::new();
    for entry in db.iterator(IteratorMode::From(&[layout::TOPIC_KIND], Direction::Forward)) {
        let (key, row) = entry.map_err(failed_read)?;
        let Some(name) = key.strip_prefix(&[layout::TOPIC_KIND]) else { break };
        let name = String::from_utf8(name.to_vec()).map_err(LogError::corrupt)?;
        found.push((name, TopicRow::decode(&row)?));
    }
    Ok(found)
}

pub(super) fn put_topic(db: &DB, name: &str, row: TopicRow) -> Result<(), LogError> {
    let mut batch = WriteBatch::default();
    batch.put(layout::topic_key(name), row.encode());
    write_synced(db, batch)
}

/// What a partition holds, as found at the start.
pub(super) fn view(db: &DB, id: PartitionId) -> Result<View, LogError> {
    let row = match db.get(layout::start_key(id)).map_err(failed_read)? {
        Some(row) => StartRow::decode(&row)?,
        None => StartRow::default(),
    };
    let last = batch_at_or_before(db, id, u64::MAX)?;
    let end = last.as_ref().map_or(row.start, |batch| batch.end().max(row.start));
    let clock_us = last.map_or(row.clock_us, |batch| batch.append_time_us());
    Ok(View { start: row.start, first_base: row.first_base, end, clock_us, open: true })
}

/// The batches from the one that holds `from`, up to about `bytes` octets, none from `end` on.
pub(super) fn read(db: &DB, id: PartitionId, from: u64, end: u64, bytes: usize) -> Result<VecDeque<Batch>, LogError> {
    let Some(first) = batch_at_or_before(db, id, from)? else {
        return Err(missing(id, from));
    };
    if first.end() <= from {
        return Err(missing(id, from));
    }
    let mut taken = first.octets().len();
    let mut next = first.end();
    let mut batches = VecDeque::from([first]);
    if taken >= bytes || next >= end {
        return Ok(batches);
    }
    let mut range = ReadOptions::default();
    range.fill_cache(false);
    range.set_iterate_upper_bound(layout::batch_key(id, end));
    for entry in db.iterator_opt(IteratorMode::From(&layout::batch_key(id, next), Direction::Forward), range) {
        let (key, octets) = entry.map_err(failed_read)?;
        if layout::base_of(id, &key) != Some(next) {
            return Err(missing(id, next));
        }
        let batch = Batch::open(id, next, Bytes::from(octets))?;
        next = batch.end();
        taken += batch.octets().len();
        batches.push_back(batch);
        if taken >= bytes {
            break;
        }
    }
    Ok(batches)
}

/// The first offset in the view that was appended at or after `at_us`; its end when there is none.
pub(super) fn offset_of_time(db: &DB, id: PartitionId, view: View, at_us: i64) -> Result<u64, LogError> {
    let (mut low, mut high) = (view.start, view.end);
    while low < high {
        let middle = low + (high - low) / 2;
        let batch = batch_at_or_before(db, id, middle)?.filter(|batch| batch.end() > middle);
        let batch = batch.ok_or_else(|| missing(id, middle))?;
        if batch.append_time_us() >= at_us {
            high = batch.base().max(low);
        } else {
            low = batch.end();
        }
    }
    Ok(low)
}

/// Removes what lies before `before`, which is within the view; gives the base of the batch that now comes first.
pub(super) fn trim(db: &DB, id: PartitionId, view: View, before: u64) -> Result<u64, LogError> {
    let first_base = if before == view.end {
        before
    } else {
        let first = batch_at_or_before(db, id, before)?;
        first
            .filter(|batch| batch.end() > before)
            .ok_or_else(|| missing(id, before))?
            .base()
    };
    let gone = (layout::batch_key(id, view.first_base), layout::batch_key(id, first_base));
    let mut batch = WriteBatch::default();
    batch.put(layout::start_key(id), StartRow { start: before, first_base, clock_us: view.clock_us }.encode());
    if view.first_base < first_base {
        batch.delete_range(gone.0, gone.1);
    }
    write_synced(db, batch)?;
    if view.first_base < first_base {
        db.delete_file_in_range(gone.0, gone.1).map_err(failed_read)?;
    }
    Ok(first_base)
}

/// Writes and syncs; what it took is there after any crash.
pub(super) fn write_synced(db: &DB, batch: WriteBatch) -> Result<(), LogError> {
    write(db, batch).map_err(|error| LogError::unavailable("the write failed", error))
}

/// The same, with RocksDB's own error.
pub(super) fn write(db: &DB, batch: WriteBatch) -> Result<(), rocksdb::Error> {
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    db.write_opt(batch, &synced)
}

/// Whether there was no room on the disk: for this write, or for one in the background that failed before it.
pub(super) fn is_full(error: &rocksdb::Error) -> bool {
    let text = error.as_ref();
    error.kind() == ErrorKind::IOError && NO_ROOM.iter().any(|words| text.contains(words))
}

/// Sorts out what RocksDB says about a read.
pub(super) fn failed_read(error: rocksdb::Error) -> LogError {
    match error.kind() {
        ErrorKind::Corruption => LogError::corrupt(error),
        _ => LogError::unavailable("the read failed", error),
    }
}

fn batch_at_or_before(db: &DB, id: PartitionId, offset: u64) -> Result<Option<Batch>, LogError> {
    let mut range = ReadOptions::default();
    range.set_iterate_lower_bound(layout::batch_key(id, 0));
    let found = db
        .iterator_opt(IteratorMode::From(&layout::batch_key(id, offset), Direction::Reverse), range)
        .next();
    let Some((key, octets)) = found.transpose().map_err(failed_read)? else {
        return Ok(None);
    };
    match layout::base_of(id, &key) {
        Some(base) => Batch::open(id, base, Bytes::from(octets)).map(Some),
        None => Ok(None),
    }
}

fn missing(id: PartitionId, offset: u64) -> LogError {
    LogError::corrupt(format!("offset {offset} of {id:?} is missing"))
}

/// Looks for damage that RocksDB would take for a torn end, and cut.
fn check(directory: &Path) -> Result<(), LogError> {
    volley_store_check::check(directory).map_err(|damage| match damage {
        Damage::File { .. } => LogError::corrupt(damage),
        Damage::Unreadable { .. } => LogError::Unusable { reason: damage.to_string() },
    })
}

fn failed_open(place: &str, error: &rocksdb::Error) -> LogError {
    match error.kind() {
        ErrorKind::Corruption => LogError::corrupt(format!("{place}: {error}")),
        ErrorKind::IOError if error.to_string().contains("lock") => LogError::Unusable {
            reason: format!("{place} is in use by another process or another log of this one ({error})"),
        },
        _ if is_full(error) => LogError::unavailable(&format!("the disk under {place} is full"), error),
        _ => LogError::Unusable { reason: format!("{place} cannot be opened: {error}") },
    }
}

/// Universal compaction and no compression: what is appended is mostly trimmed before it was worth it, and compressing the oldest run
/// took a twentieth of all CPU. Merging tables moves keys and small batches only; the oldest blob files are written anew when little
/// of them is left.
///
/// Only a torn end of the write-ahead log is cut on recovery; damage before that refuses to open.
fn tuned(options: &EmbeddedOptions) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_size(BLOCK_BYTES);

    let mut tuned = Options::default();
    tuned.create_if_missing(true);
    tuned.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    tuned.set_track_and_verify_wals_in_manifest(true);
    tuned.set_paranoid_checks(true);
    tuned.set_write_buffer_size(options.memtable_bytes);
    tuned.set_max_write_buffer_number(MEMTABLES_MAX);
    tuned.set_compaction_style(DBCompactionStyle::Universal);
    tuned.set_compression_type(DBCompressionType::None);
    tuned.set_block_based_table_factory(&table);
    tuned.set_enable_blob_files(true);
    tuned.set_min_blob_size(BLOB_BYTES_MIN);
    tuned.set_enable_blob_gc(true);
    tuned.set_max_background_jobs(BACKGROUND_JOBS_MAX);
    tuned.set_max_open_files(OPEN_FILES_MAX);
    tuned.set_bytes_per_sync(WRITEBACK_BYTES);
    tuned.set_manifest_preallocation_size(MANIFEST_RESERVE_BYTES);
    tuned.set_log_level(LogLevel::Warn);
    tuned.set_max_log_file_size(INFO_LOG_BYTES_MAX);
    tuned.set_keep_log_file_num(INFO_LOGS_MAX);
    tuned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(directory: &Path) -> Storage {
        Storage::open(directory, &EmbeddedOptions::default()).expect("the directory is free")
    }

    #[test]
    fn a_directory_of_another_format_is_refused_in_words() {
        let directory = tempfile::tempdir().expect("a directory");
        let storage = open(directory.path());
        storage.identify().expect("a new log");
        storage
            .db()
            .and_then(|db| db.put(FORMAT_KEY, 7_u32.to_be_bytes()).map_err(failed_read))
            .expect("a write");

        let refused = storage.identify().map_err(|error| error.to_string());

        let place = directory.path().display();
        assert_eq!(refused, Err(format!("the log at {place} has format 7, this program reads format {FORMAT}")));
    }

    #[test]
    fn a_database_that_is_no_log_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let storage = open(directory.path());
        storage
            .db()
            .and_then(|db| db.put("something", "else").map_err(failed_read))
            .expect("a write");

        assert!(matches!(storage.identify(), Err(LogError::WrongFormat { .. })));
    }
}
