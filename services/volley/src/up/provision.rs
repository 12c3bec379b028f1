//! What the demo tenant has from the first start on: numbers, keywords, a poll, a key, and the way to the carriers.

use anyhow::Context;
use volley_carrier_profile::Limits;
use volley_wire::proto::admin::v1::{
    CreateApiKeyRequest, GetDirectoryRequest, InboundAddress, NumberKind, PutAccountRequest, PutCarrierProfileRequest,
    PutCarrierRequest, PutKeywordRequest, PutNumberRequest, PutPollRequest, PutRouteRequest, PutTenantRequest,
};

use crate::{
    client::Admin,
    failure::CallFailed,
    up::{
        data_dir::{self, DataDir},
        options::CarrierOption,
        patience::patiently,
    },
};

/// The demo tenant.
pub const TENANT: &str = "demo";
/// Its standard number: alerts.
pub const STANDARD_NUMBER: &str = "KR:821090001000";
/// Its special long code: care.
pub const LONG_CODE: &str = "KR:01331234567";
/// Its short code: advertising and votes.
pub const SHORT_CODE: &str = "KR:4565";
/// The poll on the short code.
pub const POLL: &str = "talent-show";
/// The words that vote in it.
pub const VOTES: [&str; 2] = ["KELLY", "MINHO"];
/// What is answered to STOP on the short code.
pub const STOP_ANSWER: &str = "Volley Demo: you will get no more messages. Reply START to undo.";

const WINDOW: u32 = 100;
const BINDS: u32 = 2;
const SIM_WINDOW: u32 = 500;

/// A carrier to provision, with its one account of the same name.
pub struct Carrier<'a> {
    /// Who it is.
    pub option: &'a CarrierOption,
    /// It is ours, and takes wide windows.
    pub simulated: bool,
    /// Its profile, if one is to be set.
    pub profile: Option<&'a str>,
}

