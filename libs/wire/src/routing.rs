//! What routing decided.

use volley_events::{
    Accepted, CancelAnswered, Closed, Considered, Planned, Queued, RequestConflict, RoutingFact, Substitution, Verdict,
    routing::SUBSTITUTIONS_MAX,
};
use volley_types::{AccountId, CarrierName, NumberId, RequestId, TenantId, Timestamp};

use crate::{
    error::{At, Fault, WireError},
    fields::{counted, id, message_id, micros, octet, or_as_many, required, unless_as_many},
    proto::{
        internal::v1::{self as wire, Lane, QueueReason, accepted, routing_fact::Fact},
        messaging::v1::{self as messaging, CancelOutcome, MessageState, Reason, TrafficClass},
    },
    submission::{confirmed, origin},
    words::{number, word},
};

impl From<&RoutingFact> for wire::RoutingFact {
    fn from(fact: &RoutingFact) -> Self {
        let fact = match fact {
            RoutingFact::Accepted(accepted) => Fact::Accepted(accepted.as_ref().into()),
            RoutingFact::Planned(planned) => Fact::Planned(planned.into()),
            RoutingFact::Queued(queued) => Fact::Queued(queued.into()),
            RoutingFact::Closed(closed) => Fact::Closed(closed.into()),
            RoutingFact::RequestConflict(conflict) => Fact::RequestConflict(conflict.into()),
            RoutingFact::AttemptLost(attempt) => Fact::AttemptLost((*attempt).into()),
            RoutingFact::CancelAnswered(answered) => Fact::CancelAnswered(answered.into()),
            RoutingFact::EditForCarrier(edit) => Fact::EditForCarrier(edit.as_ref().into()),
            RoutingFact::EditAnswered(answered) => Fact::EditAnswered(answered.into()),
        };
        Self { fact: Some(fact) }
    }
}

impl TryFrom<wire::RoutingFact> for RoutingFact {
    type Error = WireError;
    fn try_from(wire: wire::RoutingFact) -> Result<Self, WireError> {
        Ok(match wire.fact.ok_or(Fault::Missing).at("routing_fact.fact")? {
            Fact::Accepted(accepted) => Self::Accepted(Box::new(accepted.try_into()?)),
            Fact::Planned(planned) => Self::Planned(planned.try_into()?),
            Fact::Queued(queued) => Self::Queued(queued.try_into()?),
            Fact::Closed(closed) => Self::Closed(closed.try_into()?),
            Fact::RequestConflict(conflict) => Self::RequestConflict(conflict.try_into()?),
            Fact::AttemptLost(attempt) => Self::AttemptLost(attempt.try_into().at("attempt_lost")?),
            Fact::CancelAnswered(answered) => Self::CancelAnswered(answered.try_into()?),
            Fact::EditForCarrier(edit) => Self::EditForCarrier(Box::new(edit.try_into()?)),
            Fact::EditAnswered(answered) => Self::EditAnswered(answered.try_into()?),
        })
    }
}

impl From<&Accepted> for wire::Accepted {
    fn from(accepted: &Accepted) -> Self {
        Self {
            message_id: id(accepted.message.to_bytes()),
            tenant: accepted.tenant.as_str().to_owned(),
            request_id: accepted.request.as_str().to_owned(),
            sender: accepted.sender.as_str().to_owned(),
            subscriber: Some((&accepted.subscriber).into()),
            traffic_class: number::<TrafficClass, _>(accepted.class),
            deadline_us: accepted.deadline.as_micros(),
            received_at_us: accepted.received_at.as_micros(),
            accepted_at_us: accepted.accepted_at.as_micros(),
            confirms_arrival: confirmed(accepted.origin),
            verdict: Some(match &accepted.verdict {
                Verdict::Planned(planned) => accepted::Verdict::Planned(planned.into()),
                Verdict::Queued(queued) => accepted::Verdict::Queued(queued.into()),
                Verdict::Closed(closed) => accepted::Verdict::Closed(closed.into()),
            }),
        }
    }
}

impl TryFrom<wire::Accepted> for Accepted {
    type Error = WireError;
    fn try_from(wire: wire::Accepted) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("accepted.message_id")?,
            tenant: TenantId::new(&wire.tenant).at("accepted.tenant")?,
            request: RequestId::new(&wire.request_id).at("accepted.request_id")?,
            sender: NumberId::new(&wire.sender).at("accepted.sender")?,
            subscriber: required(wire.subscriber).at("accepted.subscriber")?,
            class: word::<TrafficClass, _>(wire.traffic_class).at("accepted.traffic_class")?,
            deadline: Timestamp::from_micros(wire.deadline_us),
            received_at: Timestamp::from_micros(wire.received_at_us),
            accepted_at: Timestamp::from_micros(wire.accepted_at_us),
            origin: origin(&wire.confirms_arrival, "accepted.confirms_arrival")?,
            verdict: match wire.verdict.ok_or(Fault::Missing).at("accepted.verdict")? {
                accepted::Verdict::Planned(planned) => Verdict::Planned(planned.try_into()?),
                accepted::Verdict::Queued(queued) => Verdict::Queued(queued.try_into()?),
                accepted::Verdict::Closed(closed) => Verdict::Closed(closed.try_into()?),
            },
        })
    }
}

