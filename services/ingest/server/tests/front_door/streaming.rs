//! Many messages at once: requests that carry one or many, ranges, batches, credit, deadlines and cancellation.

use std::time::{Duration, Instant};

use tokio::{sync::mpsc, time::timeout};
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Request, Streaming, transport::Channel};
use tonic_types::StatusExt;
use volley_event_log::moody::Mood;
use volley_wire::proto::messaging::v1::{
    GetMessageRequest, SendBatchRequest, SendMessageRequest, SendMessagesRequest, SendMessagesResponse,
    messaging_service_client::MessagingServiceClient, send_messages_response::Result as Outcome,
};

use crate::world::{Key, SOON, World, message};

/// Streams of messages that may be open.
const STREAMS_MAX: usize = 1_024;

/// What a stream may have without an answer, as the contract says.
const CREDIT: u64 = 8_192;

fn to_handset(number: u32) -> SendMessageRequest {
    SendMessageRequest {
        to: format!("+8210{:08}", 10_000_000 + number),
        ..message(&format!("r-{number}"))
    }
}

fn many(numbers: std::ops::Range<u32>) -> SendMessagesRequest {
    SendMessagesRequest { message: None, messages: numbers.map(to_handset).collect() }
}

fn one(message: SendMessageRequest) -> SendMessagesRequest {
    SendMessagesRequest { message: Some(message), messages: Vec::new() }
}

/// The answers to a stream that ends behind its requests.
async fn answers(world: &World, requests: Vec<SendMessagesRequest>) -> Vec<SendMessagesResponse> {
    let mut client = world.messaging(&world.acme).max_encoding_message_size(8 << 20);
    let answers = client.send_messages(tokio_stream::iter(requests)).await.unwrap();
    let answers = answers.into_inner().map(|answer| answer.unwrap()).collect();
    timeout(SOON, answers).await.unwrap()
}

async fn on_the_log(world: &World) -> usize {
    let mut records = 0;
    for partition in 0..world.topics.routing_in.partitions() {
        records += world.read(&world.topics.routing_in, partition).await.len();
    }
    records
}

#[tokio::test]
async fn a_request_of_many_is_answered_with_one_range_of_their_ids() {
    let world = World::new().await;
    let told = answers(&world, vec![many(0..300), one(to_handset(300)), many(301..1_000)]).await;
    let places: Vec<_> = told.iter().map(|told| (told.index, told.request_id.as_str())).collect();
    assert_eq!(places, [(0, ""), (300, "r-300"), (301, "")]);
    let Some(Outcome::AcceptedRange(range)) = &told[2].result else {
        panic!("{:?}", told[2])
    };
    assert_eq!((range.count, range.segments, range.message_ids.len()), (699, 699, 699 * 16));
    assert_eq!(on_the_log(&world).await, 1_000);

    let again = world.accept(to_handset(301)).await;
    assert_eq!((again.message_id, again.repeated), (hex::encode(&range.message_ids[..16]), true));
}

#[tokio::test]
async fn what_is_refused_stands_alone_between_ranges_and_takes_nothing_from_them() {
    let world = World::new().await;
    let mut request = many(0..10);
    request.messages[4].to = "?".into();
    request.messages[5].from = "7777".into();
    request.messages[9] = SendMessageRequest { text: "other".into(), ..to_handset(0) };
    let told = answers(&world, vec![request]).await;
    let shape = told.iter().map(|told| match told.result.as_ref().unwrap() {
        Outcome::AcceptedRange(range) => (told.index, Code::Ok, range.count),
        Outcome::Accepted(_) => (told.index, Code::Ok, 1),
        Outcome::Refused(refusal) => (told.index, refusal.code.into(), 0),
    });
    let expected = [
        (0, Code::Ok, 4),
        (4, Code::InvalidArgument, 0),
        (5, Code::PermissionDenied, 0),
        (6, Code::Ok, 3),
        (9, Code::AlreadyExists, 0),
    ];
    assert_eq!(shape.collect::<Vec<_>>(), expected);
    assert_eq!(on_the_log(&world).await, 7);
}

