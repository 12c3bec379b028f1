//! Appends to the embedded log in the directory named first until it is killed, and prints what was acknowledged.
//!
//! Every append writes record `n` to each of three partitions, at offset `n`; a line with `n` means it was acknowledged.

use std::{
    env,
    io::{self, Write},
    sync::Arc,
};

use anyhow::{Context, ensure};
use futures::{StreamExt, stream};
use volley_conformance::helpers::{Log, numbered, topic};
use volley_event_log::{
    PartitionAppend,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

const IN_FLIGHT: usize = 32;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = env::args_os().nth(1).context("the directory of the log is missing")?;
    // Small memtables, so that the log also flushes and compacts while it is killed.
    let options = EmbeddedOptions { memtable_bytes: 256 << 10, ..EmbeddedOptions::default() };
    let log: Log = Arc::new(EmbeddedLog::open(directory, options).await?);
    let topic = topic(&log, "load", 3).await?;
    let first = log.bounds(&topic, 0).await?.end;

    let append = |number: u64| {
        let part = |partition| PartitionAppend { topic: topic.clone(), partition, records: vec![numbered(number)] };
        let handle = log.append((0..3).map(part).collect());
        async move { (number, handle.await) }
    };
    let mut answers = stream::iter(first..).map(append).buffered(IN_FLIGHT);
    let mut out = io::stdout().lock();
    while let Some((number, answer)) = answers.next().await {
        ensure!(answer?.base_offsets == [number; 3], "record {number} is at another offset");
        writeln!(out, "{number}")?;
        out.flush()?;
    }
    Ok(())
}
