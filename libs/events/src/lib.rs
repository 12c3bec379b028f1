//! The facts and requests that travel between the services, as plain Rust.
//!
//! ```text
//!  ingest ──Submission──▶ routing.in ──▶ routing ──RoutingFact──▶ correlation.in ──▶ mo-correlation ──ClientEvent──▶ inbox
//!                            ▲              └──SubmitOrder──▶ egress.<account>.<lane>        │   └──PublicEvent──▶ events
//!            Settlement, Allowance ◀── carrier-egress ──AttemptReport, ReceiptArrived, ReplyArrived──▶ correlation.in
//!            ConsentChanged, Submission (answers) ◀──────────────────────────────────────────┘
//!  ingest ──CancelRequested──▶ routing.in           routing ──Recall──▶ recall ──▶ carrier-egress
//!  ConfigChange: config ──▶ every partition of routing.in and correlation.in
//! ```
//!
//! A record is one [`Record`] variant. How it looks on the wire is `libs/wire`'s matter.

pub mod attempt;
pub mod client;
pub mod config;
pub mod consent;
pub mod control;
pub mod inbound;
pub mod public;
pub mod recall;
pub mod record;
pub mod routing;
pub mod submission;

pub use attempt::{
    Allowance, AttemptOutcome, AttemptReport, CarrierMessageId, NotSent, RefusalClass, SegmentOctets, Settled,
    SettledOutcome, Settlement, SubmitOrder,
};
pub use client::{ClientEvent, ClientEventBody, Evidence, Reply, StatusChange, VoteVerdict};
pub use config::{ConfigChange, ConfigRecord};
pub use consent::{ConsentAction, ConsentChanged};
pub use control::{CursorMoved, DeadLetter, JournalEntry, JournalIds, LaneEnd, LanesLost, Owner, Progress, Run, Tick};
pub use inbound::{PartInfo, ReceiptArrived, ReceiptState, ReplyArrived};
pub use public::{PublicEvent, PublicKind};
pub use recall::{Recall, RecallScope};
pub use record::Record;
pub use routing::{
    Accepted, CancelAnswered, CancelOutcome, Closed, Considered, Planned, QueueReason, Queued, RequestConflict,
    RoutingFact, Verdict,
};
pub use submission::{CancelRequested, Origin, Submission};
