//! PROC-3: each record of a chain once, and none after a gap.

use crate::world::*;

#[test]
fn a_repeated_record_is_dropped() {
    let mut world = World::new();
    world.tell_chained(10, None, "count a");
    world.tell_chained(10, None, "count a");
    world.tell_chained(20, Some(10), "count a");
    world.tell_chained(10, None, "count a");
    world.start();
    world.until_decided();

    assert_eq!(world.count("a"), 2);
    assert_eq!(world.status().duplicates, 2);
}

#[test]
fn a_gap_halts_the_partition_before_the_record_and_the_mark_stays() {
    let mut world = World::new();
    world.tell_chained(10, None, "count a");
    let gap_at = world.tell_chained(30, Some(20), "count a");
    world.tell(&["count b"]);
    world.start();

    let (why, offset) = world.until_halted();
    assert_eq!(offset, Some(gap_at));
    for word in ["gap", "Routing(Partition(0))", "30.0", "20.0", "10.0"] {
        assert!(why.contains(word), "{why}");
    }
    assert_eq!((world.status().position, world.count("a"), world.count("b")), (gap_at, 1, 0));

    world.drain();
    world.start();
    assert_eq!(world.until_halted(), (why, offset), "a restart finds the same gap");
}

#[test]
fn a_gap_heals_when_the_source_publishes_from_it_again() {
    let mut world = World::new();
    world.tell_chained(10, None, "count a");
    world.tell_chained(30, Some(20), "count late");
    world.tell_chained(40, Some(30), "count late");
    world.start();
    world.until_halted();

    world.tell_chained(20, Some(10), "count a");
    world.tell_chained(30, Some(20), "count a");
    world.tell_chained(40, Some(30), "count a");
    world.until_decided();

    assert_eq!((world.count("a"), world.count("late"), world.status().refused), (4, 0, 2));
}

#[test]
fn an_operator_may_skip_the_record_after_a_gap_and_its_chain_goes_on_there() {
    let mut world = World::new();
    world.tell_chained(10, None, "count a");
    let gap_at = world.tell_chained(30, Some(20), "count a");
    world.tell_chained(40, Some(30), "count a");
    world.start();
    world.until_halted();

    world.skip(gap_at);
    world.until_decided();

    assert_eq!((world.count("a"), world.status().skipped), (2, 1));
}
