//! What routing takes back does not leave: what waits for a bind, and what a run finds recalled when it begins.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{QUIET, World, alerts, attempt, sim_config};
use tokio::time::sleep;
use volley_event_log::{EventLog, NewRecord, PartitionAppend};
use volley_events::{Recall, RecallScope, Record, SettledOutcome};
use volley_runtime::Clock;
use volley_types::{Partition, Position, Source, TenantId, Timestamp};
use volley_wire::Header;

/// Takes back what routing of partition 0 decided in its first `before` inputs.
async fn recall(world: &World, scope: RecallScope, before: u64) {
    let now = Timestamp::from_micros(Clock::system().now_us());
    let header = Header::new(Source::Routing(Partition(0)), Position { offset: before, index: 0 }, None, now);
    let record = NewRecord {
        header: header.encode().to_vec().into(),
        value: volley_wire::encode(&Record::Recall(Recall { scope }), None),
        ..NewRecord::default()
    };
    let append = PartitionAppend { topic: world.topics.recall.clone(), partition: 0, records: vec![record] };
    world.log.append(vec![append]).await.unwrap();
}

async fn recalled(world: &World) -> Vec<volley_events::Settled> {
    let settled = world.settled().await.into_iter();
    settled.filter(|settled| settled.outcome == SettledOutcome::Recalled).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recalled_order_that_waits_for_room_is_settled_and_not_sent() {
    let mut world = World::bound(sim_config()).await;
    world.sim.pause_responses(true);
    world.order(alerts(0..12)).await;
    world.until("a whole window", |world| world.sim.counters().submits == 10).await;

    recall(&world, RecallScope::Message(attempt(11).message), 1_000).await;
    let settled = world.wait_for(1, || recalled(&world)).await;
    assert_eq!(settled[0].attempt, attempt(11));

    world.sim.pause_responses(false);
    world.wait_for(12, || world.settled()).await;
    assert_eq!(world.sim.counters().submits, 11, "the one beside it left");
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_knows_every_recall_before_it_sends() {
    let mut world = World::new(sim_config()).await;
    world.order(alerts(0..3)).await;
    recall(&world, RecallScope::Tenant(TenantId::new("bank").unwrap()), 2).await;

    world.start_egress().await;
    let settled = world.wait_for(3, || world.settled()).await;
    let sent = settled.iter().filter(|settled| settled.outcome == SettledOutcome::Submitted);
    assert_eq!(
        sent.map(|settled| settled.attempt).collect::<Vec<_>>(),
        [attempt(2)],
        "it was decided after the recall"
    );
    sleep(QUIET).await;
    assert_eq!(world.sim.counters().submits, 1);
    world.drain_egress().await;
}
