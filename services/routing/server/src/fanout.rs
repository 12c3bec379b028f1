//! The fan-out of `config`: copies each record, in order, to every partition of `correlation.in`, and when the log has them there,
//! of `routing.in`.
//!
//! Every record goes to every partition, so the chain needs no state: the position of a copy is the offset of its record, and its
//! predecessor the offset before. The place to go on from is kept in a small file; without it everything is copied again, and the
//! receivers drop what they have.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use volley_backbone::{Pauses, Topics};
use volley_event_log::{EventLog, LogError, NewRecord, PartitionAppend, PartitionReader, ReadLimit, Record};
use volley_events::{ConfigRecord, Record as Body};
use volley_runtime::{Drain, HealthHandle};
use volley_types::{Position, Source, Timestamp};
use volley_wire::Header;

/// Most records copied in one append.
const COPIED_MAX: ReadLimit = ReadLimit { records: 256, bytes: 256 << 10 };

/// Why copying stopped.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The log failed.
    #[error("config cannot be copied: {0}")]
    Log(#[from] LogError),
    /// What is on `config` is none.
    #[error("the record at offset {offset} of config cannot be read: {fault}")]
    Unreadable { offset: u64, fault: String },
}

/// The fan-out.
pub struct Fanout<'a> {
    log: &'a dyn EventLog,
    topics: &'a Topics,
    /// The file that says where to go on.
    kept: PathBuf,
    position: u64,
}

impl<'a> Fanout<'a> {
    /// Goes on where the last one of this log was, by the file in `state_dir`.
    pub async fn open(log: &'a dyn EventLog, topics: &'a Topics, state_dir: &Path) -> Self {
        let kept = state_dir.join(format!("config-fanout-{}", log.identity()));
        let position = position(&kept).await;
        Self { log, topics, kept, position }
    }

    /// Copies until the drain. While the log is away it waits, unhealthy, and goes on with what was not acknowledged; what was
    /// written all the same is dropped by those who have it. A record that cannot be read stops it, unhealthy, for good: what
    /// follows must not overtake it.
    pub async fn run(mut self, health: &HealthHandle, drain: &Drain) {
        let mut pauses = Pauses::default();
        loop {
            let trouble = tokio::select! {
                () = drain.requested() => return,
                trouble = self.copy_on(health, &mut pauses) => trouble,
            };
            health.unhealthy(trouble.to_string());
            let pause = match trouble {
                Trouble::Log(error) if error.is_retriable() => pauses.after_failure(),
                Trouble::Log(_) | Trouble::Unreadable { .. } => return drain.requested().await,
            };
            tokio::select! {
                () = drain.requested() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Copies from the position on, until something is wrong.
    async fn copy_on(&mut self, health: &HealthHandle, pauses: &mut Pauses) -> Trouble {
        let mut reader = match self.log.reader(&self.topics.config, 0, self.position) {
            Ok(reader) => reader,
            Err(error) => return error.into(),
        };
        loop {
            if let Err(trouble) = self.copy_next(&mut *reader).await {
                return trouble;
            }
            pauses.worked();
            health.healthy();
        }
    }

    async fn copy_next(&mut self, reader: &mut dyn PartitionReader) -> Result<(), Trouble> {
        let records = reader.next(COPIED_MAX).await?;
        let copies: Vec<NewRecord> = records.iter().map(copy).collect::<Result<_, _>>()?;
        // Routing waits for the record that a message was checked by; what it then says must find mo-correlation knowing as much.
        for topic in [&self.topics.correlation_in, &self.topics.routing_in] {
            let append = |partition| PartitionAppend { topic: topic.clone(), partition, records: copies.clone() };
            self.log.append((0..topic.partitions()).map(append).collect()).await?;
        }
        self.position = reader.position();
        if let Err(error) = keep(&self.kept, self.position).await {
            let file = self.kept.display();
            tracing::warn!(%file, %error, "the fan-out's place is not kept; after a start more is copied again");
        }
        Ok(())
    }
}

fn copy(record: &Record) -> Result<NewRecord, Trouble> {
    let unreadable = |fault: String| Trouble::Unreadable { offset: record.offset, fault };
    let change = match volley_wire::decode(&record.value).map_err(|fault| unreadable(fault.to_string()))? {
        Body::Config(change) => change,
        other => return Err(unreadable(format!("it is a {}", volley_wire::describe(&other).kind))),
    };
    let at = |offset| Position { offset, index: 0 };
    let observed_at = Timestamp::from_micros(record.append_time_us);
    let header =
        Header::new(Source::ConfigFanout, at(record.offset), record.offset.checked_sub(1).map(at), observed_at);
    let placed = Body::Config(Box::new(ConfigRecord { offset: record.offset, ..*change }));
    Ok(NewRecord {
        key: None,
        header: header.encode().to_vec().into(),
        attributes: Vec::new(),
        value: volley_wire::encode(&placed, None),
    })
}

/// Where to go on; from the first record when nothing readable was kept.
async fn position(kept: &PathBuf) -> u64 {
    let text = match tokio::fs::read_to_string(kept).await {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return 0,
        Err(error) => {
            let file = kept.display();
            tracing::warn!(%file, %error, "the fan-out's place cannot be read; everything is copied again");
            return 0;
        }
    };
    place_of(&text).unwrap_or_else(|| {
        let file = kept.display();
        tracing::warn!(%file, "the fan-out's place is damaged; everything is copied again");
        0
    })
}

/// A place as it is kept: itself, and its complement, so that a damaged one is not taken for another.
fn kept_as(place: u64) -> String {
    format!("{place} {:016x}\n", !place)
}

fn place_of(text: &str) -> Option<u64> {
    let place = text.split(' ').next()?.parse().ok()?;
    (kept_as(place) == text).then_some(place)
}

async fn keep(kept: &Path, position: u64) -> std::io::Result<()> {
    if let Some(dir) = kept.parent() {
        tokio::fs::create_dir_all(dir).await?;
    }
    let fresh = kept.with_extension("new");
    tokio::fs::write(&fresh, kept_as(position)).await?;
    tokio::fs::rename(&fresh, kept).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_with_an_octet_changed_is_no_place() {
        for place in [0, 7, 1_024, u64::MAX] {
            let kept = kept_as(place);
            assert_eq!(place_of(&kept), Some(place));
            for at in 0..kept.len() {
                let mut octets = kept.clone().into_bytes();
                octets[at] ^= 0x01;
                assert_eq!(
                    String::from_utf8(octets).ok().and_then(|text| place_of(&text)),
                    None,
                    "{place}, octet {at}"
                );
            }
        }
        assert_eq!(place_of("12\n"), None);
    }
}
