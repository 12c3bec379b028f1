//! Records in words, for `volley trace` and `volley tail`. Texts never appear, of handsets the last three digits only.

use volley_events::{
    Accepted, Asked, AttemptOutcome, AttemptReport, CancelOutcome, CarrierAnswer, CarrierRequest, CarrierSaid,
    ClientEvent, ClientEventBody, Closed, ConfigRecord, JournalEntry, NotSent, Origin, Planned, QueueReason, Queued,
    RecallScope, ReceiptArrived, Record, Reply, RoutingFact, StatusChange, Submission, SubmitOrder, Substitution,
    Verdict, config::ConfigChange,
};
use volley_types::{AttemptId, MessageId};

use crate::{
    proto::{internal::v1 as internal, messaging::v1 as messaging},
    redact,
};

/// A record in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its kind, such as `attempt_report`: the name of its field in the envelope.
    pub kind: &'static str,
    /// The messages it is about; several in a settlement or a journal, none in what keeps the machinery going.
    pub messages: Vec<MessageId>,
    /// What it says, in one line.
    pub summary: String,
}

/// A record as JSON, with the names of the contract; texts and numbers of handsets are hidden.
pub fn to_json(record: &Record) -> serde_json::Value {
    redact::to_json(&internal::Envelope { trace_context: bytes::Bytes::new(), body: Some(record.into()) })
}

/// Says what a record is and whom it concerns.
pub fn describe(record: &Record) -> Described {
    let (kind, messages, summary) = match record {
        Record::Submission(submission) => ("submission", vec![submission.message], of_submission(submission)),
        Record::Settlement(settlement) => {
            let messages = settlement.settled.iter().map(|settled| settled.attempt.message).collect();
            let (count, account, lane) = (settlement.settled.len(), &settlement.account, settlement.lane.as_str());
            ("settlement", messages, format!("settled {count} attempts at account {account}, lane {lane}"))
        }
        Record::Allowance(it) => {
            let (account, lane) = (&it.account, it.lane.as_str());
            (
                "allowance",
                vec![],
                format!("account {account}, lane {lane} may have {} attempts unsettled", it.allowed),
            )
        }
        Record::LanesLost(lost) => {
            ("lanes_lost", vec![], format!("carrier {} lost its store, {} lanes", lost.carrier, lost.ends.len()))
        }
        Record::ConsentChanged(change) => {
            let action = spoken(messaging::ConsentAction::from(change.action).as_str_name(), "CONSENT_ACTION_");
            let summary =
                format!("{action} of {:?} from {} by tenant {}", change.subscriber, change.number, change.tenant);
            ("consent_changed", vec![], summary)
        }
        Record::RoutingFact(fact) => ("routing_fact", vec![fact.message()], of_fact(fact)),
        Record::AttemptReport(report) => ("attempt_report", vec![report.attempt.message], of_report(report)),
        Record::ReceiptArrived(receipt) => {
            let messages = receipt.attempt.map(|(attempt, _)| attempt.message).into_iter().collect();
            ("receipt_arrived", messages, of_receipt(receipt))
        }
        Record::ReplyArrived(reply) => {
            let (octets, carrier) = (reply.octets.bytes().len(), &reply.carrier);
            (
                "reply_arrived",
                vec![],
                format!("{:?} wrote {octets} octets, from carrier {carrier}", reply.subscriber),
            )
        }
        Record::Config(config) => ("config", vec![], of_config(config)),
        Record::Tick(_) => ("tick", vec![], "something is due".to_owned()),
        Record::Owner(owner) => ("owner", vec![], format!("run {} owns the partition", owner.run)),
        Record::SubmitOrder(order) => ("submit_order", vec![order.attempt.message], of_order(order)),
        Record::Journal(JournalEntry::Run(run)) => {
            let how = if run.clean_stop { "stopped in order" } else { "lives" };
            ("journal", vec![], format!("run {} {how}", run.run))
        }
        Record::Journal(JournalEntry::Ids(ids)) => {
            let messages = ids.ids.iter().map(|accepted| accepted.attempt.message).collect();
            ("journal", messages, format!("{} carrier message ids accepted", ids.ids.len()))
        }
        Record::ClientEvent(event) => of_client_event(event),
        Record::CursorMoved(cursor) => {
            let (tenant, subscription, shard) = (&cursor.tenant, &cursor.subscription, cursor.shard);
            let summary = format!("cursor of {tenant}/{subscription} shard {shard} moved to {}", cursor.offset);
            ("cursor_moved", vec![], summary)
        }
        Record::Progress(it) => (
            "progress",
            vec![],
            format!("{} partition {} at {} of {}", it.service, it.partition, it.position, it.end),
        ),
        Record::CancelRequested(cancel) => {
            ("cancel_requested", vec![cancel.message], format!("tenant {} wants it back", cancel.tenant))
        }
        Record::Recall(recall) => of_recall(&recall.scope),
        Record::CarrierRequest(request) => ("carrier_request", vec![request.attempt.message], of_request(request)),
        Record::CarrierAnswer(answer) => ("carrier_answer", vec![answer.attempt.message], of_answer(answer)),
        Record::EditRequested(edit) => (
            "edit_requested",
            vec![edit.message],
            format!("tenant {} wants it to have another text", edit.tenant),
        ),
        Record::HandsetAvailable(it) => {
            let summary = format!("carrier {} says that {:?} can be reached again", it.carrier, it.subscriber);
            ("handset_available", vec![], summary)
        }
        Record::DeadLetter(letter) => {
            let (topic, partition, offset) = (&letter.topic, letter.partition, letter.offset);
            ("dead_letter", vec![], format!("{topic}/{partition} at {offset}: {}", letter.fault))
        }
    };
    Described { kind, messages, summary }
}

