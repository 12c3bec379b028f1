//! Putting the parts together.

use volley_backbone::{Duty, ProcessorShell};
use volley_processor::ProcessorHandle;
use volley_runtime::App;
use volley_types::Source;

use crate::{Config, RoutingFold, fanout::Fanout, metrics};

/// A running routing service.
#[derive(Debug, Clone)]
pub struct Handle {
    /// Its partitions.
    pub processor: ProcessorHandle<RoutingFold>,
}

/// Starts on a log that others use too, as in `volley up`.
///
/// # Errors
/// When there is no instance of such an ordinal.
pub fn start(config: &Config, shell: &ProcessorShell, app: &mut App) -> anyhow::Result<Handle> {
    config.ownership.check()?;
    metrics::register();
    let health = app.health().register("routing");
    let stage = app.stage("routing");
    let duty = Duty {
        input: &shell.topics.routing_in,
        source: Source::Routing,
        state: &config.state,
        ownership: config.ownership,
    };
    let processor = shell.start(duty, &stage, health, RoutingFold::new);
    if config.ownership.ordinal == 0 {
        let (shell, dir) = (shell.clone(), config.state.dir.clone());
        let health = app.health().register("config fan-out");
        health.healthy();
        stage.spawn("config fan-out", move |drain| async move {
            let fanout = Fanout::open(shell.log.as_ref(), &shell.topics, &dir).await;
            fanout.run(&health, &drain).await;
            Ok(())
        });
    }
    Ok(Handle { processor })
}

/// Starts alone, against Kafka.
///
/// # Errors
/// When the brokers cannot be reached, or the topics are not as they must be.
pub async fn start_alone(config: Config, app: &mut App) -> anyhow::Result<()> {
    let shell = ProcessorShell::on_kafka(&config.kafka, app).await?;
    start(&config, &shell, app)?;
    Ok(())
}
