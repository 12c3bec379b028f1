//! Who is who: two tenants, a number they share and one of each, two carriers with an account each, some handsets.

use volley_events::{
    ConfigChange,
    config::{
        AccountConfig, CarrierConfig, ConsentAnswers, InboundAddress, MessageIdForm, NumberConfig, RouteConfig,
        SubscriptionConfig, TenantConfig,
    },
};
use volley_ingest_core::stream::StreamKey;
use volley_types::{
    AccountId, CarrierName, Country, DialAddress, Npi, NumberId, NumberKind, SpanMs, SubscriberId, SubscriptionId,
    TenantId, Timestamp, Ton,
};

/// Partitions of the log.
pub const PARTITIONS: u16 = 2;

/// When every run begins.
pub const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// How long a carrier may take to answer a submit.
pub const RESPONSE_TIMEOUT: SpanMs = SpanMs::from_secs(10);

/// Accounts; account and carrier go together.
pub const ACCOUNTS: [&str; 2] = ["skt-1", "kt-1"];

/// Sessions of an account.
pub const BINDS: u16 = 2;

/// Unanswered segments a session.
pub const WINDOW: u16 = 3;

/// Tenants.
pub const TENANTS: [&str; 2] = ["acme", "bank"];

/// The number that both tenants send from; nobody owns what nobody claims.
pub const SHARED: &str = "KR:4565";

/// Numbers of one tenant each, in the order of [`TENANTS`].
pub const OWN: [&str; 2] = ["KR:15990000", "KR:15881234"];

/// The subscription that every tenant has, of one shard.
pub const DEFAULT: &str = "default";

/// A second one of the first tenant, of two shards.
pub const DESK: &str = "desk";

/// Handsets.
pub const HANDSETS: u64 = 5;

const FIRST_HANDSET: u64 = 821_012_340_000;

/// The number of a handset in E.164, without `+`.
pub const fn msisdn(handset: u64) -> u64 {
    FIRST_HANDSET + handset
}

/// The handset whose number this is, however it is written.
pub fn handset_of(digits: &str) -> Option<u64> {
    let last = digits.get(digits.len().checked_sub(4)?..)?;
    last.parse().ok().filter(|handset| *handset < HANDSETS)
}

/// The handset as a key.
pub fn subscriber(handset: u64) -> SubscriberId {
    SubscriberId::e164(msisdn(handset)).expect("a whole number")
}

/// A tenant by name.
pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("a name")
}

/// A number by its id.
pub fn number(id: &str) -> NumberId {
    NumberId::new(id).expect("a number")
}

/// Every stream that a client may read.
pub fn streams() -> Vec<StreamKey> {
    let stream = |name, subscription, shard| StreamKey {
        tenant: tenant(name),
        subscription: SubscriptionId::new(subscription).expect("a name"),
        shard,
    };
    let [first, second] = TENANTS;
    vec![
        stream(first, DEFAULT, 0),
        stream(second, DEFAULT, 0),
        stream(first, DESK, 0),
        stream(first, DESK, 1),
    ]
}

/// The id of an account.
pub fn account_id(index: u8) -> AccountId {
    AccountId::new(ACCOUNTS[usize::from(index)]).expect("a name")
}

/// The place of an account in [`ACCOUNTS`].
pub fn account_index(account: &AccountId) -> u8 {
    u8::from(account.as_str() != ACCOUNTS[0])
}

/// The carrier of an account.
pub fn carrier_name(index: u8) -> CarrierName {
    let (name, _) = ACCOUNTS[usize::from(index)].split_once('-').expect("carrier-n");
    CarrierName::new(name).expect("a name")
}

/// The country of everybody.
pub fn home() -> Country {
    Country::new("KR").expect("a country")
}

/// A tenant's record.
pub fn tenant_config(name: &str, paused: bool) -> ConfigChange {
    ConfigChange::Tenant(TenantConfig {
        tenant: tenant(name),
        display_name: name.to_owned(),
        suspended: false,
        clear_numbers: false,
        paused,
        verbatim: false,
    })
}

/// Everything that is configured before anything happens.
pub fn configuration() -> Vec<ConfigChange> {
    let mut changes: Vec<_> = TENANTS.iter().map(|name| tenant_config(name, false)).collect();
    changes.push(ConfigChange::Subscription(SubscriptionConfig {
        tenant: tenant(TENANTS[0]),
        subscription: SubscriptionId::new(DESK).expect("a name"),
        shards: 2,
    }));
    for index in [0, 1] {
        changes.push(ConfigChange::Carrier(CarrierConfig {
            carrier: carrier_name(index),
            home: home(),
            ids: MessageIdForm::Same,
        }));
        changes.push(account_config(index));
    }
    changes.push(ConfigChange::Route(RouteConfig {
        prefix: String::new(),
        accounts: vec![account_id(0), account_id(1)],
    }));
    changes.push(number_config(SHARED, &TENANTS, None));
    for (id, owner) in OWN.iter().zip(TENANTS) {
        changes.push(number_config(id, &[owner], Some(owner)));
    }
    changes
}

fn account_config(index: u8) -> ConfigChange {
    ConfigChange::Account(AccountConfig {
        account: account_id(index),
        carrier: carrier_name(index),
        host: "127.0.0.1".to_owned(),
        port: 2775,
        system_id: "volley".to_owned(),
        binds: BINDS,
        window: WINDOW,
        segments_per_second: 0,
        response_timeout: RESPONSE_TIMEOUT,
        closed: false,
    })
}

fn number_config(id: &str, tenants: &[&str], default_owner: Option<&str>) -> ConfigChange {
    let number = number(id);
    let digits = number.digits().to_owned();
    let inbound = [0, 1].map(|index| InboundAddress { account: account_id(index), digits: digits.clone() });
    ConfigChange::Number(NumberConfig {
        kind: NumberKind::ShortCode,
        dial: DialAddress::new(&digits, Ton::UNKNOWN, Npi::UNKNOWN).expect("digits"),
        number,
        tenants: tenants.iter().map(|name| tenant(name)).collect(),
        default_owner: default_owner.map(tenant),
        inbound: inbound.into(),
        languages: vec![],
        answers: ConsentAnswers {
            stop: "You are out.".to_owned(),
            start: "Welcome back.".to_owned(),
            help: "Reply STOP to end.".to_owned(),
        },
        retired: false,
    })
}
