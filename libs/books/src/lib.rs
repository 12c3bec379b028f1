//! The books: what was accepted, what became of it, and what does not add up (design D15).
//!
//! ```text
//!   routing.in: submissions ─┐
//!   correlation.in: taken ───┼──▶ Books ──▶ by tenant and hour: accepted = the six ends + in flight
//!   inbox: ends told ────────┤          └─▶ the remainder: every message that two topics disagree about, by id
//!   events: ends recorded ───┘          └─▶ every place where a chain of records has a gap
//! ```
//!
//! Each topic tells a part of a message's story, and later records show how far the earlier ones must have come. So one record that
//! is lost, or one too many, shows in the topics themselves; no counter is asked.
//!
//! BOOK-1: accepted = delivered + failed + expired + unknown + refused + cancelled + in flight, for every tenant and hour.
//! BOOK-2: a message is in the remainder if its records contradict each other, and says how.

mod books;
mod chains;
mod statement;

pub use books::{Books, BooksFull, CarrierIdHash, MESSAGES_MAX};
pub use chains::{Chains, GAPS_MAX, Gap};
pub use statement::{Account, Fault, Remainder, Statement};
