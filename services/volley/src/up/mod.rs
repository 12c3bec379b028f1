//! `volley up`: four services in one process, on the embedded log or on Kafka, with a simulated carrier or real ones.
//!
//! ```text
//!   data directory ─▶ log ─▶ topics ─▶ mo-correlation, routing, carrier-egress, ingest ─▶ provisioning ─▶ the conversation
//! ```

mod data_dir;
mod demo;
mod options;
mod patience;
mod provision;
mod stack;

use std::process::ExitCode;

use anyhow::Context;
use volley_runtime::{App, RuntimeConfig, Signals};

pub use data_dir::DataDir;
pub use options::UpOptions;

use crate::{
    addresses::{Addresses, default_data_dir},
    cli::At,
    output,
    up::{patience::patiently, stack::Stack},
};

/// Worker threads of the runtime; more than the cores of a small machine, for stores that wait for the disk.
const WORKER_THREADS: usize = 4;

/// Runs until a signal, or with `--once` until the conversation has ended.
pub fn run(at: &At, options: UpOptions) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build();
    runtime.context("cannot start the runtime")?.block_on(run_async(at, options))
}

async fn run_async(at: &At, options: UpOptions) -> anyhow::Result<ExitCode> {
    let mut config = RuntimeConfig::default();
    config.admin.listen = options.admin;
    config.log.filter = "warn".into();
    volley_runtime::telemetry::init(&config.log)?;
    let mut signals = Signals::install().context("cannot take over signals")?;
    let data = DataDir::open(&at.data.clone().map_or_else(default_data_dir, Ok)?)?;

    let mut app = App::new();
    let outcome = tokio::select! {
        signal = signals.received() => {
            output::line(&format!("{signal}: stopping before all was up"))?;
            Ok(ExitCode::FAILURE)
        }
        started = start(&mut app, &config, &data, &options) => match started {
            Ok(stack) => serve(&mut app, &mut signals, &data, &options, &stack).await,
            Err(error) => Err(error),
        },
    };
    let drained = app.drain(config.drain_grace()).await;
    let code = outcome?;
    drained?;
    Ok(code)
}

async fn start(app: &mut App, config: &RuntimeConfig, data: &DataDir, options: &UpOptions) -> anyhow::Result<Stack> {
    output::line("Volley is starting: log, four services, carriers ...")?;
    let stack = stack::start(app, config, data, options).await?;
    patiently("writing the addresses", async || stack.addresses.write(data.path())).await?;
    output::line(&greeting(&stack.addresses, data))?;
    Ok(stack)
}

/// Plays the conversation if asked to, then stays until a signal or a failure.
async fn serve(
    app: &mut App,
    signals: &mut Signals,
    data: &DataDir,
    options: &UpOptions,
    stack: &Stack,
) -> anyhow::Result<ExitCode> {
    let demo = !options.no_demo && options.carrier.is_empty();
    let stay = !options.once;
    let play = async {
        if demo && let Some(sim) = &stack.sim {
            let start = patiently("counting the start", async || data.count_start()).await?;
            let played = demo::play(&stack.addresses, sim, start).await;
            if stay && played.is_ok() {
                output::line("\nVolley stays up; end it with Ctrl-C.")?;
            }
            if !stay || played.is_err() {
                return played.map(|()| ExitCode::SUCCESS);
            }
        }
        std::future::pending().await
    };
    let outcome = tokio::select! {
        signal = signals.received() => {
            output::line(&format!("{signal}: finishing what is under way"))?;
            Ok(if stay { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        failure = app.failed() => Err(failure.into()),
        played = play => played,
    };
    Addresses::remove(data.path())?;
    outcome
}

fn greeting(addresses: &Addresses, data: &DataDir) -> String {
    let dir = data.path().display();
    let carrier = match &addresses.carrier_sim {
        Some(sim) => format!(
            "the simulated carrier on {sim} (control: http://{})",
            addresses.carrier_sim_control.as_deref().unwrap_or("-")
        ),
        None => "the carriers named on the command line".to_owned(),
    };
    format!(
        "Volley is up.\n\
         \x20 front door   {} (gRPC)\n\
         \x20 health       http://{}/readyz  http://{}/metrics\n\
         \x20 carrier      {carrier}\n\
         \x20 data         {dir} (addresses.json, api-key, operator-key)\n\
         Three commands to try, in another terminal:\n\
         \x20 volley --data {dir} send --from 4565 --to +821020000001 --text 'Hello from Volley' --wait\n\
         \x20 volley --data {dir} threads\n\
         \x20 volley --data {dir} tail events",
        addresses.grpc, addresses.admin, addresses.admin
    )
}