impl From<&Planned> for wire::Planned {
    fn from(planned: &Planned) -> Self {
        let considered = |other: &Considered| wire::Considered {
            account: other.account.as_str().to_owned(),
            because: other.because.clone(),
        };
        Self {
            attempt: Some(planned.attempt.into()),
            account: planned.account.as_str().to_owned(),
            carrier: planned.carrier.as_str().to_owned(),
            lane: number::<Lane, _>(planned.lane),
            segments: planned.segments.into(),
            data_coding: planned.data_coding.into(),
            send_before_us: planned.send_before.as_micros(),
            route_prefix: planned.route_prefix.clone(),
            others: planned.others.iter().map(considered).collect(),
            submits: unless_as_many(planned.submits, planned.segments.into()),
            substitutions: planned.substitutions.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Planned> for Planned {
    type Error = WireError;
    fn try_from(wire: wire::Planned) -> Result<Self, WireError> {
        let considered = |other: wire::Considered| {
            let account = AccountId::new(&other.account).at("planned.others.account")?;
            Ok(Considered { account, because: other.because })
        };
        let substitutions = counted(wire.substitutions, 0, SUBSTITUTIONS_MAX).at("planned.substitutions")?;
        Ok(Self {
            attempt: required(wire.attempt).at("planned.attempt")?,
            account: AccountId::new(&wire.account).at("planned.account")?,
            carrier: CarrierName::new(&wire.carrier).at("planned.carrier")?,
            lane: word::<Lane, _>(wire.lane).at("planned.lane")?,
            segments: octet(wire.segments).at("planned.segments")?,
            data_coding: octet(wire.data_coding).at("planned.data_coding")?,
            send_before: Timestamp::from_micros(wire.send_before_us),
            route_prefix: wire.route_prefix,
            others: wire.others.into_iter().map(considered).collect::<Result<_, WireError>>()?,
            submits: or_as_many(wire.submits, wire.segments as usize).at("planned.submits")?,
            substitutions: substitutions.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<&Substitution> for messaging::Substitution {
    fn from(it: &Substitution) -> Self {
        Self { from: it.from.clone(), to: it.to.clone(), count: it.count }
    }
}

impl From<messaging::Substitution> for Substitution {
    fn from(wire: messaging::Substitution) -> Self {
        Self { from: wire.from, to: wire.to, count: wire.count }
    }
}

impl From<&Queued> for wire::Queued {
    fn from(queued: &Queued) -> Self {
        Self {
            message_id: id(queued.message.to_bytes()),
            reason: number::<QueueReason, _>(queued.reason),
            until_us: micros(queued.until),
        }
    }
}

impl TryFrom<wire::Queued> for Queued {
    type Error = WireError;
    fn try_from(wire: wire::Queued) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("queued.message_id")?,
            reason: word::<QueueReason, _>(wire.reason).at("queued.reason")?,
            until: wire.until_us.map(Timestamp::from_micros),
        })
    }
}

impl From<&Closed> for wire::Closed {
    fn from(closed: &Closed) -> Self {
        Self {
            message_id: id(closed.message.to_bytes()),
            state: number::<MessageState, _>(closed.state),
            reason: number::<Reason, _>(closed.reason),
            carrier_status: closed.carrier_status,
        }
    }
}

impl TryFrom<wire::Closed> for Closed {
    type Error = WireError;
    fn try_from(wire: wire::Closed) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("closed.message_id")?,
            state: word::<MessageState, _>(wire.state).at("closed.state")?,
            reason: word::<Reason, _>(wire.reason).at("closed.reason")?,
            carrier_status: wire.carrier_status,
        })
    }
}

impl From<&CancelAnswered> for wire::CancelAnswered {
    fn from(answered: &CancelAnswered) -> Self {
        Self {
            message_id: id(answered.message.to_bytes()),
            outcome: number::<CancelOutcome, _>(answered.outcome),
        }
    }
}

impl TryFrom<wire::CancelAnswered> for CancelAnswered {
    type Error = WireError;
    fn try_from(wire: wire::CancelAnswered) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("cancel_answered.message_id")?,
            outcome: word::<CancelOutcome, _>(wire.outcome).at("cancel_answered.outcome")?,
        })
    }
}

impl From<&RequestConflict> for wire::RequestConflict {
    fn from(conflict: &RequestConflict) -> Self {
        Self {
            message_id: id(conflict.message.to_bytes()),
            tenant: conflict.tenant.as_str().to_owned(),
            request_id: conflict.request.as_str().to_owned(),
        }
    }
}

impl TryFrom<wire::RequestConflict> for RequestConflict {
    type Error = WireError;
    fn try_from(wire: wire::RequestConflict) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("request_conflict.message_id")?,
            tenant: TenantId::new(&wire.tenant).at("request_conflict.tenant")?,
            request: RequestId::new(&wire.request_id).at("request_conflict.request_id")?,
        })
    }
}
