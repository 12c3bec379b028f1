//! The port itself: health, reflection, and how it closes.

use std::time::Duration;

use tokio::time::timeout;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use volley_wire::proto::messaging::v1::{StreamEventsRequest, stream_events_request};

use crate::world::{SOON, World, message};

async fn status(world: &World, service: &str) -> ServingStatus {
    let asked = HealthCheckRequest { service: service.into() };
    HealthClient::new(world.channel.clone())
        .check(asked)
        .await
        .unwrap()
        .into_inner()
        .status()
}

#[tokio::test]
async fn health_follows_the_log() {
    let world = World::new().await;
    for service in ["", "volley.messaging.v1.MessagingService"] {
        assert_eq!(status(&world, service).await, ServingStatus::Serving);
    }
    let asked = HealthCheckRequest { service: String::new() };
    let mut watched = HealthClient::new(world.channel.clone())
        .watch(asked)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    world.log.set_healthy(false);
    let told = timeout(SOON, watched.message()).await.unwrap().unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::NotServing);
    assert!(!world.app.health().readiness().ready);
    world.log.set_healthy(true);
    let told = timeout(SOON, watched.message()).await.unwrap().unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::Serving);
}

#[tokio::test]
async fn reflection_shows_the_contract() {
    let world = World::new().await;
    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let questions = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("volley.messaging.v1.SendMessageRequest".into())),
    ];
    let mut client = ServerReflectionClient::new(world.channel.clone());
    let answers = client
        .server_reflection_info(tokio_stream::iter(questions))
        .await
        .unwrap()
        .into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().message_response.unwrap()).collect().await;

    let MessageResponse::ListServicesResponse(services) = &answers[0] else {
        panic!("{answers:?}")
    };
    let names: Vec<_> = services.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["volley.messaging.v1.MessagingService", "volley.admin.v1.AdminService", "grpc.health.v1.Health"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(matches!(&answers[1], MessageResponse::FileDescriptorResponse(_)), "{:?}", answers[1]);
}

#[tokio::test]
async fn a_drain_ends_open_streams_in_words_and_in_time() {
    let world = World::new().await;
    let open = stream_events_request::Request::Open(stream_events_request::Open::default());
    let requests = tokio_stream::iter([StreamEventsRequest { request: Some(open) }]);
    let mut events = world.messaging(&world.acme).stream_events(requests).await.unwrap().into_inner();
    assert!(events.message().await.unwrap().is_some(), "opened");
    world.messaging(&world.acme).send_message(message("r-1")).await.unwrap();

    let World { app, log: _log, channel: _channel, .. } = world;
    let drained = tokio::spawn(app.drain(Duration::from_secs(15)));
    let status = timeout(SOON, events.message()).await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    drained.await.unwrap().unwrap();
}
