//! The directory from outside: records in, answers out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use volley_directory::{Conflict, Directory, SenderFault};
use volley_events::config::{
    AccountConfig, CarrierConfig, ConfigChange, ConfigRecord, ConsentAnswers, InboundAddress, KeywordConfig,
    MessageIdForm, NumberConfig, RouteConfig, SubscriptionConfig, TenantConfig,
};
use volley_rows::MemoryRows;
use volley_types::{
    AccountId, CarrierName, Country, DialAddress, Keyword, Npi, NumberId, NumberKind, SpanMs, SubscriberId,
    SubscriptionId, TenantId, Ton,
};

fn tenant(name: &str) -> ConfigChange {
    let tenant = TenantId::new(name).unwrap();
    ConfigChange::Tenant(TenantConfig {
        tenant,
        display_name: name.into(),
        suspended: false,
        clear_numbers: false,
        paused: false,
        verbatim: false,
    })
}

fn carrier() -> ConfigChange {
    let (carrier, home) = (CarrierName::new("skt").unwrap(), Country::new("KR").unwrap());
    ConfigChange::Carrier(CarrierConfig { carrier, home, ids: MessageIdForm::Same })
}

fn account(name: &str) -> ConfigChange {
    ConfigChange::Account(AccountConfig {
        account: AccountId::new(name).unwrap(),
        carrier: CarrierName::new("skt").unwrap(),
        host: "127.0.0.1".into(),
        port: 2775,
        system_id: "volley".into(),
        binds: 1,
        window: 10,
        segments_per_second: 0,
        response_timeout: SpanMs::from_secs(30),
        closed: false,
    })
}

fn number(id: &str, tenants: &[&str]) -> ConfigChange {
    let number = NumberId::new(id).unwrap();
    ConfigChange::Number(NumberConfig {
        kind: NumberKind::ShortCode,
        dial: DialAddress::new(number.digits(), Ton::UNKNOWN, Npi::ISDN).unwrap(),
        tenants: tenants.iter().map(|name| TenantId::new(name).unwrap()).collect(),
        default_owner: None,
        inbound: vec![InboundAddress { account: AccountId::new("main").unwrap(), digits: number.digits().into() }],
        languages: vec![],
        answers: ConsentAnswers::default(),
        retired: false,
        number,
    })
}

fn keyword(word: &str, owner: &str, released: bool) -> ConfigChange {
    ConfigChange::Keyword(KeywordConfig {
        number: NumberId::new("KR:4565").unwrap(),
        keyword: Keyword::new(word).unwrap(),
        tenant: TenantId::new(owner).unwrap(),
        poll: None,
        released,
    })
}

fn route(prefix: &str, account: &str) -> ConfigChange {
    ConfigChange::Route(RouteConfig { prefix: prefix.into(), accounts: vec![AccountId::new(account).unwrap()] })
}

/// Applies the changes at offsets 0, 1, 2 … and says what became of each.
fn fold(changes: Vec<ConfigChange>) -> (Directory, Vec<Result<(), Conflict>>) {
    let mut directory = Directory::new();
    let applied = changes
        .into_iter()
        .enumerate()
        .map(|(offset, change)| directory.apply(&ConfigRecord { offset: offset as u64, call: [0; 16], change }));
    let applied = applied.collect();
    (directory, applied)
}

fn provisioned() -> Vec<ConfigChange> {
    vec![
        tenant("acme"),
        tenant("globex"),
        carrier(),
        account("main"),
        account("spare"),
        number("KR:4565", &["acme", "globex"]),
    ]
}

