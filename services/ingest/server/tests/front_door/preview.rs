//! How a text would leave.

use tonic::Status;
use tonic_types::StatusExt;
use volley_wire::proto::{
    admin::v1::{PutCarrierProfileRequest, PutRouteRequest, PutTenantRequest},
    messaging::v1::{PreviewTextRequest, PreviewTextResponse, TextEncoding, TrafficClass},
};

use crate::world::{World, message};

async fn preview(world: &World, request: PreviewTextRequest) -> Result<PreviewTextResponse, Status> {
    Ok(world.messaging(&world.acme).preview_text(request).await?.into_inner())
}

/// 123 characters: two segments in UCS-2, one in GSM-7.
fn curly() -> PreviewTextRequest {
    PreviewTextRequest {
        text: format!("“It’s {}”", "a".repeat(116)),
        traffic_class: TrafficClass::Marketing.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_advertisement_leaves_in_fewer_segments_and_says_what_was_replaced() {
    let world = World::new().await;
    let seen = preview(&world, curly()).await.unwrap();
    assert_eq!((seen.encoding(), seen.segments, seen.units), (TextEncoding::Gsm7, 1, 123));
    assert_eq!(seen.text, format!("\"It's {}\"", "a".repeat(116)));
    let told: Vec<_> = seen
        .substitutions
        .iter()
        .map(|it| (it.from.as_str(), it.to.as_str(), it.count))
        .collect();
    assert_eq!(told, [("“", "\"", 1), ("’", "'", 1), ("”", "\"", 1)]);
    assert!(seen.outsiders.is_empty());

    let sent = volley_wire::proto::messaging::v1::SendMessageRequest {
        text: curly().text,
        traffic_class: TrafficClass::Marketing.into(),
        ..message("r-1")
    };
    let accepted = world.accept(sent).await;
    assert_eq!(accepted.segments, 1, "the front door counts as routing will");
}

#[tokio::test]
async fn a_code_and_what_is_wanted_verbatim_leave_as_written() {
    let world = World::new().await;
    let code = PreviewTextRequest { traffic_class: TrafficClass::Otp.into(), ..curly() };
    let verbatim = PreviewTextRequest { verbatim: true, ..curly() };
    for request in [code, verbatim] {
        let seen = preview(&world, request.clone()).await.unwrap();
        assert_eq!((seen.encoding(), seen.segments, seen.text), (TextEncoding::Ucs2, 2, request.text));
        let outsiders: Vec<_> = seen.outsiders.iter().map(|it| (it.character.as_str(), it.count)).collect();
        assert_eq!((outsiders, seen.substitutions.len()), (vec![("“", 1), ("’", 1), ("”", 1)], 0));
    }
    let tenant = PutTenantRequest { tenant: "acme".into(), verbatim: true, ..Default::default() };
    world.admin().put_tenant(tenant).await.unwrap();
    assert_eq!(preview(&world, curly()).await.unwrap().segments, 2, "the tenant wants all its texts so");
}

#[tokio::test]
async fn the_route_of_a_handset_decides_the_alphabet() {
    let world = World::new().await;
    let profile =
        "[text]\ndefault_alphabet = \"ascii\"\nencodings = [\"ascii\", \"ksc5601\", \"ucs2\"]\npart_octets = 90";
    let profile = PutCarrierProfileRequest { carrier: "skt".into(), profile: profile.into() };
    world.admin().put_carrier_profile(profile).await.unwrap();
    let route = PutRouteRequest { prefix: "82".into(), accounts: vec!["main".into()] };
    world.admin().put_route(route).await.unwrap();

    let korean = PreviewTextRequest { text: "가".repeat(45), ..curly() };
    assert_eq!(preview(&world, korean.clone()).await.unwrap().encoding(), TextEncoding::Ucs2);
    let routed = PreviewTextRequest { to: "+82 10 1234 5678".into(), ..korean };
    let seen = preview(&world, routed).await.unwrap();
    assert_eq!((seen.encoding(), seen.units, seen.segment_units), (TextEncoding::Korean, 90, vec![90]));
}

#[tokio::test]
async fn a_text_too_long_to_be_sent_is_weighed_and_each_fault_names_its_field_and_limit() {
    let world = World::new().await;
    let long = PreviewTextRequest { text: "x".repeat(10_000), ..curly() };
    assert_eq!(preview(&world, long.clone()).await.unwrap().segments, 66);

    let bad = PreviewTextRequest { text: "x".repeat(10_001), traffic_class: 0, to: "?".into(), ..curly() };
    let status = preview(&world, bad).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["text", "traffic_class", "to"]);
    assert_eq!(violations[0].description, "has 10001 characters; allowed are 1 to 10000");
}
