//! The front door from outside: real sockets, the embedded log, and a log that can be made to fail.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod applied;
mod cancel;
mod edit;
mod events;
mod limits;
mod operator;
mod port;
mod preview;
mod queries;
mod sending;
mod shards;
mod streaming;
mod world;
