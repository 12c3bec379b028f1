//! The fan-out of `config`: copies each record, in order, to every partition of `routing.in` and `correlation.in`.
//!
//! Every record goes to every partition, so the chain needs no state: the position of a copy is the offset of its record, and its
//! predecessor the offset before. The place to go on from is kept in a small file; without it everything is copied again, and the
//! receivers drop what they have.

use std::path::{Path, PathBuf};

use anyhow::Context;
use volley_backbone::Topics;
use volley_event_log::{EventLog, NewRecord, PartitionAppend, ReadLimit, Record as LogRecord, Topic};
use volley_events::{ConfigRecord, Record};
use volley_runtime::Drain;
use volley_types::{Position, Source, Timestamp};
use volley_wire::Header;

/// Most records copied in one append.
const COPIED_MAX: ReadLimit = ReadLimit { records: 256, bytes: 256 << 10 };

/// Copies until the drain.
pub async fn run(log: &dyn EventLog, topics: &Topics, state_dir: &Path, drain: Drain) -> anyhow::Result<()> {
    let kept = state_dir.join(format!("config-fanout-{}", log.identity()));
    let from = position(&kept).await;
    let mut reader = log.reader(&topics.config, 0, from)?;
    loop {
        let records = tokio::select! {
            () = drain.requested() => return Ok(()),
            records = reader.next(COPIED_MAX) => records.context("cannot read config")?,
        };
        let copies: Vec<NewRecord> = records.iter().map(copy).collect::<anyhow::Result<_>>()?;
        let targets = [&topics.routing_in, &topics.correlation_in].into_iter().flat_map(partitions);
        let append = |(topic, partition): (&Topic, u32)| PartitionAppend {
            topic: topic.clone(),
            partition,
            records: copies.clone(),
        };
        log.append(targets.map(append).collect()).await.context("cannot copy config")?;
        keep(&kept, reader.position()).await?;
    }
}

fn partitions(topic: &Topic) -> impl Iterator<Item = (&Topic, u32)> {
    (0..topic.partitions()).map(move |partition| (topic, partition))
}

fn copy(record: &LogRecord) -> anyhow::Result<NewRecord> {
    let unreadable = || format!("the record at offset {} of config cannot be read", record.offset);
    let Record::Config(change) = volley_wire::decode(&record.value).with_context(unreadable)? else {
        anyhow::bail!("{}: it is no change", unreadable());
    };
    let at = |offset| Position { offset, index: 0 };
    let observed_at = Timestamp::from_micros(record.append_time_us);
    let header =
        Header::new(Source::ConfigFanout, at(record.offset), record.offset.checked_sub(1).map(at), observed_at);
    let placed = Record::Config(Box::new(ConfigRecord { offset: record.offset, ..*change }));
    Ok(NewRecord {
        key: None,
        header: header.encode().to_vec().into(),
        attributes: Vec::new(),
        value: volley_wire::encode(&placed, None),
    })
}

/// Where to go on; from the first record when nothing readable was kept.
async fn position(kept: &PathBuf) -> u64 {
    let text = tokio::fs::read_to_string(kept).await.unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

async fn keep(kept: &Path, position: u64) -> anyhow::Result<()> {
    let dir = kept.parent().context("the state directory has no name")?;
    tokio::fs::create_dir_all(dir)
        .await
        .with_context(|| format!("cannot make {}", dir.display()))?;
    let fresh = kept.with_extension("new");
    tokio::fs::write(&fresh, format!("{position}\n"))
        .await
        .with_context(|| format!("cannot write {}", fresh.display()))?;
    tokio::fs::rename(&fresh, kept)
        .await
        .with_context(|| format!("cannot write {}", kept.display()))
}
