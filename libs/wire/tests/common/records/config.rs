//! What is configured.

use volley_events::{
    ConfigChange,
    config::{
        AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, ConsentAnswers, InboundAddress,
        KeywordConfig, MessageIdForm, NumberConfig, PollConfig, RouteConfig, SkipConfig, SubscriptionConfig,
        TenantConfig,
    },
};
use volley_types::{AccountId, CarrierName, Country, Keyword, NumberKind, PollId, SpanMs, SubscriptionId, TenantId};

use crate::common::Draw;

pub(super) fn change(draw: &mut Draw<'_>) -> ConfigChange {
    match draw.octet() % 11 {
        10 => ConfigChange::CarrierProfile(CarrierProfileConfig {
            carrier: draw.name(CarrierName::new),
            profile: draw.text(),
        }),
        0 => ConfigChange::Tenant(TenantConfig {
            tenant: draw.name(TenantId::new),
            display_name: draw.text(),
            suspended: draw.flag(),
            clear_numbers: draw.flag(),
            paused: draw.flag(),
            verbatim: draw.flag(),
        }),
        1 => ConfigChange::ApiKey(ApiKeyConfig {
            key_id: draw.text(),
            tenant: draw.name(TenantId::new),
            hash: draw.octets(),
            label: draw.text(),
            revoked: draw.flag(),
        }),
        2 => ConfigChange::Number(number(draw)),
        3 => ConfigChange::Keyword(KeywordConfig {
            number: draw.number(),
            keyword: draw.name(Keyword::new),
            tenant: draw.name(TenantId::new),
            poll: draw.option(|draw| draw.name(PollId::new)),
            released: draw.flag(),
        }),
        4 => ConfigChange::Carrier(CarrierConfig {
            carrier: draw.name(CarrierName::new),
            home: Country::new(draw.pick(["KR", "RU", "GB"])).unwrap(),
            ids: draw.pick([MessageIdForm::Same, MessageIdForm::HexThenDecimal, MessageIdForm::DecimalThenHex]),
        }),
        5 => ConfigChange::Account(AccountConfig {
            account: draw.name(AccountId::new),
            carrier: draw.name(CarrierName::new),
            host: draw.text(),
            port: draw.short(),
            system_id: draw.text(),
            binds: draw.short(),
            window: draw.short(),
            segments_per_second: draw.int(),
            response_timeout: SpanMs::from_millis(draw.long()),
            closed: draw.flag(),
        }),
        6 => ConfigChange::Route(RouteConfig {
            prefix: draw.text(),
            accounts: draw.list(0, |draw| draw.name(AccountId::new)),
        }),
        7 => ConfigChange::Poll(PollConfig {
            poll: draw.name(PollId::new),
            tenant: draw.name(TenantId::new),
            number: draw.number(),
            closes_at: draw.time(),
        }),
        8 => ConfigChange::Subscription(SubscriptionConfig {
            tenant: draw.name(TenantId::new),
            subscription: draw.name(SubscriptionId::new),
            shards: draw.short(),
        }),
        _ => ConfigChange::Skip(SkipConfig { topic: draw.text(), partition: draw.int(), offset: draw.long() }),
    }
}

fn number(draw: &mut Draw<'_>) -> NumberConfig {
    use NumberKind::{Alphanumeric, LongCode, ShortCode, Standard};
    NumberConfig {
        number: draw.number(),
        kind: draw.pick([ShortCode, LongCode, Standard, Alphanumeric]),
        dial: draw.address(),
        tenants: draw.list(0, |draw| draw.name(TenantId::new)),
        default_owner: draw.option(|draw| draw.name(TenantId::new)),
        inbound: draw.list(0, |draw| InboundAddress { account: draw.name(AccountId::new), digits: draw.text() }),
        languages: draw.list(0, Draw::text),
        answers: ConsentAnswers { stop: draw.text(), start: draw.text(), help: draw.text() },
        retired: draw.flag(),
    }
}
