//! The records a processor writes to its own input: `Owner` and `Tick`.

use bytes::Bytes;
use volley_event_log::NewRecord;
use volley_types::{Position, RunId, Source, Timestamp};
use volley_wire::Header;

/// Makes them, numbered through the life of the process.
#[derive(Debug)]
pub(crate) struct OwnRecords {
    source: Source,
    next: u64,
}

impl OwnRecords {
    pub(crate) fn new(run: RunId) -> Self {
        Self { source: source_of(run), next: 0 }
    }

    pub(crate) fn make(&mut self, value: Bytes, now: Timestamp) -> NewRecord {
        let position = Position { offset: self.next, index: 0 };
        self.next += 1;
        let header = Header::new(self.source, position, None, now).encode();
        NewRecord { header: Bytes::copy_from_slice(&header), value, ..NewRecord::default() }
    }
}

/// The source of a run: the first eight octets of its id.
pub(crate) fn source_of(run: RunId) -> Source {
    let [a, b, c, d, e, f, g, h, ..] = run.to_bytes();
    Source::Owner(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}
