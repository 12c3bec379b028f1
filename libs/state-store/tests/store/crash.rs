//! STORE-1: rows and position go back together.

use volley_rows::RowStore;

use crate::world::*;

#[test]
fn what_was_not_flushed_is_lost_together_with_its_position() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "a", "1");
    settle(&mut rows, 10);
    rows.write().unwrap();
    store.flush().unwrap();
    put(&mut rows, "a", "2");
    put(&mut rows, "b", "1");
    settle(&mut rows, 20);
    rows.write().unwrap();

    let image = killed(dir.path());
    let again = open(image.path()).unwrap();
    let rows = overlay(&again);

    assert_eq!(rows.settled().position, 10);
    assert_eq!((get(&rows, "a").as_deref(), get(&rows, "b")), (Some("1"), None));
    again.verify().unwrap();
}

#[test]
fn what_was_flushed_is_there_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "a", "1");
    settle(&mut rows, 10);
    rows.write().unwrap();
    store.flush().unwrap();

    let image = killed(dir.path());
    let rows = overlay(&open(image.path()).unwrap());

    assert_eq!((rows.settled().position, get(&rows, "a").as_deref()), (10, Some("1")));
}

#[test]
fn a_write_holds_nothing_of_batches_that_still_await_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    put(&mut rows, "both", "first");
    put(&mut rows, "gone", "first");
    rows.seal(header(10));
    put(&mut rows, "both", "second");
    put(&mut rows, "new", "second");
    rows.delete(&key("gone"));
    rows.seal(header(20));
    put(&mut rows, "both", "third, being decided");

    rows.settle().unwrap();
    rows.write().unwrap();

    let written = overlay(&store);
    assert_eq!(written.settled().position, 10);
    assert_eq!(all(&written), [(key("both"), b"first".to_vec()), (key("gone"), b"first".to_vec())]);
    assert_eq!(get(&rows, "both").as_deref(), Some("third, being decided"));
    assert_eq!((get(&rows, "gone"), get(&rows, "new").as_deref()), (None, Some("second")));
    store.verify().unwrap();

    rows.settle().unwrap();
    rows.write().unwrap();
    let written = overlay(&store);
    assert_eq!(all(&written), [(key("both"), b"second".to_vec()), (key("new"), b"second".to_vec())]);
    store.verify().unwrap();
}
