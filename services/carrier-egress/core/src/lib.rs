//! What leaves for a carrier, when, and what becomes of it. Neutral of the transport; time is an argument.
//!
//! ```text
//!   lane record ──▶ Waiting ──intent──▶ Sending ──answers──▶ Ended ──reported──▶ settled ──▶ done: the lane's position moves
//!                     │                                        ▲
//!                     └── no bind for too long, too late ──────┘        every arrow is written before anybody hears of it
//!
//!   deliver_sm ──▶ whose? ──▶ stored ──▶ on the log ──▶ answered with 0
//! ```
//!
//! The shell feeds what happened, writes the rows in one batch, and only then writes to sockets and appends to the log.
//!
//! EGR-1: an order ends in exactly one reported outcome, and nothing of it is sent after its verdict.
//! EGR-2: no more segments are unanswered on a bind than its window holds, and no more than two windows of them are without
//!        an acknowledged report.
//! EGR-3: after a restart an order without an intent is sent, one with an intent and no outcome is ambiguous, one with an
//!        outcome is reported again, and one that is done is passed over.
//! EGR-4: orders of a lane leave in the lane's order, all segments of one on one bind, and what is for one handset keeps to
//!        one bind while anything of his is unanswered.
//! EGR-5: a receipt is credited to an attempt only by the id of this carrier, and never against its own addresses; by an id
//!        read in another base only where the carrier's manner is not known, and only to the handset it came from.
//! EGR-6: what a carrier delivered is answered with 0 only after the log has it.
//! EGR-7: a question about a message that the carrier has is answered once, passes the same windows and rate, and is asked once.

mod account;
mod allowance;
mod breaker;
mod bucket;
mod carrier;
mod chain;
mod fate;
mod ids;
mod inbound;
mod lane;
mod lease;
mod outbox;
mod recall;
mod rows;
mod settings;
mod time;
mod transport;

pub use account::{Account, BINDS_MAX, PartAnswer, QUESTIONS_MAX, SegmentAnswer, not_asked};
pub use allowance::{ALLOWANCE_REPEAT_US, ALLOWANCE_TOTAL_MAX, Allowances};
pub use breaker::BreakerSettings;
pub use bucket::{Slowing, TokenBucket};
pub use carrier::Carrier;
pub use chain::{LaneTail, Origin, Taken};
pub use ids::{GivenId, ID_DAYS_KEPT};
pub use inbound::{
    ARRIVALS_MAX, Content, Delivery, HELD_PATIENCE, HELD_PER_LINK_MAX, Inbound, LinkId, Patience, READINGS_MAX,
    ReceiptContent, ReplyContent, UNKNOWN_RECEIPTS_MAX,
};
pub use lane::LANE_PLACES_MAX;
pub use lease::{LEASE_US, Lease, Newest, RUN_REPEAT_US, Start, judge_start, number_after};
pub use outbox::{Arrival, DeliverAnswer, NewId, Outbox, Place, Report, SettlementDue};
pub use recall::{RECALL_HELD, RECALLS_MAX};
pub use rows::{
    ArrivalRow, AttemptRow, CarrierIdRow, LaneRow, StoreRow, disown_store, keep_arrival, keep_store, kept_store,
};
pub use settings::{AccountSettings, ContractLimits};
pub use time::Now;
pub use transport::{PartToAsk, SegmentToSend, Tokens, Transport, Unsendable};
