//! The store on a real RocksDB, in directories of its own.

mod corruption;
mod crash;
mod digest;
mod durable;
mod opening;
mod rows;
mod world;
