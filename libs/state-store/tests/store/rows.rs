//! The overlay as a [`RowStore`].

use volley_rows::{RowKind, RowStore};
use volley_state_store::{DIGEST_EVERY, PENDING_ROWS_MAX};

use crate::world::*;

#[test]
fn rows_are_read_through_every_layer() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "stored", "1");
    settle(&mut rows, 1);
    rows.write().unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "settled", "2");
    settle(&mut rows, 2);
    put(&mut rows, "sealed", "3");
    rows.seal(header(3));
    put(&mut rows, "open", "4");

    let seen = ["stored", "settled", "sealed", "open"].map(|name| get(&rows, name));

    assert_eq!(seen, ["1", "2", "3", "4"].map(|value| Some(value.to_owned())));
}

#[test]
fn a_scan_merges_what_is_stored_changed_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    for name in ["b", "d", "f", "h"] {
        put(&mut rows, name, "stored");
    }
    settle(&mut rows, 1);
    rows.write().unwrap();
    put(&mut rows, "a", "new");
    put(&mut rows, "d", "changed");
    rows.seal(header(2));
    rows.delete(&key("f"));
    put(&mut rows, "z", "new");

    let range = |from: &str, to: &str, limit| {
        let found = rows.scan(&key(from)[..]..&key(to)[..], limit).unwrap();
        found
            .iter()
            .map(|(key, value)| format!("{}={}", key[1] as char, String::from_utf8_lossy(value)))
            .collect::<Vec<_>>()
    };

    assert_eq!(range("a", "zz", 10), ["a=new", "b=stored", "d=changed", "h=stored", "z=new"]);
    assert_eq!(range("b", "h", 10), ["b=stored", "d=changed"]);
    assert_eq!(range("c", "zz", 2), ["d=changed", "h=stored"]);
    assert_eq!(range("z", "a", 10), [""; 0]);
}

#[test]
fn the_rows_of_the_store_itself_are_not_seen() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    settle(&mut rows, 1);
    rows.write().unwrap();
    assert_eq!(all(&rows), []);
    assert_eq!(
        rows.scan(&[RowKind::Header as u8][..]..&[RowKind::Header as u8 + 1][..], 9)
            .unwrap(),
        []
    );
}

#[test]
fn a_step_taken_back_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "stored", "1");
    settle(&mut rows, 1);
    rows.write().unwrap();
    put(&mut rows, "sealed", "1");
    rows.seal(header(2));
    put(&mut rows, "kept", "1");
    rows.keep_step();
    let before = all(&rows);

    for name in ["stored", "sealed", "kept", "new"] {
        put(&mut rows, name, "2");
        rows.delete(&key(name));
        put(&mut rows, name, "3");
    }
    rows.undo_step();

    assert_eq!(all(&rows), before);
    rows.seal(header(3));
    rows.settle().unwrap();
    rows.settle().unwrap();
    rows.write().unwrap();
    assert_eq!(all(&overlay(&store)), before);
    store.verify().unwrap();
}

#[test]
fn a_row_made_and_removed_between_two_writes_changes_neither_store_nor_digest() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "stays", "1");
    settle(&mut rows, 1);
    rows.write().unwrap();
    let digest = rows.settled().digest;

    put(&mut rows, "short", "1");
    rows.seal(header(2));
    rows.delete(&key("short"));
    settle(&mut rows, 3);
    rows.settle().unwrap();
    rows.write().unwrap();

    assert_eq!(rows.settled().digest, digest);
    assert_eq!(all(&overlay(&store)), [(key("stays"), b"1".to_vec())]);
}

#[test]
fn a_full_overlay_and_a_fixed_offset_make_a_write_due() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = overlay(&open(dir.path()).unwrap());
    put(&mut rows, "a", "1");
    settle(&mut rows, 1);
    assert!(rows.is_dirty() && !rows.must_write());

    for number in 0..PENDING_ROWS_MAX {
        put(&mut rows, &number.to_string(), "1");
    }
    settle(&mut rows, 2);
    assert!(rows.must_write());
    rows.write().unwrap();
    assert!(!rows.is_dirty() && !rows.must_write());

    settle(&mut rows, DIGEST_EVERY);
    assert!(rows.must_write());
    rows.write().unwrap();
    let fixed = rows.settled().fixed_digest.unwrap();
    assert_eq!((fixed.position, fixed.digest), (DIGEST_EVERY, rows.settled().digest));
}
