//! Following a topic of one partition that is folded into memory: `cursors`, `progress`.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};
use volley_event_log::{EventLog, LogError, PartitionReader, ReadLimit, Topic};
use volley_events::Record;
use volley_runtime::Drain;

use crate::refusal::Refusal;

/// How long to wait before a log that is away is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How long a caller waits for a fold to come to the end of its topic.
const CATCH_UP_MAX: Duration = Duration::from_secs(10);

/// A topic of one partition, read to its end and on.
pub(crate) struct Follower {
    log: Arc<dyn EventLog>,
    topic: Topic,
    reader: Box<dyn PartitionReader>,
    position: watch::Sender<u64>,
}

/// How far a fold is. Clones see the same.
#[derive(Clone)]
pub(crate) struct Followed {
    log: Arc<dyn EventLog>,
    topic: Topic,
    position: watch::Receiver<u64>,
}

impl Follower {
    /// Reads from `from`, or from the first record still there.
    pub(crate) async fn new(log: Arc<dyn EventLog>, topic: Topic, from: u64) -> Result<Self, LogError> {
        let from = from.max(log.bounds(&topic, 0).await?.start);
        let reader = log.reader(&topic, 0, from)?;
        Ok(Self { log, topic, reader, position: watch::Sender::new(from) })
    }

    /// How far it is.
    pub(crate) fn followed(&self) -> Followed {
        Followed {
            log: Arc::clone(&self.log),
            topic: self.topic.clone(),
            position: self.position.subscribe(),
        }
    }

    /// Folds record by record until the drain. A record that cannot be read is passed over: nothing but this process's own view
    /// depends on these topics. While the log is away it waits; records that expired meanwhile are passed over too.
    pub(crate) async fn run(mut self, drain: Drain, mut fold: impl FnMut(Record)) -> anyhow::Result<()> {
        loop {
            let read = tokio::select! {
                () = drain.requested() => return Ok(()),
                read = self.reader.next(ReadLimit::default()) => read,
            };
            match read {
                Ok(records) => {
                    for record in records {
                        match volley_wire::decode(&record.value) {
                            Ok(record) => fold(record),
                            Err(fault) => {
                                tracing::error!(topic = %self.topic, offset = record.offset, %fault, "passed over");
                            }
                        }
                    }
                    self.position.send_replace(self.reader.position());
                }
                Err(LogError::OffsetOutOfRange { start, .. }) if start > self.reader.position() => {
                    match self.log.reader(&self.topic, 0, start) {
                        Ok(reader) => self.reader = reader,
                        Err(error) if error.is_retriable() => tokio::time::sleep(RETRY_PAUSE).await,
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error) if error.is_retriable() => tokio::time::sleep(RETRY_PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Followed {
    /// Waits until everything is folded that was there when this was called.
    pub(crate) async fn catch_up(&self) -> Result<(), Refusal> {
        let end = self.log.bounds(&self.topic, 0).await?.end;
        let mut position = self.position.clone();
        let reached = position.wait_for(|position| *position >= end);
        match timeout(CATCH_UP_MAX, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Refusal::LOG_AWAY),
        }
    }
}
