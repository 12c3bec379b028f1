//! `egress-journal.<carrier>`: who owns the carrier, and which message ids it gave.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use volley_carrier_egress_core::{Lease, NewId, Now};
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_events::{JournalEntry, JournalId, JournalIds, ReceiptIds, Record, Run};
use volley_types::{Partition, RunId};
use volley_wire::Header;

use crate::{
    carrier::Input,
    log::{Acknowledged, Appender, Batch},
};

/// Most ids in one record of the journal.
const IDS_MAX: usize = 2_000;

/// Most records of this run that are said and not read back: of more, the log is away, and none is said until one is read.
const SAID_MAX: usize = 16;

/// How long ids are gathered, in microseconds.
const IDS_US: u64 = 1_000_000;

/// How long a reader rests when the log is away, in milliseconds.
const RETRY_PAUSE_MS: u64 = 500;

/// Our side of the journal.
pub(crate) struct Journal {
    topic: Topic,
    run: Run,
    lease: Lease,
    /// When our records were handed to the log, by their counter: what a record read back is worth.
    said: BTreeMap<u64, u64>,
    ids: Vec<NewId>,
    gathering_since_us: u64,
}

impl Journal {
    /// Of a run that follows `newest`.
    pub fn new(topic: Topic, run: Run, newest: Option<RunId>) -> Self {
        let lease = Lease::new(run.run, newest);
        Self { topic, run, lease, said: BTreeMap::new(), ids: Vec::new(), gathering_since_us: 0 }
    }

    /// Whether sending is allowed now.
    pub fn may_send(&self, now: Now) -> bool {
        self.lease.holds(now.monotonic_us)
    }

    /// Whether a later run took over.
    pub fn is_overtaken(&self) -> bool {
        self.lease.is_overtaken()
    }

    /// A run was read on the journal.
    pub fn read(&mut self, run: RunId, counter: u64) {
        let later = self.said.split_off(&counter.saturating_add(1));
        let said = std::mem::replace(&mut self.said, later);
        let handed_over_us = if run == self.run.run { said.get(&counter).copied() } else { None };
        self.lease.read(run, handed_over_us);
    }

    /// Remembers for later runs how receipts name ids.
    pub fn learned(&mut self, receipt_ids: ReceiptIds) {
        self.run.receipt_ids = receipt_ids;
    }

    /// Takes new ids to be told.
    pub fn gather(&mut self, ids: &mut Vec<NewId>, now: Now) {
        if self.ids.is_empty() {
            self.gathering_since_us = now.monotonic_us;
        }
        self.ids.append(ids);
    }

    /// Says what is due: that the run lives, and the ids.
    pub fn say(&mut self, now: Now, appender: &mut Appender) {
        let mut batch = Batch::default();
        if self.said.len() < SAID_MAX && self.lease.say(now.monotonic_us) {
            self.said.insert(appender.next_counter(), now.monotonic_us);
            let run = Record::Journal(JournalEntry::Run(self.run));
            batch.push(&self.topic, Partition(0), appender.record(&run, now.wall));
        }
        let gathered = now.monotonic_us >= self.gathering_since_us.saturating_add(IDS_US);
        if self.ids.len() >= IDS_MAX || (gathered && !self.ids.is_empty()) {
            self.push_ids(now, &mut batch, appender);
        }
        appender.append(batch, Acknowledged::default());
    }

    /// The last words of a run that stops in order.
    pub fn say_clean_stop(&mut self, now: Now, appender: &mut Appender) {
        let mut batch = Batch::default();
        self.push_ids(now, &mut batch, appender);
        let run = Record::Journal(JournalEntry::Run(Run { clean_stop: true, ..self.run }));
        batch.push(&self.topic, Partition(0), appender.record(&run, now.wall));
        appender.append(batch, Acknowledged::default());
    }

    fn push_ids(&mut self, now: Now, batch: &mut Batch, appender: &mut Appender) {
        for ids in std::mem::take(&mut self.ids).chunks(IDS_MAX) {
            let told = |new: &NewId| JournalId {
                id: new.id.clone(),
                attempt: new.attempt,
                segment: new.segment,
                written: new.written.clone(),
            };
            let ids = ids.iter().map(told).collect();
            let record = Record::Journal(JournalEntry::Ids(JournalIds { ids }));
            batch.push(&self.topic, Partition(0), appender.record(&record, now.wall));
        }
    }
}

/// The entry of a record of the journal, if it is one.
pub(crate) fn entry_of(record: &LogRecord) -> Option<JournalEntry> {
    match volley_wire::decode(&record.value) {
        Ok(Record::Journal(entry)) => Some(entry),
        Ok(_) | Err(_) => {
            tracing::error!(offset = record.offset, "a record of the journal cannot be read, and is passed over");
            None
        }
    }
}

/// Tells the inbox of every run on the journal from an offset on.
pub(crate) async fn follow(log: Arc<dyn EventLog>, topic: Topic, from: u64, inbox: mpsc::Sender<Input>) {
    if let Err(error) = read_runs(log, topic, from, &inbox).await {
        // When nobody listens any more, nobody wants to know.
        let _ = inbox.send(Input::JournalFailed(error)).await;
    }
}

async fn read_runs(
    log: Arc<dyn EventLog>,
    topic: Topic,
    from: u64,
    inbox: &mpsc::Sender<Input>,
) -> Result<(), LogError> {
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
        for record in &records {
            let Some(JournalEntry::Run(run)) = entry_of(record) else { continue };
            let counter = Header::decode(&record.header).map_or(u64::MAX, |header| header.position.offset);
            if inbox.send(Input::Run { run: run.run, counter }).await.is_err() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use volley_event_log::{
        LogIdentity,
        adversarial::{AdversarialLog, AdversarialOptions, Disk},
    };
    use volley_types::{CarrierName, Timestamp};

    use super::*;

    fn at(second: u64) -> Now {
        Now {
            wall: Timestamp::from_micros(1_800_000_000_000_000),
            monotonic_us: second * 1_000_000,
        }
    }

    #[tokio::test]
    async fn a_run_that_is_not_read_back_is_not_said_without_end() {
        let id = |octet| RunId::from_bytes([octet; 16]);
        let run = Run {
            store: id(1),
            run: id(2),
            boot: id(3),
            clean_stop: false,
            receipt_ids: ReceiptIds::default(),
            number: 0,
        };
        let log = Arc::new(AdversarialLog::open(&Disk::new(LogIdentity([7; 16])), AdversarialOptions::default()));
        let mut appender = Appender::new(log, &CarrierName::new("acme").unwrap());
        let mut journal = Journal::new(Topic::new("volley.egress-journal.acme.v1", 1), run, None);

        for second in 0..1_000 {
            journal.say(at(second), &mut appender);
        }
        assert_eq!(appender.next_counter(), SAID_MAX as u64, "the log is away");

        journal.read(run.run, 3);
        for second in 1_000..2_000 {
            journal.say(at(second), &mut appender);
        }
        assert_eq!(appender.next_counter(), SAID_MAX as u64 + 4, "the four that are read back make room");
    }
}
