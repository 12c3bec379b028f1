//! STORE-2: whose store it is.

use volley_state_store::{DurableStore, Store, StoreError, StoreIdentity};
use volley_types::Partition;

use crate::world::*;

#[test]
fn a_fresh_store_has_no_header() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path()).unwrap().header(), Ok(None));
}

#[test]
fn the_store_of_something_else_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let others = [
        (StoreIdentity { log: [8; 16], ..IDENTITY }, "the log"),
        (StoreIdentity { partitions: 16, ..IDENTITY }, "the partition count"),
        (StoreIdentity { partition: Partition(4), ..IDENTITY }, "the partition"),
        (StoreIdentity { service: "correlation", ..IDENTITY }, "the service"),
        (StoreIdentity { canonicalisation_version: 2, ..IDENTITY }, "the canonicalisation version"),
        (StoreIdentity { hash: "murmur", ..IDENTITY }, "the partition hash"),
    ];
    for (wanted, difference) in others {
        match Store::open(dir.path(), &wanted, &memory()) {
            Err(StoreError::Foreign { what, .. }) => assert_eq!(what, difference),
            other => panic!("{difference}: {other:?}"),
        }
    }
    assert!(matches!(DurableStore::open(dir.path(), &IDENTITY, &memory()), Err(StoreError::Foreign { .. })));
    assert!(open(dir.path()).is_ok(), "refusals change nothing");
}

#[test]
fn a_store_is_open_once() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path()).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Engine { doing: "being opened", .. })));
}
