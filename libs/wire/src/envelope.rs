//! One record as the value of a log entry.
//!
//! Encoding is deterministic: fields in order of their numbers, no maps. A replay writes the same octets (G4), as long as it passes
//! the same trace context, or none.

use bytes::Bytes;
use prost::Message;
use volley_events::{Record, Tick};

use crate::{
    error::{At, Fault, WireError},
    proto::internal::v1::{self as wire, envelope::Body},
};

/// Octets of a trace context on the wire.
const TRACE_CONTEXT_OCTETS: usize = 25;

/// A W3C trace context (`traceparent` without its version). It says who waits for a record, not what the record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span that caused the record.
    pub parent: [u8; 8],
    /// Bit 0: sampled.
    pub flags: u8,
}

/// The value of a log entry that holds `record`.
pub fn encode(record: &Record, trace: Option<TraceContext>) -> Bytes {
    let trace_context = trace.map(TraceContext::to_bytes).unwrap_or_default();
    wire::Envelope { trace_context, body: Some(record.into()) }
        .encode_to_vec()
        .into()
}

/// Reads the record of a log entry.
///
/// # Errors
/// [`WireError`] names the first field at fault; such a record belongs on the `dead-letter` topic.
pub fn decode(value: &Bytes) -> Result<Record, WireError> {
    decode_traced(value).map(|(record, _)| record)
}

/// Reads the record of a log entry with its trace context.
///
/// # Errors
/// As [`decode`]. A trace context of another length counts as none: it is not worth a record.
pub fn decode_traced(value: &Bytes) -> Result<(Record, Option<TraceContext>), WireError> {
    let envelope = wire::Envelope::decode(value.clone())?;
    let trace = TraceContext::from_bytes(&envelope.trace_context);
    let body = envelope.body.ok_or(Fault::Missing).at("envelope.body")?;
    Ok((body.try_into()?, trace))
}

impl TraceContext {
    fn to_bytes(self) -> Bytes {
        let mut octets = [self.flags; TRACE_CONTEXT_OCTETS];
        octets[..16].copy_from_slice(&self.trace_id);
        octets[16..24].copy_from_slice(&self.parent);
        Bytes::copy_from_slice(&octets)
    }

    fn from_bytes(octets: &[u8]) -> Option<Self> {
        let octets: &[u8; TRACE_CONTEXT_OCTETS] = octets.try_into().ok()?;
        let (trace_id, rest) = octets.split_first_chunk()?;
        let (parent, rest) = rest.split_first_chunk()?;
        Some(Self { trace_id: *trace_id, parent: *parent, flags: *rest.first()? })
    }
}

impl From<&Record> for Body {
    fn from(record: &Record) -> Self {
        match record {
            Record::Submission(submission) => Self::Submission(submission.as_ref().into()),
            Record::Settlement(settlement) => Self::Settlement(settlement.into()),
            Record::Allowance(allowance) => Self::Allowance(allowance.into()),
            Record::LanesLost(lost) => Self::LanesLost(lost.into()),
            Record::ConsentChanged(change) => Self::ConsentChanged(change.into()),
            Record::RoutingFact(fact) => Self::RoutingFact(fact.into()),
            Record::AttemptReport(report) => Self::AttemptReport(report.into()),
            Record::ReceiptArrived(receipt) => Self::ReceiptArrived(receipt.as_ref().into()),
            Record::ReplyArrived(reply) => Self::ReplyArrived(reply.as_ref().into()),
            Record::Config(config) => Self::Config(config.as_ref().into()),
            Record::Tick(Tick) => Self::Tick(wire::Tick {}),
            Record::Owner(owner) => Self::Owner(owner.into()),
            Record::SubmitOrder(order) => Self::SubmitOrder(order.as_ref().into()),
            Record::Journal(entry) => Self::Journal(entry.into()),
            Record::ClientEvent(event) => Self::ClientEvent(event.as_ref().into()),
            Record::CursorMoved(cursor) => Self::CursorMoved(cursor.into()),
            Record::Progress(progress) => Self::Progress(progress.into()),
            Record::DeadLetter(letter) => Self::DeadLetter(letter.as_ref().into()),
            Record::CancelRequested(cancel) => Self::CancelRequested(cancel.into()),
            Record::Recall(recall) => Self::Recall(recall.into()),
            Record::CarrierRequest(request) => Self::CarrierRequest(request.as_ref().into()),
            Record::CarrierAnswer(answer) => Self::CarrierAnswer(answer.into()),
            Record::EditRequested(edit) => Self::EditRequested(edit.as_ref().into()),
            Record::HandsetAvailable(available) => Self::HandsetAvailable(available.into()),
        }
    }
}

impl TryFrom<Body> for Record {
    type Error = WireError;
    fn try_from(wire: Body) -> Result<Self, WireError> {
        Ok(match wire {
            Body::Submission(submission) => Self::Submission(Box::new(submission.try_into()?)),
            Body::Settlement(settlement) => Self::Settlement(settlement.try_into()?),
            Body::Allowance(allowance) => Self::Allowance(allowance.try_into()?),
            Body::LanesLost(lost) => Self::LanesLost(lost.try_into()?),
            Body::ConsentChanged(change) => Self::ConsentChanged(change.try_into()?),
            Body::RoutingFact(fact) => Self::RoutingFact(fact.try_into()?),
            Body::AttemptReport(report) => Self::AttemptReport(report.try_into()?),
            Body::ReceiptArrived(receipt) => Self::ReceiptArrived(Box::new(receipt.try_into()?)),
            Body::ReplyArrived(reply) => Self::ReplyArrived(Box::new(reply.try_into()?)),
            Body::Config(config) => Self::Config(Box::new(config.try_into()?)),
            Body::Tick(wire::Tick {}) => Self::Tick(Tick),
            Body::Owner(owner) => Self::Owner(owner.try_into()?),
            Body::SubmitOrder(order) => Self::SubmitOrder(Box::new(order.try_into()?)),
            Body::Journal(entry) => Self::Journal(entry.try_into()?),
            Body::ClientEvent(event) => Self::ClientEvent(Box::new(event.try_into()?)),
            Body::CursorMoved(cursor) => Self::CursorMoved(cursor.try_into()?),
            Body::Progress(progress) => Self::Progress(progress.try_into()?),
            Body::DeadLetter(letter) => Self::DeadLetter(Box::new(letter.into())),
            Body::CancelRequested(cancel) => Self::CancelRequested(cancel.try_into()?),
            Body::Recall(recall) => Self::Recall(recall.try_into()?),
            Body::CarrierRequest(request) => Self::CarrierRequest(Box::new(request.try_into()?)),
            Body::CarrierAnswer(answer) => Self::CarrierAnswer(answer.try_into()?),
            Body::EditRequested(edit) => Self::EditRequested(Box::new(edit.try_into()?)),
            Body::HandsetAvailable(available) => Self::HandsetAvailable(available.try_into()?),
        })
    }
}
