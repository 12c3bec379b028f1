//! What the core wants done once the rows of the turn are written.

use volley_events::{AttemptReport, CarrierAnswer, CarrierMessageId, Record, Settled};
use volley_types::{AccountId, ArrivalId, AttemptId, Lane, Partition, Timestamp};

use crate::inbound::LinkId;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The lane.
    pub lane: Lane,
    /// The offset of its record.
    pub offset: u64,
}

/// A report for `correlation.in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose order it was, to be told when the log has the report.
    pub place: Place,
    /// The partition.
    pub partition: Partition,
    /// What became of the attempt.
    pub report: AttemptReport,
}

/// A settlement for `routing.in`, of an order whose report the log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementDue {
    /// Whose order it was, to be told when the log has the settlement.
    pub place: Place,
    /// The account.
    pub account: AccountId,
    /// The partition.
    pub partition: Partition,
    /// The attempt and how it is settled.
    pub settled: Settled,
}

/// Something a carrier delivered, to be stored and then appended to `correlation.in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its id, to be told when the log has it.
    pub id: ArrivalId,
    /// Equal PDUs have equal ones.
    pub fingerprint: u64,
    /// The partition.
    pub partition: Partition,
    /// When it came in.
    pub received_at: Timestamp,
    /// A `ReceiptArrived` or a `ReplyArrived`.
    pub record: Record,
}

/// An answer to something a carrier delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverAnswer {
    /// The connection it came on.
    pub link: LinkId,
    /// The carrier's sequence number.
    pub sequence: u32,
    /// 0, or the `command_status` that has it come again.
    pub status: u32,
}

/// A carrier message id that was given, for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewId {
    /// The id, normalised.
    pub id: CarrierMessageId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The segment, from 0.
    pub segment: u8,
    /// The id as the carrier wrote it, where that is another text.
    pub written: Option<CarrierMessageId>,
}

/// Everything one turn leads to. The shell empties it.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Reports, by account, in the order the attempts ended.
    pub reports: Vec<Report>,
    /// Attempts that were reported as ambiguous, and that the carrier took after all; nobody waits for the log to have these.
    pub late_reports: Vec<AttemptReport>,
    /// Settlements.
    pub settlements: Vec<SettlementDue>,
    /// Arrivals.
    pub arrivals: Vec<Arrival>,
    /// Answers to deliveries.
    pub answers: Vec<DeliverAnswer>,
    /// New ids.
    pub ids: Vec<NewId>,
    /// What the carrier said about messages it has, for `correlation.in`.
    pub carrier_answers: Vec<CarrierAnswer>,
}
