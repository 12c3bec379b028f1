//! The partition loop every processor runs (design D5 and §3.1), around a service's own pure [`Fold`].
//!
//! ```text
//!   input ──read──▶ chain ──▶ step ──▶ outputs ──rank 1──▶ rank 2 ──acknowledged──▶ rows, marks, position: one write
//!                     │        ▲                                                      │
//!                     │        └───────────── RowStore: Overlay over RocksDB ◀────────┘
//!                     └▶ duplicate: dropped · gap: halted · poison: dead-letter · skip: passed over
//! ```
//!
//! PROC-1: state is never ahead of what was published: a batch's rows are written after the log acknowledged its outputs.
//! PROC-2: outputs depend on the input alone, never on batches, restarts or the machine: published twice, they are equal
//!         octet for octet but for their append time, and receivers drop the second by its position.
//! PROC-3: a record whose predecessor is missing is not taken, and the mark of its source does not move.
//! PROC-4: second-rank outputs of a batch are not sent before all its first-rank outputs are acknowledged.
//! PROC-5: a partition works for the newest owner only; one that reads a later owner stops.

mod chain;
mod config;
mod dead_letter;
mod decide;
mod fold;
mod halt;
mod handle;
mod lag;
mod outbox;
mod own;
mod partition;
mod pipeline;
mod publish;
mod read_back;
mod skip;
mod start;
mod status;
mod supervise;
mod timer;

pub use config::{CLOCK_AHEAD_MAX, PIPELINE_MAX, Parts, ProcessorConfig, Tuning, WallClock};
pub use dead_letter::{DEAD_LETTER_VALUE_BYTES_MAX, DeadLetter};
pub use fold::{Control, Fold, FoldError, Input};
pub use handle::{Processor, ProcessorHandle, QUERIES_MAX, QueryError};
pub use outbox::{Outbox, Output, Rank, TopicName};
pub use skip::{SkipList, SkipPoint};
pub use status::{PartitionState, PartitionStatus};
