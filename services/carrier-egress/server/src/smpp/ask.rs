//! Questions about a message that the carrier has, as PDUs, and what its answers mean.

use volley_carrier_egress_core::{PartAnswer, PartToAsk};
use volley_carrier_profile::{AtCarrier, Profile};
use volley_events::{Asked, CarrierOperation};
use volley_smpp::{Address, CommandStatus, EncodeError, OtherPdu, StatusClass, pdu::Replacement};
use volley_types::Timestamp;

use super::{
    deliver::state_of,
    draft::{validity_of, wire_octets, write_recipient, write_sender},
};
use crate::rules::Rules;

/// Whether the carrier does such a thing.
pub(crate) fn is_done(asked: Asked, does: AtCarrier) -> bool {
    match asked {
        Asked::Cancel => does.cancel,
        Asked::Query => does.query,
        Asked::Replace(_) => does.replace,
    }
}

/// The PDU of a question; addresses are written as they were in the submit.
pub(super) fn pdu_of(part: PartToAsk<'_>, profile: &Profile, now: Timestamp) -> Result<OtherPdu, EncodeError> {
    let PartToAsk { request, id } = part;
    let (mut source, mut destination) = (Address::default(), Address::default());
    write_sender(&mut source, &request.source, &profile.addresses);
    write_recipient(&mut destination, &request.destination, &profile.addresses);
    match &request.operation {
        CarrierOperation::Cancel => OtherPdu::cancel(id, &source, &destination),
        CarrierOperation::Query => OtherPdu::query(id, &source),
        CarrierOperation::Replace { data_coding, octets, deadline, .. } => {
            let with = Replacement {
                validity: &validity_of(*deadline, profile.validity, now),
                registered_delivery: profile.receipts.registered_delivery,
                octets: &wire_octets(octets.as_slice(), *data_coding, profile),
            };
            OtherPdu::replace(id, &source, with)
        }
    }
}

/// What the carrier said to one part of a question.
pub(crate) fn part_answer(status: CommandStatus, response: Option<&OtherPdu>, rules: &Rules) -> PartAnswer {
    match rules.profile.statuses.class_of(status) {
        StatusClass::Ok => match response.and_then(OtherPdu::query_answer) {
            Some(answer) => {
                let error = (answer.error != 0).then(|| answer.error.to_string());
                PartAnswer::State(state_of(answer.state), error)
            }
            None => PartAnswer::Done,
        },
        StatusClass::ThrottleBackoff => PartAnswer::Throttled(status.0),
        StatusClass::RetrySameRouteLater
        | StatusClass::RetryOtherRoute
        | StatusClass::Permanent
        | StatusClass::Rebind
        | StatusClass::ConfigError => PartAnswer::Refused(status.0),
    }
}
