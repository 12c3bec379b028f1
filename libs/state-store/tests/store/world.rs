//! A directory with a store in it, and what a kill leaves of it.

use std::{fs, path::Path};

use tempfile::TempDir;
use volley_rows::{RowKind, RowStore};
use volley_state_store::{Overlay, SharedMemory, SharedMemoryOptions, Store, StoreError, StoreHeader, StoreIdentity};
use volley_types::Partition;

pub const IDENTITY: StoreIdentity<'static> = StoreIdentity {
    service: "routing",
    partition: Partition(3),
    partitions: 8,
    log: [7; 16],
    canonicalisation_version: 1,
    hash: "xxh3-64",
};

/// Rows with their keys, in key order.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

pub fn memory() -> SharedMemory {
    SharedMemory::new(&SharedMemoryOptions { block_cache_bytes: 8 << 20, write_buffer_bytes: 8 << 20 })
}

pub fn open(dir: &Path) -> Result<Store, StoreError> {
    Store::open(dir, &IDENTITY, &memory())
}

/// An overlay that starts where the store is.
pub fn overlay(store: &Store) -> Overlay {
    let header = store.header().unwrap().unwrap_or_else(|| StoreHeader::fresh(1));
    Overlay::new(store.clone(), header)
}

pub fn header(position: u64) -> StoreHeader {
    StoreHeader { position, ..StoreHeader::fresh(1) }
}

/// Ends a batch at this position and has it acknowledged.
pub fn settle(overlay: &mut Overlay, position: u64) {
    overlay.seal(header(position));
    overlay.settle().unwrap();
}

pub fn key(name: &str) -> Vec<u8> {
    [&[RowKind::RoutingMessage as u8], name.as_bytes()].concat()
}

pub fn put(rows: &mut dyn RowStore, name: &str, value: &str) {
    rows.put(key(name), value.as_bytes().to_vec());
}

pub fn get(rows: &dyn RowStore, name: &str) -> Option<String> {
    rows.get(&key(name)).unwrap().map(|value| String::from_utf8(value).unwrap())
}

/// Every row there is.
pub fn all(rows: &dyn RowStore) -> Rows {
    rows.scan(&[][..]..&[u8::MAX][..], usize::MAX).unwrap()
}

/// The directory as the operating system has it now: what `kill -9` at this moment would leave.
pub fn killed(dir: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    for file in fs::read_dir(dir).unwrap() {
        let file = file.unwrap();
        if file.file_name() != "LOCK" && file.file_type().unwrap().is_file() {
            fs::copy(file.path(), image.path().join(file.file_name())).unwrap();
        }
    }
    image
}
