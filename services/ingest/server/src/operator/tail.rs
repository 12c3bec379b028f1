//! The records of a topic, decoded, as they come: one reader a partition, one bounded way out.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_ingest_core::Faults;
use volley_runtime::Drain;
use volley_wire::{
    Header, decode, describe,
    proto::admin::v1::{TailTopicRequest, TailTopicResponse},
    public_to_json, to_json, topics,
};

use super::origin;
use crate::refusal::Refusal;

/// Most records before the end that a tail may begin with, by partition.
const LAST_MAX: u32 = 10_000;

/// Records that wait to be taken.
const WAITING_MAX: usize = 256;

/// How long to wait before a log that is away is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

type Outlet = mpsc::Sender<Result<TailTopicResponse, Status>>;

/// Opens a tail.
pub(super) async fn open(
    log: Arc<dyn EventLog>,
    asked: &TailTopicRequest,
    drain: Drain,
) -> Result<ReceiverStream<Result<TailTopicResponse, Status>>, Refusal> {
    if asked.last > LAST_MAX {
        return Err(Faults::one("last", format!("is {}, the limit is {LAST_MAX}", asked.last)).into());
    }
    let name = topics::full_name(&asked.topic);
    let topic = log.find_topic(&name).await?;
    let topic = topic.ok_or_else(|| Refusal::NotFound(format!("there is no topic {name}")))?;
    let (outlet, stream) = mpsc::channel(WAITING_MAX);
    let mut partitions = JoinSet::new();
    for partition in 0..topic.partitions() {
        let bounds = log.bounds(&topic, partition).await?;
        let from = bounds.end.saturating_sub(asked.last.into()).max(bounds.start);
        let until = if asked.follow { u64::MAX } else { bounds.end };
        let tail = Tail { log: Arc::clone(&log), topic: topic.clone(), partition, outlet: outlet.clone() };
        partitions.spawn(async move { tail.run(from, until).await });
    }
    tokio::spawn(async move {
        tokio::select! {
            () = drain.requested() => {
                // Not awaited: a client that takes nothing must not hold up a drain. It finds its stream ended either way.
                let _ = outlet.try_send(Err(Refusal::Closing.into()));
            }
            () = outlet.closed() => {}
            _ = partitions.join_all() => {}
        }
    });
    Ok(ReceiverStream::new(stream))
}

/// The tail of one partition.
struct Tail {
    log: Arc<dyn EventLog>,
    topic: Topic,
    partition: u32,
    outlet: Outlet,
}

impl Tail {
    async fn run(&self, from: u64, until: u64) {
        if let Err(error) = self.read(from, until).await {
            // Whoever watched has gone if this cannot be sent.
            let _ = self.outlet.send(Err(Refusal::from(error).into())).await;
        }
    }

    async fn read(&self, from: u64, until: u64) -> Result<(), LogError> {
        let mut reader = self.log.reader(&self.topic, self.partition, from)?;
        while reader.position() < until {
            match reader.next(ReadLimit::default()).await {
                Ok(records) => {
                    for record in records.iter().filter(|record| record.offset < until) {
                        if self.outlet.send(Ok(self.show(record))).await.is_err() {
                            return Ok(());
                        }
                    }
                }
                Err(error) if error.is_retriable() => tokio::time::sleep(RETRY_PAUSE).await,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn show(&self, record: &LogRecord) -> TailTopicResponse {
        let (kind, json) = if self.topic.name() == topics::EVENTS {
            public(record)
        } else {
            internal(record)
        };
        let source =
            Header::decode(&record.header).map_or_else(|fault| fault.to_string(), |it| origin::source(it.source));
        TailTopicResponse {
            partition: self.partition,
            offset: record.offset,
            at_us: record.append_time_us,
            source,
            kind,
            json,
        }
    }
}

fn internal(record: &LogRecord) -> (String, String) {
    match decode(&record.value) {
        Ok(record) => (describe(&record).kind.to_owned(), to_json(&record).to_string()),
        Err(fault) => unreadable(&fault.to_string()),
    }
}

/// A record of the public topic names its kind among its CloudEvents attributes.
fn public(record: &LogRecord) -> (String, String) {
    let kind = record.attributes.iter().find(|attribute| attribute.name == "ce_type");
    let kind = kind
        .map(|kind| String::from_utf8_lossy(&kind.value).into_owned())
        .unwrap_or_default();
    match public_to_json(&record.value) {
        Ok(json) => (kind, json.to_string()),
        Err(fault) => unreadable(&fault.to_string()),
    }
}

fn unreadable(fault: &str) -> (String, String) {
    ("unreadable".to_owned(), serde_json::json!({ "fault": fault }).to_string())
}
