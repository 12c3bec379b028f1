//! Attempts: the order to a lane, the report of what became of it, and the settlement.

use volley_events::{
    Allowance, AttemptOutcome, AttemptReport, SegmentOctets, Settled, SettledOutcome, Settlement, SubmitOrder,
    attempt::SETTLED_MAX,
};
use volley_types::{AccountId, CarrierName, TenantId, Timestamp};

use crate::{
    error::{At, Fault, WireError},
    fields::{carrier_ids, counted, id, micros, octet, or_as_many, required, unless_as_many},
    proto::{
        internal::v1::{self as wire, Lane, NotSentReason, RefusalClass, attempt_report::Outcome},
        messaging::v1::TrafficClass,
    },
    words::{number, word},
};

/// Most segments of one message (GSM 03.40 §9.2.3.24.1 counts them in one octet).
const SEGMENTS_MAX: usize = 255;

impl From<&SubmitOrder> for wire::SubmitOrder {
    fn from(order: &SubmitOrder) -> Self {
        Self {
            attempt: Some(order.attempt.into()),
            tenant: order.tenant.as_str().to_owned(),
            traffic_class: number::<TrafficClass, _>(order.class),
            subscriber: Some((&order.subscriber).into()),
            source: Some((&order.source).into()),
            destination: Some((&order.destination).into()),
            data_coding: order.data_coding.into(),
            esm_class: order.esm_class.into(),
            segments: order.segments.iter().map(|segment| id(segment.as_slice())).collect(),
            send_before_us: order.send_before.as_micros(),
            deadline_us: order.deadline.as_micros(),
            parts: unless_as_many(order.parts, order.segments.len()),
        }
    }
}

impl TryFrom<wire::SubmitOrder> for SubmitOrder {
    type Error = WireError;
    fn try_from(wire: wire::SubmitOrder) -> Result<Self, WireError> {
        let segments = counted(wire.segments, 1, SEGMENTS_MAX).at("submit_order.segments")?;
        let parts = or_as_many(wire.parts, segments.len()).at("submit_order.parts")?;
        Ok(Self {
            attempt: required(wire.attempt).at("submit_order.attempt")?,
            tenant: TenantId::new(&wire.tenant).at("submit_order.tenant")?,
            class: word::<TrafficClass, _>(wire.traffic_class).at("submit_order.traffic_class")?,
            subscriber: required(wire.subscriber).at("submit_order.subscriber")?,
            source: required(wire.source).at("submit_order.source")?,
            destination: required(wire.destination).at("submit_order.destination")?,
            data_coding: octet(wire.data_coding).at("submit_order.data_coding")?,
            esm_class: octet(wire.esm_class).at("submit_order.esm_class")?,
            segments: segments.into_iter().map(SegmentOctets::new).collect(),
            send_before: Timestamp::from_micros(wire.send_before_us),
            deadline: Timestamp::from_micros(wire.deadline_us),
            parts,
        })
    }
}

impl From<&AttemptReport> for wire::AttemptReport {
    fn from(report: &AttemptReport) -> Self {
        Self {
            attempt: Some(report.attempt.into()),
            account: report.account.as_str().to_owned(),
            carrier: report.carrier.as_str().to_owned(),
            sent_at_us: micros(report.sent_at),
            ended_at_us: report.ended_at.as_micros(),
            outcome: Some((&report.outcome).into()),
        }
    }
}

impl TryFrom<wire::AttemptReport> for AttemptReport {
    type Error = WireError;
    fn try_from(wire: wire::AttemptReport) -> Result<Self, WireError> {
        Ok(Self {
            attempt: required(wire.attempt).at("attempt_report.attempt")?,
            account: AccountId::new(&wire.account).at("attempt_report.account")?,
            carrier: CarrierName::new(&wire.carrier).at("attempt_report.carrier")?,
            outcome: required(wire.outcome).at("attempt_report.outcome")?,
            sent_at: wire.sent_at_us.map(Timestamp::from_micros),
            ended_at: Timestamp::from_micros(wire.ended_at_us),
        })
    }
}

impl From<&AttemptOutcome> for Outcome {
    fn from(outcome: &AttemptOutcome) -> Self {
        match outcome {
            AttemptOutcome::Submitted { ids } => Self::Submitted(carrier_ids(ids)),
            AttemptOutcome::Refused { status, class, ids } => Self::Refused(wire::attempt_report::Refused {
                status: *status,
                refusal: number::<RefusalClass, _>(*class),
                ids: Some(carrier_ids(ids)),
            }),
            AttemptOutcome::Ambiguous { ids } => Self::Ambiguous(carrier_ids(ids)),
            AttemptOutcome::NotSent(reason) => Self::NotSent(number::<NotSentReason, _>(*reason)),
            AttemptOutcome::Recalled => Self::Recalled(wire::attempt_report::Recalled {}),
        }
    }
}

