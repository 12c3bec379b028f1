//! The event stream: cursors, acknowledgements, and what a client sees once and what again.

use bytes::Bytes;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use volley_event_log::EventLog;
use volley_events::{ClientEvent, ClientEventBody, Record};
use volley_types::{MessageId, Partition, RequestId, Source, SubscriptionId, TenantId, Timestamp};
use volley_wire::{
    proto::{
        admin::v1::RevokeApiKeyRequest,
        messaging::v1::{
            StreamEventsRequest, StreamEventsResponse,
            event::Event as Happened,
            stream_events_request::{Acknowledge, Open, Request},
            stream_events_response::Response,
        },
    },
    topics::inbox_partition,
};

use crate::world::{SOON, World, chained};

/// A client that reads events and acknowledges.
pub struct Client {
    requests: mpsc::Sender<StreamEventsRequest>,
    stream: Streaming<StreamEventsResponse>,
}

impl Client {
    pub async fn open(world: &World, key: &str, open: Open) -> Result<Self, Status> {
        let (requests, queue) = mpsc::channel(64);
        requests
            .send(StreamEventsRequest { request: Some(Request::Open(open)) })
            .await
            .unwrap();
        let stream = world
            .messaging(key)
            .stream_events(ReceiverStream::new(queue))
            .await?
            .into_inner();
        let mut client = Self { requests, stream };
        match client.next().await? {
            Response::Opened(_) => Ok(client),
            other => panic!("not opened: {other:?}"),
        }
    }

    async fn acme(world: &World) -> Self {
        Self::open(world, &world.acme, Open::default()).await.unwrap()
    }

    pub async fn next(&mut self) -> Result<Response, Status> {
        let response = timeout(SOON, self.stream.message()).await.unwrap()?;
        Ok(response.unwrap().response.unwrap())
    }

    /// The request id and cursor of the next event.
    pub async fn event(&mut self) -> (String, Bytes) {
        match self.next().await.unwrap() {
            Response::Event(event) => match event.event {
                Some(Happened::RequestConflict(conflict)) => (conflict.request_id, event.cursor),
                other => panic!("{other:?}"),
            },
            other => panic!("no event: {other:?}"),
        }
    }

    pub async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(self.event().await.0);
        }
        events
    }

    pub async fn acknowledge(&mut self, cursor: &Bytes) {
        let acknowledge = Acknowledge { cursor: cursor.clone() };
        self.requests
            .send(StreamEventsRequest { request: Some(Request::Acknowledge(acknowledge)) })
            .await
            .unwrap();
    }

    /// Acknowledges and waits for the answer; the stream must have nothing else to say.
    pub async fn acknowledge_and_hear(&mut self, cursor: &Bytes) {
        self.acknowledge(cursor).await;
        match self.next().await.unwrap() {
            Response::Acknowledged(told) => assert_eq!(told.cursor, cursor),
            other => panic!("not acknowledged: {other:?}"),
        }
    }
}

/// An event of a tenant's default subscription that is known by its request id.
fn event(tenant: &str, request: &str) -> Record {
    Record::ClientEvent(Box::new(ClientEvent {
        tenant: TenantId::new(tenant).unwrap(),
        subscription: SubscriptionId::new("default").unwrap(),
        shard: 0,
        at: Timestamp::from_micros(7),
        body: ClientEventBody::RequestConflict {
            message: MessageId::from_bytes([1; 16]),
            request: RequestId::new(request).unwrap(),
        },
    }))
}

fn acmes_partition(world: &World) -> u32 {
    let (tenant, subscription) = (TenantId::new("acme").unwrap(), SubscriptionId::new("default").unwrap());
    inbox_partition(&tenant, &subscription, 0, world.topics.inbox.partitions())
}

/// Publishes an event of mo-correlation's partition 0 at `offset`, after the one at `predecessor`.
async fn publish(world: &World, offset: u64, predecessor: Option<u64>, event: &Record) {
    let header = chained(Source::Correlation(Partition(0)), offset, predecessor);
    world.append(&world.topics.inbox, acmes_partition(world), header, event).await;
}

/// Publishes events e-1, e-2, … of acme, each after the other.
async fn publish_many(world: &World, count: u64) {
    for number in 1..=count {
        publish(world, number, (number > 1).then(|| number - 1), &event("acme", &format!("e-{number}"))).await;
    }
}

#[tokio::test]
async fn events_come_in_order_and_as_they_happen() {
    let world = World::new().await;
    publish_many(&world, 2).await;
    let mut client = Client::acme(&world).await;
    assert_eq!(client.events(2).await, ["e-1", "e-2"]);
    publish(&world, 3, Some(2), &event("acme", "e-3")).await;
    assert_eq!(client.events(1).await, ["e-3"]);
}

#[tokio::test]
async fn an_acknowledged_event_is_not_seen_again_and_others_are() {
    let world = World::new().await;
    publish_many(&world, 3).await;
    let mut first = Client::acme(&world).await;
    let (_, cursor) = first.event().await;
    assert_eq!(first.events(2).await, ["e-2", "e-3"]);
    first.acknowledge_and_hear(&cursor).await;
    drop(first);
    let mut second = Client::acme(&world).await;
    assert_eq!(second.events(2).await, ["e-2", "e-3"], "G7");
}

