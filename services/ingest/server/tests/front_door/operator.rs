//! What an operator asks: traces, tails, conversations, counts, skips.

use tokio::time::timeout;
use tonic::Code;
use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CancelRequested, Origin, Planned, Recall, RecallScope, Record,
    RoutingFact, Settled, SettledOutcome, Settlement, Verdict,
};
use volley_ingest::FoundMessage;
use volley_types::{AccountId, AttemptId, CarrierName, Lane, MessageId, Partition, Source, TenantId, Timestamp};
use volley_wire::proto::{
    admin::v1::{
        CountVotesRequest, ListThreadsRequest, ListUnmatchedReceiptsRequest, PutKeywordRequest, PutPollRequest,
        SkipRecordRequest, TailTopicRequest, TraceMessageRequest,
    },
    messaging::v1::{CancelOutcome, MessageState, MessageStatus},
    query::v1::{OptionCount, Thread, UnmatchedReceipt},
};

use crate::world::{SOON, World, chained, message, unchained};

/// Sends a message and writes what routing and egress would write about it.
async fn message_with_a_story(world: &World) -> MessageId {
    let accepted = world.accept(message("r-1")).await;
    let id: MessageId = accepted.message_id.parse().unwrap();
    let submission = world.submissions(&accepted.message_id).await.remove(0);
    let (account, partition) = (AccountId::new("main").unwrap(), u32::from(id.partition().0));
    let attempt = AttemptId { message: id, number: 1 };
    let planned = Planned {
        attempt,
        account: account.clone(),
        carrier: CarrierName::new("skt").unwrap(),
        lane: Lane::Normal,
        segments: 1,
        data_coding: 0,
        send_before: Timestamp::from_micros(1),
        route_prefix: String::new(),
        others: vec![],
        submits: 1,
        substitutions: vec![],
    };
    let fact = RoutingFact::Accepted(Box::new(Accepted {
        message: id,
        tenant: submission.tenant,
        request: submission.request,
        sender: submission.sender,
        subscriber: submission.subscriber,
        class: submission.class,
        deadline: submission.deadline,
        received_at: submission.received_at,
        accepted_at: submission.received_at,
        origin: Origin::Client,
        verdict: Verdict::Planned(planned),
    }));
    let routing = Source::Routing(Partition(id.partition().0));
    world
        .append(&world.topics.correlation_in, partition, chained(routing, 1, None), &Record::RoutingFact(fact))
        .await;
    let report = AttemptReport {
        attempt,
        account: account.clone(),
        carrier: CarrierName::new("skt").unwrap(),
        outcome: AttemptOutcome::Submitted { ids: vec![None] },
        sent_at: None,
        ended_at: Timestamp::from_micros(1),
    };
    let egress = unchained(Source::Egress(7));
    world
        .append(&world.topics.correlation_in, partition, egress, &Record::AttemptReport(report))
        .await;
    let settled = vec![Settled { attempt, outcome: SettledOutcome::Submitted }];
    let settlement = Record::Settlement(Settlement { account, lane: Lane::Normal, settled });
    world.append(&world.topics.routing_in, partition, egress, &settlement).await;
    id
}

/// Its client wants it back, and routing recalls it.
async fn wanted_back(world: &World, message: MessageId) {
    let partition = message.partition();
    let (tenant, received_at) = (TenantId::new("acme").unwrap(), Timestamp::from_micros(1));
    let wish = Record::CancelRequested(CancelRequested { message, tenant, received_at });
    let door = unchained(Source::FrontDoor(1));
    world.append(&world.topics.routing_in, partition.0.into(), door, &wish).await;
    let recall = Record::Recall(Recall { scope: RecallScope::Message(message) });
    let routing = chained(Source::Routing(partition), 9, None);
    world.append(&world.topics.recall, 0, routing, &recall).await;
}

