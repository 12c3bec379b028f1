//! What a service brings: a pure step over rows, and how its own records look.

use std::fmt;

use bytes::Bytes;
use volley_event_log::Attribute;
use volley_rows::{RowError, RowStore};
use volley_types::{Partition, RunId, TenantId, Timestamp};
use volley_wire::Header;

use crate::{DeadLetter, Outbox};

/// The rules of a processor, one value per partition.
///
/// A step is a function of the rows and the input alone: no clock but `input.now`, no randomness, no I/O. What a fold keeps in
/// its own fields is a view that [`restore`](Self::restore) can build again from the rows.
pub trait Fold: Send + 'static {
    /// Name of the service, for logs and for the identity of its stores.
    fn name(&self) -> &'static str;

    /// Which rules these are. A store written under other rules is refused: its tail must not be decided anew.
    fn logic_version(&self) -> u32;

    /// Builds the views in memory from the rows, at each start. The fold is a new one.
    fn restore(&mut self, rows: &dyn RowStore) -> Result<(), FoldError>;

    /// Decides one record: changes rows, and pushes what is to be published.
    ///
    /// After an error neither rows nor outputs of this step remain; the fold must have left its own fields as they were
    /// (read the record first, act after).
    fn step(&mut self, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError>;

    /// When the earliest timer is due; `None` when none is set. While none is due by `now`, a time before which none will be does as
    /// well. Asked for a few times a second at most.
    fn next_due(&self, rows: &dyn RowStore, now: Timestamp) -> Result<Option<Timestamp>, FoldError>;

    /// How many messages wait in the state, by tenant, the largest number first: for admission. At most as many tenants as one
    /// progress record tells about; none where nothing waits. Asked for once a second.
    fn parked(&self) -> Vec<(TenantId, u64)> {
        Vec::new()
    }

    /// Next offset of `config` that the state has not applied: for those who wait until it has. Asked for once a second.
    fn config_offset(&self) -> u64 {
        0
    }

    /// The value of a `Tick` record, appended to the own input when a timer is due.
    fn tick(&self) -> Bytes;

    /// The value of an `Owner` record, appended to the own input at each start.
    fn owner(&self, run: RunId) -> Bytes;

    /// Whether a value is one of these two. Asked only about records whose source is `Source::Owner`.
    fn classify(&self, value: &Bytes) -> Control;

    /// The value of a record on `dead-letter`. By default the layout of [`DeadLetter::encode`].
    fn dead_letter(&self, letter: &DeadLetter) -> Bytes {
        letter.encode()
    }
}

/// One record of the input, as a step sees it.
pub struct Input<'a> {
    /// The partition being decided.
    pub partition: Partition,
    /// The record's offset in it.
    pub offset: u64,
    /// The partition's clock: the latest append time up to and with this record.
    pub now: Timestamp,
    /// Who wrote the record, and its place in what he wrote.
    pub header: Header,
    /// The record's key, for consumers outside; rarely of use here.
    pub key: Option<&'a Bytes>,
    /// Headers besides our own.
    pub attributes: &'a [Attribute],
    /// The body.
    pub value: &'a Bytes,
}

/// Shows where the record is and how long, never what it says.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("now", &self.now)
            .field("header", &self.header)
            .field("value_bytes", &self.value.len())
            .finish_non_exhaustive()
    }
}

/// What a record of the loop's own making is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// From here on this run owns the partition. The loop handles it; it never reaches a step.
    Owner(RunId),
    /// Timers may be due; goes to the step like any record.
    Tick,
    /// Neither; goes to the step.
    Other,
}

/// Why a step could not decide a record.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The record cannot be read or makes no sense. It goes to `dead-letter`, and the partition goes on.
    #[error("poison: {reason}")]
    Poison {
        /// What is wrong with it, without any of its content.
        reason: String,
    },
    /// Something that cannot be is so. The partition halts before this record.
    #[error("an invariant is broken: {broken}")]
    Invariant {
        /// Which one, without any content.
        broken: String,
    },
    /// The rows could not be read. The partition halts before this record.
    #[error("the rows could not be read")]
    Rows(#[from] RowError),
}
