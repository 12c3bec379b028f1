//! Sending: what is durable is answered, and every row of "what bad input gets".

use std::time::Duration;

use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use volley_event_log::{LogError, moody::Mood};
use volley_events::{Progress, Record};
use volley_ingest::AdmissionConfig;
use volley_types::{Source, TenantId, Timestamp};
use volley_wire::proto::{
    admin::v1::{PutTenantRequest, RevokeApiKeyRequest},
    messaging::v1::{
        GetMessageRequest, MessageState, SendMessageRequest, SendMessagesRequest, SendMessagesResponse, TrafficClass,
        send_messages_response::Result as Outcome,
    },
};

use crate::world::{PARTITIONS, SOON, World, message, unbounded_silence, unchained};

async fn refused(world: &World, request: SendMessageRequest) -> Status {
    world.messaging(&world.acme).send_message(request).await.unwrap_err()
}

/// The one violation of a refused request.
async fn violation(world: &World, request: SendMessageRequest) -> (String, String) {
    let status = refused(world, request).await;
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let mut violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 1, "{violations:?}");
    let violation = violations.remove(0);
    (violation.field, violation.description)
}

fn retry_after(status: &Status) -> Duration {
    status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap()
}

fn away() -> LogError {
    LogError::Unavailable { reason: "the test says so".into() }
}

#[tokio::test]
async fn ok_means_that_the_log_has_it() {
    let world = World::new().await;
    let accepted = world.accept(message("r-1")).await;
    assert_eq!((accepted.segments, accepted.repeated), (1, false));

    let submissions = world.submissions(&accepted.message_id).await;
    assert_eq!(submissions.len(), 1);
    assert_eq!(submissions[0].tenant.as_str(), "acme");
    assert_eq!(submissions[0].sender.as_str(), "KR:4565");
    assert_eq!(submissions[0].text.text(), Some("hello"));
}

#[tokio::test]
async fn a_trace_context_travels_with_the_message() {
    let world = World::new().await;
    let mut request = tonic::Request::new(message("r-1"));
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    let accepted = world.accept(request).await;

    let id: volley_types::MessageId = accepted.message_id.parse().unwrap();
    let records = world.read(&world.topics.routing_in, id.partition().0.into()).await;
    let (_, trace) = volley_wire::decode_traced(&records[0].value).unwrap();
    assert_eq!(trace.unwrap().trace_id[0], 0x4b);
}

