//! `volley-soak`: half an hour of everything a carrier does wrong, then balanced books.

use std::process::ExitCode;

use clap::Parser as _;
use volley_soak::{Wish, run};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<ExitCode> {
    let verdict = run(Wish::parse()).await?;
    Ok(if verdict.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
