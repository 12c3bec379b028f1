//! Configuration as facts.

use volley_events::config::{
    AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, ConfigChange, ConfigRecord, ConsentAnswers,
    InboundAddress, KeywordConfig, NumberConfig, PollConfig, RouteConfig, SkipConfig, SubscriptionConfig, TenantConfig,
};
use volley_types::{
    AccountId, CarrierName, Country, DialAddress, Keyword, Npi, NumberId, PollId, SpanMs, SubscriptionId, TenantId,
    Timestamp, Ton,
};

use crate::{
    error::{At, Fault, WireError},
    fields::{id, octet, octets, short, text_or_empty, unless_empty},
    proto::internal::v1::{self as wire, MessageIdForm, NumberKind, config_record::Change},
    words::{number, word},
};

impl From<&ConfigRecord> for wire::ConfigRecord {
    fn from(record: &ConfigRecord) -> Self {
        Self {
            offset: record.offset,
            call: id(record.call),
            change: Some((&record.change).into()),
        }
    }
}

impl TryFrom<wire::ConfigRecord> for ConfigRecord {
    type Error = WireError;
    fn try_from(wire: wire::ConfigRecord) -> Result<Self, WireError> {
        Ok(Self {
            offset: wire.offset,
            call: octets(&wire.call).at("config.call")?,
            change: wire.change.ok_or(Fault::Missing).at("config.change")?.try_into()?,
        })
    }
}

impl From<&ConfigChange> for Change {
    fn from(change: &ConfigChange) -> Self {
        match change {
            ConfigChange::Tenant(tenant) => Self::Tenant(tenant.into()),
            ConfigChange::ApiKey(key) => Self::ApiKey(key.into()),
            ConfigChange::Number(number) => Self::Number(number.into()),
            ConfigChange::Keyword(keyword) => Self::Keyword(keyword.into()),
            ConfigChange::Carrier(carrier) => Self::Carrier(carrier.into()),
            ConfigChange::Account(account) => Self::Account(account.into()),
            ConfigChange::Route(route) => Self::Route(route.into()),
            ConfigChange::Poll(poll) => Self::Poll(poll.into()),
            ConfigChange::Subscription(subscription) => Self::Subscription(subscription.into()),
            ConfigChange::Skip(skip) => Self::Skip(skip.into()),
            ConfigChange::CarrierProfile(profile) => Self::CarrierProfile(profile.into()),
        }
    }
}

impl TryFrom<Change> for ConfigChange {
    type Error = WireError;
    fn try_from(wire: Change) -> Result<Self, WireError> {
        Ok(match wire {
            Change::Tenant(tenant) => Self::Tenant(tenant.try_into()?),
            Change::ApiKey(key) => Self::ApiKey(key.try_into()?),
            Change::Number(number) => Self::Number(number.try_into()?),
            Change::Keyword(keyword) => Self::Keyword(keyword.try_into()?),
            Change::Carrier(carrier) => Self::Carrier(carrier.try_into()?),
            Change::Account(account) => Self::Account(account.try_into()?),
            Change::Route(route) => Self::Route(route.try_into()?),
            Change::Poll(poll) => Self::Poll(poll.try_into()?),
            Change::Subscription(subscription) => Self::Subscription(subscription.try_into()?),
            Change::Skip(skip) => Self::Skip(skip.into()),
            Change::CarrierProfile(profile) => Self::CarrierProfile(profile.try_into()?),
        })
    }
}

impl From<&TenantConfig> for wire::TenantConfig {
    fn from(tenant: &TenantConfig) -> Self {
        Self {
            tenant: tenant.tenant.as_str().to_owned(),
            display_name: tenant.display_name.clone(),
            suspended: tenant.suspended,
            clear_numbers: tenant.clear_numbers,
            paused: tenant.paused,
            verbatim: tenant.verbatim,
        }
    }
}

impl TryFrom<wire::TenantConfig> for TenantConfig {
    type Error = WireError;
    fn try_from(wire: wire::TenantConfig) -> Result<Self, WireError> {
        Ok(Self {
            tenant: TenantId::new(&wire.tenant).at("config.tenant.tenant")?,
            display_name: wire.display_name,
            suspended: wire.suspended,
            clear_numbers: wire.clear_numbers,
            paused: wire.paused,
            verbatim: wire.verbatim,
        })
    }
}

impl From<&ApiKeyConfig> for wire::ApiKeyConfig {
    fn from(key: &ApiKeyConfig) -> Self {
        Self {
            key_id: key.key_id.clone(),
            tenant: key.tenant.as_str().to_owned(),
            hash: id(key.hash),
            label: key.label.clone(),
            revoked: key.revoked,
        }
    }
}

