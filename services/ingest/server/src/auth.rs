//! Who calls: a tenant by its API key, or the operator.

use std::sync::Arc;

use tonic::{Request, Status, metadata::MetadataMap};
use volley_backbone::Followed;
use volley_ingest_core::{KeyHash, hash_of_key};
use volley_types::TenantId;

use crate::refusal::Refusal;

/// The tenant a request comes from, as an extension of the request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Whose key it was.
    pub(crate) tenant: TenantId,
    /// What the key is known by: a stream ends when it is revoked.
    pub(crate) key: KeyHash,
}

/// Knows the keys.
#[derive(Clone)]
pub(crate) struct Keyring {
    followed: Followed,
    operator: Option<KeyHash>,
}

impl Keyring {
    pub(crate) fn new(followed: Followed, operator: Option<KeyHash>) -> Self {
        Self { followed, operator }
    }

    /// Lets tenants in.
    pub(crate) fn admit_tenant(&self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let key = shown_key(request.metadata())?;
        let directory = self.followed.directory();
        let tenant = directory.key(&key).ok_or(Refusal::UnknownKey)?.tenant.clone();
        request.extensions_mut().insert(Arc::new(Caller { tenant, key }));
        Ok(request)
    }

    /// Lets the operator in.
    pub(crate) fn admit_operator(&self, request: Request<()>) -> Result<Request<()>, Status> {
        if self.operator == Some(shown_key(request.metadata())?) {
            Ok(request)
        } else {
            Err(Refusal::UnknownKey.into())
        }
    }
}

fn shown_key(metadata: &MetadataMap) -> Result<KeyHash, Refusal> {
    let shown = metadata.get("authorization").and_then(|value| value.to_str().ok());
    let (scheme, key) = shown.and_then(|shown| shown.split_once(' ')).ok_or(Refusal::UnknownKey)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(hash_of_key(key.trim()))
    } else {
        Err(Refusal::UnknownKey)
    }
}

/// The tenant that [`Keyring::admit_tenant`] found.
pub(crate) fn caller<T>(request: &Request<T>) -> Result<Arc<Caller>, Refusal> {
    request.extensions().get::<Arc<Caller>>().cloned().ok_or(Refusal::UnknownKey)
}
