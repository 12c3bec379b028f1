//! The embedded log after `kill -9`, with a torn write-ahead log, and with damaged files.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use tempfile::TempDir;
use volley_conformance::helpers::{Log, append, append_numbers, numbers, read_all, topic};
use volley_event_log::{
    LogError, NewRecord,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

async fn open(directory: &Path) -> Result<Log, LogError> {
    Ok(Arc::new(EmbeddedLog::open(directory, EmbeddedOptions::default()).await?))
}

/// Lets another process append until so many more are acknowledged, kills it, and gives the last one acknowledged.
fn load_and_kill(directory: &Path, acknowledgements: usize) -> anyhow::Result<u64> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_append_until_killed"))
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the load")?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let mut last = None;
    for line in lines.by_ref().take(acknowledgements) {
        last = Some(line?);
    }
    child.kill()?;
    child.wait()?;
    // What was printed between the last line we waited for and the kill was acknowledged too.
    for line in lines.map_while(Result::ok).filter(|line| !line.is_empty()) {
        last = Some(line);
    }
    last.context("nothing was acknowledged")?.parse().context("a torn line")
}

/// How many records each partition of the load holds; they must be whole, dense and equally many.
async fn loaded(log: &Log) -> anyhow::Result<u64> {
    let load = topic(log, "load", 3).await?;
    let end = log.bounds(&load, 0).await?.end;
    for partition in 0..3 {
        let found = numbers(&read_all(log, &load, partition).await?)?;
        ensure!(found == (0..end).collect::<Vec<_>>(), "partition {partition} is not equal to partition 0");
    }
    Ok(end)
}

/// The files of the log with this ending, oldest first.
fn files(directory: &TempDir, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory.path())?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort();
    Ok(files)
}

fn flip_an_octet(file: &Path, at: usize) -> anyhow::Result<()> {
    let mut octets = fs::read(file)?;
    octets[at] ^= 0x10;
    Ok(fs::write(file, octets)?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_appends_stay_whole() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;

    for round in 0..4 {
        let last = load_and_kill(directory.path(), 300)?;
        let log = open(directory.path()).await?;
        let held = loaded(&log).await?;
        ensure!(held > last, "round {round}: {last} was acknowledged, {held} are there");
        log.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_end_of_the_write_ahead_log_is_cut() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let last = load_and_kill(directory.path(), 200)?;
    let newest = files(&directory, "log")?
        .into_iter()
        .rfind(|file| fs::metadata(file).is_ok_and(|found| found.len() > 0));
    let newest = newest.context("no write-ahead log")?;
    let torn = fs::File::options().write(true).open(&newest)?;
    torn.set_len(torn.metadata()?.len() - 3)?;

    let log = open(directory.path()).await?;
    let held = loaded(&log).await?;

    ensure!(held + 64 > last, "{last} were acknowledged and {held} are left after three octets were cut");
    let load = topic(&log, "load", 3).await?;
    ensure!(append_numbers(&log, &load, 1, held..held + 2).await?.base_offsets == [held]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_the_middle_of_the_write_ahead_log_is_an_error() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    load_and_kill(directory.path(), 200)?;
    let logs = files(&directory, "log")?;
    let largest = logs.iter().max_by_key(|file| fs::metadata(file).map_or(0, |found| found.len()));
    let largest = largest.context("no write-ahead log")?;
    flip_an_octet(largest, fs::metadata(largest)?.len() as usize / 2)?;

    let refused = open(directory.path()).await.map(drop);

    ensure!(matches!(refused, Err(LogError::Corrupt { .. })), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_a_table_or_beside_it_is_an_error_and_never_served() -> anyhow::Result<()> {
    for kind in ["sst", "blob"] {
        damaged_in_the_middle(kind).await.context(kind)?;
    }
    Ok(())
}

async fn damaged_in_the_middle(kind: &str) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let options = EmbeddedOptions { memtable_bytes: 64 << 10, ..EmbeddedOptions::default() };
    let log: Log = Arc::new(EmbeddedLog::open(directory.path(), options).await?);
    let damaged = topic(&log, "damaged", 1).await?;
    for number in 0..200_u8 {
        let record = NewRecord { value: Bytes::from(vec![number; 10_000]), ..NewRecord::default() };
        append(&log, &damaged, 0, vec![record]).await?;
    }
    let written = read_all(&log, &damaged, 0).await?;
    log.close().await?;
    let files = files(&directory, kind)?;
    let largest = files
        .iter()
        .max_by_key(|file| fs::metadata(file).map_or(0, |found| found.len()))
        .context("there is none")?;
    flip_an_octet(largest, fs::metadata(largest)?.len() as usize / 2)?;

    let reopened = open(directory.path()).await;

    let error = match reopened {
        Err(error) => error,
        Ok(log) => read_until_error(&log, &written).await?,
    };
    ensure!(matches!(error, LogError::Corrupt { .. }), "{error:?}");
    Ok(())
}

/// Reads on until an error; what comes before it must be what was written.
async fn read_until_error(log: &Log, written: &[volley_event_log::Record]) -> anyhow::Result<LogError> {
    let damaged = topic(log, "damaged", 1).await?;
    let mut reader = log.reader(&damaged, 0, 0)?;
    loop {
        let position = reader.position() as usize;
        ensure!(position < written.len(), "the damage was served");
        match reader.next(volley_event_log::ReadLimit { records: 5, bytes: 1 << 20 }).await {
            Err(error) => return Ok(error),
            Ok(records) => ensure!(records == written[position..position + records.len()], "something else was served"),
        }
    }
}