fn of_submission(submission: &Submission) -> String {
    let class = spoken(messaging::TrafficClass::from(submission.class).as_str_name(), "TRAFFIC_CLASS_");
    let asked_by = match submission.origin {
        Origin::Client => format!("request {}", submission.request),
        Origin::Confirmation { arrival } => format!("confirmation of arrival {arrival}"),
    };
    let (tenant, sender, handset) = (&submission.tenant, &submission.sender, &submission.subscriber);
    format!("{class} of tenant {tenant} from {sender} to {handset:?}, {asked_by}")
}

fn of_fact(fact: &RoutingFact) -> String {
    match fact {
        RoutingFact::Accepted(accepted) => of_accepted(accepted),
        RoutingFact::Planned(planned) => of_planned(planned),
        RoutingFact::Queued(queued) => of_queued(queued),
        RoutingFact::Closed(closed) => of_closed(closed),
        RoutingFact::RequestConflict(conflict) => {
            format!("request {} came back with other content, the copy was dropped", conflict.request)
        }
        RoutingFact::AttemptLost(attempt) => {
            format!("attempt {} was not settled in time, it counts as ambiguous", attempt.number)
        }
        RoutingFact::CancelAnswered(answered) => match answered.outcome {
            CancelOutcome::Scheduled => "taken back while it waited".to_owned(),
            CancelOutcome::Queued => "taken back from a carrier's queue".to_owned(),
            CancelOutcome::TooLate => "too late to be taken back".to_owned(),
            CancelOutcome::CancelledAtCarrier => "cancelled at the carrier".to_owned(),
            CancelOutcome::Pending => "the carrier is asked to cancel it".to_owned(),
        },
        RoutingFact::EditForCarrier(_) => "its carrier is to be asked for another text".to_owned(),
        RoutingFact::EditAnswered(answered) => {
            let outcome = messaging::EditOutcome::from(answered.outcome);
            format!("another text was wished for: {}", spoken(outcome.as_str_name(), "EDIT_OUTCOME_"))
        }
    }
}