#[tokio::test]
async fn a_trace_tells_every_step_with_service_and_delay() {
    let world = World::new().await;
    let id = message_with_a_story(&world).await;
    wanted_back(&world, id).await;
    let accepted_at_us = world.read(&world.topics.routing_in, id.partition().0.into()).await[0].append_time_us;
    let status = MessageStatus {
        message_id: id.to_string(),
        state: MessageState::Submitted.into(),
        at_us: accepted_at_us,
        accepted_at_us,
        ..MessageStatus::default()
    };
    let found = FoundMessage {
        tenant: TenantId::new("acme").unwrap(),
        status: status.clone(),
        cancel: CancelOutcome::Unspecified,
        edit: None,
    };
    world.queries.messages.lock().unwrap().insert(id, found);

    let asked = TraceMessageRequest { message_id: id.to_string() };
    let trace = world.operator().trace_message(asked).await.unwrap().into_inner();
    assert_eq!((trace.status, trace.truncated), (Some(status), false));
    let told: Vec<_> = trace
        .steps
        .iter()
        .map(|step| (step.service.as_str(), step.kind.as_str()))
        .collect();
    let expected = [
        ("ingest", "submission"),
        ("routing", "routing_fact"),
        ("carrier-egress", "attempt_report"),
        ("carrier-egress", "settlement"),
        ("ingest", "cancel_requested"),
        ("routing", "recall"),
    ];
    assert_eq!(told, expected);
    assert!(trace.steps[1].what.contains("planned attempt 1 at account main"), "{}", trace.steps[1].what);
    assert_eq!(trace.steps[0].delay_us, 0);
    let whole = trace.steps.last().unwrap().at_us - trace.steps[0].at_us;
    assert_eq!(trace.steps.iter().map(|step| step.delay_us).sum::<i64>(), whole);
    assert!(!format!("{:?}", trace.steps).contains("hello"), "no text in a trace");
}

