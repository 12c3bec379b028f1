//! The loop over a log in memory and stores on a real RocksDB.

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
