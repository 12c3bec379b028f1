//! Each limit of the contract, from outside: the field at fault, what is wrong with it, and the limit.

use tonic::{Code, Response, Status};
use tonic_types::StatusExt;
use volley_wire::proto::{
    admin::v1::{
        CreateApiKeyRequest, InboundAddress, NumberKind, PutAccountRequest, PutCarrierProfileRequest,
        PutCarrierRequest, PutKeywordRequest, PutNumberRequest, PutPollRequest, PutRouteRequest,
        PutSubscriptionRequest, PutTenantRequest,
    },
    messaging::v1::SendMessageRequest,
};

use crate::world::{World, account, message, number};

/// The one fault of a refused call must be this field's, and say these words.
fn faulty<T>(outcome: Result<Response<T>, Status>, field: &str, words: &str) {
    let status = outcome.err().unwrap_or_else(|| panic!("{field}: taken, although {words:?}"));
    assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let said: Vec<_> = violations
        .iter()
        .map(|it| (it.field.as_str(), it.description.as_str()))
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].0, field);
    assert!(said[0].1.contains(words), "{field}: {:?} does not say {words:?}", said[0].1);
}

fn x(count: usize) -> String {
    "x".repeat(count)
}

#[tokio::test]
async fn of_messages() {
    let world = World::new().await;
    let good = || message("r-1");
    let cases = [
        (SendMessageRequest { request_id: x(65), ..good() }, "request_id", "65 octets, the limit is 64"),
        (SendMessageRequest { from: "4".repeat(65), ..good() }, "from", "65 characters; allowed are 1 to 64"),
        (SendMessageRequest { to: "1".repeat(33), ..good() }, "to", "33 characters, the limit is 32"),
        (SendMessageRequest { text: x(1_531), ..good() }, "text", "takes 11 segments, the limit is 10"),
        (
            SendMessageRequest { validity_ms: 604_800_001, ..good() },
            "validity_ms",
            "allowed are 1000 to 604800000",
        ),
        (SendMessageRequest { valid_until_us: i64::MAX, ..good() }, "valid_until_us", "604800000 ms (7 days)"),
        (SendMessageRequest { send_at_us: i64::MAX, ..good() }, "send_at_us", "604800000 ms (7 days)"),
        (SendMessageRequest { send_at_us: -1, ..good() }, "send_at_us", "is negative"),
    ];
    for (request, field, words) in cases {
        faulty(world.messaging(&world.acme).send_message(request).await, field, words);
    }
}

#[tokio::test]
async fn of_a_request_in_octets() {
    let world = World::new().await;
    let large = SendMessageRequest { text: x(5 << 20), ..message("r-1") };
    let mut client = world.messaging(&world.acme).max_encoding_message_size(8 << 20);
    let status = client.send_message(large).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert!(status.message().contains("4194304"), "{}", status.message());

    let large = PutTenantRequest { display_name: x(300 << 10), ..tenant("acme") };
    let status = world.admin().put_tenant(large).await.unwrap_err();
    assert_eq!((status.code(), status.message().contains("262144")), (Code::OutOfRange, true), "{status:?}");
}

fn tenant(name: &str) -> PutTenantRequest {
    PutTenantRequest { tenant: name.into(), ..Default::default() }
}

#[tokio::test]
async fn of_tenants_keys_and_subscriptions() {
    let world = World::new().await;
    let mut admin = world.admin();
    faulty(admin.put_tenant(tenant(&x(49))).await, "tenant", "48");
    faulty(admin.put_tenant(tenant("volley")).await, "tenant", "belongs to no tenant");
    let named = PutTenantRequest { display_name: x(129), ..tenant("acme") };
    faulty(admin.put_tenant(named).await, "display_name", "129 octets, the limit is 128");

    let key = |tenant: &str, label| CreateApiKeyRequest { tenant: tenant.into(), label };
    faulty(admin.create_api_key(key("acme", x(129))).await, "label", "129 octets, the limit is 128");
    faulty(admin.create_api_key(key("A", x(1))).await, "tenant", "");

    let crm = |name: &str, shards| PutSubscriptionRequest { tenant: "acme".into(), subscription: name.into(), shards };
    faulty(admin.put_subscription(crm("crm", 65)).await, "shards", "is 65; allowed are 1 to 64");
    faulty(admin.put_subscription(crm("crm", 0)).await, "shards", "allowed are 1 to 64");
    faulty(admin.put_subscription(crm(&x(49), 1)).await, "subscription", "48");
}

