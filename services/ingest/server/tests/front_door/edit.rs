//! Another text for a message, and what is answered.

use std::time::Duration;

use tonic::{Code, Status};
use volley_events::{EditRequested, Record};
use volley_ingest::FoundMessage;
use volley_types::{ContentHash, MessageId, TenantId};
use volley_wire::proto::messaging::v1::{CancelOutcome, EditMessageRequest, EditOutcome, MessageStatus};

use crate::world::{SOON, World, message};

async fn sent(world: &World) -> MessageId {
    let accepted = world.messaging(&world.acme).send_message(message("r-1")).await.unwrap();
    accepted.into_inner().message_id.parse().unwrap()
}

async fn edit(world: &World, key: &str, message: MessageId, text: &str) -> Result<EditOutcome, Status> {
    let request = EditMessageRequest { message_id: message.to_string(), text: text.into() };
    Ok(world.messaging(key).edit_message(request).await?.into_inner().outcome())
}

/// What mo-correlation would say of a message of `acme`, and of the wish for a text.
fn tell(world: &World, message: MessageId, text: &str, outcome: EditOutcome) {
    let status = MessageStatus { message_id: message.to_string(), ..MessageStatus::default() };
    let found = FoundMessage {
        tenant: TenantId::new("acme").unwrap(),
        status,
        cancel: CancelOutcome::Unspecified,
        edit: Some((ContentHash::of(&[text.as_bytes()]), outcome)),
    };
    world.queries.messages.lock().unwrap().insert(message, found);
}

async fn wishes(world: &World, message: MessageId) -> Vec<EditRequested> {
    let records = world.read(&world.topics.routing_in, message.partition().0.into()).await;
    let wish = |record: &volley_event_log::Record| match volley_wire::decode(&record.value).unwrap() {
        Record::EditRequested(wish) => Some(*wish),
        _ => None,
    };
    records.iter().filter_map(wish).collect()
}

#[tokio::test]
async fn a_new_text_is_wished_for_once_and_answered_with_what_came_of_it() {
    let world = World::new().await;
    let message = sent(&world).await;
    let answered = async {
        while wishes(&world, message).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tell(&world, message, "gate 7", EditOutcome::ReplacedAtCarrier);
    };
    let (answer, ()) = tokio::join!(edit(&world, &world.acme, message, "gate 7"), answered);
    assert_eq!(answer.unwrap(), EditOutcome::ReplacedAtCarrier);
    assert_eq!(edit(&world, &world.acme, message, "gate 7").await.unwrap(), EditOutcome::ReplacedAtCarrier);
    let wishes = wishes(&world, message).await;
    assert_eq!((wishes.len(), wishes[0].text.text()), (1, Some("gate 7")));
}

#[tokio::test]
async fn what_takes_long_is_pending_and_what_was_in_transit_is_wished_for_again() {
    let world = World::new().await;
    let message = sent(&world).await;
    let answer = tokio::time::timeout(SOON, edit(&world, &world.acme, message, "gate 7")).await;
    assert_eq!(answer.unwrap().unwrap(), EditOutcome::Pending);

    tell(&world, message, "gate 7", EditOutcome::InTransit);
    let answer = tokio::time::timeout(SOON, edit(&world, &world.acme, message, "gate 7")).await;
    assert_eq!(answer.unwrap().unwrap(), EditOutcome::InTransit, "and still is");
    assert_eq!(wishes(&world, message).await.len(), 2);
}

#[tokio::test]
async fn a_text_with_a_fault_and_another_tenants_message_are_refused() {
    let world = World::new().await;
    let message = sent(&world).await;
    for text in ["", &"x".repeat(1_531)] {
        let refused = edit(&world, &world.acme, message, text).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
    assert_eq!(edit(&world, &world.globex, message, "gate 7").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(wishes(&world, message).await.len(), 0);
}