fn of_recall(scope: &RecallScope) -> (&'static str, Vec<MessageId>, String) {
    let (messages, summary) = match scope {
        RecallScope::Message(message) => (vec![*message], "takes back what was not sent of it".to_owned()),
        RecallScope::OptOut { tenant, subscriber, .. } => {
            (vec![], format!("takes back what tenant {tenant} may not send to {subscriber:?} any more"))
        }
        RecallScope::Tenant(tenant) => (vec![], format!("takes back everything of tenant {tenant}, which is paused")),
    };
    ("recall", messages, summary)
}

fn of_request(request: &CarrierRequest) -> String {
    let asked = operation(request.operation.asked());
    let (account, segments, number) = (&request.account, request.segments.len(), request.attempt.number);
    format!("account {account} is to ask its carrier to {asked} {segments} segments of attempt {number}")
}

fn of_answer(answer: &CarrierAnswer) -> String {
    let said = match &answer.said {
        CarrierSaid::Done => "it did".to_owned(),
        CarrierSaid::Refused(status) => format!("refused with {status:#010x}"),
        CarrierSaid::Unanswered => "never answered".to_owned(),
        CarrierSaid::NotAsked => "not asked: no session, no room, or no support".to_owned(),
        CarrierSaid::States(states) => {
            let states: Vec<_> = states.iter().map(|state| receipt_state(state.state)).collect();
            if states.is_empty() {
                "it does not know".to_owned()
            } else {
                states.join(", ")
            }
        }
    };
    let number = answer.attempt.number;
    format!("asked to {} attempt {number} at account {}: {said}", operation(answer.asked), answer.account)
}

fn operation(asked: Asked) -> &'static str {
    match asked {
        Asked::Cancel => "cancel",
        Asked::Query => "tell the state of",
        Asked::Replace(_) => "replace",
    }
}

fn of_accepted(accepted: &Accepted) -> String {
    let verdict = match &accepted.verdict {
        Verdict::Planned(planned) => of_planned(planned),
        Verdict::Queued(queued) => of_queued(queued),
        Verdict::Closed(closed) => of_closed(closed),
    };
    format!("accepted from {} to {:?}; {verdict}", accepted.sender, accepted.subscriber)
}

fn of_planned(planned: &Planned) -> String {
    let Planned { attempt, account, lane, segments, route_prefix, others, substitutions, .. } = planned;
    let route = if route_prefix.is_empty() {
        "default".to_owned()
    } else {
        format!("+{route_prefix}")
    };
    let (number, lane) = (attempt.number, lane.as_str());
    let mut summary =
        format!("planned attempt {number} at account {account}, lane {lane}, {segments} segments, route {route}");
    for Substitution { from, to, count } in substitutions {
        summary.push_str(&format!("; {from} sent as {to:?} ({count}x)"));
    }
    for other in others {
        summary.push_str(&format!("; not {}: {}", other.account, other.because));
    }
    summary
}

fn of_queued(queued: &Queued) -> String {
    let reason = match queued.reason {
        QueueReason::NoAllowance => "room at an account",
        QueueReason::BackOff => "the end of a back-off",
        QueueReason::Configuration => "a configuration record",
        QueueReason::Paused => "the end of its tenant's pause",
        QueueReason::Order => "an earlier message of its conversation",
        QueueReason::Schedule => "its time",
    };
    format!("waits for {reason}")
}

fn of_closed(closed: &Closed) -> String {
    let status = closed
        .carrier_status
        .map(|status| format!(" ({status:#010x})"))
        .unwrap_or_default();
    format!("closed {}{status}", state_and_reason(closed.state, closed.reason))
}

fn of_order(order: &SubmitOrder) -> String {
    let AttemptId { number, .. } = order.attempt;
    format!("order for attempt {number}, {} segments, to {:?}", order.segments.len(), order.subscriber)
}