impl TryFrom<wire::ApiKeyConfig> for ApiKeyConfig {
    type Error = WireError;
    fn try_from(wire: wire::ApiKeyConfig) -> Result<Self, WireError> {
        Ok(Self {
            key_id: wire.key_id,
            tenant: TenantId::new(&wire.tenant).at("config.api_key.tenant")?,
            hash: octets(&wire.hash).at("config.api_key.hash")?,
            label: wire.label,
            revoked: wire.revoked,
        })
    }
}

impl From<&NumberConfig> for wire::NumberConfig {
    fn from(config: &NumberConfig) -> Self {
        let inbound = |address: &InboundAddress| wire::number_config::InboundAddress {
            account: address.account.as_str().to_owned(),
            digits: address.digits.clone(),
        };
        Self {
            number: config.number.as_str().to_owned(),
            kind: number::<NumberKind, _>(config.kind),
            dial_digits: config.dial.digits().to_owned(),
            dial_ton: config.dial.ton.0.into(),
            dial_npi: config.dial.npi.0.into(),
            tenants: config.tenants.iter().map(|tenant| tenant.as_str().to_owned()).collect(),
            default_owner: text_or_empty(config.default_owner.as_ref().map(TenantId::as_str)),
            inbound: config.inbound.iter().map(inbound).collect(),
            languages: config.languages.clone(),
            stop_answer: config.answers.stop.clone(),
            start_answer: config.answers.start.clone(),
            help_answer: config.answers.help.clone(),
            retired: config.retired,
        }
    }
}

impl TryFrom<wire::NumberConfig> for NumberConfig {
    type Error = WireError;
    fn try_from(wire: wire::NumberConfig) -> Result<Self, WireError> {
        let ton = Ton(octet(wire.dial_ton).at("config.number.dial_ton")?);
        let npi = Npi(octet(wire.dial_npi).at("config.number.dial_npi")?);
        let inbound = |address: wire::number_config::InboundAddress| {
            let account = AccountId::new(&address.account).at("config.number.inbound.account")?;
            Ok(InboundAddress { account, digits: address.digits })
        };
        let tenants = wire
            .tenants
            .iter()
            .map(|tenant| TenantId::new(tenant))
            .collect::<Result<_, _>>();
        Ok(Self {
            number: NumberId::new(&wire.number).at("config.number.number")?,
            kind: word::<NumberKind, _>(wire.kind).at("config.number.kind")?,
            dial: DialAddress::new(&wire.dial_digits, ton, npi).at("config.number.dial_digits")?,
            tenants: tenants.at("config.number.tenants")?,
            default_owner: unless_empty(&wire.default_owner, TenantId::new).at("config.number.default_owner")?,
            inbound: wire.inbound.into_iter().map(inbound).collect::<Result<_, WireError>>()?,
            languages: wire.languages,
            answers: ConsentAnswers { stop: wire.stop_answer, start: wire.start_answer, help: wire.help_answer },
            retired: wire.retired,
        })
    }
}

impl From<&KeywordConfig> for wire::KeywordConfig {
    fn from(keyword: &KeywordConfig) -> Self {
        Self {
            number: keyword.number.as_str().to_owned(),
            keyword: keyword.keyword.as_str().to_owned(),
            tenant: keyword.tenant.as_str().to_owned(),
            poll: text_or_empty(keyword.poll.as_ref().map(PollId::as_str)),
            released: keyword.released,
        }
    }
}

impl TryFrom<wire::KeywordConfig> for KeywordConfig {
    type Error = WireError;
    fn try_from(wire: wire::KeywordConfig) -> Result<Self, WireError> {
        Ok(Self {
            number: NumberId::new(&wire.number).at("config.keyword.number")?,
            keyword: Keyword::new(&wire.keyword).at("config.keyword.keyword")?,
            tenant: TenantId::new(&wire.tenant).at("config.keyword.tenant")?,
            poll: unless_empty(&wire.poll, PollId::new).at("config.keyword.poll")?,
            released: wire.released,
        })
    }
}

impl From<&CarrierConfig> for wire::CarrierConfig {
    fn from(carrier: &CarrierConfig) -> Self {
        Self {
            carrier: carrier.carrier.as_str().to_owned(),
            home: carrier.home.as_str().to_owned(),
            id_form: number::<MessageIdForm, _>(carrier.ids),
        }
    }
}

impl TryFrom<wire::CarrierConfig> for CarrierConfig {
    type Error = WireError;
    fn try_from(wire: wire::CarrierConfig) -> Result<Self, WireError> {
        Ok(Self {
            carrier: CarrierName::new(&wire.carrier).at("config.carrier.carrier")?,
            home: Country::new(&wire.home).at("config.carrier.home")?,
            ids: word::<MessageIdForm, _>(wire.id_form).at("config.carrier.id_form")?,
        })
    }
}

