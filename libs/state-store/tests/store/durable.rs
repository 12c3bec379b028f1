//! The store with a write-ahead log.

use volley_rows::RowStore;
use volley_state_store::{DurableBatch, DurableStore};

use crate::world::*;

#[test]
fn a_killed_process_keeps_every_committed_row_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = DurableStore::open(dir.path(), &IDENTITY, &memory()).unwrap();
    let mut rows = store.rows();
    put(&mut rows, "intent", "1");
    put(&mut rows, "gone", "1");
    rows.commit().unwrap();
    rows.delete(&key("gone"));
    rows.commit().unwrap();
    put(&mut rows, "not committed", "1");

    let image = killed(dir.path());
    let again = DurableStore::open(image.path(), &IDENTITY, &memory()).unwrap();

    assert_eq!(all(&again.rows()), [(key("intent"), b"1".to_vec())]);
}

#[test]
fn a_sync_keeps_what_is_committed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = DurableStore::open(dir.path(), &IDENTITY, &memory()).unwrap();
    let mut rows = store.rows();
    put(&mut rows, "intent", "1");
    rows.commit().unwrap();
    put(&mut rows, "not committed", "1");
    rows.sync().unwrap();

    let image = killed(dir.path());
    let again = DurableStore::open(image.path(), &IDENTITY, &memory()).unwrap();

    assert_eq!(all(&again.rows()), [(key("intent"), b"1".to_vec())]);
}

#[test]
fn changes_are_seen_before_the_commit_and_forgotten_by_a_rollback() {
    let dir = tempfile::tempdir().unwrap();
    let store = DurableStore::open(dir.path(), &IDENTITY, &memory()).unwrap();
    let mut rows = store.rows();
    put(&mut rows, "a", "1");
    rows.commit().unwrap();

    put(&mut rows, "a", "2");
    put(&mut rows, "b", "1");
    assert_eq!((get(&rows, "a").as_deref(), all(&rows).len(), rows.pending()), (Some("2"), 2, 2));
    assert_eq!(store.get(&key("a")).unwrap().as_deref(), Some(&b"1"[..]));
    rows.rollback();

    assert_eq!((get(&rows, "a").as_deref(), get(&rows, "b")), (Some("1"), None));
}

#[test]
fn a_raw_batch_is_written_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = DurableStore::open(dir.path(), &IDENTITY, &memory()).unwrap();
    let mut batch = DurableBatch::new();
    batch.put(&key("a"), b"1");
    batch.put(&key("b"), b"2");
    batch.delete(&key("a"));
    store.write(batch).unwrap();

    assert_eq!(store.scan(&[][..]..&[u8::MAX][..], 10).unwrap(), [(key("b"), b"2".to_vec())]);
}