#[tokio::test]
async fn an_unknown_or_revoked_key_opens_nothing() {
    let world = World::new().await;
    for key in ["", "vk_000000000000_x", crate::world::OPERATOR] {
        let status = world.messaging(key).send_message(message("r-1")).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{key:?}");
    }
    let key_id = world.acme[3..15].to_owned();
    world.admin().revoke_api_key(RevokeApiKeyRequest { key_id }).await.unwrap();
    assert_eq!(refused(&world, message("r-1")).await.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_number_that_is_not_owned_is_named() {
    let world = World::new().await;
    let status = refused(&world, SendMessageRequest { from: "7777".into(), ..message("r-1") }).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains("7777"), "{}", status.message());
}

#[tokio::test]
async fn a_suspended_tenant_is_refused() {
    let world = World::new().await;
    let suspended = PutTenantRequest { tenant: "acme".into(), suspended: true, ..Default::default() };
    world.admin().put_tenant(suspended).await.unwrap();
    let status = refused(&world, message("r-1")).await;
    assert_eq!((status.code(), status.message()), (Code::PermissionDenied, "the tenant acme is suspended"));
    assert!(status.message().contains("suspended"));
}

#[tokio::test]
async fn each_fault_names_its_field_and_limit() {
    let world = World::new().await;
    let cases = [
        (SendMessageRequest { request_id: String::new(), ..message("r-1") }, "request_id", "is empty"),
        (SendMessageRequest { to: "not a phone".into(), ..message("r-1") }, "to", "character"),
        (SendMessageRequest { text: String::new(), ..message("r-1") }, "text", "is empty"),
        (
            SendMessageRequest { text: "x".repeat(1_531), ..message("r-1") },
            "text",
            "11 segments, the limit is 10",
        ),
        (SendMessageRequest { valid_until_us: 1, ..message("r-1") }, "valid_until_us", "in the past"),
        (SendMessageRequest { validity_ms: 10, ..message("r-1") }, "validity_ms", "1000 to 604800000"),
        (SendMessageRequest { traffic_class: 0, ..message("r-1") }, "traffic_class", "must be"),
        (SendMessageRequest { traffic_class: 99, ..message("r-1") }, "traffic_class", "must be"),
    ];
    for (request, field, words) in cases {
        let (found, description) = violation(&world, request).await;
        assert_eq!(found, field);
        assert!(description.contains(words), "{description}");
    }
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_appends_nothing() {
    let world = World::new().await;
    let mut client = world.messaging(&world.acme);
    let first = client.send_message(message("r-1")).await.unwrap().into_inner();
    let again = client.send_message(message("r-1")).await.unwrap().into_inner();
    assert_eq!((again.message_id.as_str(), again.repeated), (first.message_id.as_str(), true));
    assert_eq!(world.submissions(&first.message_id).await.len(), 1);
}

#[tokio::test]
async fn the_same_request_id_with_other_content_is_a_conflict() {
    let world = World::new().await;
    let first = world.accept(message("r-1")).await;
    let status = refused(&world, SendMessageRequest { text: "other".into(), ..message("r-1") }).await;
    assert_eq!(status.code(), Code::AlreadyExists);
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("REQUEST_CONFLICT", "volley"));
    assert_eq!(info.metadata["message_id"], first.message_id);

    let globex = SendMessageRequest { from: "7777".into(), text: "other".into(), ..message("r-1") };
    let theirs = world.messaging(&world.globex).send_message(globex).await.unwrap().into_inner();
    assert_ne!(theirs.message_id, first.message_id, "another tenant's request ids are its own");
}

#[tokio::test]
async fn when_the_log_is_away_nothing_is_accepted_and_asking_again_later_is_safe() {
    let world = World::new().await;
    world.log.set(Mood::Fails(away()));
    let status = refused(&world, message("r-1")).await;
    assert_eq!(status.code(), Code::Unavailable);
    assert!(retry_after(&status) > Duration::ZERO);

    world.log.set(Mood::Good);
    let accepted = world.accept(message("r-1")).await;
    assert!(!accepted.repeated, "it was not known to be accepted");
    assert_eq!(world.submissions(&accepted.message_id).await.len(), 1);
}

#[tokio::test]
async fn an_unhealthy_log_is_not_even_asked() {
    let world = World::new().await;
    world.log.set_healthy(false);
    let before = world.log.appends();
    let status = refused(&world, message("r-1")).await;
    assert_eq!((status.code(), world.log.appends()), (Code::Unavailable, before));
    world.log.set_healthy(true);
    assert!(world.messaging(&world.acme).send_message(message("r-1")).await.is_ok());
}

#[tokio::test]
async fn overload_is_refused_with_the_time_to_wait() {
    let world = World::new().await;
    world
        .log
        .set(Mood::Fails(LogError::Overloaded { waiting: 2, limit: 1, unit: "octets" }));
    let status = refused(&world, message("r-1")).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(retry_after(&status) > Duration::ZERO);
}

#[tokio::test]
async fn a_partition_that_routing_does_not_read_is_shut() {
    let admission = AdmissionConfig { lag_records_max: 3, ..unbounded_silence() };
    let world = World::with(admission).await;
    let mut client = world.messaging(&world.acme);
    for request in ["r-1", "r-2", "r-3"] {
        client.send_message(message(request)).await.unwrap();
    }
    let status = client.send_message(message("r-4")).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(retry_after(&status) > Duration::ZERO);
    let again = client.send_message(message("r-1")).await.unwrap().into_inner();
    assert!(again.repeated, "what was accepted is answered all the same");
}

/// Sends messages until one is refused. Each is another one: what was accepted is answered all the same.
async fn until_refused(world: &World) -> Status {
    let refused = async {
        for request in 0_u32.. {
            match world
                .messaging(&world.acme)
                .send_message(message(&format!("until-{request}")))
                .await
            {
                Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(status) => return status,
            }
        }
        unreachable!("the numbers do not end")
    };
    tokio::time::timeout(SOON, refused).await.unwrap()
}

/// What routing says of a partition, once a second.
fn progress(partition: u16, parked: u64) -> Record {
    Record::Progress(Progress {
        service: "routing".into(),
        partition,
        position: 1_000,
        end: 1_000,
        parked: vec![(TenantId::new("acme").unwrap(), parked)],
        at: Timestamp::from_micros(1),
        config_offset: 0,
    })
}

#[tokio::test]
async fn a_partition_that_says_nothing_is_shut_until_it_speaks() {
    let admission = AdmissionConfig { silence_ms_max: 300, ..AdmissionConfig::default() };
    let world = World::with(admission).await;
    let status = until_refused(&world).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(retry_after(&status) > Duration::ZERO);

    let speaking = async {
        loop {
            for partition in 0..PARTITIONS {
                let header = unchained(Source::Owner(1));
                world.append(&world.topics.progress, 0, header, &progress(partition, 0)).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let streamed = stream(&world, vec![message("r-2")]);
    let answers = tokio::select! {
        answers = streamed => answers,
        () = speaking => unreachable!("it speaks for ever"),
    };
    assert!(
        matches!(answers[0].result, Some(Outcome::Accepted(_))),
        "a stream waits until it speaks: {answers:?}"
    );
}

#[tokio::test]
async fn a_tenant_with_too_much_waiting_is_refused_and_a_stream_gets_credit_when_it_is_less() {
    let admission = AdmissionConfig { parked_messages_max: 100, ..unbounded_silence() };
    let world = World::with(admission).await;
    let say = async |parked| {
        world
            .append(&world.topics.progress, 0, unchained(Source::Owner(1)), &progress(0, parked))
            .await;
    };
    say(100).await;
    let status = until_refused(&world).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(retry_after(&status) > Duration::ZERO);
    let code = SendMessageRequest { traffic_class: TrafficClass::Otp.into(), ..message("r-2") };
    world.messaging(&world.acme).send_message(code).await.unwrap();

    let less = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        say(99).await;
    };
    let (answers, ()) = tokio::join!(stream(&world, vec![message("r-3")]), less);
    assert!(matches!(answers[0].result, Some(Outcome::Accepted(_))), "{answers:?}");
}

#[tokio::test]
async fn a_call_that_is_dropped_loses_no_message_it_handed_over() {
    let world = World::new().await;
    world.log.set(Mood::Silent);
    let mut request = tonic::Request::new(message("r-1"));
    request.set_timeout(Duration::from_millis(300));
    assert!(world.messaging(&world.acme).send_message(request).await.is_err());

    world.log.set(Mood::Good);
    let again = world.accept(message("r-1")).await;
    assert!(!world.submissions(&again.message_id).await.is_empty());
}

async fn stream(world: &World, requests: Vec<SendMessageRequest>) -> Vec<SendMessagesResponse> {
    let requests = requests
        .into_iter()
        .map(|message| SendMessagesRequest { message: Some(message), messages: Vec::new() });
    let answers = world
        .messaging(&world.acme)
        .send_messages(tokio_stream::iter(requests))
        .await
        .unwrap();
    let answers = answers.into_inner().map(|answer| answer.unwrap()).collect();
    tokio::time::timeout(SOON, answers).await.unwrap()
}

#[tokio::test]
async fn a_stream_answers_in_order_and_goes_on_after_a_refusal() {
    let world = World::new().await;
    let answers = stream(
        &world,
        vec![
            message("r-1"),
            SendMessageRequest { to: "?".into(), ..message("r-2") },
            SendMessageRequest { from: "7777".into(), ..message("r-3") },
            SendMessageRequest { text: "other".into(), ..message("r-1") },
            message("r-5"),
        ],
    )
    .await;
    let ids: Vec<_> = answers.iter().map(|answer| answer.request_id.as_str()).collect();
    assert_eq!(ids, ["r-1", "r-2", "r-3", "r-1", "r-5"]);
    let codes = answers.iter().map(|answer| match answer.result.as_ref().unwrap() {
        Outcome::Accepted(_) => Code::Ok,
        Outcome::Refused(refusal) => refusal.code.into(),
        Outcome::AcceptedRange(range) => panic!("a range of {}", range.count),
    });
    let expected = [Code::Ok, Code::InvalidArgument, Code::PermissionDenied, Code::AlreadyExists, Code::Ok];
    assert_eq!(codes.collect::<Vec<_>>(), expected);
    let Some(Outcome::Refused(refusal)) = &answers[1].result else {
        panic!("{:?}", answers[1])
    };
    assert_eq!(refusal.violations[0].field, "to");
}

#[tokio::test]
async fn a_stream_of_many_takes_few_appends_and_loses_none() {
    let world = World::new().await;
    let before = world.log.appends();
    let requests = (0..5_000).map(|number| SendMessageRequest {
        to: format!("+8210{:08}", 10_000_000 + number),
        ..message(&format!("r-{number}"))
    });
    let answers = stream(&world, requests.collect()).await;
    let accepted = answers
        .iter()
        .filter(|answer| matches!(answer.result, Some(Outcome::Accepted(_))))
        .count();
    let appends = world.log.appends() - before;
    assert_eq!((answers.len(), accepted), (5_000, 5_000));
    assert!(appends < 500, "{appends} appends");

    let mut on_the_log = 0;
    for partition in 0..world.topics.routing_in.partitions() {
        on_the_log += world.read(&world.topics.routing_in, partition).await.len();
    }
    assert_eq!(on_the_log, 5_000);
}

#[tokio::test]
async fn a_message_is_known_as_accepted_from_the_moment_of_its_answer_and_to_its_owner_only() {
    let world = World::new().await;
    let accepted = world.accept(message("r-1")).await;
    let asked = GetMessageRequest { message_id: accepted.message_id.clone() };

    let known = world
        .messaging(&world.acme)
        .get_message(asked.clone())
        .await
        .unwrap()
        .into_inner()
        .status
        .unwrap();
    assert_eq!((known.state(), known.request_id.as_str()), (MessageState::Accepted, "r-1"));
    assert!(known.accepted_at_us > 0);

    let theirs = world.messaging(&world.globex).get_message(asked).await.unwrap_err();
    assert_eq!(theirs.code(), Code::NotFound);
    let malformed = GetMessageRequest { message_id: "xyz".into() };
    let status = world.messaging(&world.acme).get_message(malformed).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}
