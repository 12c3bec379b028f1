//! The loop over a log in memory and stores on a real RocksDB.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod chain;
mod crash;
mod halt;
mod log;
mod owner;
mod pipeline;
mod replay;
mod script;
mod timers;
mod trouble;
mod world;
