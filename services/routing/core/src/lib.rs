//! Which account takes a message, when, and what happens when it does not. Pure: time and rows are arguments.
//!
//! ```text
//!                      ┌────────────── refused, expired ──────────────▶ Done ◀─┐
//!  Submission ─▶ check ┼─▶ Waiting (its time, its turn, room, a back-off) ─┐     │ submitted; given up
//!                      └─▶ Unsettled at an account's lane ◀──────────────┘     │
//!                              └── settled: refused, not sent, ambiguous ──────┴─▶ Waiting, or another attempt
//! ```
//!
//! RTE-1: a message id is taken once; the same id with other content is a conflict, with equal content nothing at all.
//! RTE-2: another attempt starts only when the one before is settled.
//! RTE-3: an account's lane never has more unsettled attempts than its allowance.
//! RTE-4: a message whose validity has ended is never handed to a lane.
//! RTE-5: a handset that opted out gets nothing the opt-out covers, but the one confirmation.
//! RTE-6: every message that was taken is handed over, waits with a timer, or is closed; none is forgotten in between.
//! RTE-7: messages of one conversation that asked for order leave in the order accepted, also at other accounts (G9).
//! RTE-8: an attempt that nobody settles counts as ambiguous: after its time and a patience, or when the lane it stands in is
//!        lost with the store of its owner; never one that was ordered after the loss was found.
//! RTE-9: a message that its client or the person it is for does not want gets no further attempt (D9).

mod available;
mod consent;
mod edit;
mod engine;
mod life;
mod line;
mod moves;
mod orders;
mod place;
mod queue;
mod release;
mod retry;
mod rows;
mod settle;
mod take_back;
mod timers;

pub use engine::{At, Command, Effect, Routing, RoutingError};
pub use retry::{ATTEMPTS_MAX, BACK_OFF, SETTLE_PATIENCE, STOOD_STILL, THROTTLE_PAUSE, settle_margin};
pub use rows::{AllowanceRow, LaneKey};
pub use timers::FORGET_AFTER;

/// Version of these rules. A change that decides differently on the same records raises it (D5).
pub const LOGIC_VERSION: u32 = 3;
