//! Recalls: what egress shall take back.

use volley_events::{Recall, RecallScope};
use volley_types::TenantId;

use crate::{
    error::{At, Fault, WireError},
    fields::{id, message_id, required},
    proto::internal::v1::{self as wire, recall::Scope},
};

impl From<&Recall> for wire::Recall {
    fn from(recall: &Recall) -> Self {
        let scope = match &recall.scope {
            RecallScope::Message(message) => Scope::MessageId(id(message.to_bytes())),
            RecallScope::OptOut { tenant, subscriber, source } => Scope::OptOut(wire::OptOutScope {
                tenant: tenant.as_str().to_owned(),
                subscriber: Some(subscriber.into()),
                source: Some(source.into()),
            }),
            RecallScope::Tenant(tenant) => Scope::Tenant(tenant.as_str().to_owned()),
        };
        Self { scope: Some(scope) }
    }
}

impl TryFrom<wire::Recall> for Recall {
    type Error = WireError;
    fn try_from(wire: wire::Recall) -> Result<Self, WireError> {
        let scope = match wire.scope.ok_or(Fault::Missing).at("recall.scope")? {
            Scope::MessageId(message) => RecallScope::Message(message_id(&message).at("recall.message_id")?),
            Scope::OptOut(scope) => RecallScope::OptOut {
                tenant: TenantId::new(&scope.tenant).at("recall.opt_out.tenant")?,
                subscriber: required(scope.subscriber).at("recall.opt_out.subscriber")?,
                source: required(scope.source).at("recall.opt_out.source")?,
            },
            Scope::Tenant(tenant) => RecallScope::Tenant(TenantId::new(&tenant).at("recall.tenant")?),
        };
        Ok(Self { scope })
    }
}
