//! `recall`: what routing takes back, and what mo-correlation wants carriers to be asked. Read to its end before the first send of a run, and followed from there.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_events::{CarrierRequest, Recall, Record};
use volley_types::{Position, Source, Timestamp};
use volley_wire::Header;

use crate::carrier::Input;

/// How long a reader rests when the log is away, in milliseconds.
const RETRY_PAUSE_MS: u64 = 500;

/// What was told, who says so, and since when.
#[derive(Debug)]
pub(crate) struct Told {
    pub what: Wanted,
    /// Whose decisions a recall takes back, and those before which place.
    pub origin: (Source, Position),
    /// When the log took it.
    pub at: Timestamp,
}

/// What egress shall do.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// Take something back.
    Recall(Recall),
    /// Ask a carrier about a message it has.
    Ask(Box<CarrierRequest>),
}

/// What a record tells, if it can be read.
pub(crate) fn told_of(record: &LogRecord) -> Option<Told> {
    let at = Timestamp::from_micros(record.append_time_us);
    let told = |header: Header, what| Some(Told { what, origin: (header.source, header.position), at });
    match (Header::decode(&record.header), volley_wire::decode(&record.value)) {
        (Ok(header), Ok(Record::Recall(recall))) => told(header, Wanted::Recall(recall)),
        (Ok(header), Ok(Record::CarrierRequest(request))) => told(header, Wanted::Ask(request)),
        _ => {
            tracing::error!(offset = record.offset, "a record of the recalls cannot be read, and is passed over");
            None
        }
    }
}

/// Tells the inbox of every recall from an offset on.
pub(crate) async fn follow(log: Arc<dyn EventLog>, topic: Topic, from: u64, inbox: mpsc::Sender<Input>) {
    if let Err(error) = read(log, topic, from, &inbox).await {
        // When nobody listens any more, nobody wants to know.
        let _ = inbox.send(Input::RecallsFailed(error)).await;
    }
}

async fn read(log: Arc<dyn EventLog>, topic: Topic, from: u64, inbox: &mpsc::Sender<Input>) -> Result<(), LogError> {
    let mut reader = log.reader(&topic, 0, from)?;
    loop {
        let records = match reader.next(ReadLimit::default()).await {
            Ok(records) => records,
            Err(error) if error.is_retriable() => {
                tokio::time::sleep(Duration::from_millis(RETRY_PAUSE_MS)).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        let told: Vec<_> = records.iter().filter_map(told_of).collect();
        if inbox.send(Input::Recalls(told)).await.is_err() {
            return Ok(());
        }
    }
}
