//! The metrics of the routing service: names, labels, descriptions.

use metrics::{Counter, Gauge, counter, gauge};
use volley_events::{RoutingFact, Verdict};
use volley_runtime::metrics::{Metric, MetricKind, Unit, describe};
use volley_types::Partition;

/// Messages decided, by what was decided: `planned`, `queued`, `closed`, `conflict`, `lost`, `cancel`, `edit`.
const DECISIONS: &str = "volley_routing_decisions_total";
/// Messages that wait for an account with room, by partition.
const PARKED: &str = "volley_routing_parked_messages";

/// Describes them.
pub fn register() {
    describe(&[
        Metric {
            kind: MetricKind::Counter,
            name: DECISIONS,
            unit: Unit::Count,
            help: "Decisions about messages. Label decision: planned, queued, closed, conflict, lost, cancel, edit.",
        },
        Metric {
            kind: MetricKind::Gauge,
            name: PARKED,
            unit: Unit::Count,
            help: "Messages that wait for an account with room. Label partition.",
        },
    ]);
}

/// The metrics of one partition, looked up once.
pub struct Meters {
    planned: Counter,
    queued: Counter,
    closed: Counter,
    conflict: Counter,
    lost: Counter,
    cancel: Counter,
    edit: Counter,
    parked: Gauge,
}

impl Meters {
    /// Those of a partition.
    pub fn new(partition: Partition) -> Self {
        let decisions = |decision: &'static str| counter!(DECISIONS, "decision" => decision);
        Self {
            planned: decisions("planned"),
            queued: decisions("queued"),
            closed: decisions("closed"),
            conflict: decisions("conflict"),
            lost: decisions("lost"),
            cancel: decisions("cancel"),
            edit: decisions("edit"),
            parked: gauge!(PARKED, "partition" => partition.to_string()),
        }
    }

    /// Something was decided.
    pub fn decided(&self, fact: &RoutingFact) {
        let counter = match fact {
            RoutingFact::Accepted(accepted) => match accepted.verdict {
                Verdict::Planned(_) => &self.planned,
                Verdict::Queued(_) => &self.queued,
                Verdict::Closed(_) => &self.closed,
            },
            RoutingFact::Planned(_) => &self.planned,
            RoutingFact::Queued(_) => &self.queued,
            RoutingFact::Closed(_) => &self.closed,
            RoutingFact::RequestConflict(_) => &self.conflict,
            RoutingFact::AttemptLost(_) => &self.lost,
            RoutingFact::CancelAnswered(_) => &self.cancel,
            RoutingFact::EditForCarrier(_) | RoutingFact::EditAnswered(_) => &self.edit,
        };
        counter.increment(1);
    }

    /// So many messages wait for an account with room.
    pub fn parked(&self, messages: u64) {
        self.parked.set(messages as f64);
    }
}
