//! The metrics of the routing service: names, labels, descriptions.

use volley_runtime::metrics::{Metric, MetricKind, Unit, describe};

/// Messages decided, by what was decided: `planned`, `queued`, `closed`, `conflict`, `lost`, `cancel`.
pub const DECISIONS: &str = "volley_routing_decisions_total";
/// Messages that wait for an account with room, by partition.
pub const PARKED: &str = "volley_routing_parked_messages";

/// Describes them.
pub fn register() {
    describe(&[
        Metric {
            kind: MetricKind::Counter,
            name: DECISIONS,
            unit: Unit::Count,
            help: "Decisions about messages. Label decision: planned, queued, closed, conflict, lost, cancel.",
        },
        Metric {
            kind: MetricKind::Gauge,
            name: PARKED,
            unit: Unit::Count,
            help: "Messages that wait for an account with room. Label partition.",
        },
    ]);
}
