//! Connections to a running Volley.

use std::{path::Path, time::Duration};

use anyhow::Context;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use volley_wire::proto::{
    admin::v1::{admin_service_client::AdminServiceClient, operator_service_client::OperatorServiceClient},
    messaging::v1::messaging_service_client::MessagingServiceClient,
};

use crate::{
    addresses::{Addresses, default_data_dir},
    cli::At,
};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Adds a key to every call.
#[derive(Clone)]
pub struct WithKey(MetadataValue<Ascii>);

impl Interceptor for WithKey {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel that sends a key along.
pub type Keyed = InterceptedService<Channel, WithKey>;

/// A client of the messaging service.
pub type Messaging = MessagingServiceClient<Keyed>;
/// A client of the operator's service.
pub type Operator = OperatorServiceClient<Keyed>;
/// A client of the administration.
pub type Admin = AdminServiceClient<Keyed>;

/// Whose key to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The demo tenant's.
    Tenant,
    /// The operator's.
    Operator,
}

/// Connects as the command line says.
pub async fn connect(at: &At, role: Role) -> anyhow::Result<Keyed> {
    let (address, key_file) = match (&at.address, &at.key_file) {
        (Some(address), Some(key_file)) => (address.clone(), key_file.clone()),
        (address, key_file) => {
            let data = at.data.clone().map_or_else(default_data_dir, Ok)?;
            let known = Addresses::read(&data)?;
            let key = match role {
                Role::Tenant => known.api_key_file,
                Role::Operator => known.operator_key_file,
            };
            (address.clone().unwrap_or(known.grpc), key_file.clone().unwrap_or(key))
        }
    };
    keyed(&address, &read_key(&key_file)?).await
}

/// A channel to an address with a key.
pub async fn keyed(address: &str, key: &str) -> anyhow::Result<Keyed> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .with_context(|| format!("{address} is no address"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true);
    let channel = endpoint.connect().await?;
    let value = format!("Bearer {key}")
        .parse()
        .context("the key has characters that no key has")?;
    Ok(InterceptedService::new(channel, WithKey(value)))
}

/// The key in a file.
pub fn read_key(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the key file {}", file.display()))?;
    Ok(text.trim().to_owned())
}