fn of_report(report: &AttemptReport) -> String {
    let outcome = match &report.outcome {
        AttemptOutcome::Submitted { ids } => format!("taken, {} segments", ids.len()),
        AttemptOutcome::Refused { status, class, .. } => {
            let class = spoken(internal::RefusalClass::from(*class).as_str_name(), "REFUSAL_CLASS_");
            format!("refused with {status:#010x} ({class})")
        }
        AttemptOutcome::Ambiguous { .. } => "never answered".to_owned(),
        AttemptOutcome::NotSent(NotSent::NoBind) => "not sent: no bind".to_owned(),
        AttemptOutcome::NotSent(NotSent::TooLate) => "not sent: too late".to_owned(),
        AttemptOutcome::Recalled => "recalled".to_owned(),
    };
    format!("attempt {} at account {}: {outcome}", report.attempt.number, report.account)
}

fn of_receipt(receipt: &ReceiptArrived) -> String {
    let state = receipt_state(receipt.state);
    let error = receipt
        .error
        .as_ref()
        .map(|error| format!(", error {error}"))
        .unwrap_or_default();
    let attempt = receipt
        .attempt
        .map(|(attempt, _)| format!(" for attempt {}", attempt.number))
        .unwrap_or_default();
    format!("receipt from carrier {}{attempt}: {state}{error}", receipt.carrier)
}

fn of_config(config: &ConfigRecord) -> String {
    let what = match &config.change {
        ConfigChange::Tenant(it) => format!("tenant {}", it.tenant),
        ConfigChange::ApiKey(it) => format!("API key {} of tenant {}", it.key_id, it.tenant),
        ConfigChange::Number(it) => format!("number {}", it.number),
        ConfigChange::Keyword(it) => format!("keyword {} on {}", it.keyword, it.number),
        ConfigChange::Carrier(it) => format!("carrier {}", it.carrier),
        ConfigChange::Account(it) => format!("account {} at carrier {}", it.account, it.carrier),
        ConfigChange::Route(it) if it.prefix.is_empty() => "default route".to_owned(),
        ConfigChange::Route(it) => format!("route +{}", it.prefix),
        ConfigChange::Poll(it) => format!("poll {}", it.poll),
        ConfigChange::Subscription(it) => format!("subscription {}/{}", it.tenant, it.subscription),
        ConfigChange::CarrierProfile(it) => format!("profile of carrier {}", it.carrier),
        ConfigChange::Skip(it) => format!("pass over {}/{} at {}", it.topic, it.partition, it.offset),
    };
    format!("configuration: {what}")
}

fn of_client_event(event: &ClientEvent) -> (&'static str, Vec<MessageId>, String) {
    let to = format!("{}/{}", event.tenant, event.subscription);
    let (messages, summary) = match &event.body {
        ClientEventBody::Status(change) => (vec![change.message], format!("told {to}: {}", of_status(change))),
        ClientEventBody::Reply(reply) => {
            let messages = reply.answers.iter().map(|(message, _)| *message).collect();
            (messages, format!("told {to}: {}", of_reply(reply)))
        }
        ClientEventBody::RequestConflict { message, request } => {
            (vec![*message], format!("told {to}: request {request} came back with other content"))
        }
    };
    ("client_event", messages, summary)
}

fn of_status(change: &StatusChange) -> String {
    state_and_reason(change.state, change.reason)
}

fn of_reply(reply: &Reply) -> String {
    let evidence = spoken(messaging::Evidence::from(reply.evidence).as_str_name(), "EVIDENCE_");
    format!("reply of {:?} to {} (by {evidence}, {} %)", reply.subscriber, reply.number, reply.confidence)
}

fn state_and_reason(state: impl Into<messaging::MessageState>, reason: volley_types::Reason) -> String {
    let state = state.into().as_str_name().trim_start_matches("MESSAGE_STATE_");
    match messaging::Reason::from(reason) {
        messaging::Reason::Unspecified => state.to_owned(),
        reason => format!("{state}: {}", spoken(reason.as_str_name(), "REASON_")),
    }
}

/// What a receipt says, in a word or two.
pub fn receipt_state(state: volley_events::ReceiptState) -> String {
    spoken(internal::ReceiptState::from(state).as_str_name(), "RECEIPT_STATE_")
}

/// An enum value of the contract in plain words: `REASON_OPTED_OUT` is "opted out".
fn spoken(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase().replace('_', " ")
}
