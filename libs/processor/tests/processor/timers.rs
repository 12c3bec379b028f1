//! Timers by `Tick`.

use std::{thread::sleep, time::Duration};

use crate::world::*;

fn ticks(world: &World) -> usize {
    world.said("in").iter().filter(|line| *line == "tick").count()
}

#[test]
fn a_due_timer_is_fired_by_a_tick_and_the_next_tick_follows_while_more_are_due() {
    let mut world = World::new();
    world.start();
    world.tell(&["timer 2000000", "timer 2000001", "timer 2000002", "timer 9000000"]);
    world.until_decided();
    sleep(Duration::from_millis(150));
    assert_eq!(ticks(&world), 0, "nothing is due");

    world.set_clocks(2_500_000);
    world.until("all three have fired", |world| world.said("corr").len() == 3);
    world.until_decided();
    sleep(Duration::from_millis(150));

    assert_eq!(world.said("corr"), ["fired 2000000", "fired 2000001", "fired 2000002"]);
    assert_eq!(ticks(&world), 2, "two timers a tick, and none without a timer due");
}

#[test]
fn timers_that_became_due_while_it_was_down_fire_after_the_start() {
    let mut world = World::new();
    world.tell(&["timer 2000000"]);
    world.start();
    world.until_decided();
    world.drain();
    world.set_clocks(5_000_000);
    world.start();
    world.until("it has fired", |world| world.said("corr") == ["fired 2000000"]);
}

#[test]
fn what_waits_is_shown_soon_also_when_nothing_more_comes() {
    let mut world = World::new();
    world.start();
    world.tell(&["count a", "count b"]);
    world.until_decided();
    world.until("it says what waits", |world| world.status().parked.first().is_some_and(|(_, waits)| *waits == 2));
}

#[test]
fn a_tick_the_log_did_not_take_is_followed_by_another() {
    let mut world = World::new();
    world.start();
    world.tell(&["timer 2000000"]);
    world.until_decided();
    world.log.fail_next(false);
    world.set_clocks(3_000_000);
    world.until("it has fired", |world| world.said("corr") == ["fired 2000000"]);
    assert_eq!(ticks(&world), 1);
}
