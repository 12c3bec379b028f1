//! The metrics of the egress service: names, labels, descriptions.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use volley_events::Asked;
use volley_runtime::metrics::{Metric, MetricKind, Unit, describe};
use volley_types::{AccountId, CarrierName, ContentHash, Lane};

const SEGMENTS: &str = "volley_egress_segments_total";
const ANSWERS: &str = "volley_egress_answers_total";
const OUTCOMES: &str = "volley_egress_outcomes_total";
const DELIVERIES: &str = "volley_egress_deliveries_total";
const REFUSED_DELIVERIES: &str = "volley_egress_deliveries_put_off_total";
const CALLS: &str = "volley_egress_calls_total";
const ALERTS: &str = "volley_egress_alerts_total";
const QUESTIONS: &str = "volley_egress_questions_total";
const LANE_FAULTS: &str = "volley_egress_lane_faults_total";
const BINDS: &str = "volley_egress_binds";
const UNANSWERED: &str = "volley_egress_unanswered_segments";
const WAITING: &str = "volley_egress_waiting_orders";
const WRITE: &str = "volley_egress_write_seconds";

/// Describes them.
pub(crate) fn register() {
    let counters = [
        (SEGMENTS, "Segments handed to a bind. Label account."),
        (ANSWERS, "Answers to segments. Labels account, answer: taken, refused, lost."),
        (
            OUTCOMES,
            "Attempts that ended. Labels account, outcome: submitted, refused, ambiguous, not_sent, recalled.",
        ),
        (DELIVERIES, "What carriers delivered. Labels carrier, kind: receipt, reply."),
        (REFUSED_DELIVERIES, "Deliveries a carrier was told to bring again. Label carrier."),
        (CALLS, "Times a carrier called, and was bound to. Label carrier."),
        (ALERTS, "Handsets a carrier said can be reached again. Label carrier."),
        (
            QUESTIONS,
            "Questions about messages a carrier has. Labels carrier, operation: cancel, query, replace.",
        ),
        (
            LANE_FAULTS,
            "Records of lanes that were not taken. Labels account, fault: repeated, gap, unreadable.",
        ),
    ];
    let counter = |(name, help)| Metric { kind: MetricKind::Counter, name, unit: Unit::Count, help };
    describe(&counters.map(counter));
    let gauges = [
        (BINDS, "Sessions that are bound. Label account."),
        (UNANSWERED, "Segments that are sent and not answered. Label account."),
        (WAITING, "Orders that wait to be sent. Labels account, lane."),
    ];
    let gauge = |(name, help)| Metric { kind: MetricKind::Gauge, name, unit: Unit::Count, help };
    describe(&gauges.map(gauge));
    describe(&[Metric {
        kind: MetricKind::Histogram,
        name: WRITE,
        unit: Unit::Seconds,
        help: "The one write to the store a turn makes. Label carrier.",
    }]);
}

/// What is counted about one account.
pub(crate) struct AccountMetrics {
    account: String,
    pub segments: Counter,
    pub taken: Counter,
    pub refused: Counter,
    pub lost: Counter,
    pub submitted: Counter,
    pub binds: Gauge,
    pub unanswered: Gauge,
    pub waiting: [Gauge; 3],
}

impl AccountMetrics {
    pub fn new(account: &AccountId) -> Self {
        let account = account.to_string();
        let answer = |answer: &'static str| counter!(ANSWERS, "account" => account.clone(), "answer" => answer);
        let waiting = |lane: Lane| gauge!(WAITING, "account" => account.clone(), "lane" => lane.as_str());
        Self {
            segments: counter!(SEGMENTS, "account" => account.clone()),
            taken: answer("taken"),
            refused: answer("refused"),
            lost: answer("lost"),
            submitted: counter!(OUTCOMES, "account" => account.clone(), "outcome" => "submitted"),
            binds: gauge!(BINDS, "account" => account.clone()),
            unanswered: gauge!(UNANSWERED, "account" => account.clone()),
            waiting: Lane::ALL.map(waiting),
            account,
        }
    }

    /// Counts an outcome other than a submission.
    pub fn ended(&self, outcome: &'static str) {
        counter!(OUTCOMES, "account" => self.account.clone(), "outcome" => outcome).increment(1);
    }

    pub fn lane_fault(&self, fault: &'static str) {
        counter!(LANE_FAULTS, "account" => self.account.clone(), "fault" => fault).increment(1);
    }
}

/// What is counted about one carrier.
pub(crate) struct CarrierMetrics {
    pub receipts: Counter,
    pub replies: Counter,
    pub put_off: Counter,
    asked: [Counter; 3],
    pub alerts: Counter,
    pub calls: Counter,
    pub write: Histogram,
}

impl CarrierMetrics {
    pub fn new(carrier: &CarrierName) -> Self {
        let carrier = carrier.to_string();
        let questions = |asked| counter!(QUESTIONS, "carrier" => carrier.clone(), "operation" => operation(asked));
        let delivery = |kind: &'static str| counter!(DELIVERIES, "carrier" => carrier.clone(), "kind" => kind);
        Self {
            receipts: delivery("receipt"),
            replies: delivery("reply"),
            put_off: counter!(REFUSED_DELIVERIES, "carrier" => carrier.clone()),
            alerts: counter!(ALERTS, "carrier" => carrier.clone()),
            calls: counter!(CALLS, "carrier" => carrier.clone()),
            asked: [Asked::Cancel, Asked::Query, Asked::Replace(ContentHash::from_bytes([0; 16]))].map(questions),
            write: histogram!(WRITE, "carrier" => carrier.clone()),
        }
    }
}

impl CarrierMetrics {
    /// A question came for the carrier.
    pub fn asked(&self, asked: Asked) {
        let [cancel, query, replace] = &self.asked;
        match asked {
            Asked::Cancel => cancel,
            Asked::Query => query,
            Asked::Replace(_) => replace,
        }
        .increment(1);
    }
}

fn operation(asked: Asked) -> &'static str {
    match asked {
        Asked::Cancel => "cancel",
        Asked::Query => "query",
        Asked::Replace(_) => "replace",
    }
}