#[tokio::test]
async fn of_numbers() {
    let world = World::new().await;
    let good = || number("8888", "acme");
    let kind = |kind: NumberKind, digits: &str| PutNumberRequest { kind: kind.into(), ..number(digits, "acme") };
    let inbound = |count| vec![InboundAddress { account: "main".into(), digits: String::new() }; count];
    let cases = [
        (PutNumberRequest { number: format!("KR:{}", "1".repeat(62)), ..good() }, "number", "64"),
        (kind(NumberKind::ShortCode, "12"), "number", "3 to 8 digits"),
        (kind(NumberKind::LongCode, "1234"), "number", "5 to 20 digits"),
        (kind(NumberKind::Standard, "123456"), "number", "7 to 15 digits"),
        (
            PutNumberRequest { inbound: vec![], ..kind(NumberKind::Alphanumeric, &x(12)) },
            "number",
            "1 to 11 characters",
        ),
        (kind(NumberKind::Alphanumeric, "Volley"), "inbound", "never receives a reply"),
        (
            PutNumberRequest { dial_digits: "1".repeat(21), ..good() },
            "dial_digits",
            "21 octets, the limit is 20",
        ),
        (PutNumberRequest { dial_ton: Some(256), ..good() }, "dial_ton", "is 256; allowed are 0 to 255"),
        (PutNumberRequest { dial_npi: Some(256), ..good() }, "dial_npi", "is 256; allowed are 0 to 255"),
        (
            PutNumberRequest { tenants: vec!["acme".into(); 1_001], ..good() },
            "tenants",
            "1001 elements, the limit is 1000",
        ),
        (PutNumberRequest { tenants: vec!["acme".into(), x(49)], ..good() }, "tenants[1]", "48"),
        (PutNumberRequest { default_owner: x(49), ..good() }, "default_owner", "48"),
        (PutNumberRequest { inbound: inbound(65), ..good() }, "inbound", "65 elements, the limit is 64"),
        (
            PutNumberRequest { languages: vec!["xx".into()], ..good() },
            "languages[0]",
            "fr es pt de it nl tr ko ru ja zh",
        ),
        (
            PutNumberRequest { stop_answer: x(161), ..good() },
            "stop_answer",
            "161 characters, the limit is 160",
        ),
        (
            PutNumberRequest { start_answer: x(161), ..good() },
            "start_answer",
            "161 characters, the limit is 160",
        ),
        (
            PutNumberRequest { help_answer: x(161), ..good() },
            "help_answer",
            "161 characters, the limit is 160",
        ),
    ];
    for (request, field, words) in cases {
        faulty(world.admin().put_number(request).await, field, words);
    }
}

#[tokio::test]
async fn of_keywords_and_polls() {
    let world = World::new().await;
    let mut admin = world.admin();
    let keyword = |word: String, tenant: &str| PutKeywordRequest {
        number: "KR:4565".into(),
        keyword: word,
        tenant: tenant.into(),
        ..Default::default()
    };
    faulty(admin.put_keyword(keyword(x(65), "acme")).await, "keyword", "64");
    faulty(admin.put_keyword(keyword("!?".into(), "acme")).await, "keyword", "");
    faulty(admin.put_keyword(keyword("STOP".into(), "acme")).await, "keyword", "cannot be leased");
    faulty(admin.put_keyword(keyword("kelly".into(), &x(49))).await, "tenant", "48");
    let poll = |poll: String, closes_at_us| PutPollRequest {
        poll,
        tenant: "acme".into(),
        number: "KR:4565".into(),
        closes_at_us,
    };
    faulty(admin.put_poll(poll(x(49), 0)).await, "poll", "48");
    faulty(admin.put_poll(poll("final".into(), -1)).await, "closes_at_us", "before 1970");
}

