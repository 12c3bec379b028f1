//! What this front door writes on its records: who it is and which of its records it is (design §3.1).

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use volley_event_log::NewRecord;
use volley_events::Record;
use volley_types::{Position, Source, Timestamp};
use volley_wire::{Header, TraceContext, encode};

/// The run of this front door and the number of its next record. Nobody deduplicates by it: a message by its id does.
#[derive(Debug)]
pub(crate) struct Stamp {
    source: Source,
    next: AtomicU64,
}

impl Stamp {
    /// A stamp for a run that no other has.
    pub(crate) fn of_run(run: u64) -> Self {
        Self { source: Source::FrontDoor(run), next: AtomicU64::new(0) }
    }

    /// A record ready to be appended.
    pub(crate) fn record(&self, record: &Record, observed_at: Timestamp, trace: Option<TraceContext>) -> NewRecord {
        let position = Position { offset: self.next.fetch_add(1, Ordering::Relaxed), index: 0 };
        let header = Header::new(self.source, position, None, observed_at).encode();
        NewRecord {
            header: Bytes::copy_from_slice(&header),
            value: encode(record, trace),
            ..NewRecord::default()
        }
    }
}
