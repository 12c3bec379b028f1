//! STORE-4: what is damaged is an error and never a row.

use std::{fs, path::Path};

use volley_rows::{RowError, RowStore};
use volley_state_store::{Overlay, StoreError};

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
