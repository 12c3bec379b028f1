//! PROC-5: who owns a partition.

use volley_processor::PartitionState;
use volley_types::{Position, Source, Timestamp};
use volley_wire::Header;

use crate::world::*;

/// Another run's owner record on the input.
fn other_owner(world: &World) {
    let header = Header::new(Source::Owner(2), Position { offset: 0, index: 0 }, None, Timestamp::from_micros(0));
    let line = format!("owner {}", String::from_utf8(vec![2; 16]).unwrap());
    world.log.add("in", 0, vec![record(header, &line)]);
}

#[test]
fn a_later_owner_ends_the_work() {
    let mut world = World::new();
    world.start();
    world.until_decided();
    other_owner(&world);
    world.tell(&["count a"]);

    world.until("it is superseded", |world| world.status().state == PartitionState::Superseded);

    assert_eq!(world.said("corr"), [""; 0]);
}

#[test]
fn an_owner_before_the_own_start_does_not() {
    let mut world = World::new();
    other_owner(&world);
    world.tell(&["count a"]);
    world.start();
    world.until_decided();

    assert_eq!(world.count("a"), 1);
}

#[test]
fn the_own_owner_record_is_appended_at_each_start_and_reaches_no_step() {
    let mut world = World::new();
    world.start();
    world.until_decided();
    world.drain();
    world.start();
    world.until_decided();

    let owners = world.said("in").iter().filter(|line| line.starts_with("owner ")).count();
    assert_eq!((owners, world.status().dead_letters), (2, 0));
}