#[tokio::test]
async fn a_request_with_too_many_is_refused_as_a_whole_and_the_stream_goes_on() {
    let world = World::new().await;
    let told = answers(&world, vec![many(0..1_001), many(0..2)]).await;
    let Some(Outcome::Refused(refusal)) = &told[0].result else {
        panic!("{:?}", told[0])
    };
    assert_eq!(refusal.violations[0].field, "messages");
    assert_eq!(refusal.violations[0].description, "has 1001 elements; allowed are 1 to 1000");
    assert!(matches!(&told[1].result, Some(Outcome::AcceptedRange(range)) if range.count == 2));
    assert_eq!((told[1].index, on_the_log(&world).await), (1, 2));
}

/// A stream that stays open.
struct Open {
    requests: mpsc::Sender<SendMessagesRequest>,
    answers: Streaming<SendMessagesResponse>,
}

impl Open {
    async fn new(world: &World) -> Self {
        let (requests, queue) = mpsc::channel(64);
        let mut client = world.messaging(&world.acme);
        let answers = client.send_messages(ReceiverStream::new(queue)).await.unwrap().into_inner();
        Self { requests, answers }
    }

    async fn answer(&mut self) -> SendMessagesResponse {
        timeout(SOON, self.answers.message()).await.unwrap().unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_stream_has_no_more_messages_under_way_than_its_credit() {
    let world = World::new().await;
    world.log.set(Mood::Silent);
    let mut stream = Open::new(&world).await;
    for request in 0..20 {
        stream
            .requests
            .send(many(request * 1_000..(request + 1) * 1_000))
            .await
            .unwrap();
    }
    let waited = Instant::now();
    while on_the_log(&world).await < 8_000 && waited.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(on_the_log(&world).await, 8_000, "no more than whole requests within the credit of {CREDIT}");

    world.log.set(Mood::Good);
    let mut answered = 0;
    for request in 0..20 {
        let told = stream.answer().await;
        assert_eq!(told.index, request * 1_000);
        assert!(matches!(&told.result, Some(Outcome::AcceptedRange(range)) if range.count == 1_000));
        answered += 1_000;
        assert!(told.credit >= answered + CREDIT, "{} after {answered}", told.credit);
    }
    assert_eq!(on_the_log(&world).await, 20_000);
}

#[tokio::test]
async fn a_stream_too_many_is_refused_and_one_that_ends_makes_room() {
    let world = World::new().await;
    // One connection may have as many calls open as the front door streams; the last two need others.
    let mut streams = Vec::new();
    for _ in 0..STREAMS_MAX - 1 {
        streams.push(Open::new(&world).await);
    }
    let other = || async { Channel::from_shared(world.uri.clone()).unwrap().connect().await.unwrap() };
    let mut elsewhere = MessagingServiceClient::with_interceptor(other().await, Key(world.acme.clone()));
    let (_last, queue) = mpsc::channel(1);
    elsewhere.send_messages(ReceiverStream::new(queue)).await.unwrap();
    let (_requests, queue) = mpsc::channel(1);
    let status = elsewhere.send_messages(ReceiverStream::new(queue)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert!(status.message().contains("1024 streams"), "{}", status.message());

    drop(streams);
    let again = timeout(SOON, async {
        loop {
            let (_requests, queue) = mpsc::channel(1);
            match elsewhere.send_messages(ReceiverStream::new(queue)).await {
                Ok(_) => return,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    });
    again.await.unwrap();
}

#[tokio::test]
async fn a_batch_has_one_result_for_each_message_in_their_order() {
    let world = World::new().await;
    let mut messages = many(0..5).messages;
    messages[1].text = String::new();
    messages[3].from = "7777".into();
    let batch = SendBatchRequest { messages };
    let results = world.batch(batch.clone()).await;
    let codes = results.iter().map(|told| match told.result.as_ref().unwrap() {
        Outcome::Accepted(_) => (told.index, told.request_id.as_str(), Code::Ok),
        Outcome::Refused(refusal) => (told.index, told.request_id.as_str(), refusal.code.into()),
        Outcome::AcceptedRange(_) => panic!("a batch has no ranges"),
    });
    let expected = [
        (0, "r-0", Code::Ok),
        (1, "r-1", Code::InvalidArgument),
        (2, "r-2", Code::Ok),
        (3, "r-3", Code::PermissionDenied),
        (4, "r-4", Code::Ok),
    ];
    assert_eq!(codes.collect::<Vec<_>>(), expected);
    assert_eq!(on_the_log(&world).await, 3);

    let again = world.batch(batch).await;
    assert!(matches!(&again[0].result, Some(Outcome::Accepted(accepted)) if accepted.repeated));
    assert_eq!(on_the_log(&world).await, 3, "the same batch again sends nothing");
}

#[tokio::test]
async fn a_batch_of_none_or_too_many_is_refused_with_the_limit() {
    let world = World::new().await;
    for count in [0, 1_001] {
        let batch = SendBatchRequest { messages: many(0..count).messages };
        let status = world.messaging(&world.acme).send_batch(batch).await.unwrap_err();
        let violation = status.get_details_bad_request().unwrap().field_violations.remove(0);
        assert_eq!((status.code(), violation.field.as_str()), (Code::InvalidArgument, "messages"));
        assert_eq!(violation.description, format!("has {count} elements; allowed are 1 to 1000"));
    }
    let whole = SendBatchRequest { messages: many(0..1_000).messages };
    assert_eq!(world.batch(whole).await.len(), 1_000);
}

#[tokio::test]
async fn when_the_log_is_away_each_message_of_a_batch_is_told_to_ask_again() {
    let world = World::new().await;
    world.log.set_away(true);
    let batch = SendBatchRequest { messages: many(0..3).messages };
    let results = world.batch(batch.clone()).await;
    for told in &results {
        let Some(Outcome::Refused(refusal)) = &told.result else { panic!("{told:?}") };
        assert_eq!((Code::from(refusal.code), refusal.retry_after_ms > 0), (Code::Unavailable, true));
    }
    world.log.set_away(false);
    let results = world.batch(batch).await;
    assert!(
        results
            .iter()
            .all(|told| matches!(&told.result, Some(Outcome::Accepted(it)) if !it.repeated))
    );
}

#[tokio::test]
async fn a_deadline_is_honoured_and_asking_again_gives_the_same_message() {
    let world = World::new().await;
    world.log.set(Mood::Silent);
    let mut request = Request::new(message("r-1"));
    request.set_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let status = world.messaging(&world.acme).send_message(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    world.log.set(Mood::Good);
    let again = world.accept(message("r-1")).await;
    let submissions = world.submissions(&again.message_id).await;
    assert!((1..=2).contains(&submissions.len()), "routing drops the copy");
    assert!(
        submissions
            .iter()
            .all(|submission| submission.content == submissions[0].content)
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_back_nothing_and_holds_nothing() {
    let world = World::new().await;
    world.log.set(Mood::Silent);
    let batch = SendBatchRequest { messages: many(0..1_000).messages };
    for _ in 0..70 {
        let mut client = world.messaging(&world.acme);
        let dropped = timeout(Duration::from_millis(20), client.send_batch(batch.clone())).await;
        // Once all places are taken, a call is refused before it is dropped.
        if let Ok(Ok(answer)) = dropped {
            let results = answer.into_inner().results;
            let accepted = results.iter().any(|told| matches!(told.result, Some(Outcome::Accepted(_))));
            assert!(!accepted, "accepted, although the log says nothing");
        }
    }
    world.log.set(Mood::Good);
    // 65 536 places: were those of the dropped calls not given back, these would be refused.
    let results = timeout(SOON, async {
        loop {
            let results = world.batch(batch.clone()).await;
            if results.iter().all(|told| matches!(told.result, Some(Outcome::Accepted(_)))) {
                return results;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let results = results.await.unwrap();
    let Some(Outcome::Accepted(accepted)) = &results[0].result else {
        panic!("{:?}", results[0])
    };
    let asked = GetMessageRequest { message_id: accepted.message_id.clone() };
    world.messaging(&world.acme).get_message(asked).await.unwrap();
    assert!(!world.submissions(&accepted.message_id).await.is_empty());
}
