//! What became of each message, and what people answer. Pure: time and rows are arguments.
//!
//! ```text
//!   Accepted, Planned, Queued, Closed ─┐                     ┌─▶ states of messages ─▶ client, events
//!   AttemptReport ─────────────────────┼─▶ life ─────────────┤
//!   ReceiptArrived ─▶ receipts ────────┘   (unmatched: kept) └─▶ threads: the questions of a pair
//!                                                                   │
//!   ReplyArrived ─▶ parts ─▶ replies ─▶ consent │ keyword, vote │ latest message │ default owner ─▶ client, events
//!                                          └─▶ ConsentChanged and one confirmation ─▶ routing
//! ```
//!
//! COR-1: a message reaches one final state; only a receipt corrects it, and never from delivered (G1).
//! COR-2: a receipt is credited to the attempt whose carrier gave that id, or kept as unmatched; never to another (G13).
//! COR-3: a reply reaches the tenant of its keyword, its question or its number; only a consent word may reach several (G5).
//! COR-4: a reply is delivered once for each tenant, and a long one at worst incomplete; what nobody owns is kept (G6).
//! COR-5: a handset has one vote in a poll: the first that came in before the close.
//! COR-6: a person gets one confirmation of a kind a day from a number, three of HELP.
//! COR-7: what a partition knows is in its rows: after a restart it decides as before.

mod at_carrier;
mod attribution;
mod consent;
mod engine;
mod errors;
mod infer;
mod life;
mod parts;
mod query;
mod receipts;
mod replies;
mod rows;
mod tell;
mod threads;
mod timers;
mod votes;

pub use at_carrier::{QUERY_AFTER, QUERY_AGAIN};
pub use engine::{At, Command, Correlation, CorrelationError, Counted, Effect};
pub use life::{CORRECTION_MAX, RECEIPT_GRACE};
pub use parts::{ASSEMBLIES_MAX, PARTS_HARD_STOP, PARTS_OCTETS_MAX, PARTS_PATIENCE};
pub use query::{
    MessageView, THREADS_PAGE, ThreadView, ThreadsPage, ThreadsPlace, UNMATCHED_PAGE, UnmatchedPage, UnmatchedPlace,
    UnmatchedView, VoteCount, Wanted,
};
pub use receipts::{UNMATCHED_KEPT, UNMATCHED_PATIENCE};
pub use timers::FORGET_AFTER;

/// Version of these rules. A change that decides differently on the same records raises it (D5).
pub const LOGIC_VERSION: u32 = 4;
