//! What a client reads of `inbox`, and how far it has acknowledged: the rules of event streams (D12), without log and sockets.
//!
//! EVT-1: an event acknowledged and answered is not delivered on a stream opened later; one that was not is (G7).
//! EVT-2: a record published twice is delivered once; one whose predecessor is missing waits to be published again.
//! EVT-3: a stream carries events of its own tenant, subscription and shard, and no others (G5).
//! EVT-4: a durable cursor never moves back.

mod cursors;
mod marks;

use volley_events::{ClientEvent, CursorMoved};
use volley_types::{SubscriptionId, TenantId};

pub use cursors::DurableCursors;
pub use marks::{Link, Marks, Written};

/// Whose events a stream carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey {
    /// The tenant.
    pub tenant: TenantId,
    /// Its subscription.
    pub subscription: SubscriptionId,
    /// The shard of that.
    pub shard: u16,
}

impl StreamKey {
    /// The stream a cursor belongs to.
    pub fn of(cursor: &CursorMoved) -> Self {
        Self {
            tenant: cursor.tenant.clone(),
            subscription: cursor.subscription.clone(),
            shard: cursor.shard,
        }
    }

    /// An offset of the stream's partition as a cursor that has seen nothing yet.
    pub fn place(&self, offset: u64) -> CursorMoved {
        CursorMoved {
            tenant: self.tenant.clone(),
            subscription: self.subscription.clone(),
            shard: self.shard,
            offset,
            marks: Vec::new(),
        }
    }
}

/// How far one stream has been read.
#[derive(Debug, Clone)]
pub struct Reading {
    key: StreamKey,
    marks: Marks,
    /// The offset after the record taken last.
    next: u64,
}

impl Reading {
    /// From a cursor on.
    pub fn begin(at: &CursorMoved) -> Self {
        let is_first = at.offset == 0 && at.marks.is_empty();
        let marks = if is_first {
            Marks::from_the_first()
        } else {
            at.marks.iter().copied().collect()
        };
        Self { key: StreamKey::of(at), marks, next: at.offset }
    }

    /// Whose it is.
    pub fn key(&self) -> &StreamKey {
        &self.key
    }

    /// The offset after the record taken last.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What lay up to an offset is gone: what is oldest now begins every source anew.
    pub fn truncated_to(&mut self, start: u64) {
        self.marks = Marks::default();
        self.next = start;
    }

    /// Takes the record at an offset.
    pub fn take(&mut self, offset: u64, written: &Written) -> Link {
        self.next = offset + 1;
        self.marks.take(written)
    }

    /// Whether an event belongs on this stream.
    pub fn is_ours(&self, event: &ClientEvent) -> bool {
        let StreamKey { tenant, subscription, shard } = &self.key;
        event.tenant == *tenant && event.subscription == *subscription && event.shard == *shard
    }

    /// The cursor after the record taken last.
    pub fn cursor(&self) -> CursorMoved {
        CursorMoved { marks: self.marks.to_vec(), ..self.key.place(self.next) }
    }
}
