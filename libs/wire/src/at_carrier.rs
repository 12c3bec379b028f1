//! What is asked of a carrier about a message it has, what it says, and edits on their way there.

use volley_events::{
    Asked, CarrierAnswer, CarrierMessageId, CarrierOperation, CarrierRequest, CarrierSaid, EditAnswered,
    EditForCarrier, HandsetAvailable, ReceiptState, SegmentOctets, SegmentState,
};
use volley_types::{AccountId, CarrierName, ContentHash, Timestamp};

use crate::{
    error::{At, Fault, WireError},
    fields::{carrier_id, counted, id, message_id, octet, octets, required},
    proto::{
        internal::v1::{self as wire, carrier_answer as answer, carrier_request as request},
        messaging::v1::EditOutcome,
    },
    words::{number, word},
};

/// Most segments one request or answer is about.
const SEGMENTS_MAX: usize = 255;

impl From<&CarrierRequest> for wire::CarrierRequest {
    fn from(asked: &CarrierRequest) -> Self {
        let segment = |(segment, id): &(u8, CarrierMessageId)| request::SegmentId {
            segment: (*segment).into(),
            carrier_message_id: id.as_str().to_owned(),
        };
        Self {
            attempt: Some(asked.attempt.into()),
            account: asked.account.as_str().to_owned(),
            carrier: asked.carrier.as_str().to_owned(),
            source: Some((&asked.source).into()),
            destination: Some((&asked.destination).into()),
            segments: asked.segments.iter().map(segment).collect(),
            ask_before_us: asked.ask_before.as_micros(),
            operation: Some((&asked.operation).into()),
        }
    }
}

impl TryFrom<wire::CarrierRequest> for CarrierRequest {
    type Error = WireError;
    fn try_from(wire: wire::CarrierRequest) -> Result<Self, WireError> {
        let segment = |wire: request::SegmentId| {
            let id = carrier_id(&wire.carrier_message_id).at("carrier_request.segments.carrier_message_id")?;
            Ok((octet(wire.segment).at("carrier_request.segments.segment")?, id))
        };
        let segments = counted(wire.segments, 1, SEGMENTS_MAX).at("carrier_request.segments")?;
        Ok(Self {
            attempt: required(wire.attempt).at("carrier_request.attempt")?,
            account: AccountId::new(&wire.account).at("carrier_request.account")?,
            carrier: CarrierName::new(&wire.carrier).at("carrier_request.carrier")?,
            source: required(wire.source).at("carrier_request.source")?,
            destination: required(wire.destination).at("carrier_request.destination")?,
            segments: segments.into_iter().map(segment).collect::<Result<_, WireError>>()?,
            ask_before: Timestamp::from_micros(wire.ask_before_us),
            operation: wire
                .operation
                .ok_or(Fault::Missing)
                .at("carrier_request.operation")?
                .try_into()?,
        })
    }
}

impl From<&CarrierOperation> for request::Operation {
    fn from(operation: &CarrierOperation) -> Self {
        match operation {
            CarrierOperation::Cancel => Self::Cancel(request::Cancel {}),
            CarrierOperation::Query => Self::Query(request::Query {}),
            CarrierOperation::Replace { edit, data_coding, octets, deadline } => {
                Self::Replace(wire::CarrierReplacement {
                    edit_id: id(edit.to_bytes()),
                    data_coding: (*data_coding).into(),
                    octets: id(octets.as_slice()),
                    deadline_us: deadline.as_micros(),
                })
            }
        }
    }
}

impl TryFrom<request::Operation> for CarrierOperation {
    type Error = WireError;
    fn try_from(wire: request::Operation) -> Result<Self, WireError> {
        Ok(match wire {
            request::Operation::Cancel(request::Cancel {}) => Self::Cancel,
            request::Operation::Query(request::Query {}) => Self::Query,
            request::Operation::Replace(replace) => Self::Replace {
                edit: edit_id(&replace.edit_id, "carrier_request.replace.edit_id")?,
                data_coding: octet(replace.data_coding).at("carrier_request.replace.data_coding")?,
                octets: SegmentOctets::new(&replace.octets),
                deadline: Timestamp::from_micros(replace.deadline_us),
            },
        })
    }
}

impl From<&CarrierAnswer> for wire::CarrierAnswer {
    fn from(answer: &CarrierAnswer) -> Self {
        let (operation, edit_id) = match answer.asked {
            Asked::Cancel => (wire::CarrierOperation::Cancel, bytes::Bytes::new()),
            Asked::Query => (wire::CarrierOperation::Query, bytes::Bytes::new()),
            Asked::Replace(edit) => (wire::CarrierOperation::Replace, id(edit.to_bytes())),
        };
        Self {
            attempt: Some(answer.attempt.into()),
            account: answer.account.as_str().to_owned(),
            carrier: answer.carrier.as_str().to_owned(),
            answered_at_us: answer.answered_at.as_micros(),
            operation: operation.into(),
            edit_id,
            outcome: Some((&answer.said).into()),
        }
    }
}

