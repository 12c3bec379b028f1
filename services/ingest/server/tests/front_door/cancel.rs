//! Taking messages back. The test plays routing and mo-correlation.

use tonic::{Code, Status};
use tonic_types::StatusExt;
use volley_event_log::{LogError, moody::Mood};
use volley_events::{CancelRequested, Record};
use volley_ingest::FoundMessage;
use volley_types::{MessageId, TenantId};
use volley_wire::proto::messaging::v1::{CancelMessageRequest, CancelOutcome, GetMessageRequest, MessageStatus};

use crate::world::{SOON, World, message};

/// Sends a message as `acme`.
async fn sent(world: &World) -> MessageId {
    let accepted = world.messaging(&world.acme).send_message(message("r-1")).await.unwrap();
    accepted.into_inner().message_id.parse().unwrap()
}

async fn cancel(world: &World, key: &str, message: &str) -> Result<CancelOutcome, Status> {
    let request = CancelMessageRequest { message_id: message.into() };
    Ok(world.messaging(key).cancel_message(request).await?.into_inner().outcome())
}

/// What mo-correlation would say of a message of `acme`.
fn tell(world: &World, message: MessageId, cancel: CancelOutcome) {
    let status = MessageStatus { message_id: message.to_string(), ..MessageStatus::default() };
    let found = FoundMessage { tenant: TenantId::new("acme").unwrap(), status, cancel, edit: None };
    world.queries.messages.lock().unwrap().insert(message, found);
}

/// The wishes on `routing.in` of the partition of a message.
async fn wishes(world: &World, message: MessageId) -> Vec<CancelRequested> {
    let records = world.read(&world.topics.routing_in, message.partition().0.into()).await;
    let wish = |record: &volley_event_log::Record| match volley_wire::decode(&record.value).unwrap() {
        Record::CancelRequested(wish) => Some(wish),
        _ => None,
    };
    records.iter().filter_map(wish).collect()
}

#[tokio::test]
async fn a_wish_is_durable_and_answered_with_what_became_of_it() {
    let world = World::new().await;
    let message = sent(&world).await;
    let decided = async {
        while wishes(&world, message).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        tell(&world, message, CancelOutcome::Queued);
    };
    let id = message.to_string();
    let (answer, ()) = tokio::join!(cancel(&world, &world.acme, &id), decided);
    assert_eq!(answer.unwrap(), CancelOutcome::Queued);
    assert_eq!(wishes(&world, message).await[0].tenant.as_str(), "acme");

    assert_eq!(cancel(&world, &world.acme, &id).await.unwrap(), CancelOutcome::Queued);
    assert_eq!(wishes(&world, message).await.len(), 1, "what is answered is not asked again");
}

#[tokio::test]
async fn an_answer_that_takes_long_is_not_waited_for_for_ever() {
    let world = World::new().await;
    let message = sent(&world).await;
    let answer = tokio::time::timeout(SOON, cancel(&world, &world.acme, &message.to_string())).await;
    assert_eq!(answer.unwrap().unwrap(), CancelOutcome::Pending);
    assert_eq!(wishes(&world, message).await.len(), 1);
}

#[tokio::test]
async fn another_tenants_message_and_what_is_no_message_cannot_be_taken_back() {
    let world = World::new().await;
    let message = sent(&world).await;
    let theirs = cancel(&world, &world.globex, &message.to_string()).await.unwrap_err();
    assert_eq!(theirs.code(), Code::NotFound);
    let unknown = cancel(&world, &world.acme, &"7".repeat(32)).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let malformed = cancel(&world, &world.acme, "xyz").await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    assert_eq!(malformed.get_details_bad_request().unwrap().field_violations[0].field, "message_id");
    let nobody = cancel(&world, "no key", &message.to_string()).await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
    assert!(wishes(&world, message).await.is_empty());

    let asked = GetMessageRequest { message_id: message.to_string() };
    assert!(world.messaging(&world.acme).get_message(asked).await.is_ok());
}

#[tokio::test]
async fn a_wish_that_the_log_does_not_take_is_unavailable() {
    let world = World::new().await;
    let message = sent(&world).await;
    world
        .log
        .set(Mood::Fails(LogError::Unavailable { reason: "the test says so".into() }));
    let status = cancel(&world, &world.acme, &message.to_string()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
}