#[tokio::test]
async fn acknowledgements_in_a_burst_are_each_answered_and_the_cursor_never_moves_back() {
    let world = World::new().await;
    publish_many(&world, 4).await;
    let mut client = Client::acme(&world).await;
    let mut cursors = Vec::new();
    for _ in 0..4 {
        cursors.push(client.event().await.1);
    }
    for cursor in cursors.iter().rev() {
        client.acknowledge(cursor).await;
    }
    for expected in cursors.iter().rev() {
        match client.next().await.unwrap() {
            Response::Acknowledged(told) => assert_eq!(told.cursor, expected),
            other => panic!("{other:?}"),
        }
    }
    drop(client);
    publish(&world, 5, Some(4), &event("acme", "e-5")).await;
    assert_eq!(Client::acme(&world).await.events(1).await, ["e-5"]);
}

#[tokio::test]
async fn another_tenants_events_never_come() {
    let world = World::new().await;
    publish(&world, 1, None, &event("globex", "theirs")).await;
    publish(&world, 2, Some(1), &event("acme", "ours")).await;
    assert_eq!(Client::acme(&world).await.events(1).await, ["ours"], "G5");
}

#[tokio::test]
async fn an_event_published_twice_comes_once_also_on_a_stream_opened_later() {
    let world = World::new().await;
    publish_many(&world, 2).await;
    let mut client = Client::acme(&world).await;
    assert_eq!(client.event().await.0, "e-1");
    let (_, cursor) = client.event().await;
    client.acknowledge_and_hear(&cursor).await;
    drop(client);
    publish_many(&world, 2).await;
    publish(&world, 3, Some(2), &event("acme", "e-3")).await;
    assert_eq!(Client::acme(&world).await.events(1).await, ["e-3"]);
}

#[tokio::test]
async fn an_event_behind_a_gap_waits_until_what_is_missing_comes() {
    let world = World::new().await;
    publish_many(&world, 1).await;
    publish(&world, 3, Some(2), &event("acme", "e-3")).await;
    publish(&world, 2, Some(1), &event("acme", "e-2")).await;
    publish(&world, 3, Some(2), &event("acme", "e-3")).await;
    assert_eq!(Client::acme(&world).await.events(3).await, ["e-1", "e-2", "e-3"]);
}

#[tokio::test]
async fn a_stream_begins_where_it_is_told() {
    let world = World::new().await;
    publish_many(&world, 2).await;
    let mut client = Client::acme(&world).await;
    let (_, cursor) = client.event().await;

    let open = Open { cursor, ..Open::default() };
    assert_eq!(Client::open(&world, &world.acme, open).await.unwrap().events(1).await, ["e-2"]);

    let open = Open { from_time_us: 1, ..Open::default() };
    assert_eq!(Client::open(&world, &world.acme, open).await.unwrap().events(2).await, ["e-1", "e-2"]);

    let open = Open { from_now: true, ..Open::default() };
    let mut from_now = Client::open(&world, &world.acme, open).await.unwrap();
    publish(&world, 3, Some(2), &event("acme", "e-3")).await;
    assert_eq!(from_now.events(1).await, ["e-3"]);
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_in_words() {
    let world = World::new().await;
    publish_many(&world, 1).await;
    let (_, cursor) = Client::acme(&world).await.event().await;
    let refused = async |key: &str, open: Open| match Client::open(&world, key, open).await {
        Ok(_) => panic!("opened"),
        Err(status) => status.code(),
    };
    let theirs = Open { cursor: cursor.clone(), ..Open::default() };
    assert_eq!(refused(&world.globex, theirs).await, Code::InvalidArgument, "G5");
    let mangled = Open { cursor: cursor.slice(1..), ..Open::default() };
    assert_eq!(refused(&world.acme, mangled).await, Code::InvalidArgument);
    let several = Open { cursor, from_now: true, ..Open::default() };
    assert_eq!(refused(&world.acme, several).await, Code::InvalidArgument);
    let unknown = Open { subscription: "crm".into(), ..Open::default() };
    assert_eq!(refused(&world.acme, unknown).await, Code::NotFound);
    assert_eq!(refused(&world.acme, Open { shard: 1, ..Open::default() }).await, Code::InvalidArgument);
}

#[tokio::test]
async fn a_cursor_behind_retention_is_told_so_and_goes_on_with_the_oldest_event() {
    let world = World::new().await;
    publish_many(&world, 3).await;
    let mut client = Client::acme(&world).await;
    let (_, cursor) = client.event().await;
    client.events(2).await;
    client.acknowledge_and_hear(&cursor).await;
    drop(client);

    world.log.trim(&world.topics.inbox, acmes_partition(&world), 2).await.unwrap();
    let mut client = Client::acme(&world).await;
    match client.next().await.unwrap() {
        Response::Truncated(truncated) => assert!(truncated.oldest_at_us > 0),
        other => panic!("{other:?}"),
    }
    assert_eq!(client.events(1).await, ["e-3"]);
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked() {
    let world = World::new().await;
    let mut client = Client::acme(&world).await;
    let key_id = world.acme[3..15].to_owned();
    world.admin().revoke_api_key(RevokeApiKeyRequest { key_id }).await.unwrap();
    publish_many(&world, 1).await;
    assert_eq!(client.next().await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_cursor_that_is_none_ends_the_stream() {
    let world = World::new().await;
    let mut client = Client::acme(&world).await;
    client.acknowledge(&Bytes::from_static(b"nonsense")).await;
    assert_eq!(client.next().await.unwrap_err().code(), Code::InvalidArgument);
}
