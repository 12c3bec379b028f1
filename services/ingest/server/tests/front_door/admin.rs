//! Administration: a change is answered when it counts, and of two in conflict the first wins.

use tonic::Code;
use tonic_types::StatusExt;
use volley_event_log::{EventLog, LogError, moody::Mood};
use volley_types::{AccountId, CarrierName};
use volley_wire::{
    proto::admin::v1::{
        GetDirectoryRequest, NumberKind, PutKeywordRequest, PutNumberRequest, PutPollRequest, PutRouteRequest,
        PutSubscriptionRequest, RevokeApiKeyRequest, admin_service_client::AdminServiceClient,
    },
    topics,
};

use crate::world::{Key, World, account, message, number};

fn keyword(word: &str, tenant: &str) -> PutKeywordRequest {
    PutKeywordRequest {
        number: "KR:4565".into(),
        keyword: word.into(),
        tenant: tenant.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_change_counts_from_the_moment_of_its_answer() {
    let world = World::new().await;
    world.admin().put_number(number("8888", "acme")).await.unwrap();
    let mut request = message("r-1");
    request.from = "8888".into();
    world.messaging(&world.acme).send_message(request).await.unwrap();
}

#[tokio::test]
async fn the_topics_of_an_account_and_a_carrier_are_there_before_they_are() {
    let world = World::new().await;
    let (account, carrier) = (AccountId::new("main").unwrap(), CarrierName::new("skt").unwrap());
    for plan in topics::of_account(&account).into_iter().chain([topics::of_carrier(&carrier)]) {
        assert!(world.log.find_topic(&plan.name).await.unwrap().is_some(), "{}", plan.name);
    }
}

#[tokio::test]
async fn the_first_of_two_in_conflict_wins_and_the_other_is_told_why() {
    let world = World::new().await;
    let (mut one, mut other) = (world.admin(), world.admin());
    let (first, second) =
        tokio::join!(one.put_keyword(keyword("Kelly", "acme")), other.put_keyword(keyword("KELLY", "globex")));
    let (won, lost) = match (first, second) {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won.into_inner(), lost),
        both => panic!("{both:?}"),
    };
    assert_eq!(won.keyword, "kelly");
    assert_eq!(lost.code(), Code::FailedPrecondition);
    assert!(lost.message().contains("the keyword kelly on KR:4565 belongs to"), "{}", lost.message());
}

#[tokio::test]
async fn what_names_nothing_is_refused_in_words() {
    let world = World::new().await;
    let mut missing = account("spare");
    missing.carrier = "nobody".into();
    let status = world.admin().put_account(missing).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("carrier nobody, which does not exist"), "{}", status.message());
}

#[tokio::test]
async fn faults_name_their_fields() {
    let world = World::new().await;
    let bad = PutNumberRequest {
        number: "4565".into(),
        kind: NumberKind::Unspecified.into(),
        ..Default::default()
    };
    let status = world.admin().put_number(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let fields: Vec<_> = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["kind", "number"]);
    let status = world.admin().put_keyword(keyword("STOP", "acme")).await.unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "keyword");
}

#[tokio::test]
async fn a_tenants_key_administers_nothing() {
    let world = World::new().await;
    let mut admin = AdminServiceClient::with_interceptor(world.channel.clone(), Key(world.acme.clone()));
    let status = admin.get_directory(GetDirectoryRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn the_directory_lists_everything_and_no_secret() {
    let world = World::new().await;
    let mut admin = world.admin();
    let poll = PutPollRequest {
        poll: "final".into(),
        tenant: "acme".into(),
        number: "KR:4565".into(),
        closes_at_us: 0,
    };
    admin.put_poll(poll.clone()).await.unwrap();
    let route = PutRouteRequest { prefix: "8210".into(), accounts: vec!["main".into()] };
    admin.put_route(route.clone()).await.unwrap();
    let crm = PutSubscriptionRequest { tenant: "acme".into(), subscription: "crm".into(), shards: 4 };
    let offset = admin.put_subscription(crm.clone()).await.unwrap().into_inner().config_offset;

    let directory = admin.get_directory(GetDirectoryRequest {}).await.unwrap().into_inner();
    assert_eq!(directory.config_offset, offset + 1);
    assert_eq!((directory.polls, directory.routes), (vec![poll], vec![route]));
    assert!(directory.subscriptions.contains(&crm));
    assert_eq!((directory.tenants.len(), directory.numbers.len(), directory.accounts.len()), (2, 2, 1));
    let secret = world.acme.rsplit('_').next().unwrap();
    assert_eq!(directory.api_keys.len(), 2);
    assert!(!format!("{:?}", directory.api_keys).contains(secret));
}

#[tokio::test]
async fn an_unknown_key_cannot_be_revoked() {
    let world = World::new().await;
    let status = world
        .admin()
        .revoke_api_key(RevokeApiKeyRequest { key_id: "000000000000".into() })
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn when_the_log_is_away_nothing_is_changed() {
    let world = World::new().await;
    world
        .log
        .set(Mood::Fails(LogError::Unavailable { reason: "the test says so".into() }));
    let status = world.admin().put_number(number("8888", "acme")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    world.log.set(Mood::Good);
    let directory = world.admin().get_directory(GetDirectoryRequest {}).await.unwrap().into_inner();
    assert_eq!(directory.numbers.len(), 2);
}
