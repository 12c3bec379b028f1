//! What a partition tells about itself.

use tokio::sync::watch;
use volley_state_store::{FixedDigest, StoreHeader};
use volley_types::{Partition, TenantId, Timestamp};

/// What a partition is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionState {
    /// Opening its store, appending its owner record, or catching up with the input from before its start.
    Starting,
    /// Works at the end of its input.
    Running,
    /// The log failed it, or its disk is full; it starts again by itself from its stored position, after a pause.
    Retrying {
        /// What failed.
        why: String,
    },
    /// Stopped before a record, or unable to start, until somebody helps: a skip, a restart, a repair.
    Halted {
        /// What is wrong, in words.
        why: String,
        /// The record a skip would have to name; `None` when a skip does not help.
        offset: Option<u64>,
    },
    /// A newer run owns the partition; this one has stopped.
    Superseded,
    /// Drained and stopped.
    Stopped,
}

/// A partition, as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionStatus {
    /// Which one.
    pub partition: Partition,
    /// What it is doing.
    pub state: PartitionState,
    /// Offset of the next record to decide; what is before it is acknowledged.
    pub position: u64,
    /// End of the input when last asked, about once a second.
    pub end: u64,
    /// The partition's clock; `Timestamp::MIN` before the first record.
    pub clock: Timestamp,
    /// Records that went to `dead-letter`, over the life of the state.
    pub dead_letters: u64,
    /// Records passed over by `skip`, over the life of the state.
    pub skipped: u64,
    /// Chained records dropped because they had come before, over the life of the state.
    pub duplicates: u64,
    /// Records refused because of a gap that a later record closed, over the life of the state.
    pub refused: u64,
    /// The digest at the newest fixed offset, for comparing with a replay.
    pub fixed_digest: Option<FixedDigest>,
    /// How many messages wait in the state, by tenant, as of the last second or so.
    pub parked: Vec<(TenantId, u64)>,
    /// Next offset of `config` that the state has not applied, as of the last second or so.
    pub config_offset: u64,
}

impl PartitionStatus {
    pub(crate) fn starting(partition: Partition) -> Self {
        Self {
            partition,
            state: PartitionState::Starting,
            position: 0,
            end: 0,
            clock: Timestamp::MIN,
            dead_letters: 0,
            skipped: 0,
            duplicates: 0,
            refused: 0,
            fixed_digest: None,
            parked: Vec::new(),
            config_offset: 0,
        }
    }

    /// How many records are not decided yet.
    pub fn lag(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// Whether nothing is wrong with it. A partition that still starts is healthy but not ready.
    pub fn is_healthy(&self) -> bool {
        matches!(self.state, PartitionState::Starting | PartitionState::Running | PartitionState::Stopped)
    }

    /// Whether it works at the end of its input.
    pub fn is_running(&self) -> bool {
        self.state == PartitionState::Running
    }
}

/// Where a partition shows its status.
pub(crate) struct Board(watch::Sender<PartitionStatus>);

impl Board {
    pub(crate) fn new(partition: Partition) -> Self {
        Self(watch::Sender::new(PartitionStatus::starting(partition)))
    }

    pub(crate) fn watch(&self) -> watch::Receiver<PartitionStatus> {
        self.0.subscribe()
    }

    pub(crate) fn enter(&self, state: PartitionState) {
        self.0.send_modify(|status| status.state = state);
    }

    /// Shows where the partition stands with what is acknowledged.
    pub(crate) fn show(&self, header: &StoreHeader, state: PartitionState) {
        self.0.send_modify(|status| {
            status.state = state;
            status.position = header.position;
            status.end = status.end.max(header.position);
            status.clock = header.clock;
            status.dead_letters = header.dead_letters;
            status.skipped = header.skipped;
            status.duplicates = header.duplicates;
            status.refused = header.refused;
            status.fixed_digest = header.fixed_digest;
        });
    }

    pub(crate) fn show_state(&self, parked: Vec<(TenantId, u64)>, config_offset: u64) {
        self.0.send_if_modified(|status| {
            let changed = status.parked != parked || status.config_offset != config_offset;
            status.parked = parked;
            status.config_offset = config_offset;
            changed
        });
    }

    pub(crate) fn show_end(&self, end: u64) {
        self.0.send_if_modified(|status| {
            let changed = status.end != end;
            status.end = end;
            changed
        });
    }
}
