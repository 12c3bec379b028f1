//! gRPC clients with a key.

use anyhow::{Context, Result};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// Adds a key to every call.
#[derive(Debug, Clone)]
pub struct WithKey(MetadataValue<Ascii>);

impl Interceptor for WithKey {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel that sends a key along.
pub type Keyed = InterceptedService<Channel, WithKey>;

/// Connects.
///
/// # Errors
/// When nobody listens there.
pub async fn keyed(address: &str, key: &str) -> Result<Keyed> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
    let channel = endpoint
        .connect()
        .await
        .with_context(|| format!("cannot connect to {address}"))?;
    Ok(InterceptedService::new(channel, WithKey(format!("Bearer {key}").parse()?)))
}
