//! Reading a lane: records come decoded and in order, and no more of them than there is room for.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};
use volley_carrier_egress_core::{LANE_PLACES_MAX, Origin};
use volley_event_log::{EventLog, LogError, ReadLimit, Record as LogRecord, Topic};
use volley_events::{Record, SubmitOrder};
use volley_types::{AccountId, Lane};
use volley_wire::Header;

use crate::carrier::Input;

/// Most records read at once.
const READ_RECORDS: usize = 512;

/// Most octets read at once.
const READ_BYTES: usize = 512 * 1024;

/// How long a reader rests when the log is away, in milliseconds.
const RETRY_PAUSE_MS: u64 = 500;

/// One record of a lane.
#[derive(Debug)]
pub(crate) struct LaneRecord {
    pub offset: u64,
    /// Where it comes from, if its header could be read.
    pub origin: Option<Origin>,
    pub content: LaneContent,
}

/// What a record of a lane holds.
#[derive(Debug)]
pub(crate) enum LaneContent {
    Order(Box<SubmitOrder>),
    /// No order: for the dead letters.
    Unreadable {
        fault: String,
        record: Box<LogRecord>,
    },
}

/// A lane to read: where from, and how far it is settled.
pub(crate) struct LaneReader {
    pub log: Arc<dyn EventLog>,
    pub topic: Topic,
    pub account: AccountId,
    pub lane: Lane,
    /// The lowest record that is not done; the first one read, and what room is counted from.
    pub position: watch::Receiver<u64>,
    pub inbox: mpsc::Sender<Input>,
}

impl LaneReader {
    /// Reads until nobody listens, or the log refuses for good, which is told.
    pub async fn run(mut self) {
        if let Err(error) = self.read().await {
            let failed = Input::LaneFailed { account: self.account, lane: self.lane, error };
            // When nobody listens any more, nobody wants to know.
            let _ = self.inbox.send(failed).await;
        }
    }

    async fn read(&mut self) -> Result<(), LogError> {
        let from = *self.position.borrow_and_update();
        let mut reader = self.log.reader(&self.topic, 0, from)?;
        loop {
            let Some(room) = self.room(reader.position()).await else { return Ok(()) };
            let limit = ReadLimit { records: room.min(READ_RECORDS), bytes: READ_BYTES };
            let records = match reader.next(limit).await {
                Ok(records) => records,
                Err(error) if error.is_retriable() => {
                    tokio::time::sleep(Duration::from_millis(RETRY_PAUSE_MS)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let records = records.into_iter().map(decode).collect();
            let orders = Input::Orders { account: self.account.clone(), lane: self.lane, records };
            if self.inbox.send(orders).await.is_err() {
                return Ok(());
            }
        }
    }

    /// How many more records may be read; waits until there is room. `None` when nobody is interested any more.
    async fn room(&mut self, read_to: u64) -> Option<usize> {
        loop {
            let unsettled = read_to.saturating_sub(*self.position.borrow_and_update());
            match LANE_PLACES_MAX.saturating_sub(usize::try_from(unsettled).unwrap_or(usize::MAX)) {
                0 => self.position.changed().await.ok()?,
                room => return Some(room),
            }
        }
    }
}

fn decode(record: LogRecord) -> LaneRecord {
    let header = Header::decode(&record.header);
    let origin = header.as_ref().ok().map(|header| Origin {
        source: header.source,
        position: header.position,
        predecessor: header.predecessor,
    });
    let content = match (header, volley_wire::decode(&record.value)) {
        (Ok(_), Ok(Record::SubmitOrder(order))) => LaneContent::Order(order),
        (Err(fault), _) => unreadable(fault.to_string(), &record),
        (Ok(_), Err(fault)) => unreadable(fault.to_string(), &record),
        (Ok(_), Ok(other)) => unreadable(format!("it is a {}", volley_wire::describe(&other).kind), &record),
    };
    LaneRecord { offset: record.offset, origin, content }
}

fn unreadable(fault: String, record: &LogRecord) -> LaneContent {
    LaneContent::Unreadable { fault, record: Box::new(record.clone()) }
}
