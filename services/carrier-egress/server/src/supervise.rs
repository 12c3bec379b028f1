//! One task for each carrier, from the record that names it on; a task that failed starts again after a pause, and one that was
//! overtaken by another owner does not.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use volley_backbone::ProcessorShell;
use volley_carrier_egress_core::Now;
use volley_runtime::{Drain, HealthHandle, HealthRegistry};
use volley_state_store::SharedMemory;
use volley_types::{CarrierName, Timestamp};

use crate::{
    carrier,
    config::Config,
    error::CarrierError,
    set_aside::{is_damaged, set_aside},
};

/// How long a carrier rests after a failure, in milliseconds.
const RESTART_PAUSE_MS: u64 = 2_000;

/// What every carrier's task works with.
#[derive(Clone)]
pub(crate) struct Context {
    pub config: Arc<Config>,
    pub shell: ProcessorShell,
    pub memory: SharedMemory,
    pub health: HealthRegistry,
}

impl Context {
    /// The time, on both clocks.
    pub fn now(&self) -> Now {
        let clock = &self.shell.clock;
        Now { wall: Timestamp::from_micros(clock.now_us()), monotonic_us: clock.monotonic_us() }
    }
}

/// Starts a task for each carrier that is ours, and waits for all of them at the end.
pub(crate) async fn supervise(context: Context, drain: Drain) -> anyhow::Result<()> {
    let mut offsets = context.shell.followed.offsets();
    let (mut started, mut tasks) = (BTreeSet::new(), JoinSet::new());
    loop {
        offsets.mark_unchanged();
        let directory = context.shell.followed.directory();
        for carrier in directory.carriers().filter(|carrier| context.config.owns(&carrier.carrier)) {
            if started.insert(carrier.carrier.clone()) {
                tasks.spawn(keep_running(context.clone(), carrier.carrier.clone(), drain.clone()));
            }
        }
        tokio::select! {
            () = drain.requested() => break,
            changed = offsets.changed() => changed?,
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    Ok(())
}

async fn keep_running(context: Context, carrier: CarrierName, drain: Drain) {
    let health = context.health.register(carrier.as_str());
    while !drain.is_requested() {
        match carrier::run(&context, &carrier, &health, &drain).await {
            Ok(()) => return,
            Err(error) => {
                report(&carrier, &error);
                health.unhealthy(in_words(&error));
                if matches!(error, CarrierError::Overtaken(_)) {
                    return;
                }
                if is_damaged(&error) {
                    start_without_the_store(&context, &carrier, &health);
                }
            }
        }
        tokio::select! {
            () = drain.requested() => return,
            () = tokio::time::sleep(Duration::from_millis(RESTART_PAUSE_MS)) => {}
        }
    }
}

/// The task has ended, and nobody has the store open any more.
fn start_without_the_store(context: &Context, carrier: &CarrierName, health: &HealthHandle) {
    let store = carrier::store_dir(context, carrier);
    match set_aside(&context.config.state.dir, &store, carrier) {
        Ok(aside) => {
            let aside = aside.display();
            tracing::error!(%carrier, %aside, "the damaged store is set aside; the carrier starts as after the loss of its disk");
        }
        Err(error) => {
            tracing::error!(%carrier, %error, "the damaged store cannot be set aside");
            health.unhealthy(format!("the store is damaged and cannot be set aside: {error}"));
        }
    }
}

fn report(carrier: &CarrierName, error: &CarrierError) {
    tracing::error!(%carrier, error = in_words(error), "a carrier's task ended");
}

/// What is wrong, and why.
fn in_words(error: &CarrierError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
