//! STORE-4: what is damaged is an error and never a row.

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;
use volley_rows::{RowError, RowStore};
use volley_state_store::{DurableStore, Overlay, StoreError};

use crate::world::*;

const ROWS: usize = 2_000;

/// A closed store with all rows on disk.
fn stored(dir: &Path) {
    let store = open(dir).unwrap();
    let mut rows = overlay(&store);
    for number in 0..ROWS {
        put(&mut rows, &format!("{number:05}"), &format!("the value of row {number}"));
    }
    settle(&mut rows, 1);
    rows.write().unwrap();
    store.flush().unwrap();
}

/// Flips one octet in the middle of every table file's first block.
fn damage(dir: &Path) {
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sst") && fs::metadata(&path).unwrap().len() > 8_192 {
            let mut octets = fs::read(&path).unwrap();
            octets[1_000] ^= 0x40;
            fs::write(&path, octets).unwrap();
        }
    }
}

#[test]
fn a_damaged_block_is_detected_and_not_served() {
    let dir = tempfile::tempdir().unwrap();
    stored(dir.path());
    damage(dir.path());

    let store = open(dir.path()).unwrap();
    let rows = Overlay::new(store.clone(), header(1));

    assert!(matches!(store.header(), Err(StoreError::Corrupt { .. })));
    assert!(matches!(rows.get(&key("00000")), Err(RowError::Store(_))));
    assert!(matches!(rows.scan(&key("0")[..]..&key("1")[..], ROWS), Err(RowError::Store(_))));
    assert!(matches!(store.verify(), Err(StoreError::Corrupt { .. })));
}

#[test]
fn an_undamaged_store_verifies() {
    let dir = tempfile::tempdir().unwrap();
    stored(dir.path());
    let store = open(dir.path()).unwrap();
    assert_eq!(store.verify().unwrap(), overlay(&store).settled().digest);
}

/// Octets of one file that are changed in turn, about; each is a start of the store.
const CHANGES: usize = 250;

/// The kind of a file: its ending, or its name up to the number.
fn kind(file: &Path) -> String {
    let name = file.file_name().unwrap().to_str().unwrap();
    match file.extension() {
        Some(ending) => ending.to_str().unwrap().to_owned(),
        None => name.split('-').next().unwrap().to_owned(),
    }
}

/// Changes single octets of every file in turn, and lets `read` open what is left. It must give the same rows or say that
/// the store is damaged. Counts by kind of file how often it said so.
fn noticed(image: &Path, read: impl Fn(&Path) -> Result<Rows, StoreError>) -> BTreeMap<String, usize> {
    let whole = read(killed(image).path()).unwrap();
    let mut noticed = BTreeMap::new();
    for file in fs::read_dir(image).unwrap() {
        let file = file.unwrap().path();
        let octets = fs::read(&file).unwrap();
        let count = noticed.entry(kind(&file)).or_default();
        for at in (0..octets.len()).step_by(octets.len() / CHANGES + 1) {
            let copy = killed(image);
            let mut changed = octets.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(copy.path().join(file.file_name().unwrap()), changed).unwrap();
            match read(copy.path()) {
                Ok(rows) => assert!(rows == whole, "{}: octet {at} changes what is read", file.display()),
                Err(StoreError::Corrupt { .. }) => *count += 1,
                Err(other) => panic!("{}: octet {at}: {other}", file.display()),
            }
        }
    }
    noticed
}

fn read_replayed(dir: &Path) -> Result<Rows, StoreError> {
    let store = open(dir)?;
    store.verify()?;
    let header = store.header()?.unwrap_or_else(|| header(0));
    Ok(all(&Overlay::new(store, header)))
}

fn read_durable(dir: &Path) -> Result<Rows, StoreError> {
    DurableStore::open(dir, &IDENTITY, &memory())?.scan(&[][..]..&[u8::MAX][..], usize::MAX)
}

#[test]
fn no_octet_of_a_store_changes_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    for number in 0..3 {
        put(&mut rows, &format!("{number}"), "a value");
        settle(&mut rows, number);
        rows.write().unwrap();
        store.flush().unwrap();
    }

    let noticed = noticed(killed(dir.path()).path(), read_replayed);

    assert!(["sst", "MANIFEST", "CURRENT"].iter().all(|kind| noticed[*kind] > 0), "{noticed:?}");
}

/// Rows of a durable store whose process was killed.
const DURABLE_ROWS: usize = 12;

fn killed_durable() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = DurableStore::open(dir.path(), &IDENTITY, &memory()).unwrap();
    let mut rows = store.rows();
    for number in 0..DURABLE_ROWS {
        put(&mut rows, &format!("{number:02}"), "a value");
        rows.commit().unwrap();
    }
    killed(dir.path())
}

#[test]
fn no_octet_of_a_durable_store_changes_what_is_read() {
    let noticed = noticed(killed_durable().path(), read_durable);

    assert!(["log", "MANIFEST", "CURRENT"].iter().all(|kind| noticed[*kind] > 0), "{noticed:?}");
}

/// What the check at each start is for: RocksDB takes a length that is too large for the torn end of a killed process.
#[test]
fn rocksdb_alone_would_cut_off_what_lies_behind_a_wrong_length() {
    let image = killed_durable();
    let logs = fs::read_dir(image.path()).unwrap().map(|file| file.unwrap().path());
    let log = logs.filter(|file| kind(file) == "log").max().unwrap();
    let mut octets = fs::read(&log).unwrap();
    let first_record = 7 + usize::from(u16::from_le_bytes([octets[4], octets[5]]));
    octets[first_record + 5] ^= 0x40;
    fs::write(&log, octets).unwrap();

    assert!(matches!(read_durable(image.path()), Err(StoreError::Corrupt { .. })));

    let mut options = rocksdb::Options::default();
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(rocksdb::DBRecoveryMode::TolerateCorruptedTailRecords);
    let alone = rocksdb::DB::open(&options, image.path()).unwrap();
    let left = alone.iterator(rocksdb::IteratorMode::Start).count();
    assert!(
        left < DURABLE_ROWS,
        "{left} rows are left: RocksDB notices by itself now, and libs/store-check may go"
    );
}
