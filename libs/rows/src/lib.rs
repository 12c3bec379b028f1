//! What a pure core may see of its store: typed rows over ordered keys.
//!
//! ```text
//!   core ──Row, RowKey──▶ RowsExt ──bytes──▶ RowStore: Overlay over RocksDB (state-store), MemoryRows (tests, simulation)
//! ```
//!
//! A row is a value of one type under a key: one octet of [`RowKind`], then the key's own octets, whose order is the order of
//! the rows. Values are postcard. Nothing here does I/O; a store behind [`RowStore`] may, and then its errors come as [`RowError`].

mod earliest;
mod key;
mod kind;
mod memory;
mod store;

pub use earliest::Earliest;
pub use key::{KeyReader, RowKey};
pub use kind::RowKind;
pub use memory::MemoryRows;
pub use store::{Row, RowError, RowStore, RowsExt};