#[test]
fn the_first_lease_of_a_keyword_wins_until_it_is_released() {
    let mut changes = provisioned();
    changes.extend([
        keyword("kelly", "acme", false),
        keyword("kelly", "globex", false),
        keyword("kelly", "acme", true),
        keyword("kelly", "globex", false),
    ]);
    let (directory, applied) = fold(changes);
    assert!(matches!(&applied[7], Err(Conflict::Taken { owner, .. }) if owner == "acme"));
    assert!(applied[8].is_ok() && applied[9].is_ok());
    let lease = directory
        .keyword(&NumberId::new("KR:4565").unwrap(), &Keyword::new("kelly").unwrap())
        .unwrap();
    assert_eq!(lease.tenant.as_str(), "globex");
}

#[test]
fn the_longest_prefix_routes_and_the_default_takes_the_rest() {
    let mut changes = provisioned();
    changes.extend([route("", "main"), route("8210", "spare")]);
    let (directory, _) = fold(changes);
    let account = |number| directory.route(&SubscriberId::e164(number).unwrap()).unwrap().accounts[0].to_string();
    assert_eq!(account(821_012_345_678), "spare");
    assert_eq!(account(79_141_234_567), "main");
    assert_eq!(directory.route(&SubscriberId::opaque("skt/5/BANK").unwrap()).unwrap().prefix, "");
}

#[test]
fn a_sender_is_found_by_id_or_digits_and_only_by_its_tenants() {
    let mut changes = provisioned();
    changes.push(number("RU:4565@mts", &["acme"]));
    let (directory, applied) = fold(changes);
    assert!(matches!(&applied[6], Err(Conflict::Taken { .. })), "its inbound address belongs to KR:4565");
    let (acme, other) = (TenantId::new("acme").unwrap(), TenantId::new("nobody").unwrap());
    for written in ["4565", "+4565", "KR:4565"] {
        assert_eq!(directory.sender(&acme, written).unwrap().number.as_str(), "KR:4565");
        assert_eq!(directory.sender(&other, written), Err(SenderFault::NotOwned(written.into())));
    }
}

#[test]
fn an_inbound_address_leads_to_its_number_and_nothing_is_guessed() {
    let (directory, _) = fold(provisioned());
    let (main, spare) = (AccountId::new("main").unwrap(), AccountId::new("spare").unwrap());
    assert_eq!(directory.number_at(&main, "+4565").unwrap().number.as_str(), "KR:4565");
    assert_eq!(directory.number_at(&spare, "4565"), None);
    assert_eq!(directory.number_at(&main, "45"), None);
}

#[test]
fn what_names_nothing_changes_nothing() {
    let (directory, applied) = fold(vec![account("main"), route("", "main"), number("KR:1", &["acme"])]);
    assert!(applied.iter().all(|applied| matches!(applied, Err(Conflict::Unknown { .. }))));
    assert_eq!(directory.offset(), 3);
    assert_eq!(directory.accounts().count() + directory.routes().count() + directory.numbers().count(), 0);
}

#[test]
fn shards_are_fixed() {
    let subscription = |shards| {
        let (tenant, subscription) = (TenantId::new("acme").unwrap(), SubscriptionId::new("default").unwrap());
        ConfigChange::Subscription(SubscriptionConfig { tenant, subscription, shards })
    };
    let (_, applied) = fold(vec![tenant("acme"), subscription(1), subscription(4)]);
    assert!(applied[1].is_ok());
    assert!(matches!(applied[2], Err(Conflict::Fixed { .. })));
}

#[test]
fn a_directory_kept_among_rows_is_the_same_after_a_restart() {
    let mut changes = provisioned();
    changes.extend([route("", "main"), keyword("kelly", "acme", false), keyword("kelly", "globex", false)]);
    let (mut rows, mut directory) = (MemoryRows::default(), Directory::new());
    for (offset, change) in changes.into_iter().enumerate() {
        let record = ConfigRecord { offset: offset as u64, call: [0; 16], change };
        let _conflict = directory.apply_and_keep(&record, &mut rows).unwrap();
    }
    assert_eq!(Directory::restore(&rows).unwrap(), directory);
    assert_eq!(directory.offset(), 9);
}
