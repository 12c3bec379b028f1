//! The directory as the contract lists it: what one would have to put to get it again, without secrets.

use std::sync::Arc;

use volley_directory::Directory;
use volley_events::config::{
    AccountConfig, ApiKeyConfig, CarrierConfig, CarrierProfileConfig, KeywordConfig, MessageIdForm, NumberConfig,
    PollConfig, RouteConfig, SubscriptionConfig, TenantConfig,
};
use volley_types::{AccountId, NumberKind, PollId, TenantId, Timestamp};
use volley_wire::proto::admin::v1::{self as wire, GetDirectoryResponse, get_directory_response::ApiKey};

/// Everything that is configured.
pub(super) fn list(directory: &Directory) -> GetDirectoryResponse {
    GetDirectoryResponse {
        tenants: each(directory.tenants(), tenant),
        numbers: each(directory.numbers(), number),
        keywords: each(directory.keywords(), keyword),
        carriers: each(directory.carriers(), carrier),
        accounts: each(directory.accounts(), account),
        routes: each(directory.routes(), route),
        polls: each(directory.polls(), poll),
        subscriptions: each(directory.subscriptions(), subscription),
        api_keys: each(directory.keys(), api_key),
        config_offset: directory.offset(),
        carrier_profiles: each(directory.profiles(), carrier_profile),
    }
}

fn each<'a, C: 'a, W>(entities: impl Iterator<Item = &'a Arc<C>>, to_wire: impl Fn(&C) -> W) -> Vec<W> {
    entities.map(|entity| to_wire(entity)).collect()
}

fn tenant(it: &TenantConfig) -> wire::PutTenantRequest {
    wire::PutTenantRequest {
        tenant: it.tenant.to_string(),
        display_name: it.display_name.clone(),
        suspended: it.suspended,
        clear_numbers: it.clear_numbers,
        paused: it.paused,
        verbatim: it.verbatim,
    }
}

fn number(it: &NumberConfig) -> wire::PutNumberRequest {
    let kind = match it.kind {
        NumberKind::ShortCode => wire::NumberKind::ShortCode,
        NumberKind::LongCode => wire::NumberKind::LongCode,
        NumberKind::Standard => wire::NumberKind::Standard,
        NumberKind::Alphanumeric => wire::NumberKind::Alphanumeric,
    };
    let inbound = it
        .inbound
        .iter()
        .map(|address| wire::InboundAddress { account: address.account.to_string(), digits: address.digits.clone() });
    wire::PutNumberRequest {
        number: it.number.to_string(),
        kind: kind.into(),
        dial_digits: it.dial.digits().to_owned(),
        dial_ton: Some(it.dial.ton.0.into()),
        dial_npi: Some(it.dial.npi.0.into()),
        tenants: it.tenants.iter().map(TenantId::to_string).collect(),
        default_owner: it.default_owner.as_ref().map(TenantId::to_string).unwrap_or_default(),
        inbound: inbound.collect(),
        languages: it.languages.clone(),
        stop_answer: it.answers.stop.clone(),
        start_answer: it.answers.start.clone(),
        help_answer: it.answers.help.clone(),
        retired: it.retired,
    }
}

fn keyword(it: &KeywordConfig) -> wire::PutKeywordRequest {
    wire::PutKeywordRequest {
        number: it.number.to_string(),
        keyword: it.keyword.to_string(),
        tenant: it.tenant.to_string(),
        poll: it.poll.as_ref().map(PollId::to_string).unwrap_or_default(),
        released: it.released,
    }
}

fn carrier(it: &CarrierConfig) -> wire::PutCarrierRequest {
    let id_form = match it.ids {
        MessageIdForm::Same => wire::MessageIdForm::Unspecified,
        MessageIdForm::HexThenDecimal => wire::MessageIdForm::HexThenDecimal,
        MessageIdForm::DecimalThenHex => wire::MessageIdForm::DecimalThenHex,
    };
    wire::PutCarrierRequest {
        carrier: it.carrier.to_string(),
        home: it.home.to_string(),
        id_form: id_form.into(),
    }
}

fn carrier_profile(it: &CarrierProfileConfig) -> wire::PutCarrierProfileRequest {
    wire::PutCarrierProfileRequest { carrier: it.carrier.to_string(), profile: it.profile.clone() }
}

fn account(it: &AccountConfig) -> wire::PutAccountRequest {
    wire::PutAccountRequest {
        account: it.account.to_string(),
        carrier: it.carrier.to_string(),
        host: it.host.clone(),
        port: it.port.into(),
        system_id: it.system_id.clone(),
        binds: it.binds.into(),
        window: it.window.into(),
        segments_per_second: it.segments_per_second,
        response_timeout_ms: it.response_timeout.as_millis(),
        closed: it.closed,
    }
}

fn route(it: &RouteConfig) -> wire::PutRouteRequest {
    let accounts = it.accounts.iter().map(AccountId::to_string).collect();
    wire::PutRouteRequest { prefix: it.prefix.clone(), accounts }
}

fn poll(it: &PollConfig) -> wire::PutPollRequest {
    let closes_at_us = if it.closes_at == Timestamp::MAX { 0 } else { it.closes_at.as_micros() };
    wire::PutPollRequest {
        poll: it.poll.to_string(),
        tenant: it.tenant.to_string(),
        number: it.number.to_string(),
        closes_at_us,
    }
}

fn subscription(it: &SubscriptionConfig) -> wire::PutSubscriptionRequest {
    wire::PutSubscriptionRequest {
        tenant: it.tenant.to_string(),
        subscription: it.subscription.to_string(),
        shards: it.shards.into(),
    }
}

fn api_key(it: &ApiKeyConfig) -> ApiKey {
    ApiKey {
        key_id: it.key_id.clone(),
        tenant: it.tenant.to_string(),
        label: it.label.clone(),
        revoked: it.revoked,
    }
}
