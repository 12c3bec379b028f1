//! The service on the embedded log: what it writes where, what it tells of itself, and what it does while the log is away.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod world;

use std::time::Duration;

use volley_event_log::{LogError, moody::Mood};
use volley_events::{CancelRequested, LaneEnd, LanesLost, RecallScope, Record, RoutingFact};
use volley_runtime::health::ComponentHealth;
use volley_types::{CarrierName, Lane, Position};
use volley_wire::Header;

use crate::world::*;

const HEALTHY: ComponentHealth = ComponentHealth::Healthy;

/// The offsets of `config` that the copies on a partition carry, in order, until there are so many.
async fn copies(world: &World, topic: &volley_event_log::Topic, partition: u32, count: usize) -> Vec<u64> {
    let mut offsets = Vec::new();
    let look = |record| {
        if let Record::Config(change) = record
            && !offsets.contains(&change.offset)
        {
            offsets.push(change.offset);
        }
        (offsets.len() >= count).then(|| offsets.clone())
    };
    world.find(topic, partition, look).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_is_away_it_is_unhealthy_and_then_goes_on_in_process() {
    let world = World::start().await;
    world.until("routing", |health| *health == HEALTHY).await;
    world.provision().await;
    let before = copies(&world, &world.shell.topics.routing_in, 0, 5).await;
    assert_eq!(before, [0, 1, 2, 3, 4]);

    world.configure(tenant_config("first")).await;
    world.log.set_away(true);
    world
        .until("routing", |health| matches!(health, ComponentHealth::Unhealthy { .. }))
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.log.set_away(false);
    world.configure(tenant_config("second")).await;

    for topic in [&world.shell.topics.routing_in, &world.shell.topics.correlation_in] {
        for partition in 0..u32::from(PARTITIONS) {
            let copied = copies(&world, topic, partition, 7).await;
            assert_eq!(copied, [0, 1, 2, 3, 4, 5, 6], "{topic}/{partition}");
        }
    }
    world.until("routing", |health| *health == HEALTHY).await;
    world.until("config fan-out", |health| *health == HEALTHY).await;
    world.app.drain(PATIENCE).await.expect("no task has failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fan_out_says_that_it_cannot_copy_and_copies_when_it_can() {
    let world = World::start().await;
    world.provision().await;
    copies(&world, &world.shell.topics.routing_in, 1, 5).await;
    // The log takes what comes on `config`, but none of the copies: as if it went away in between.
    world
        .log
        .set(Mood::FailsCopies(LogError::Unavailable { reason: "the test says so".into() }));
    world.configure(tenant_config("late")).await;
    world
        .until("config fan-out", |health| matches!(health, ComponentHealth::Unhealthy { .. }))
        .await;
    world.log.set(Mood::Good);
    assert_eq!(copies(&world, &world.shell.topics.correlation_in, 1, 6).await.last(), Some(&5));
    world.until("config fan-out", |health| *health == HEALTHY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_says_how_many_messages_of_a_tenant_wait() {
    let world = World::start().await;
    world.provision().await;
    for request in ["r-1", "r-2"] {
        world.tell(&Record::Submission(Box::new(submission(request)))).await;
    }
    let look = |record| match record {
        Record::Progress(progress) if progress.partition == partition().0 && !progress.parked.is_empty() => {
            Some(progress.parked)
        }
        _ => None,
    };
    let mut parked = world.find(&world.shell.topics.progress, 0, look).await;
    while parked != [(tenant(), 2)] {
        assert_eq!(parked, [(tenant(), 1)]);
        parked = world.find(&world.shell.topics.progress, 0, look).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_is_no_poison_and_a_cancellation_is_recalled() {
    let world = World::start().await;
    world.provision().await;
    world.tell(&allowance(5)).await;
    let submission = submission("r-1");
    let message = submission.message;
    world.tell(&Record::Submission(Box::new(submission))).await;
    let lane = volley_wire::topics::egress(&account(), Lane::Normal);
    let lane = world.shell.log.find_topic(&lane).await.unwrap().unwrap();
    let order = world.log_records(&lane, 0, 1).await.remove(0);
    let ordered_at = Header::decode(&order.header).unwrap().position;

    let wish = CancelRequested { message, tenant: tenant(), received_at: now() };
    world.tell(&Record::CancelRequested(wish)).await;
    let scope = world
        .find(&world.recall().await, 0, |record| match record {
            Record::Recall(recall) => Some(recall.scope),
            _ => None,
        })
        .await;
    assert_eq!(scope, RecallScope::Message(message));

    let lost = |newest: Position| {
        let end = LaneEnd { account: account(), lane: Lane::Normal, end: 1, newest: Some(newest) };
        Record::LanesLost(LanesLost { carrier: CarrierName::new("skt").unwrap(), ends: vec![end] })
    };
    world.tell(&lost(ordered_at)).await;
    let given_up = world
        .find(&world.shell.topics.correlation_in, u32::from(partition().0), |record| match record {
            Record::RoutingFact(RoutingFact::AttemptLost(attempt)) => Some(attempt),
            _ => None,
        })
        .await;
    assert_eq!((given_up.message, given_up.number), (message, 1));
    let dead = world.shell.log.bounds(&world.shell.topics.dead_letter, 0).await.unwrap();
    assert_eq!(dead.end, 0, "nothing is poison");
}
