//! Records that keep the machinery going: owners, ticks, runs, cursors, progress, dead letters.

use serde::{Deserialize, Serialize};
use volley_types::{
    AccountId, AttemptId, CarrierName, Lane, Position, RunId, Source, SubscriptionId, TenantId, Timestamp,
};

use crate::attempt::CarrierMessageId;

/// A processor's owner took over its partition; an older run that reads this stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The run.
    pub run: RunId,
}

/// Something is due; deciding it pops at most [`TICK_ROWS_MAX`] rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick;

/// Most rows that one tick pops.
pub const TICK_ROWS_MAX: usize = 256;

/// Egress lost its store: what is unsettled at or before these lane ends is ambiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanesLost {
    /// The carrier whose store was lost.
    pub carrier: CarrierName,
    /// Each of its lanes.
    pub ends: Vec<LaneEnd>,
}

/// Where a lane ended when the loss of its store was found, as one partition of routing needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneEnd {
    /// The account.
    pub account: AccountId,
    /// The lane.
    pub lane: Lane,
    /// The offset after its last record.
    pub end: u64,
    /// The place of the last order before the end that the partition of routing wrote which reads this; `None` when it wrote
    /// none within the longest time an order may lie in the lane.
    pub newest: Option<Position>,
}

/// A run of the owner of a carrier, repeated every 3 s on `egress-journal.<carrier>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The store.
    pub store: RunId,
    /// The run.
    pub run: RunId,
    /// The boot of the machine.
    pub boot: RunId,
    /// The last record of a run that stopped in order.
    pub clean_stop: bool,
    /// What it has learned of how receipts name ids.
    pub receipt_ids: ReceiptIds,
    /// One more than that of the newest run it found: what a run says that stood still meanwhile does not make it the newest.
    pub number: u64,
}

/// How a carrier's receipts name ids, where nobody has said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReceiptIds {
    /// No receipt has told yet.
    #[default]
    Unknown,
    /// As they were given.
    AsGiven,
    /// In another base.
    Otherwise,
}

/// One record of `egress-journal.<carrier>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalEntry {
    /// A run lives.
    Run(Run),
    /// Carrier message ids that were accepted.
    Ids(JournalIds),
}

/// Carrier message ids that were accepted, coalesced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalIds {
    /// Each.
    pub ids: Vec<JournalId>,
}

/// One carrier message id that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalId {
    /// The id, as it is compared.
    pub id: CarrierMessageId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The segment, from 0.
    pub segment: u8,
    /// The id as the carrier wrote it, where that is another text.
    pub written: Option<CarrierMessageId>,
}

/// A subscription's durable cursor moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorMoved {
    /// Whose cursor.
    pub tenant: TenantId,
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// Of which shard.
    pub shard: u16,
    /// Next offset to read on the shard's `inbox` partition.
    pub offset: u64,
    /// The newest position seen of each source, so that a record published twice is delivered once.
    pub marks: Vec<(Source, Position)>,
}

/// Most tenants whose waiting messages one partition tells about; the others have fewer than these.
pub const PARKED_TENANTS_MAX: usize = 64;

/// How far a processor is; on `progress`, each second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// `routing` or `mo-correlation`.
    pub service: String,
    /// The partition.
    pub partition: u16,
    /// Next offset it will read.
    pub position: u64,
    /// End of its input when it said so.
    pub end: u64,
    /// Messages that wait, by tenant, the largest first, at most [`PARKED_TENANTS_MAX`].
    pub parked: Vec<(TenantId, u64)>,
    /// When it said so.
    pub at: Timestamp,
    /// Next offset of `config` it has not applied.
    pub config_offset: u64,
}

/// A record that could not be read, with its origin (D16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Topic it stood on.
    pub topic: String,
    /// Partition it stood on.
    pub partition: u32,
    /// Offset it stood at.
    pub offset: u64,
    /// Why it could not be read.
    pub fault: String,
    /// Its header, as it was.
    pub header: Vec<u8>,
    /// Its value, as it was.
    pub value: Vec<u8>,
}
