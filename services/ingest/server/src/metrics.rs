//! The metrics of the front door: names, labels, descriptions.

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use tonic::Code;
use volley_runtime::metrics::{Metric, MetricKind, Unit, describe};

use crate::door::Answer;

/// Requests to send, by what became of them.
const MESSAGES: &str = "volley_ingest_messages_total";
/// Time from an append to its acknowledgement.
const APPEND: &str = "volley_ingest_append_seconds";
/// Messages in one append.
const APPENDED: &str = "volley_ingest_append_messages";
/// Appends that failed.
const APPEND_FAILURES: &str = "volley_ingest_append_failures_total";
/// Event streams that are open.
const STREAMS: &str = "volley_ingest_event_streams";
/// Events, by what became of them.
const EVENTS: &str = "volley_ingest_events_total";
/// Acknowledgements that became durable.
const ACKNOWLEDGEMENTS: &str = "volley_ingest_acknowledgements_total";
/// Administrative changes, by what became of them.
const CHANGES: &str = "volley_ingest_changes_total";

/// Describes them.
pub(crate) fn register() {
    let of = |kind, name, unit, help| Metric { kind, name, unit, help };
    let counter = |name, help| of(MetricKind::Counter, name, Unit::Count, help);
    describe(&[
        counter(MESSAGES, "Requests to send. Label outcome: accepted, repeated, or the gRPC code of the refusal."),
        of(
            MetricKind::Histogram,
            APPEND,
            Unit::Seconds,
            "Time from an append of messages to its acknowledgement.",
        ),
        of(MetricKind::Histogram, APPENDED, Unit::Count, "Messages in one append."),
        counter(APPEND_FAILURES, "Appends of messages that failed, or of which nothing is known."),
        of(MetricKind::Gauge, STREAMS, Unit::Count, "Event streams that are open."),
        counter(
            EVENTS,
            "Events of streams. Label outcome: delivered, repeated (dropped), gap (refused), unreadable.",
        ),
        counter(ACKNOWLEDGEMENTS, "Acknowledgements of events that became durable."),
        counter(CHANGES, "Administrative changes. Label outcome: applied, conflict, failed."),
    ]);
}

/// Counts the answers of one burst.
pub(crate) fn count_answers(answers: &[Answer]) {
    let (mut accepted, mut repeated) = (0, 0);
    for answer in answers {
        match answer {
            Ok(answer) if answer.repeated => repeated += 1,
            Ok(_) => accepted += 1,
            Err(refusal) => counter!(MESSAGES, "outcome" => code_name(refusal.code())).increment(1),
        }
    }
    if accepted > 0 {
        counter!(MESSAGES, "outcome" => "accepted").increment(accepted);
    }
    if repeated > 0 {
        counter!(MESSAGES, "outcome" => "repeated").increment(repeated);
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "invalid_argument",
        Code::PermissionDenied => "permission_denied",
        Code::AlreadyExists => "already_exists",
        Code::Unavailable => "unavailable",
        Code::ResourceExhausted => "resource_exhausted",
        _ => "other",
    }
}

/// Counts one append of messages.
pub(crate) fn count_append(messages: u32, took: Duration, acknowledged: bool) {
    histogram!(APPEND).record(took.as_secs_f64());
    histogram!(APPENDED).record(f64::from(messages));
    if !acknowledged {
        counter!(APPEND_FAILURES).increment(1);
    }
}

/// What became of an event on its way to a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EventOutcome {
    Delivered,
    Repeated,
    Gap,
    Unreadable,
}

/// Counts events of one stream.
pub(crate) fn count_event(outcome: EventOutcome) {
    let outcome = match outcome {
        EventOutcome::Delivered => "delivered",
        EventOutcome::Repeated => "repeated",
        EventOutcome::Gap => "gap",
        EventOutcome::Unreadable => "unreadable",
    };
    counter!(EVENTS, "outcome" => outcome).increment(1);
}

/// Counts acknowledgements that became durable.
pub(crate) fn count_acknowledgements(count: usize) {
    counter!(ACKNOWLEDGEMENTS).increment(count as u64);
}

/// Counts one administrative change: `applied`, `conflict` or `failed`.
pub(crate) fn count_change(outcome: &'static str) {
    counter!(CHANGES, "outcome" => outcome).increment(1);
}

/// One open event stream, as long as it lives.
#[derive(Debug)]
pub(crate) struct OpenStream(());

impl OpenStream {
    pub(crate) fn new() -> Self {
        gauge!(STREAMS).increment(1.0);
        Self(())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        gauge!(STREAMS).decrement(1.0);
    }
}
