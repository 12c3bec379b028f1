//! Submissions: what a front door accepted.

use volley_events::{CancelRequested, EditRequested, Origin, Submission};
use volley_types::{ArrivalId, ContentHash, NumberId, RequestId, TenantId, Timestamp};

use crate::{
    error::{At, WireError},
    fields::{id, message_id, micros, octets, octets_unless_empty, required},
    proto::{internal::v1 as wire, messaging::v1::TrafficClass},
    words::{number, word},
};

impl From<&Submission> for wire::Submission {
    fn from(submission: &Submission) -> Self {
        Self {
            message_id: id(submission.message.to_bytes()),
            tenant: submission.tenant.as_str().to_owned(),
            request_id: submission.request.as_str().to_owned(),
            content_hash: id(submission.content.to_bytes()),
            sender: submission.sender.as_str().to_owned(),
            subscriber: Some((&submission.subscriber).into()),
            text: Some((&submission.text).into()),
            traffic_class: number::<TrafficClass, _>(submission.class),
            deadline_us: submission.deadline.as_micros(),
            config_offset: submission.config_offset,
            received_at_us: submission.received_at.as_micros(),
            confirms_arrival: confirmed(submission.origin),
            in_order: submission.in_order,
            send_at_us: micros(submission.send_at),
            verbatim: submission.verbatim,
        }
    }
}

impl TryFrom<wire::Submission> for Submission {
    type Error = WireError;
    fn try_from(wire: wire::Submission) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("submission.message_id")?,
            tenant: TenantId::new(&wire.tenant).at("submission.tenant")?,
            request: RequestId::new(&wire.request_id).at("submission.request_id")?,
            content: octets(&wire.content_hash)
                .map(ContentHash::from_bytes)
                .at("submission.content_hash")?,
            sender: NumberId::new(&wire.sender).at("submission.sender")?,
            subscriber: required(wire.subscriber).at("submission.subscriber")?,
            text: required(wire.text).at("submission.text")?,
            class: word::<TrafficClass, _>(wire.traffic_class).at("submission.traffic_class")?,
            deadline: Timestamp::from_micros(wire.deadline_us),
            config_offset: wire.config_offset,
            received_at: Timestamp::from_micros(wire.received_at_us),
            origin: origin(&wire.confirms_arrival, "submission.confirms_arrival")?,
            in_order: wire.in_order,
            send_at: wire.send_at_us.map(Timestamp::from_micros),
            verbatim: wire.verbatim,
        })
    }
}

impl From<&CancelRequested> for wire::CancelRequested {
    fn from(cancel: &CancelRequested) -> Self {
        Self {
            message_id: id(cancel.message.to_bytes()),
            tenant: cancel.tenant.as_str().to_owned(),
            received_at_us: cancel.received_at.as_micros(),
        }
    }
}

impl TryFrom<wire::CancelRequested> for CancelRequested {
    type Error = WireError;
    fn try_from(wire: wire::CancelRequested) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("cancel_requested.message_id")?,
            tenant: TenantId::new(&wire.tenant).at("cancel_requested.tenant")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
        })
    }
}

impl From<&EditRequested> for wire::EditRequested {
    fn from(edit: &EditRequested) -> Self {
        Self {
            message_id: id(edit.message.to_bytes()),
            tenant: edit.tenant.as_str().to_owned(),
            edit_id: id(edit.edit.to_bytes()),
            text: Some((&edit.text).into()),
            received_at_us: edit.received_at.as_micros(),
        }
    }
}

impl TryFrom<wire::EditRequested> for EditRequested {
    type Error = WireError;
    fn try_from(wire: wire::EditRequested) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("edit_requested.message_id")?,
            tenant: TenantId::new(&wire.tenant).at("edit_requested.tenant")?,
            edit: octets(&wire.edit_id)
                .map(ContentHash::from_bytes)
                .at("edit_requested.edit_id")?,
            text: required(wire.text).at("edit_requested.text")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
        })
    }
}

/// The arrival that a confirmation answers, as a field; empty for a client's message.
pub(crate) fn confirmed(origin: Origin) -> bytes::Bytes {
    match origin {
        Origin::Client => bytes::Bytes::new(),
        Origin::Confirmation { arrival } => id(arrival.to_bytes()),
    }
}

/// Reads [`confirmed`] back.
pub(crate) fn origin(field: &[u8], name: &'static str) -> Result<Origin, WireError> {
    let arrival = octets_unless_empty(field).at(name)?;
    Ok(match arrival {
        Some(arrival) => Origin::Confirmation { arrival: ArrivalId::from_bytes(arrival) },
        None => Origin::Client,
    })
}
