//! Decides recorded input again, with the rules of today, and compares what comes out with what the topics hold (G4).
//!
//! ```text
//!   recorded input ──▶ the very loop and rules of the service, over an empty store ──outputs──▶ Comparison ◀── recorded outputs
//!                                     └──▶ digest of its rows, compared with other batch sizes and with the service's own store
//! ```
//!
//! REP-1: nothing is written to the log: what the loop appends is compared, never published.
//! REP-2: an output differs when a single octet of its header, key, attributes or body does.

mod compare;
mod lane;
mod recording;
mod run;

pub use compare::{DIFFERENCES_MAX, Difference, Finding};
pub use run::{ReplayError, Replayed, Replaying, replay};