impl From<&CarrierProfileConfig> for wire::CarrierProfileConfig {
    fn from(profile: &CarrierProfileConfig) -> Self {
        Self { carrier: profile.carrier.as_str().to_owned(), profile: profile.profile.clone() }
    }
}

impl TryFrom<wire::CarrierProfileConfig> for CarrierProfileConfig {
    type Error = WireError;
    fn try_from(wire: wire::CarrierProfileConfig) -> Result<Self, WireError> {
        let carrier = CarrierName::new(&wire.carrier).at("config.carrier_profile.carrier")?;
        Ok(Self { carrier, profile: wire.profile })
    }
}

impl From<&AccountConfig> for wire::AccountConfig {
    fn from(account: &AccountConfig) -> Self {
        Self {
            account: account.account.as_str().to_owned(),
            carrier: account.carrier.as_str().to_owned(),
            host: account.host.clone(),
            port: account.port.into(),
            system_id: account.system_id.clone(),
            binds: account.binds.into(),
            window: account.window.into(),
            segments_per_second: account.segments_per_second,
            response_timeout_ms: account.response_timeout.as_millis(),
            closed: account.closed,
        }
    }
}

impl TryFrom<wire::AccountConfig> for AccountConfig {
    type Error = WireError;
    fn try_from(wire: wire::AccountConfig) -> Result<Self, WireError> {
        Ok(Self {
            account: AccountId::new(&wire.account).at("config.account.account")?,
            carrier: CarrierName::new(&wire.carrier).at("config.account.carrier")?,
            host: wire.host,
            port: short(wire.port).at("config.account.port")?,
            system_id: wire.system_id,
            binds: short(wire.binds).at("config.account.binds")?,
            window: short(wire.window).at("config.account.window")?,
            segments_per_second: wire.segments_per_second,
            response_timeout: SpanMs::from_millis(wire.response_timeout_ms),
            closed: wire.closed,
        })
    }
}

impl From<&RouteConfig> for wire::RouteConfig {
    fn from(route: &RouteConfig) -> Self {
        let accounts = route.accounts.iter().map(|account| account.as_str().to_owned()).collect();
        Self { prefix: route.prefix.clone(), accounts }
    }
}

impl TryFrom<wire::RouteConfig> for RouteConfig {
    type Error = WireError;
    fn try_from(wire: wire::RouteConfig) -> Result<Self, WireError> {
        let accounts = wire
            .accounts
            .iter()
            .map(|account| AccountId::new(account))
            .collect::<Result<_, _>>();
        Ok(Self { prefix: wire.prefix, accounts: accounts.at("config.route.accounts")? })
    }
}

impl From<&PollConfig> for wire::PollConfig {
    fn from(poll: &PollConfig) -> Self {
        Self {
            poll: poll.poll.as_str().to_owned(),
            tenant: poll.tenant.as_str().to_owned(),
            number: poll.number.as_str().to_owned(),
            closes_at_us: poll.closes_at.as_micros(),
        }
    }
}

impl TryFrom<wire::PollConfig> for PollConfig {
    type Error = WireError;
    fn try_from(wire: wire::PollConfig) -> Result<Self, WireError> {
        Ok(Self {
            poll: PollId::new(&wire.poll).at("config.poll.poll")?,
            tenant: TenantId::new(&wire.tenant).at("config.poll.tenant")?,
            number: NumberId::new(&wire.number).at("config.poll.number")?,
            closes_at: Timestamp::from_micros(wire.closes_at_us),
        })
    }
}

impl From<&SubscriptionConfig> for wire::SubscriptionConfig {
    fn from(subscription: &SubscriptionConfig) -> Self {
        Self {
            tenant: subscription.tenant.as_str().to_owned(),
            subscription: subscription.subscription.as_str().to_owned(),
            shards: subscription.shards.into(),
        }
    }
}

impl TryFrom<wire::SubscriptionConfig> for SubscriptionConfig {
    type Error = WireError;
    fn try_from(wire: wire::SubscriptionConfig) -> Result<Self, WireError> {
        Ok(Self {
            tenant: TenantId::new(&wire.tenant).at("config.subscription.tenant")?,
            subscription: SubscriptionId::new(&wire.subscription).at("config.subscription.subscription")?,
            shards: short(wire.shards).at("config.subscription.shards")?,
        })
    }
}

impl From<&SkipConfig> for wire::SkipConfig {
    fn from(skip: &SkipConfig) -> Self {
        Self { topic: skip.topic.clone(), partition: skip.partition, offset: skip.offset }
    }
}

impl From<wire::SkipConfig> for SkipConfig {
    fn from(wire: wire::SkipConfig) -> Self {
        Self { topic: wire.topic, partition: wire.partition, offset: wire.offset }
    }
}