#[tokio::test]
async fn an_unknown_message_has_no_trace() {
    let world = World::new().await;
    let asked = TraceMessageRequest { message_id: "0".repeat(32) };
    assert_eq!(world.operator().trace_message(asked).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_tail_shows_the_last_records_without_texts_and_follows() {
    let world = World::new().await;
    let mut client = world.messaging(&world.acme);
    let first = client.send_message(message("r-1")).await.unwrap().into_inner().message_id;
    client.send_message(message("r-2")).await.unwrap();

    let asked = TailTopicRequest { topic: "routing.in".into(), last: 1, follow: false };
    let mut tail = world.operator().tail_topic(asked).await.unwrap().into_inner();
    let shown = timeout(SOON, tail.message()).await.unwrap().unwrap().unwrap();
    assert_eq!((shown.kind.as_str(), shown.offset), ("submission", 1));
    assert!(shown.source.starts_with("ingest "), "{}", shown.source);
    assert!(shown.json.contains("r-2") && !shown.json.contains("hello"), "{}", shown.json);
    assert!(timeout(SOON, tail.message()).await.unwrap().unwrap().is_none(), "it ends at the end");

    let asked = TailTopicRequest { topic: "volley.routing.in.v1".into(), last: 0, follow: true };
    let mut tail = world.operator().tail_topic(asked).await.unwrap().into_inner();
    client.send_message(message("r-3")).await.unwrap();
    let shown = timeout(SOON, tail.message()).await.unwrap().unwrap().unwrap();
    assert!(shown.json.contains("r-3"));
    let partition = first.parse::<MessageId>().unwrap().partition();
    assert_eq!(shown.partition, u32::from(partition.0));
}

#[tokio::test]
async fn a_tail_of_nothing_or_of_too_much_is_refused() {
    let world = World::new().await;
    let asked = TailTopicRequest { topic: "nothing".into(), last: 0, follow: false };
    assert_eq!(world.operator().tail_topic(asked).await.unwrap_err().code(), Code::NotFound);
    let asked = TailTopicRequest { topic: "events".into(), last: 10_001, follow: false };
    assert_eq!(world.operator().tail_topic(asked).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn conversations_of_all_partitions_come_newest_first() {
    let world = World::new().await;
    let thread = |id: &str, tenant: &str, at_us| Thread {
        thread_id: id.into(),
        tenant: tenant.into(),
        at_us,
        ..Thread::default()
    };
    let threads = [(0, vec![thread("a", "acme", 5), thread("b", "globex", 1)]), (3, vec![thread("c", "acme", 9)])];
    world.queries.threads.lock().unwrap().extend(threads);
    let list = async |tenant: &str, limit| {
        let asked = ListThreadsRequest { tenant: tenant.into(), limit };
        let threads = world.operator().list_threads(asked).await.unwrap().into_inner().threads;
        threads.into_iter().map(|thread| thread.thread_id).collect::<Vec<_>>()
    };
    assert_eq!(list("", 0).await, ["c", "a", "b"]);
    assert_eq!(list("acme", 0).await, ["c", "a"]);
    assert_eq!(list("", 1).await, ["c"]);
    let asked = ListThreadsRequest { tenant: String::new(), limit: 1_001 };
    assert_eq!(world.operator().list_threads(asked).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn unmatched_receipts_of_all_partitions_come_newest_first() {
    let world = World::new().await;
    let receipt = |arrival_id: &str, carrier: &str, received_at_us| UnmatchedReceipt {
        arrival_id: arrival_id.into(),
        carrier: carrier.into(),
        received_at_us,
        ..UnmatchedReceipt::default()
    };
    let kept = [(0, vec![receipt("a", "skt", 5), receipt("b", "kt", 1)]), (3, vec![receipt("c", "skt", 9)])];
    world.queries.unmatched.lock().unwrap().extend(kept);
    let list = async |carrier: &str, limit| {
        let asked = ListUnmatchedReceiptsRequest { carrier: carrier.into(), since_us: 0, limit };
        let answer = world.operator().list_unmatched_receipts(asked).await.unwrap().into_inner();
        assert_eq!(answer.kept, 3, "however few are listed");
        answer
            .receipts
            .into_iter()
            .map(|receipt| receipt.arrival_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(list("", 0).await, ["c", "a", "b"]);
    assert_eq!(list("skt", 0).await, ["c", "a"]);
    assert_eq!(list("", 1).await, ["c"]);
    for (carrier, limit) in [("", 1_001), ("no such name!", 1)] {
        let asked = ListUnmatchedReceiptsRequest { carrier: carrier.into(), since_us: 0, limit };
        let refused = world.operator().list_unmatched_receipts(asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn votes_of_all_partitions_add_up() {
    let world = World::new().await;
    let (poll, number, tenant) = ("final".to_owned(), "KR:4565".to_owned(), "acme".to_owned());
    let put = PutPollRequest {
        poll: poll.clone(),
        tenant: tenant.clone(),
        number: number.clone(),
        closes_at_us: 0,
    };
    world.admin().put_poll(put).await.unwrap();
    for word in ["Kelly", "Rose", "Ann"] {
        let (poll, number, tenant, keyword) = (poll.clone(), number.clone(), tenant.clone(), word.to_owned());
        let put = PutKeywordRequest { number, keyword, tenant, poll, released: false };
        world.admin().put_keyword(put).await.unwrap();
    }
    let count = |keyword: &str, counted| OptionCount { keyword: keyword.into(), counted, repeated_votes: 1, late: 0 };
    let votes = [(0, vec![count("kelly", 2)]), (2, vec![count("kelly", 1), count("rose", 7)])];
    world.queries.votes.lock().unwrap().extend(votes);

    for named in ["KELLY", "final"] {
        let asked = CountVotesRequest { keyword_or_poll: named.into() };
        let counted = world.operator().count_votes(asked).await.unwrap().into_inner();
        assert_eq!(counted.poll, "final");
        let options: Vec<_> = counted
            .options
            .iter()
            .map(|it| (it.keyword.as_str(), it.counted, it.repeated_votes))
            .collect();
        assert_eq!(options, [("rose", 7, 1), ("kelly", 3, 2), ("ann", 0, 0)]);
    }
    let asked = CountVotesRequest { keyword_or_poll: "nobody".into() };
    assert_eq!(world.operator().count_votes(asked).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_record_to_pass_over_stands_on_config() {
    let world = World::new().await;
    let skip = SkipRecordRequest { topic: "volley.routing.in.v1".into(), partition: 1, offset: 9 };
    let offset = world.operator().skip_record(skip).await.unwrap().into_inner().config_offset;
    let records = world.read(&world.topics.config, 0).await;
    let record = records.iter().find(|record| record.offset == offset).unwrap();
    let described = volley_wire::describe(&volley_wire::decode(&record.value).unwrap());
    assert!(described.summary.contains("pass over volley.routing.in.v1/1 at 9"), "{}", described.summary);
}
