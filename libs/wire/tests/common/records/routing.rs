//! What routing is told, and what it decides.

use volley_events::{
    Accepted, CancelAnswered, CancelOutcome, Closed, Considered, EditAnswered, EditForCarrier, EditOutcome, Origin,
    Planned, QueueReason, Queued, RecallScope, RequestConflict, RoutingFact, Settled, SettledOutcome, Submission,
    Substitution, Verdict,
};
use volley_types::{AccountId, ArrivalId, CarrierName, ContentHash, TenantId};

use super::egress::{not_sent, refusal};
use crate::common::Draw;

pub(super) fn submission(draw: &mut Draw<'_>) -> Submission {
    Submission {
        message: draw.message(),
        tenant: draw.name(TenantId::new),
        request: draw.request(),
        content: ContentHash::from_bytes(draw.octets()),
        sender: draw.number(),
        subscriber: draw.subscriber(),
        text: draw.body(),
        class: draw.class(),
        deadline: draw.time(),
        config_offset: draw.long(),
        received_at: draw.time(),
        origin: origin(draw),
        in_order: draw.flag(),
        send_at: draw.option(Draw::time),
        verbatim: draw.flag(),
    }
}

fn origin(draw: &mut Draw<'_>) -> Origin {
    match draw.flag() {
        true => Origin::Confirmation { arrival: ArrivalId::from_bytes(draw.octets()) },
        false => Origin::Client,
    }
}

pub(super) fn settled(draw: &mut Draw<'_>) -> Settled {
    let refused = SettledOutcome::Refused { status: draw.int(), class: refusal(draw) };
    let not_sent = SettledOutcome::NotSent(not_sent(draw));
    let outcome = draw.pick([
        SettledOutcome::Submitted,
        refused,
        SettledOutcome::Ambiguous,
        not_sent,
        SettledOutcome::Recalled,
        SettledOutcome::TooLate,
    ]);
    Settled { attempt: draw.attempt(), outcome }
}

fn planned(draw: &mut Draw<'_>) -> Planned {
    Planned {
        attempt: draw.attempt(),
        account: draw.name(AccountId::new),
        carrier: draw.name(CarrierName::new),
        lane: draw.lane(),
        segments: draw.octet(),
        data_coding: draw.octet(),
        send_before: draw.time(),
        route_prefix: draw.text(),
        others: draw.list(0, |draw| Considered { account: draw.name(AccountId::new), because: draw.text() }),
        submits: draw.octet(),
        substitutions: draw.list(0, |draw| Substitution { from: draw.text(), to: draw.text(), count: draw.int() }),
    }
}

fn queued(draw: &mut Draw<'_>) -> Queued {
    Queued {
        message: draw.message(),
        reason: draw.pick([
            QueueReason::NoAllowance,
            QueueReason::BackOff,
            QueueReason::Configuration,
            QueueReason::Paused,
            QueueReason::Order,
            QueueReason::Schedule,
        ]),
        until: draw.option(Draw::time),
    }
}

fn closed(draw: &mut Draw<'_>) -> Closed {
    Closed {
        message: draw.message(),
        state: draw.final_state(),
        reason: draw.reason(),
        carrier_status: draw.option(Draw::int),
    }
}

fn edit_outcome(draw: &mut Draw<'_>) -> EditOutcome {
    use EditOutcome::{DoesNotFit, Edited, InTransit, NotSupported, Pending, ReplacedAtCarrier, TooLate};
    draw.pick([Edited, ReplacedAtCarrier, TooLate, NotSupported, DoesNotFit, InTransit, Pending])
}

pub(super) fn fact(draw: &mut Draw<'_>) -> RoutingFact {
    match draw.octet() % 9 {
        0 => RoutingFact::Accepted(Box::new(Accepted {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            request: draw.request(),
            sender: draw.number(),
            subscriber: draw.subscriber(),
            class: draw.class(),
            deadline: draw.time(),
            received_at: draw.time(),
            accepted_at: draw.time(),
            origin: origin(draw),
            verdict: match draw.octet() % 3 {
                0 => Verdict::Planned(planned(draw)),
                1 => Verdict::Queued(queued(draw)),
                _ => Verdict::Closed(closed(draw)),
            },
        })),
        1 => RoutingFact::Planned(planned(draw)),
        2 => RoutingFact::Queued(queued(draw)),
        3 => RoutingFact::Closed(closed(draw)),
        4 => RoutingFact::AttemptLost(draw.attempt()),
        5 => RoutingFact::CancelAnswered(CancelAnswered {
            message: draw.message(),
            outcome: draw.pick([
                CancelOutcome::Scheduled,
                CancelOutcome::Queued,
                CancelOutcome::TooLate,
                CancelOutcome::CancelledAtCarrier,
                CancelOutcome::Pending,
            ]),
        }),
        6 => RoutingFact::EditForCarrier(Box::new(EditForCarrier {
            message: draw.message(),
            edit: ContentHash::from_bytes(draw.octets()),
            text: draw.body(),
        })),
        7 => RoutingFact::EditAnswered(EditAnswered {
            message: draw.message(),
            edit: ContentHash::from_bytes(draw.octets()),
            outcome: edit_outcome(draw),
        }),
        _ => RoutingFact::RequestConflict(RequestConflict {
            message: draw.message(),
            tenant: draw.name(TenantId::new),
            request: draw.request(),
        }),
    }
}

pub(super) fn scope(draw: &mut Draw<'_>) -> RecallScope {
    match draw.octet() % 3 {
        0 => RecallScope::Message(draw.message()),
        1 => RecallScope::OptOut {
            tenant: draw.name(TenantId::new),
            subscriber: draw.subscriber(),
            source: draw.address(),
        },
        _ => RecallScope::Tenant(draw.name(TenantId::new)),
    }
}