/// Sets everything, as on every start: what is as it should be stays as it is.
pub async fn provision(admin: &mut Admin, data: &DataDir, carriers: &[Carrier<'_>]) -> anyhow::Result<()> {
    put_tenant(admin).await?;
    for carrier in carriers {
        put_carrier(admin, carrier).await?;
    }
    let first = carriers.first().context("there is no carrier")?.option.name.to_string();
    let route = PutRouteRequest { prefix: String::new(), accounts: vec![first] };
    admin.put_route(route).await.map_err(CallFailed)?;
    put_numbers(admin, carriers).await?;
    put_votes(admin).await?;
    ensure_key(admin, data).await
}

async fn put_tenant(admin: &mut Admin) -> anyhow::Result<()> {
    let tenant = PutTenantRequest {
        tenant: TENANT.into(),
        display_name: "Volley Demo".into(),
        suspended: false,
        clear_numbers: false,
        paused: false,
        verbatim: false,
    };
    admin.put_tenant(tenant).await.map_err(CallFailed)?;
    Ok(())
}

async fn put_carrier(admin: &mut Admin, carrier: &Carrier<'_>) -> anyhow::Result<()> {
    let option = carrier.option;
    let name = option.name.to_string();
    let put = PutCarrierRequest { carrier: name.clone(), home: "KR".into(), id_form: 0 };
    admin.put_carrier(put).await.map_err(CallFailed)?;
    if let Some(profile) = carrier.profile {
        let put = PutCarrierProfileRequest { carrier: name.clone(), profile: profile.to_owned() };
        admin.put_carrier_profile(put).await.map_err(CallFailed)?;
    }
    let (binds, window) = match carrier.simulated {
        true => (BINDS, SIM_WINDOW),
        false => breadth(&limits_of(admin, &name).await?),
    };
    let account = PutAccountRequest {
        account: name.clone(),
        carrier: name,
        host: option.host.clone(),
        port: option.port.into(),
        system_id: option.system_id.clone(),
        binds,
        window,
        segments_per_second: 0,
        response_timeout_ms: 0,
        closed: false,
    };
    admin.put_account(account).await.map_err(CallFailed)?;
    Ok(())
}

/// What the contract of a carrier allows, by the profile it has now.
async fn limits_of(admin: &mut Admin, carrier: &str) -> anyhow::Result<Limits> {
    let known = admin
        .get_directory(GetDirectoryRequest {})
        .await
        .map_err(CallFailed)?
        .into_inner();
    let profile = known.carrier_profiles.into_iter().find(|profile| profile.carrier == carrier);
    let Some(profile) = profile else { return Ok(Limits::default()) };
    let read = volley_carrier_profile::read(&profile.profile);
    Ok(read.with_context(|| format!("the profile of carrier {carrier}"))?.limits)
}

/// Sessions, and the window of each: all that the contract allows; where it says nothing, one session of the usual window.
fn breadth(limits: &Limits) -> (u32, u32) {
    let (binds, window) = (u32::from(limits.binds), u32::from(limits.window));
    (binds.max(1), if window == 0 { WINDOW } else { window })
}

async fn put_numbers(admin: &mut Admin, carriers: &[Carrier<'_>]) -> anyhow::Result<()> {
    let numbers = [
        (STANDARD_NUMBER, NumberKind::Standard),
        (LONG_CODE, NumberKind::LongCode),
        (SHORT_CODE, NumberKind::ShortCode),
    ];
    for (number, kind) in numbers {
        let digits = number.trim_start_matches("KR:");
        let inbound = carriers
            .iter()
            .map(|carrier| InboundAddress { account: carrier.option.name.to_string(), digits: digits.into() });
        let put = PutNumberRequest {
            number: number.into(),
            kind: kind.into(),
            tenants: vec![TENANT.into()],
            default_owner: TENANT.into(),
            inbound: inbound.collect(),
            languages: vec!["ko".into()],
            stop_answer: STOP_ANSWER.into(),
            start_answer: "Volley Demo: welcome back. Reply STOP to end.".into(),
            help_answer: "Volley Demo: this is a demonstration. Reply STOP to end.".into(),
            ..PutNumberRequest::default()
        };
        admin.put_number(put).await.map_err(CallFailed)?;
    }
    Ok(())
}

async fn put_votes(admin: &mut Admin) -> anyhow::Result<()> {
    let poll = PutPollRequest {
        poll: POLL.into(),
        tenant: TENANT.into(),
        number: SHORT_CODE.into(),
        closes_at_us: 0,
    };
    admin.put_poll(poll).await.map_err(CallFailed)?;
    for word in VOTES {
        let keyword = PutKeywordRequest {
            number: SHORT_CODE.into(),
            keyword: word.into(),
            tenant: TENANT.into(),
            poll: POLL.into(),
            released: false,
        };
        admin.put_keyword(keyword).await.map_err(CallFailed)?;
    }
    Ok(())
}

/// Makes an API key at the first start. On another log an old key opens nothing: then there is a new one.
async fn ensure_key(admin: &mut Admin, data: &DataDir) -> anyhow::Result<()> {
    let file = data.api_key_file();
    let known = admin.get_directory(GetDirectoryRequest {}).await.map_err(CallFailed)?;
    let kept = data_dir::kept(&file)?.unwrap_or_default();
    let opens = |key_id: &str| !key_id.is_empty() && kept.contains(key_id);
    if known
        .into_inner()
        .api_keys
        .iter()
        .any(|key| !key.revoked && key.tenant == TENANT && opens(&key.key_id))
    {
        return Ok(());
    }
    let request = CreateApiKeyRequest { tenant: TENANT.into(), label: "made at the first start".into() };
    let made = admin.create_api_key(request).await.map_err(CallFailed)?.into_inner();
    patiently("keeping the API key", async || data_dir::keep(&file, &made.api_key)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_is_spoken_to_as_broadly_as_its_contract_allows() {
        let limits = |binds, window| Limits { binds, window, ..Limits::default() };
        assert_eq!(breadth(&limits(3, 40)), (3, 40));
        assert_eq!(breadth(&limits(0, 0)), (1, WINDOW));
    }
}
