//! A log that fails, and positions that are not there.

use volley_processor::PartitionState;

use crate::world::*;

#[test]
fn a_failed_append_is_published_again_from_the_stored_position() {
    let mut world = World::new();
    world.start();
    world.tell(&["count a"]);
    world.until_decided();
    world.log.fail_next(false);
    world.tell(&["count a"]);
    world.until("it was published", |world| world.said("events").len() == 2);
    world.until_decided();

    assert_eq!((world.count("a"), world.said("events")), (2, vec!["a=1".into(), "a=2".into()]));
    assert_eq!(world.said("corr").last().map(String::as_str), Some("a=2"));
}

#[test]
fn an_append_that_failed_and_was_written_is_not_repeated_on_what_is_read_back() {
    let mut world = World::new();
    world.ranks_in_one_append = true;
    world.start();
    world.until_decided();
    world.log.fail_next(true);
    world.tell(&["count a"]);
    world.until("it was published twice", |world| world.said("corr").len() == 2);
    world.until_decided();

    let sent: Vec<_> = world.log.records("corr", 0).iter().map(content).collect();
    assert_eq!(sent[0], sent[1]);
    assert_eq!((world.count("a"), world.said("events")), (1, vec!["a=1".to_owned()]));
}

#[test]
fn a_log_that_is_away_at_the_start_is_waited_for() {
    let mut world = World::new();
    world.log.fail_next(false);
    world.tell(&["count a"]);
    world.start();
    world.until_decided();
    assert_eq!(world.count("a"), 1);
}

#[test]
fn a_position_the_log_no_longer_has_halts_in_words() {
    let mut world = World::new();
    world.tell(&["count a"]);
    world.start();
    world.until_decided();
    world.drain();
    world.tell(&["count a", "count a", "count a"]);
    world.log.trim_to("in", 0, 4);

    world.start();
    let (why, offset) = world.until_halted();
    assert!(why.contains("the stored position 2 is before the log's start 4"), "{why}");
    assert_eq!(offset, None);
}

#[test]
fn an_empty_store_starts_at_the_beginning_only() {
    let mut world = World::new();
    world.tell(&["count a", "count a"]);
    world.log.trim_to("in", 0, 1);
    world.start();
    let (why, _) = world.until_halted();
    assert!(why.contains("an empty store may only start at the beginning"), "{why}");
}

#[test]
fn state_decided_by_other_rules_is_refused() {
    let mut world = World::new();
    world.tell(&["count a"]);
    world.start();
    world.until_decided();
    world.drain();

    world.logic_version = 2;
    world.start();
    let (why, _) = world.until_halted();
    assert!(why.contains("logic version 1, this program knows 2"), "{why}");
}

#[test]
fn an_unhealthy_partition_says_so() {
    let mut world = World::new();
    world.start();
    world.until_decided();
    assert!(world.status().is_healthy());
    world.tell(&["broken"]);
    world.until_halted();
    assert!(!world.status().is_healthy() && world.status().state != PartitionState::Running);
}