impl TryFrom<Outcome> for AttemptOutcome {
    type Error = Fault;
    fn try_from(wire: Outcome) -> Result<Self, Fault> {
        Ok(match wire {
            Outcome::Submitted(ids) => Self::Submitted { ids: ids.try_into()? },
            Outcome::Refused(refused) => Self::Refused {
                status: refused.status,
                class: word::<RefusalClass, _>(refused.refusal)?,
                ids: required(refused.ids)?,
            },
            Outcome::Ambiguous(ids) => Self::Ambiguous { ids: ids.try_into()? },
            Outcome::NotSent(reason) => Self::NotSent(word::<NotSentReason, _>(reason)?),
            Outcome::Recalled(wire::attempt_report::Recalled {}) => Self::Recalled,
        })
    }
}

impl From<&Settlement> for wire::Settlement {
    fn from(settlement: &Settlement) -> Self {
        Self {
            account: settlement.account.as_str().to_owned(),
            lane: number::<Lane, _>(settlement.lane),
            settled: settlement.settled.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Settlement> for Settlement {
    type Error = WireError;
    fn try_from(wire: wire::Settlement) -> Result<Self, WireError> {
        let settled = counted(wire.settled, 1, SETTLED_MAX).at("settlement.settled")?;
        Ok(Self {
            account: AccountId::new(&wire.account).at("settlement.account")?,
            lane: word::<Lane, _>(wire.lane).at("settlement.lane")?,
            settled: settled.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Settled> for wire::Settled {
    fn from(settled: &Settled) -> Self {
        use wire::SettledOutcome as Wire;

        let mut wire = Self { attempt: Some(settled.attempt.into()), ..Self::default() };
        let outcome = match settled.outcome {
            SettledOutcome::Submitted => Wire::Submitted,
            SettledOutcome::Refused { status, class } => {
                wire.status = status;
                wire.refusal = number::<RefusalClass, _>(class);
                Wire::Refused
            }
            SettledOutcome::Ambiguous => Wire::Ambiguous,
            SettledOutcome::NotSent(reason) => {
                wire.not_sent = number::<NotSentReason, _>(reason);
                Wire::NotSent
            }
            SettledOutcome::Recalled => Wire::Recalled,
            SettledOutcome::TooLate => Wire::TooLate,
        };
        wire.set_outcome(outcome);
        wire
    }
}

impl TryFrom<wire::Settled> for Settled {
    type Error = WireError;
    fn try_from(wire: wire::Settled) -> Result<Self, WireError> {
        use wire::SettledOutcome as Wire;

        let outcome = match Wire::try_from(wire.outcome) {
            Ok(Wire::Submitted) => SettledOutcome::Submitted,
            Ok(Wire::Refused) => SettledOutcome::Refused {
                status: wire.status,
                class: word::<RefusalClass, _>(wire.refusal).at("settled.refusal")?,
            },
            Ok(Wire::Ambiguous) => SettledOutcome::Ambiguous,
            Ok(Wire::NotSent) => {
                SettledOutcome::NotSent(word::<NotSentReason, _>(wire.not_sent).at("settled.not_sent")?)
            }
            Ok(Wire::Recalled) => SettledOutcome::Recalled,
            Ok(Wire::TooLate) => SettledOutcome::TooLate,
            Ok(Wire::Unspecified) | Err(_) => return Err(Fault::UnknownValue(wire.outcome)).at("settled.outcome"),
        };
        Ok(Self { attempt: required(wire.attempt).at("settled.attempt")?, outcome })
    }
}

impl From<&Allowance> for wire::Allowance {
    fn from(allowance: &Allowance) -> Self {
        Self {
            account: allowance.account.as_str().to_owned(),
            lane: number::<Lane, _>(allowance.lane),
            run: allowance.run,
            revision: allowance.revision,
            allowed: allowance.allowed,
        }
    }
}

impl TryFrom<wire::Allowance> for Allowance {
    type Error = WireError;
    fn try_from(wire: wire::Allowance) -> Result<Self, WireError> {
        Ok(Self {
            account: AccountId::new(&wire.account).at("allowance.account")?,
            lane: word::<Lane, _>(wire.lane).at("allowance.lane")?,
            run: wire.run,
            revision: wire.revision,
            allowed: wire.allowed,
        })
    }
}
