//! The handlers of `volley.admin.v1.AdminService`: parse, act, answer.

mod applied;
mod drafts;
mod listing;
mod registrar;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use volley_events::{ConfigChange, config::ApiKeyConfig};
use volley_ingest_core::{
    ApiKey,
    admin::{ApiKeyDraft, CarrierProfileDraft, PollDraft, RouteDraft, SubscriptionDraft, TenantDraft},
};
use volley_types::NumberId;
use volley_wire::proto::admin::v1::{
    CreateApiKeyRequest, CreateApiKeyResponse, GetDirectoryRequest, GetDirectoryResponse, PutAccountRequest,
    PutAccountResponse, PutCarrierProfileRequest, PutCarrierProfileResponse, PutCarrierRequest, PutCarrierResponse,
    PutKeywordRequest, PutKeywordResponse, PutNumberRequest, PutNumberResponse, PutPollRequest, PutPollResponse,
    PutRouteRequest, PutRouteResponse, PutSubscriptionRequest, PutSubscriptionResponse, PutTenantRequest,
    PutTenantResponse, RevokeApiKeyRequest, RevokeApiKeyResponse, WaitUntilAppliedRequest, WaitUntilAppliedResponse,
    admin_service_server::AdminService,
};

pub(crate) use self::{applied::Applied, registrar::Registrar};
use crate::refusal::Refusal;

/// What stands behind the service.
pub(crate) struct Admin {
    registrar: Arc<Registrar>,
    applied: Arc<Applied>,
    /// Calls that may wait for configuration at once.
    waiting: Semaphore,
}

impl Admin {
    pub(crate) fn new(registrar: Arc<Registrar>, applied: Arc<Applied>) -> Self {
        Self { registrar, applied, waiting: Semaphore::new(applied::WAITING_MAX) }
    }
}

#[async_trait::async_trait]
impl AdminService for Admin {
    async fn put_tenant(&self, request: Request<PutTenantRequest>) -> Result<Response<PutTenantResponse>, Status> {
        let put = request.get_ref();
        let draft = TenantDraft {
            tenant: &put.tenant,
            display_name: &put.display_name,
            suspended: put.suspended,
            clear_numbers: put.clear_numbers,
            paused: put.paused,
            verbatim: put.verbatim,
        };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(PutTenantResponse { config_offset }))
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        let asked = request.get_ref();
        let key = ApiKey::from_random(volley_runtime::random_bytes(), volley_runtime::random_bytes());
        let draft = ApiKeyDraft { tenant: &asked.tenant, label: &asked.label };
        let config_offset = self.registrar.put(draft.check(&key)).await?;
        let (api_key, key_id) = (key.expose().to_owned(), key.key_id().to_owned());
        Ok(Response::new(CreateApiKeyResponse { api_key, key_id, config_offset }))
    }

    async fn revoke_api_key(
        &self,
        request: Request<RevokeApiKeyRequest>,
    ) -> Result<Response<RevokeApiKeyResponse>, Status> {
        let key_id = &request.get_ref().key_id;
        let directory = self.registrar.directory().await?;
        let unknown = || Refusal::NotFound(format!("there is no API key {key_id}"));
        let key = directory.key_by_id(key_id).ok_or_else(unknown)?;
        let revoked = ConfigChange::ApiKey(ApiKeyConfig { revoked: true, ..ApiKeyConfig::clone(key) });
        let config_offset = self.registrar.put(Ok(revoked)).await?;
        Ok(Response::new(RevokeApiKeyResponse { config_offset }))
    }

    async fn put_number(&self, request: Request<PutNumberRequest>) -> Result<Response<PutNumberResponse>, Status> {
        let config_offset = self.registrar.put(drafts::check_number(request.get_ref())).await?;
        Ok(Response::new(PutNumberResponse { config_offset }))
    }

    async fn put_keyword(&self, request: Request<PutKeywordRequest>) -> Result<Response<PutKeywordResponse>, Status> {
        let put = request.get_ref();
        let directory = self.registrar.directory().await?;
        let number = NumberId::new(&put.number).ok().and_then(|number| directory.number(&number));
        let languages = number.map_or(&[][..], |number| &number.languages);
        let draft = drafts::keyword(put);
        let config_offset = self.registrar.put(draft.check(languages)).await?;
        let keyword = volley_sms_text::keyword::keyword_key(&put.keyword);
        Ok(Response::new(PutKeywordResponse { keyword, config_offset }))
    }

    async fn put_carrier(&self, request: Request<PutCarrierRequest>) -> Result<Response<PutCarrierResponse>, Status> {
        let config_offset = self.registrar.put(drafts::carrier(request.get_ref()).check()).await?;
        Ok(Response::new(PutCarrierResponse { config_offset }))
    }

    async fn put_carrier_profile(
        &self,
        request: Request<PutCarrierProfileRequest>,
    ) -> Result<Response<PutCarrierProfileResponse>, Status> {
        let put = request.get_ref();
        let draft = CarrierProfileDraft { carrier: &put.carrier, profile: &put.profile };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(PutCarrierProfileResponse { config_offset }))
    }

    async fn put_account(&self, request: Request<PutAccountRequest>) -> Result<Response<PutAccountResponse>, Status> {
        let config_offset = self.registrar.put(drafts::account(request.get_ref()).check()).await?;
        Ok(Response::new(PutAccountResponse { config_offset }))
    }

    async fn put_route(&self, request: Request<PutRouteRequest>) -> Result<Response<PutRouteResponse>, Status> {
        let put = request.get_ref();
        let draft = RouteDraft { prefix: &put.prefix, accounts: &put.accounts };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(PutRouteResponse { config_offset }))
    }

    async fn put_poll(&self, request: Request<PutPollRequest>) -> Result<Response<PutPollResponse>, Status> {
        let put = request.get_ref();
        let draft = PollDraft {
            poll: &put.poll,
            tenant: &put.tenant,
            number: &put.number,
            closes_at_us: put.closes_at_us,
        };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(PutPollResponse { config_offset }))
    }

    async fn put_subscription(
        &self,
        request: Request<PutSubscriptionRequest>,
    ) -> Result<Response<PutSubscriptionResponse>, Status> {
        let put = request.get_ref();
        let draft = SubscriptionDraft { tenant: &put.tenant, subscription: &put.subscription, shards: put.shards };
        let config_offset = self.registrar.put(draft.check()).await?;
        Ok(Response::new(PutSubscriptionResponse { config_offset }))
    }

    async fn get_directory(&self, _: Request<GetDirectoryRequest>) -> Result<Response<GetDirectoryResponse>, Status> {
        Ok(Response::new(listing::list(&*self.registrar.directory().await?)))
    }

    async fn wait_until_applied(
        &self,
        request: Request<WaitUntilAppliedRequest>,
    ) -> Result<Response<WaitUntilAppliedResponse>, Status> {
        let WaitUntilAppliedRequest { config_offset, timeout_ms } = *request.get_ref();
        let full = |_| Refusal::Overloaded(format!("{} calls wait for configuration here", applied::WAITING_MAX));
        let _room = self.waiting.try_acquire().map_err(full)?;

        self.applied.wait(config_offset, timeout_ms).await?;

        Ok(Response::new(WaitUntilAppliedResponse {}))
    }
}
