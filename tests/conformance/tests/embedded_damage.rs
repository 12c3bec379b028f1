//! Whatever octet of the embedded log changes on the disk: it gives what was acknowledged, or says that it is damaged.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use tempfile::TempDir;
use volley_conformance::helpers::{Log, append, append_numbers, topic};
use volley_event_log::{
    LogError, NewRecord, ReadLimit, Record,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

/// Octets of one file that are changed in turn, about; each is a start of the log.
const CHANGES: usize = 120;

/// What a log holds, by topic and partition.
type Held = BTreeMap<(String, u32), Vec<Record>>;

async fn open(directory: &Path) -> Result<Log, LogError> {
    let options = EmbeddedOptions { memtable_bytes: 64 << 10, ..EmbeddedOptions::default() };
    Ok(Arc::new(EmbeddedLog::open(directory, options).await?))
}

/// A log with tables, a manifest and a write-ahead log, as `kill -9` leaves it.
async fn killed() -> anyhow::Result<TempDir> {
    let directory = tempfile::tempdir()?;
    let log = open(directory.path()).await?;
    let older = topic(&log, "older", 2).await?;
    for number in 0..60_u8 {
        let record = NewRecord { value: Bytes::from(vec![number; 2_000]), ..NewRecord::default() };
        append(&log, &older, u32::from(number % 2), vec![record]).await?;
    }
    log.close().await?;
    let log = open(directory.path()).await?;
    let newer = topic(&log, "newer", 1).await?;
    for number in 0..8 {
        append_numbers(&log, &newer, 0, number..number + 1).await?;
    }
    copy(directory.path())
}

/// The directory as the operating system has it now.
fn copy(directory: &Path) -> anyhow::Result<TempDir> {
    let copy = tempfile::tempdir()?;
    for file in files(directory)? {
        fs::copy(&file, copy.path().join(file.file_name().context("a name")?))?;
    }
    Ok(copy)
}

fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file() && file.file_name().is_some_and(|name| name != "LOCK"));
    Ok(files)
}

/// The kind of a file: its ending, or its name up to the number.
fn kind(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match file.extension() {
        Some(ending) => ending.to_string_lossy().into_owned(),
        None => name.split('-').next().unwrap_or_default().to_owned(),
    }
}

async fn read(directory: &Path) -> Result<Held, LogError> {
    let log = open(directory).await?;
    let held = read_all(&log).await;
    log.close().await?;
    held
}

async fn read_all(log: &Log) -> Result<Held, LogError> {
    let mut held = Held::new();
    for topic in log.topics().await? {
        for partition in 0..topic.partitions() {
            let bounds = log.bounds(&topic, partition).await?;
            let mut reader = log.reader(&topic, partition, bounds.start)?;
            let mut records = Vec::new();
            while reader.position() < bounds.end {
                records.extend(reader.next(ReadLimit::default()).await?);
            }
            held.insert((topic.name().to_owned(), partition), records);
        }
    }
    Ok(held)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_octet_changes_what_is_read() -> anyhow::Result<()> {
    let image = killed().await?;
    let whole = read(copy(image.path())?.path()).await?;
    let mut noticed: BTreeMap<String, usize> = BTreeMap::new();
    for file in files(image.path())? {
        let octets = fs::read(&file)?;
        let count = noticed.entry(kind(&file)).or_default();
        for at in (0..octets.len()).step_by(octets.len() / CHANGES + 1) {
            let damaged = copy(image.path())?;
            let mut changed = octets.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(damaged.path().join(file.file_name().context("a name")?), changed)?;
            match read(damaged.path()).await {
                Ok(held) => ensure!(held == whole, "{}: octet {at} changes what is read", file.display()),
                Err(LogError::Corrupt { .. }) => *count += 1,
                Err(other) => anyhow::bail!("{}: octet {at}: {other}", file.display()),
            }
        }
    }
    for kind in ["sst", "blob", "log", "MANIFEST", "CURRENT"] {
        ensure!(noticed.get(kind).is_some_and(|count| *count > 0), "no damage of {kind} was noticed: {noticed:?}");
    }
    Ok(())
}