#[tokio::test]
async fn of_carriers_accounts_and_routes() {
    let world = World::new().await;
    let mut admin = world.admin();
    let carrier = |name: String, home: &str| PutCarrierRequest { carrier: name, home: home.into(), id_form: 0 };
    faulty(admin.put_carrier(carrier(x(49), "KR")).await, "carrier", "48");
    faulty(admin.put_carrier(carrier("kt".into(), "Korea")).await, "home", "");
    faulty(
        admin
            .put_carrier(PutCarrierRequest { id_form: 9, ..carrier("kt".into(), "KR") })
            .await,
        "id_form",
        "form",
    );

    let profile = |profile: String| PutCarrierProfileRequest { carrier: "skt".into(), profile };
    let long = format!("#{}", x(16 << 10));
    faulty(admin.put_carrier_profile(profile(long)).await, "profile", "allowed are 16384");
    let window = "[limits]\nwindow = 1001".to_owned();
    faulty(admin.put_carrier_profile(profile(window)).await, "profile.limits.window", "from 0 to 1000");

    let good = || account("spare");
    let cases = [
        (PutAccountRequest { account: x(49), ..good() }, "account", "48"),
        (PutAccountRequest { host: x(254), ..good() }, "host", "254 octets; allowed are 1 to 253"),
        (PutAccountRequest { port: 65_536, ..good() }, "port", "is 65536; allowed are 1 to 65535"),
        (PutAccountRequest { system_id: x(65), ..good() }, "system_id", "65 octets; allowed are 1 to 64"),
        (PutAccountRequest { binds: 17, ..good() }, "binds", "is 17; allowed are 1 to 16"),
        (PutAccountRequest { window: 1_001, ..good() }, "window", "is 1001; allowed are 1 to 1000"),
        (
            PutAccountRequest { response_timeout_ms: 999, ..good() },
            "response_timeout_ms",
            "allowed are 1000 to 300000",
        ),
    ];
    for (request, field, words) in cases {
        faulty(admin.put_account(request).await, field, words);
    }

    let route = |prefix: &str, count: usize| PutRouteRequest {
        prefix: prefix.into(),
        accounts: (0..count).map(|index| format!("a{index}")).collect(),
    };
    faulty(admin.put_route(route(&"8".repeat(16), 1)).await, "prefix", "0 to 15 digits");
    faulty(admin.put_route(route("82", 17)).await, "accounts", "17 elements, the limit is 16");
    let twice = PutRouteRequest { prefix: "82".into(), accounts: vec!["main".into(); 2] };
    faulty(admin.put_route(twice).await, "accounts", "twice");
}

#[tokio::test]
async fn of_numbers_that_several_tenants_share_by_keyword() {
    let world = World::new().await;
    let mut admin = world.admin();
    let kinds = [
        (NumberKind::ShortCode, "114"),
        (NumberKind::LongCode, "01331234567"),
        (NumberKind::Standard, "821012345678"),
    ];
    for (kind, digits) in kinds {
        let shared = PutNumberRequest {
            kind: kind.into(),
            tenants: vec!["acme".into(), "globex".into()],
            default_owner: String::new(),
            ..number(digits, "acme")
        };
        admin.put_number(shared).await.unwrap();
        let lease = |word: &str, tenant: &str| PutKeywordRequest {
            number: format!("KR:{digits}"),
            keyword: word.into(),
            tenant: tenant.into(),
            ..Default::default()
        };
        admin.put_keyword(lease("song", "acme")).await.unwrap();
        admin.put_keyword(lease("coupon", "globex")).await.unwrap();
        let taken = admin.put_keyword(lease("Song", "globex")).await.unwrap_err();
        assert_eq!(taken.code(), Code::FailedPrecondition, "{kind:?}");
        for key in [&world.acme, &world.globex] {
            let sent = SendMessageRequest { from: format!("KR:{digits}"), ..message(&format!("r-{digits}")) };
            world.messaging(key).send_message(sent).await.unwrap();
        }
    }
}
