//! Two tenants, a shared short code, a number of the first; where `volley up` does not do it, a carrier.

use std::net::SocketAddr;

use anyhow::Result;
use volley_wire::proto::admin::v1::{
    CreateApiKeyRequest, InboundAddress, NumberKind, PutAccountRequest, PutCarrierRequest, PutKeywordRequest,
    PutNumberRequest, PutRouteRequest, PutTenantRequest, admin_service_client::AdminServiceClient,
};

use crate::{
    client::{Keyed, keyed},
    scenarios::SYSTEM_ID,
    volley::Volley,
};

/// The short code that both tenants share.
pub const SHARED_CODE: &str = "KR:7788";
/// The first tenant's own number.
pub const ACME_NUMBER: &str = "KR:821090002000";
/// What is answered to STOP.
pub const STOP_ANSWER: &str = "Acme: no more messages. START to undo.";

/// The tenants' keys.
#[derive(Debug, Clone)]
pub struct Tenants {
    /// Of `acme`: keyword PIZZA on the shared code, and a number of its own.
    pub acme: String,
    /// Of `globex`: keyword TAXI on the shared code.
    pub globex: String,
}

/// First digits of the handsets that the carrier of this number has: all that no other has, for the first.
pub fn route_of(index: u16) -> String {
    match index {
        0 => String::new(),
        further => format!("8210{}", 4 + further),
    }
}

/// Sets up a carrier with one account of the same name, and the [route](route_of) to it.
///
/// # Errors
/// When the front door refuses.
pub async fn provision_carrier(volley: &impl Volley, name: &str, address: SocketAddr, index: u16) -> Result<()> {
    let mut admin = admin(volley).await?;
    let name = name.to_owned();
    let carrier = PutCarrierRequest { carrier: name.clone(), home: "KR".into(), ..Default::default() };
    admin.put_carrier(carrier).await?;
    let account = PutAccountRequest {
        account: name.clone(),
        carrier: name.clone(),
        host: address.ip().to_string(),
        port: address.port().into(),
        system_id: SYSTEM_ID.into(),
        ..Default::default()
    };
    admin.put_account(account).await?;
    admin
        .put_route(PutRouteRequest { prefix: route_of(index), accounts: vec![name] })
        .await?;
    Ok(())
}

/// Sets the tenants up, with their numbers and keywords.
///
/// # Errors
/// When the front door refuses.
pub async fn provision(volley: &impl Volley) -> Result<Tenants> {
    provision_behind(volley, &[volley.account()]).await
}

/// The same, with numbers that can be written to through each of these accounts.
///
/// # Errors
/// When the front door refuses.
pub async fn provision_behind(volley: &impl Volley, accounts: &[&str]) -> Result<Tenants> {
    let mut admin = admin(volley).await?;
    let mut keys = Vec::new();
    for tenant in ["acme", "globex"] {
        let put = PutTenantRequest { tenant: tenant.into(), display_name: tenant.into(), ..Default::default() };
        admin.put_tenant(put).await?;
        let key = CreateApiKeyRequest { tenant: tenant.into(), label: "e2e".into() };
        keys.push(admin.create_api_key(key).await?.into_inner().api_key);
    }
    let number = |number: &str, kind: NumberKind, tenants: &[&str], owner: &str| PutNumberRequest {
        number: number.into(),
        kind: kind.into(),
        tenants: tenants.iter().map(|tenant| (*tenant).into()).collect(),
        default_owner: owner.into(),
        inbound: accounts
            .iter()
            .map(|account| InboundAddress { account: (*account).into(), digits: String::new() })
            .collect(),
        stop_answer: STOP_ANSWER.into(),
        ..Default::default()
    };
    admin
        .put_number(number(SHARED_CODE, NumberKind::ShortCode, &["acme", "globex"], ""))
        .await?;
    admin
        .put_number(number(ACME_NUMBER, NumberKind::Standard, &["acme"], "acme"))
        .await?;
    for (word, tenant) in [("PIZZA", "acme"), ("TAXI", "globex")] {
        let keyword = PutKeywordRequest {
            number: SHARED_CODE.into(),
            keyword: word.into(),
            tenant: tenant.into(),
            ..Default::default()
        };
        admin.put_keyword(keyword).await?;
    }
    let globex = keys.pop().unwrap_or_default();
    Ok(Tenants { acme: keys.pop().unwrap_or_default(), globex })
}

/// An administrator.
///
/// # Errors
/// When the front door does not answer.
pub async fn admin(volley: &impl Volley) -> Result<AdminServiceClient<Keyed>> {
    Ok(AdminServiceClient::new(keyed(&volley.front_door(), &volley.operator_key()?).await?))
}
