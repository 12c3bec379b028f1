//! State that moves with its position: the rows of one partition in RocksDB, behind a bounded overlay in memory (design D4).
//!
//! ```text
//!   step ──put──▶ Overlay: batch being decided ─seal─▶ sealed batches ─settle─▶ settled ──write──▶ RocksDB (memtable) ──flush──▶ disk
//!                          (rows take back one step)   (await the log)          rows, marks and position: one WriteBatch
//! ```
//!
//! STORE-1: what is written at position P is exactly the rows as of P, with P in the same write batch. A crash takes both back together.
//! STORE-2: a store of another service, partition, partition count, log, canonicalisation or format is refused in words.
//! STORE-3: the digest depends on the rows alone: not on their order, on batches, or on when they were written.
//! STORE-4: what is damaged is an error and never a row.
//!
//! [`Store`] has no write-ahead log of its own: the event log is the truth. [`DurableStore`] has one, for what no log can tell
//! again: what egress put on a socket.

mod digest;
mod durable;
mod engine;
mod error;
mod header;
mod identity;
mod memory;
mod merge;
mod overlay;
mod store;

pub use digest::{DIGEST_EVERY, Digest, FixedDigest};
pub use durable::{DurableBatch, DurableRows, DurableStore};
pub use error::StoreError;
pub use header::{StoreHeader, TopicPartition};
pub use identity::{STORE_FORMAT, StoreIdentity};
pub use memory::{SharedMemory, SharedMemoryOptions};
pub use overlay::{CACHE_BYTES_MAX, CACHE_ROWS_MAX, Overlay, PENDING_BYTES_MAX, PENDING_ROWS_MAX};
pub use store::Store;
