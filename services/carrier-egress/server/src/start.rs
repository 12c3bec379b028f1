//! Putting the parts together.

use std::sync::Arc;

use volley_backbone::ProcessorShell;
use volley_runtime::{App, HealthHandle, Stage};
use volley_state_store::{SharedMemory, SharedMemoryOptions};

use crate::{
    config::Config,
    metrics,
    supervise::{Context, supervise},
};

/// Starts on a log that others use too, as in `volley up`. Passwords are in `config`.
///
/// The tasks belong to a stage of `app`, and drain with it: lanes are not read any more, what was sent is waited for, reported
/// and settled, and the sessions are ended in order.
///
/// # Errors
/// When it is not clear which carriers are this instance's.
pub fn start(config: &Config, shell: &ProcessorShell, app: &mut App) -> anyhow::Result<()> {
    config.check_ownership()?;
    metrics::register();
    let options = SharedMemoryOptions {
        block_cache_bytes: config.state.block_cache_mib << 20,
        write_buffer_bytes: config.state.write_buffer_mib << 20,
    };
    let context = Context {
        config: Arc::new(config.clone()),
        shell: shell.clone(),
        memory: SharedMemory::new(&options),
        health: app.health().scoped("carrier-egress"),
    };
    let stage = app.stage("carrier-egress");
    watch_log(shell, app.health().register("carrier-egress"), &stage);
    stage.spawn("carriers", |drain| supervise(context, drain));
    Ok(())
}

/// Unhealthy while the log is: nothing is sent that could not be reported. A carrier without a bind is no reason to be.
fn watch_log(shell: &ProcessorShell, health: HealthHandle, stage: &Stage) {
    let mut log = shell.log.health();
    stage.spawn("egress health", move |drain| async move {
        loop {
            match &*log.borrow_and_update() {
                volley_event_log::Health::Healthy => health.healthy(),
                volley_event_log::Health::Unhealthy { reason, .. } => health.unhealthy(reason.clone()),
            }
            tokio::select! {
                () = drain.requested() => return Ok(()),
                changed = log.changed() => changed?,
            }
        }
    });
}

/// Starts alone, against Kafka.
///
/// # Errors
/// When the brokers cannot be reached, or the topics are not as they must be.
pub async fn start_alone(config: Config, app: &mut App) -> anyhow::Result<()> {
    let shell = ProcessorShell::on_kafka(&config.kafka, app).await?;
    start(&config, &shell, app)
}
