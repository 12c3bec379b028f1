//! Putting the parts together.

use anyhow::Context;
use tokio::net::TcpListener;
use tonic::transport::{Server, server::TcpIncoming};
use volley_backbone::{Duty, ProcessorShell};
use volley_processor::ProcessorHandle;
use volley_runtime::{App, Drain};
use volley_types::Source;
use volley_wire::proto::query::v1::query_service_server::QueryServiceServer;

use crate::{Config, CorrelationFold, Publisher, Queries, metrics};

/// A running mo-correlation service.
#[derive(Debug, Clone)]
pub struct Handle {
    /// Its partitions.
    pub processor: ProcessorHandle<CorrelationFold>,
}

impl Handle {
    /// For questions about messages and conversations, in this process.
    pub fn query_service(&self) -> Queries {
        Queries::new(self.processor.clone())
    }
}

/// Starts on a log that others use too, as in `volley up`.
///
/// # Errors
/// When no key for the handsets on `events` is set, or there is no instance of such an ordinal.
pub fn start(config: &Config, shell: &ProcessorShell, app: &mut App) -> anyhow::Result<Handle> {
    anyhow::ensure!(
        !config.event_key.is_empty(),
        "event_key is not set: without it the public topic cannot write handsets as hashes"
    );
    config.ownership.check()?;
    metrics::register();
    let health = app.health().register("mo-correlation");
    let stage = app.stage("mo-correlation");
    let publisher = Publisher::new(shell.topics.partitions, config.event_key.expose().as_bytes());
    let duty = Duty {
        input: &shell.topics.correlation_in,
        source: Source::Correlation,
        state: &config.state,
        ownership: config.ownership,
    };
    let make = move |partition| CorrelationFold::new(partition, publisher.clone());
    let processor = shell.start(duty, &stage, health, make);
    Ok(Handle { processor })
}

/// Starts alone, against Kafka, and answers questions over gRPC.
///
/// # Errors
/// When the brokers or the query port cannot be had, the topics are not as they must be, or a key is missing.
pub async fn start_alone(config: Config, app: &mut App) -> anyhow::Result<()> {
    let shell = ProcessorShell::on_kafka(&config.kafka, app).await?;
    let handle = start(&config, &shell, app)?;

    let listen = config.query.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} for questions"))?;
    tracing::info!(address = %listener.local_addr()?, "query port");
    app.spawn("query port", move |drain| answer(handle.query_service(), listener, drain));
    Ok(())
}

async fn answer(queries: Queries, listener: TcpListener, drain: Drain) -> anyhow::Result<()> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_service(QueryServiceServer::new(queries))
        .serve_with_incoming_shutdown(incoming, async move { drain.requested().await })
        .await
        .context("the query port failed")
}