impl TryFrom<wire::CarrierAnswer> for CarrierAnswer {
    type Error = WireError;
    fn try_from(wire: wire::CarrierAnswer) -> Result<Self, WireError> {
        let asked = match wire.operation() {
            wire::CarrierOperation::Unspecified => {
                return Err(Fault::UnknownValue(wire.operation)).at("carrier_answer.operation");
            }
            wire::CarrierOperation::Cancel => Asked::Cancel,
            wire::CarrierOperation::Query => Asked::Query,
            wire::CarrierOperation::Replace => Asked::Replace(edit_id(&wire.edit_id, "carrier_answer.edit_id")?),
        };
        Ok(Self {
            attempt: required(wire.attempt).at("carrier_answer.attempt")?,
            account: AccountId::new(&wire.account).at("carrier_answer.account")?,
            carrier: CarrierName::new(&wire.carrier).at("carrier_answer.carrier")?,
            answered_at: Timestamp::from_micros(wire.answered_at_us),
            asked,
            said: wire.outcome.ok_or(Fault::Missing).at("carrier_answer.outcome")?.try_into()?,
        })
    }
}

impl From<&CarrierSaid> for answer::Outcome {
    fn from(said: &CarrierSaid) -> Self {
        let state = |state: &SegmentState| answer::SegmentState {
            segment: state.segment.into(),
            state: number::<wire::ReceiptState, _>(state.state),
            error: state.error.clone(),
        };
        match said {
            CarrierSaid::Done => Self::Done(answer::Done {}),
            CarrierSaid::Refused(status) => Self::Refused(*status),
            CarrierSaid::Unanswered => Self::Unanswered(answer::Unanswered {}),
            CarrierSaid::NotAsked => Self::NotAsked(answer::NotAsked {}),
            CarrierSaid::States(states) => {
                Self::States(answer::States { segments: states.iter().map(state).collect() })
            }
        }
    }
}

impl TryFrom<answer::Outcome> for CarrierSaid {
    type Error = WireError;
    fn try_from(wire: answer::Outcome) -> Result<Self, WireError> {
        let state = |wire: answer::SegmentState| {
            Ok(SegmentState {
                segment: octet(wire.segment).at("carrier_answer.states.segment")?,
                state: word::<wire::ReceiptState, ReceiptState>(wire.state).at("carrier_answer.states.state")?,
                error: wire.error,
            })
        };
        Ok(match wire {
            answer::Outcome::Done(answer::Done {}) => Self::Done,
            answer::Outcome::Refused(status) => Self::Refused(status),
            answer::Outcome::Unanswered(answer::Unanswered {}) => Self::Unanswered,
            answer::Outcome::NotAsked(answer::NotAsked {}) => Self::NotAsked,
            answer::Outcome::States(states) => {
                let states = counted(states.segments, 0, SEGMENTS_MAX).at("carrier_answer.states")?;
                Self::States(states.into_iter().map(state).collect::<Result<_, WireError>>()?)
            }
        })
    }
}

impl From<&EditForCarrier> for wire::EditForCarrier {
    fn from(edit: &EditForCarrier) -> Self {
        Self {
            message_id: id(edit.message.to_bytes()),
            edit_id: id(edit.edit.to_bytes()),
            text: Some((&edit.text).into()),
        }
    }
}

impl TryFrom<wire::EditForCarrier> for EditForCarrier {
    type Error = WireError;
    fn try_from(wire: wire::EditForCarrier) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("edit_for_carrier.message_id")?,
            edit: edit_id(&wire.edit_id, "edit_for_carrier.edit_id")?,
            text: required(wire.text).at("edit_for_carrier.text")?,
        })
    }
}

impl From<&EditAnswered> for wire::EditAnswered {
    fn from(answered: &EditAnswered) -> Self {
        Self {
            message_id: id(answered.message.to_bytes()),
            edit_id: id(answered.edit.to_bytes()),
            outcome: number::<EditOutcome, _>(answered.outcome),
        }
    }
}

impl TryFrom<wire::EditAnswered> for EditAnswered {
    type Error = WireError;
    fn try_from(wire: wire::EditAnswered) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("edit_answered.message_id")?,
            edit: edit_id(&wire.edit_id, "edit_answered.edit_id")?,
            outcome: word::<EditOutcome, _>(wire.outcome).at("edit_answered.outcome")?,
        })
    }
}

impl From<&HandsetAvailable> for wire::HandsetAvailable {
    fn from(available: &HandsetAvailable) -> Self {
        Self {
            carrier: available.carrier.as_str().to_owned(),
            account: available.account.as_str().to_owned(),
            subscriber: Some((&available.subscriber).into()),
            received_at_us: available.received_at.as_micros(),
        }
    }
}

impl TryFrom<wire::HandsetAvailable> for HandsetAvailable {
    type Error = WireError;
    fn try_from(wire: wire::HandsetAvailable) -> Result<Self, WireError> {
        Ok(Self {
            carrier: CarrierName::new(&wire.carrier).at("handset_available.carrier")?,
            account: AccountId::new(&wire.account).at("handset_available.account")?,
            subscriber: required(wire.subscriber).at("handset_available.subscriber")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
        })
    }
}

fn edit_id(field: &[u8], name: &'static str) -> Result<ContentHash, WireError> {
    octets(field).map(ContentHash::from_bytes).at(name)
}
