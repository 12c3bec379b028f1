//! All cores together, single-threaded, from a seed, with a clock of their own, over a log that delays, loses and repeats.
//!
//! ```text
//!   clients ─▶ doors ─▶ log ─▶ routing ─▶ log ─▶ egress ─▶ carriers that lie ─▶ handsets that answer
//!                        ▲                 └─▶ mo-correlation ─▶ inbox           │
//!   clients ◀─ doors ◀───┴──────────────── receipts, replies ◀───────────────────┘
//! ```
//!
//! The cores are the real ones (`ingest-core`, `routing-core`, `carrier-egress-core`, `mo-correlation-core`) and so are the octets on
//! the log (`volley-wire`). What stands around them in production (the partition loop, the turn of egress, the fan-out, the doors and
//! their streams) is modelled here, small and by the same rules; [`processor`] and [`egress`] say which. The log is a model too: the one of
//! `libs/event-log` that behaves so badly is asynchronous, and belongs to a crate that links RocksDB.
//!
//! In the first two minutes processes die, stand still, are replaced and wake up again, disks are lost or come back old, appends are
//! slow, get lost with their writer or leave holes, links are cut, clients drop their streams, carriers refuse, throttle, keep silent
//! and answer late. Then everything works again, and 73 hours pass until the last receipt can have come.
//! Then [`check`] judges. A seed that fails prints the command that repeats it.

pub mod carrier;
pub mod check;
pub mod decider;
pub mod egress;
pub mod happened;
pub mod log;
pub mod mutation;
pub mod processor;
pub mod rng;
pub mod rows;
pub mod rules;
pub mod setup;
pub mod wish;
pub mod world;

pub use check::Violation;
pub use happened::{Happened, Tally};
pub use mutation::Mutation;
pub use world::{Outcome, World};

/// Runs the world of a seed to its end.
///
/// # Errors
/// The first promise that was not kept.
pub fn simulate(seed: u64, mutation: Option<Mutation>) -> Result<Outcome, Violation> {
    World::new(seed, mutation).run()
}

/// Everything that the log holds after the run of a seed, in the order of time, one record a line: for whoever looks for the cause
/// of a violation.
pub fn story(seed: u64, mutation: Option<Mutation>) -> String {
    World::new(seed, mutation).story()
}
