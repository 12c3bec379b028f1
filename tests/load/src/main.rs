//! `volley-load`: N messages through the front door against a simulated carrier, measured from outside.
//!
//! ```text
//!   generator ──gRPC──▶ Volley (one process, or four on Kafka) ──SMPP──▶ carrier-sim in the generator's process
//!       ▲                  │
//!       └──event stream────┘         CPU and memory from /proc, latencies from the two ends' own clocks
//! ```

mod args;
mod clock;
mod handset;
mod isolation;
mod machine;
mod picture;
mod report;
mod run;
mod samples;
mod stream;
mod target;

use clap::Parser as _;

/// As in the binaries it measures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let args = args::Args::parse();
    match args.isolation {
        true => isolation::measure().await,
        false => run::all(&args).await,
    }
}
