//! Poison, broken invariants, limits, skips, clocks (D16).

use bytes::Bytes;
use volley_event_log::NewRecord;
use volley_processor::{DeadLetter, PartitionState};

use crate::world::*;

#[test]
fn poison_goes_to_dead_letter_without_a_trace_in_rows_and_outputs() {
    let mut world = World::new();
    world.tell(&["count a", "poison a", "count a"]);
    world.start();
    world.until_decided();

    assert_eq!((world.count("a"), world.said("corr")), (2, vec!["a=1".into(), "a=2".into()]));
    let letters = world.log.records("dead-letter", 0);
    let letter = DeadLetter::decode(letters[0].value.clone()).unwrap();
    assert_eq!((letters.len(), world.status().dead_letters), (1, 1));
    assert_eq!((letter.topic.as_str(), letter.partition, letter.offset), ("in", 0, 1));
    assert_eq!((letter.reason.as_str(), &letter.value[..]), ("no such verb", &b"poison a"[..]));
}

#[test]
fn an_unreadable_header_goes_to_dead_letter() {
    let mut world = World::new();
    let junk = NewRecord {
        header: Bytes::from_static(b"junk"),
        value: Bytes::from_static(b"count a"),
        ..NewRecord::default()
    };
    world.log.add("in", 0, vec![junk]);
    world.tell(&["count b"]);
    world.start();
    world.until_decided();

    let letter = DeadLetter::decode(world.log.records("dead-letter", 0)[0].value.clone()).unwrap();
    assert_eq!(
        (letter.reason.as_str(), &letter.header[..]),
        ("the record header has 4 octets instead of 48", &b"junk"[..])
    );
    assert_eq!((world.count("a"), world.count("b")), (0, 1));
}

#[test]
fn the_chain_goes_on_after_poison() {
    let mut world = World::new();
    world.tell_chained(10, None, "poison a");
    world.tell_chained(20, Some(10), "count a");
    world.start();
    world.until_decided();

    assert_eq!((world.count("a"), world.status().dead_letters), (1, 1));
}

#[test]
fn a_broken_invariant_halts_until_it_is_skipped() {
    let mut world = World::new();
    world.tell(&["count a", "broken", "count a"]);
    world.start();

    let (why, offset) = world.until_halted();
    assert!(why.contains("the books"), "{why}");
    assert_eq!((offset, world.status().position, world.said("corr")), (Some(1), 1, vec!["a=1".to_owned()]));
    assert_eq!(world.count("a"), 1, "a halted partition answers");

    world.skip(1);
    world.until_decided();
    assert_eq!((world.count("a"), world.status().skipped), (2, 1));
}

#[test]
fn a_skip_known_before_the_start_halts_nothing() {
    let mut world = World::new();
    world.skip(0);
    world.tell(&["broken", "count a"]);
    world.start();
    world.until_decided();
    assert_eq!((world.count("a"), world.status().skipped), (1, 1));
}

#[test]
fn an_output_over_the_limit_halts_before_anything_of_it_is_published() {
    let mut world = World::new();
    world.tell(&["count a", "large 1000000", "count a"]);
    world.start();

    let (why, offset) = world.until_halted();
    assert!(why.contains("an output for events has 1000048 octets, the limit is 921600"), "{why}");
    assert_eq!((offset, world.said("events")), (Some(1), vec!["a=1".to_owned()]));
}

#[test]
fn a_clock_from_the_future_is_waited_for() {
    let mut world = World::new();
    world.tell(&["count a"]);
    world.log.set_clock(3_600_000_000);
    world.tell(&["count a"]);
    world.start();
    world.until(
        "it waits",
        |world| matches!(&world.status().state, PartitionState::Retrying { why } if why.contains("ahead")),
    );
    assert_eq!(world.said("corr"), ["a=1"]);

    world.set_machine_clock(3_590_000_000);
    world.until("it went on", |world| world.said("corr").len() == 2);
}

#[test]
fn a_partition_whose_task_panics_does_not_look_alive() {
    let mut world = World::new();
    world.tell(&["panic"]);
    world.start();
    let (why, offset) = world.until_halted();
    assert!(why.contains("panicked"), "{why}");
    assert_eq!(offset, None);
}
