//! PROC-4, and several batches of a partition under way at once.

use std::{thread::sleep, time::Duration};

use volley_processor::Tuning;

use crate::world::*;

fn running() -> World {
    let mut world = World::new();
    world.start();
    world.until_decided();
    world.log.hold();
    world
}

fn one(topic: &str) -> Vec<(String, usize)> {
    vec![(topic.to_owned(), 1)]
}

#[test]
fn a_second_batch_is_decided_and_sent_while_the_first_awaits_the_log() {
    let world = running();
    world.tell(&["count a"]);
    world.until("the first batch awaits the log", |world| world.log.held() == [one("corr")]);
    world.tell(&["count a"]);
    world.until("the second does too", |world| world.log.held() == [one("corr"), one("corr")]);

    assert_eq!(world.status().position, 1, "nothing is settled");
    assert_eq!(world.count("a"), 2, "both are decided");

    world.log.release_all();
    world.until_decided();
    assert_eq!(
        (world.said("corr"), world.said("events")),
        (vec!["a=1".into(), "a=2".into()], vec!["a=1".into(), "a=2".into()])
    );
}

#[test]
fn the_second_rank_waits_for_the_first() {
    let world = running();
    world.tell(&["count a"]);
    world.until("the first rank awaits the log", |world| world.log.held() == [one("corr")]);
    world.log.release();
    world.until("the second follows", |world| world.log.held() == [one("events")]);
    assert_eq!(world.status().position, 1, "half a batch is not settled");
    world.log.release();
    world.until_decided();
}

#[test]
fn a_log_with_atomic_appends_gets_both_ranks_in_one() {
    let mut world = World::new();
    world.ranks_in_one_append = true;
    world.start();
    world.until_decided();
    world.log.hold();
    world.tell(&["count a"]);
    world.until("one append holds both", |world| world.log.held() == [[one("corr"), one("events")].concat()]);
    world.log.release_all();
    world.until_decided();
}

#[test]
fn no_more_batches_are_under_way_than_allowed() {
    let mut world = World::new();
    world.tuning = Tuning { pipeline_max: 2, ..world.tuning };
    world.start();
    world.until_decided();
    world.log.hold();
    for sent in 1..=2 {
        world.tell(&["count a"]);
        world.until("the batch awaits the log", |world| world.log.held().len() == sent);
    }
    world.tell(&["count a"]);
    sleep(Duration::from_millis(100));
    assert_eq!((world.log.held().len(), world.count("a")), (2, 2));
    world.log.release_all();
    world.until_decided();
    assert_eq!(world.count("a"), 3);
}
