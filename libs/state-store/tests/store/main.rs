//! The store on a real RocksDB, in directories of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod corruption;
mod crash;
mod digest;
mod durable;
mod opening;
mod rows;
mod world;
