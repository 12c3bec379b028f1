//! What a stopped Volley's own topics say about it: the books, the replay, and a copy with one record less.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use volley_e2e::{command_line::volley, fleet::Fleet};
use volley_event_log::{
    EventLog, NewRecord, PartitionAppend, ReadLimit, Record, Retention, TopicSpec,
    embedded::{EmbeddedLog, EmbeddedOptions},
};

/// The books of this data directory add up.
///
/// # Errors
/// When they do not, with what is wrong.
pub fn adds_up(data: &Path) -> Result<()> {
    volley(data, &["books"])?.ended_with(0).context("the books").map(drop)
}

/// Everything is decided again as it was.
///
/// # Errors
/// When something differs, with what.
pub fn replays(data: &Path) -> Result<()> {
    volley(data, &["replay", "verify"])?
        .ended_with(0)
        .context("the replay")
        .map(drop)
}

/// Stops a fleet; its books add up, and everything is decided again as it was.
///
/// # Errors
/// When one does not end in order, or what is wrong.
pub fn closes(fleet: &mut Fleet) -> Result<()> {
    let seats = fleet.seats();
    fleet.stop(&seats)?;
    let (nowhere, brokers) = (Path::new("."), fleet.bootstrap());
    let books = volley(nowhere, &["books", "--kafka", &brokers, "--stopped"])?;
    books.ended_with(0).context("the books")?;
    let key = fleet.event_key_file()?.display().to_string();
    let replay = volley(nowhere, &["replay", "verify", "--kafka", &brokers, "--event-key-file", &key])?;
    replay.ended_with(0).context("the replay").map(drop)
}

/// Copies a data directory's log without one record of a topic: the newest that fits. Gives its offset.
///
/// # Errors
/// When no record fits, or a log cannot be had.
pub async fn copy_without(data: &Path, copy: &Path, topic: &str, fits: impl Fn(&Record) -> bool) -> Result<u64> {
    let from = EmbeddedLog::open(data.join("log"), EmbeddedOptions::default()).await?;
    let to = EmbeddedLog::open(copy.join("log"), EmbeddedOptions::default()).await?;
    let mut left_out = None;
    for original in from.topics().await? {
        let spec = TopicSpec::new(original.name(), original.partitions(), Retention::Forever);
        let copied = to.ensure_topic(&spec).await?;
        for partition in 0..original.partitions() {
            let mut records = read(&from, &original, partition).await?;
            if original.name() == topic
                && left_out.is_none()
                && let Some(index) = records.iter().rposition(&fits)
            {
                left_out = Some(records.remove(index).offset);
            }
            for chunk in records.chunks(1_000) {
                let records = chunk.iter().cloned().map(again).collect();
                to.append(vec![PartitionAppend { topic: copied.clone(), partition, records }])
                    .await?;
            }
        }
    }
    from.close().await?;
    to.close().await?;
    left_out.with_context(|| format!("no record of {topic} fits"))
}

async fn read(log: &EmbeddedLog, topic: &volley_event_log::Topic, partition: u32) -> Result<Vec<Record>> {
    let bounds = log.bounds(topic, partition).await?;
    ensure!(bounds.start == 0, "{} was trimmed", topic.name());
    let mut reader = log.reader(topic, partition, 0)?;
    let mut records = Vec::new();
    while reader.position() < bounds.end {
        records.extend(reader.next(ReadLimit::default()).await?);
    }
    Ok(records)
}

fn again(record: Record) -> NewRecord {
    NewRecord {
        key: record.key,
        header: record.header,
        attributes: record.attributes,
        value: record.value,
    }
}
