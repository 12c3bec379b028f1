//! mo-correlation's rules from outside: records in, events out, over rows in memory.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod at_carrier;
mod consent;
mod errors;
mod messages;
mod parts;
mod properties;
mod receipts;
mod replies;
mod votes;
mod world;
