//! PROC-1 and PROC-2 through kills.

use volley_types::{Partition, Source};

use crate::world::*;

#[test]
fn a_crash_between_publishing_and_committing_publishes_the_same_octets_again() {
    let mut world = World::new();
    world.tuning = no_commit();
    world.tell(&["count a", "count b", "count a", "poison a"]);
    world.start();
    world.until_decided();
    world.kill();

    world.start();
    world.until_decided();

    for topic in ["corr", "dead-letter"] {
        let records: Vec<_> = world.log.records(topic, 0).iter().map(content).collect();
        let (first, again) = records.split_at(records.len() / 2);
        assert!(!first.is_empty());
        assert_eq!(first, again, "{topic}");
    }
    assert_eq!(world.said("events"), ["a=1", "b=1", "a=2"], "what is read back is not published again");
    assert_eq!(world.count("a"), 2);
}

#[test]
fn a_receiver_takes_what_is_published_twice_once() {
    let mut sender = World::new();
    sender.tuning = no_commit();
    sender.tell(&["count a", "count b", "count a"]);
    sender.start();
    sender.until_decided();
    sender.kill();
    sender.start();
    sender.until_decided();
    let sent = sender.log.records("corr", 0);
    assert!(
        sent.iter()
            .all(|sent| header_of(sent).source == Source::Correlation(Partition(0)))
    );

    let mut receiver = World::new();
    receiver
        .log
        .add("in", 0, sent.iter().map(|sent| record(header_of(sent), "count got")).collect());
    receiver.start();
    receiver.until_decided();

    assert_eq!((receiver.count("got"), receiver.status().duplicates), (3, 3));
}

#[test]
fn a_crash_between_the_ranks_publishes_what_is_missing() {
    let mut world = World::new();
    world.start();
    world.until_decided();
    world.log.hold();
    world.tell(&["count a"]);
    world.until("the first rank awaits the log", |world| world.log.held().len() == 1);
    world.log.release();
    world.until("the second rank awaits the log", |world| {
        world.log.held().len() == 1 && world.said("corr").len() == 1
    });
    world.kill();
    world.log.forget_held();

    world.start();
    world.until_decided();

    assert_eq!(
        (world.said("corr"), world.said("events")),
        (vec!["a=1".into(), "a=1".into()], vec!["a=1".to_owned()])
    );
}

#[test]
fn a_drained_processor_goes_on_where_it_was() {
    let mut world = World::new();
    world.tell(&["count a", "count b"]);
    world.start();
    world.until_decided();
    world.drain();

    world.start();
    world.until_decided();
    assert_eq!(world.restored(), 2, "the views are built from the rows");
    world.tell(&["count a"]);
    world.until_decided();

    assert_eq!(world.said("corr"), ["a=1", "b=1", "a=2"]);
    let chain: Vec<_> = world.log.records("corr", 0).iter().map(header_of).collect();
    assert_eq!(chain[0].predecessor, None);
    assert_eq!(chain[1].predecessor, Some(chain[0].position));
    assert_eq!(chain[2].predecessor, Some(chain[1].position), "the chain survives the restart");
}

#[test]
fn what_was_flushed_survives_a_kill() {
    let mut world = World::new();
    world.tuning.write_interval_ms = 1;
    world.tuning.flush_interval_ms = 20;
    world.tell(&["count a"]);
    world.start();
    world.until_decided();
    std::thread::sleep(std::time::Duration::from_millis(300));
    world.kill();

    world.start();
    world.until_decided();
    assert_eq!((world.count("a"), world.said("corr")), (1, vec!["a=1".to_owned()]), "nothing is decided again");
}
