//! The front door from outside: real sockets, the embedded log, and a log that can be made to fail.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod cancel;
mod events;
mod log;
mod operator;
mod port;
mod queries;
mod sending;
mod world;
