//! Routing from outside: commands in, effects out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cutting;
mod desk;
mod edit;
mod lost;
mod messages;
mod order;
mod properties;
mod take_back;
mod waiting;
