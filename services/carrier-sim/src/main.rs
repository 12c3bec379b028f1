//! `volley-carrier-sim`: a simulated carrier in a process of its own.

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use volley_carrier_sim::cli::{Cli, Command, ServeArgs, write_ready_file};
use volley_carrier_sim::{CarrierSim, Control, bench};

/// A load is a million small strings; the system's allocator takes a third of the time over them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Bench(args)) => bench::run(&args).await,
        None => serve(&cli.serve).await,
    }
}

async fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let sim = CarrierSim::start(args.config()?).await?;
    let control = Control::start(sim.clone(), args.control_port).await?;
    if let Some(path) = &args.ready_file {
        write_ready_file(path, sim.addr(), control.addr())?;
    }
    tracing::info!(smpp = %sim.addr(), control = %control.addr(), "listening");

    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    tracing::info!("unbinding");
    control.shutdown().await;
    sim.shutdown().await;
    Ok(())
}
