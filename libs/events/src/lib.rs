//! The facts and requests that travel between the services, as plain Rust.
//!
//! ```text
//!  ingest ──Submission──▶ routing.in ──▶ routing ──RoutingFact──▶ correlation.in ──▶ mo-correlation ──ClientEvent──▶ inbox
//!                            ▲              └──SubmitOrder──▶ egress.<account>.<lane>        │   └──PublicEvent──▶ events
//!            Settlement, Allowance ◀── carrier-egress ──AttemptReport, ReceiptArrived, ReplyArrived──▶ correlation.in
//!            ConsentChanged, Submission (answers) ◀──────────────────────────────────────────┘
//!  ingest ──CancelRequested, EditRequested──▶ routing.in           routing ──Recall──▶ recall ──▶ carrier-egress
//!  mo-correlation ──CarrierRequest──▶ recall ──▶ carrier-egress ──CarrierAnswer──▶ correlation.in
//!  carrier-egress ──HandsetAvailable──▶ routing.in
//!  ConfigChange: config ──▶ every partition of routing.in and correlation.in
//! ```
//!
//! A record is one [`Record`] variant. How it looks on the wire is `libs/wire`'s matter.

pub mod at_carrier;
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

pub use at_carrier::{
    Asked, CarrierAnswer, CarrierOperation, CarrierRequest, CarrierSaid, HandsetAvailable, SegmentState,
};
pub use attempt::{
    Allowance, AttemptOutcome, AttemptReport, CarrierMessageId, NotSent, RefusalClass, SegmentOctets, Settled,
    SettledOutcome, Settlement, SubmitOrder,
};
pub use client::{ClientEvent, ClientEventBody, Evidence, Reply, StatusChange, VoteVerdict};
pub use config::{ConfigChange, ConfigRecord};
pub use consent::{ConsentAction, ConsentChanged};
pub use control::{
    CursorMoved, DeadLetter, JournalEntry, JournalId, JournalIds, LaneEnd, LanesLost, Owner, Progress, ReceiptIds, Run,
    Tick,
};
pub use inbound::{PartInfo, ReceiptArrived, ReceiptState, ReplyArrived};
pub use public::{PublicEvent, PublicKind};
pub use recall::{Recall, RecallScope};
pub use record::Record;
pub use routing::{
    Accepted, CancelAnswered, CancelOutcome, Closed, Considered, EditAnswered, EditForCarrier, EditOutcome, Planned,
    QueueReason, Queued, RequestConflict, RoutingFact, Substitution, Verdict,
};
pub use submission::{CancelRequested, EditRequested, Origin, Submission};
