//! The metrics of the mo-correlation service: names, labels, descriptions.

use metrics::{Counter, Gauge, counter, gauge};
use volley_events::{ClientEvent, ClientEventBody};
use volley_mo_correlation_core::Counted;
use volley_runtime::metrics::{Metric, MetricKind, Unit, describe};
use volley_types::{FinalState, MessageState, Partition};

/// Events for clients, by what they are: `status`, `reply`, `conflict`.
const CLIENT_EVENTS: &str = "volley_correlation_client_events_total";
/// Messages that ended, by final state; a correction counts again.
const ENDED: &str = "volley_correlation_ended_total";
/// What no event tells, by what it is.
const NOTED: &str = "volley_correlation_noted_total";
/// Receipts that no message claims, by partition.
const UNMATCHED: &str = "volley_correlation_unmatched_receipts";

/// Describes them.
pub fn register() {
    let metric = |kind, name, help| Metric { kind, name, unit: Unit::Count, help };
    describe(&[
        metric(MetricKind::Counter, CLIENT_EVENTS, "Events for clients. Label event: status, reply, conflict."),
        metric(
            MetricKind::Counter,
            ENDED,
            "Messages that ended; a correction counts again. Label state: delivered, failed, expired, unknown, refused, cancelled.",
        ),
        metric(
            MetricKind::Counter,
            NOTED,
            "What no event tells. Label what: unmatched_receipt, refused_receipt, unrouted_reply, repeated_reply, \
             incomplete_reply, stale_report, stale_fact.",
        ),
        metric(MetricKind::Gauge, UNMATCHED, "Receipts that no message claims. Label partition."),
    ]);
}

/// The metrics of one partition, looked up once.
pub struct Meters {
    statuses: Counter,
    replies: Counter,
    conflicts: Counter,
    unmatched: Gauge,
}

impl Meters {
    /// Those of a partition.
    pub fn new(partition: Partition) -> Self {
        Self {
            statuses: counter!(CLIENT_EVENTS, "event" => "status"),
            replies: counter!(CLIENT_EVENTS, "event" => "reply"),
            conflicts: counter!(CLIENT_EVENTS, "event" => "conflict"),
            unmatched: gauge!(UNMATCHED, "partition" => partition.to_string()),
        }
    }

    /// A client is told something.
    pub fn told(&self, event: &ClientEvent) {
        match &event.body {
            ClientEventBody::Status(change) => {
                self.statuses.increment(1);
                if let MessageState::Final(state) = change.state {
                    counter!(ENDED, "state" => state_name(state)).increment(1);
                }
            }
            ClientEventBody::Reply(_) => self.replies.increment(1),
            ClientEventBody::RequestConflict { .. } => self.conflicts.increment(1),
        }
    }

    /// Something happened that no event tells.
    pub fn noted(&self, what: Counted) {
        counter!(NOTED, "what" => counted_name(what)).increment(1);
    }

    /// So many receipts are unmatched.
    pub fn unmatched(&self, count: u64) {
        self.unmatched.set(count as f64);
    }
}

const fn state_name(state: FinalState) -> &'static str {
    match state {
        FinalState::Delivered => "delivered",
        FinalState::Failed => "failed",
        FinalState::Expired => "expired",
        FinalState::Unknown => "unknown",
        FinalState::Refused => "refused",
        FinalState::Cancelled => "cancelled",
    }
}

const fn counted_name(what: Counted) -> &'static str {
    match what {
        Counted::UnmatchedReceipt => "unmatched_receipt",
        Counted::InferredReceipt => "inferred_receipt",
        Counted::RefusedReceipt => "refused_receipt",
        Counted::UnroutedReply => "unrouted_reply",
        Counted::RepeatedReply => "repeated_reply",
        Counted::IncompleteReply => "incomplete_reply",
        Counted::StaleReport => "stale_report",
        Counted::StaleFact => "stale_fact",
    }
}
