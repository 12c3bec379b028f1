//! The gRPC port: services, authentication, health, reflection, and the settings of the connection.

use std::time::Duration;

use anyhow::Context;
use tokio::{net::TcpListener, sync::watch, time::sleep};
use tonic::{
    server::NamedService,
    service::interceptor::InterceptedService,
    transport::server::{Server, TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use volley_event_log::Health;
use volley_runtime::{Drain, HealthHandle};
use volley_wire::proto::{
    FILE_DESCRIPTOR_SET,
    admin::v1::{admin_service_server::AdminServiceServer, operator_service_server::OperatorServiceServer},
    messaging::v1::messaging_service_server::MessagingServiceServer,
};

use crate::{admin::Admin, auth::Keyring, messaging::Messaging, operator::Operator};

/// Flow-control window of a stream and of a connection, in octets.
const WINDOW_OCTETS: u32 = 4 << 20;
/// Calls that one connection may have open.
const CALLS_PER_CONNECTION_MAX: u32 = 1_024;
/// Largest request, in octets.
const REQUEST_OCTETS_MAX: usize = 256 << 10;
/// Largest request that may carry many messages, in octets: a thousand of the longest have room.
const MESSAGES_OCTETS_MAX: usize = 4 << 20;
/// How often a silent connection is asked whether it lives, and how long it may take to answer.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long calls may take to end in a drain. Then the port is left, whoever is still there.
const CLOSING_MAX: Duration = Duration::from_secs(5);

/// The services of the port.
pub(crate) struct Services {
    pub(crate) messaging: Messaging,
    pub(crate) admin: Admin,
    pub(crate) operator: Operator,
    pub(crate) keyring: Keyring,
    /// The log's health is the port's.
    pub(crate) health: watch::Receiver<Health>,
    /// The component's voice in `/readyz`.
    pub(crate) component: HealthHandle,
}

/// Serves until the drain.
pub(crate) async fn serve(services: Services, listener: TcpListener, drain: Drain) -> anyhow::Result<()> {
    let Services { messaging, admin, operator, keyring, health, component } = services;
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .context("the contract's descriptors are broken")?;

    let tenants = keyring.clone();
    let messaging = MessagingServiceServer::new(messaging).max_decoding_message_size(MESSAGES_OCTETS_MAX);
    let messaging = InterceptedService::new(messaging, move |request| tenants.admit_tenant(request));
    let (for_admin, for_operator) = (keyring.clone(), keyring);
    let admin = AdminServiceServer::new(admin).max_decoding_message_size(REQUEST_OCTETS_MAX);
    let admin = InterceptedService::new(admin, move |request| for_admin.admit_operator(request));
    let operator = OperatorServiceServer::new(operator).max_decoding_message_size(REQUEST_OCTETS_MAX);
    let operator = InterceptedService::new(operator, move |request| for_operator.admit_operator(request));

    let (closing, closed) = (drain.clone(), drain.clone());
    let serving = Server::builder()
        .initial_stream_window_size(WINDOW_OCTETS)
        .initial_connection_window_size(WINDOW_OCTETS)
        .max_concurrent_streams(CALLS_PER_CONNECTION_MAX)
        .http2_keepalive_interval(Some(KEEP_ALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_TIMEOUT))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(messaging)
        .add_service(admin)
        .add_service(operator)
        .serve_with_incoming_shutdown(incoming(listener), async move { closing.requested().await });

    tokio::select! {
        served = serving => served.context("the gRPC port failed"),
        () = show_health(health, reporter, component, drain) => Ok(()),
        () = async { closed.requested().await; sleep(CLOSING_MAX).await } => {
            tracing::warn!(seconds = CLOSING_MAX.as_secs(), "left the gRPC port with calls still open");
            Ok(())
        }
    }
}

fn incoming(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

/// Says what the log says: `NOT_SERVING` while it takes nothing, and in a drain. Never ends.
async fn show_health(
    mut health: watch::Receiver<Health>,
    reporter: HealthReporter,
    component: HealthHandle,
    drain: Drain,
) {
    loop {
        let now = health.borrow_and_update().clone();
        let status = match &now {
            Health::Healthy if !drain.is_requested() => ServingStatus::Serving,
            Health::Healthy | Health::Unhealthy { .. } => ServingStatus::NotServing,
        };
        for service in ["", <MessagingServiceServer<Messaging> as NamedService>::NAME] {
            reporter.set_service_status(service, status).await;
        }
        match now {
            Health::Healthy => component.healthy(),
            Health::Unhealthy { reason, .. } => component.unhealthy(reason),
        }
        if drain.is_requested() {
            return std::future::pending().await;
        }
        tokio::select! {
            () = drain.requested() => {}
            changed = health.changed() => if changed.is_err() { return std::future::pending().await },
        }
    }
}
