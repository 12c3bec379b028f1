//! Subscriptions with several shards, each read as a log of its own (D12).

use bytes::Bytes;
use volley_event_log::EventLog;
use volley_events::{ClientEvent, ClientEventBody, Record};
use volley_types::{MessageId, Partition, RequestId, Source, SubscriptionId, TenantId, Timestamp};
use volley_wire::{
    proto::{
        admin::v1::PutSubscriptionRequest,
        messaging::v1::{stream_events_request::Open, stream_events_response::Response},
    },
    topics::inbox_partition,
};

use crate::{
    events::Client,
    world::{World, chained},
};

/// Shards of the subscription `crm` of tenant `acme`; the subscriber topics have as many partitions.
const SHARDS: u16 = 4;

/// A front door with the subscription.
async fn world() -> World {
    let world = World::new().await;
    let crm = PutSubscriptionRequest { tenant: "acme".into(), subscription: "crm".into(), shards: SHARDS.into() };
    world.admin().put_subscription(crm).await.unwrap();
    world
}

fn crm() -> (TenantId, SubscriptionId) {
    (TenantId::new("acme").unwrap(), SubscriptionId::new("crm").unwrap())
}

fn inbox_of(world: &World, shard: u16) -> u32 {
    let (tenant, subscription) = crm();
    inbox_partition(&tenant, &subscription, shard, world.topics.inbox.partitions())
}

/// Publishes the events of a shard, as mo-correlation's partition of that number would: shard = partition mod n.
async fn publish(world: &World, shard: u16, numbers: std::ops::RangeInclusive<u64>) {
    let (tenant, subscription) = crm();
    for number in numbers {
        let record = Record::ClientEvent(Box::new(ClientEvent {
            tenant: tenant.clone(),
            subscription: subscription.clone(),
            shard,
            at: Timestamp::from_micros(7),
            body: ClientEventBody::RequestConflict {
                message: MessageId::from_bytes([1; 16]),
                request: RequestId::new(&format!("{shard}-{number}")).unwrap(),
            },
        }));
        let header = chained(Source::Correlation(Partition(shard)), number, (number > 1).then(|| number - 1));
        world.append(&world.topics.inbox, inbox_of(world, shard), header, &record).await;
    }
}

fn open(shard: u16) -> Open {
    Open { subscription: "crm".into(), shard: shard.into(), ..Open::default() }
}

async fn opened(world: &World, open: Open) -> Client {
    Client::open(world, &world.acme, open).await.unwrap()
}

#[tokio::test]
async fn each_shard_is_a_stream_of_its_own_read_side_by_side() {
    let world = world().await;
    for shard in 0..SHARDS {
        publish(&world, shard, 1..=3).await;
    }
    let mut clients = Vec::new();
    for shard in 0..SHARDS {
        clients.push(opened(&world, open(shard)).await);
    }
    for (shard, client) in clients.iter_mut().enumerate().rev() {
        assert_eq!(client.events(3).await, [1, 2, 3].map(|number| format!("{shard}-{number}")));
    }
    let beyond = Client::open(&world, &world.acme, open(SHARDS)).await;
    let Err(status) = beyond else { panic!("a shard too many was opened") };
    assert!(status.message().contains("is 4; the subscription has 4 shards, from 0"), "{}", status.message());
}

#[tokio::test]
async fn an_acknowledgement_moves_its_own_shard_and_no_other() {
    let world = world().await;
    for shard in 0..SHARDS {
        publish(&world, shard, 1..=3).await;
    }
    let mut ahead = opened(&world, open(1)).await;
    ahead.event().await;
    let (_, second) = ahead.event().await;
    ahead.event().await;
    ahead.acknowledge_and_hear(&second).await;
    drop(ahead);
    assert_eq!(opened(&world, open(1)).await.events(1).await, ["1-3"], "G7");
    for behind in [0, 2, 3] {
        let seen = opened(&world, open(behind)).await.events(3).await;
        assert_eq!(seen, [1, 2, 3].map(|number| format!("{behind}-{number}")), "shard {behind} acknowledged nothing");
    }
}

#[tokio::test]
async fn a_cursor_of_one_shard_opens_and_acknowledges_no_other() {
    let world = world().await;
    publish(&world, 0, 1..=1).await;
    let (_, cursor) = opened(&world, open(0)).await.event().await;

    let refused = Client::open(&world, &world.acme, Open { cursor: cursor.clone(), ..open(1) }).await;
    assert!(refused.is_err_and(|status| status.message().contains("belongs to another stream")));
    let mut other = opened(&world, open(1)).await;
    other.acknowledge(&cursor).await;
    assert!(
        other
            .next()
            .await
            .is_err_and(|status| status.message().contains("belongs to another stream"))
    );
}

#[tokio::test]
async fn a_shard_is_resumed_at_a_cursor_and_sought_to_a_time_without_the_others() {
    let world = world().await;
    for shard in 0..SHARDS {
        publish(&world, shard, 1..=2).await;
    }
    let mut client = opened(&world, open(2)).await;
    let (_, cursor) = client.event().await;
    assert_eq!(opened(&world, Open { cursor, ..open(2) }).await.events(1).await, ["2-2"]);

    let between = append_time(&world, 3).await;
    for shard in 0..SHARDS {
        publish(&world, shard, 3..=4).await;
    }
    for shard in [1, 3] {
        let open = Open { from_time_us: between, ..open(shard) };
        assert_eq!(opened(&world, open).await.events(2).await, [3, 4].map(|number| format!("{shard}-{number}")));
    }
}

/// A moment after everything that is on a shard's partition.
async fn append_time(world: &World, shard: u16) -> i64 {
    let last = world.read(&world.topics.inbox, inbox_of(world, shard)).await.pop().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    last.append_time_us + 1
}

#[tokio::test]
async fn a_truncated_shard_is_told_so_and_another_that_lags_as_far_is_not_touched() {
    let world = world().await;
    for shard in 0..SHARDS {
        publish(&world, shard, 1..=4).await;
    }
    let mut cursors: Vec<Bytes> = Vec::new();
    for shard in 0..2 {
        let mut client = opened(&world, open(shard)).await;
        let (_, cursor) = client.event().await;
        client.events(3).await;
        client.acknowledge_and_hear(&cursor).await;
        cursors.push(cursor);
    }
    let (cut, kept) = (inbox_of(&world, 0), inbox_of(&world, 1));
    assert_ne!(cut, kept, "shards lie on partitions of their own");
    world.log.trim(&world.topics.inbox, cut, 3).await.unwrap();

    let mut truncated = opened(&world, open(0)).await;
    match truncated.next().await.unwrap() {
        Response::Truncated(told) => assert!(told.oldest_at_us > 0),
        other => panic!("not told: {other:?}"),
    }
    assert_eq!(truncated.events(1).await, ["0-4"]);
    let mut lagging = opened(&world, open(1)).await;
    assert_eq!(lagging.events(3).await, ["1-2", "1-3", "1-4"], "the other shard goes on where it was");

    let resumed = Open { cursor: cursors[0].clone(), ..open(0) };
    let mut resumed = opened(&world, resumed).await;
    assert!(matches!(resumed.next().await.unwrap(), Response::Truncated(_)), "a cursor of before is told too");
}

#[tokio::test]
async fn a_client_that_takes_nothing_holds_up_its_own_shard_only() {
    let world = world().await;
    publish(&world, 0, 1..=2_000).await;
    let _sleeping = opened(&world, open(0)).await;
    publish(&world, 1, 1..=2).await;
    assert_eq!(opened(&world, open(1)).await.events(2).await, ["1-1", "1-2"]);
}
