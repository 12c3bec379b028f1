//! What a client reads: events and statuses of the front door's contract, out of the domain's.

use bytes::Bytes;
use volley_events::{ClientEvent, ClientEventBody, Reply, StatusChange};
use volley_types::{Keyword, MessageId, Timestamp};

use crate::{
    fields::text_or_empty,
    proto::messaging::v1::{
        self as wire, ConsentAction, ErrorCode, Evidence, MessageState, Reason, TrafficClass, VoteVerdict,
    },
    words::number,
};

/// An event as the client gets it, with the cursor that acknowledges it.
pub fn client_event(event: &ClientEvent, cursor: Bytes) -> wire::Event {
    use wire::event::Event;
    let what = match &event.body {
        ClientEventBody::Status(change) => Event::Status(message_status(change, event.at, None)),
        ClientEventBody::Reply(reply) => Event::Reply(client_reply(reply)),
        ClientEventBody::RequestConflict { message, request } => Event::RequestConflict(wire::RequestConflict {
            message_id: message.to_string(),
            request_id: request.as_str().to_owned(),
        }),
    };
    wire::Event { cursor, at_us: event.at.as_micros(), event: Some(what) }
}

/// A message and its state as the client gets it: since `at`, and accepted at `accepted_at` where that is told (`GetMessage`).
pub fn message_status(change: &StatusChange, at: Timestamp, accepted_at: Option<Timestamp>) -> wire::MessageStatus {
    wire::MessageStatus {
        message_id: change.message.to_string(),
        request_id: change.request.as_str().to_owned(),
        from: change.sender.as_str().to_owned(),
        to: change.subscriber.to_written(),
        traffic_class: number::<TrafficClass, _>(change.class),
        state: number::<MessageState, _>(change.state),
        reason: number::<Reason, _>(change.reason),
        at_us: at.as_micros(),
        segments: change.segments.into(),
        attempts: change.attempts.into(),
        ambiguous: change.ambiguous,
        carrier_status: change.carrier_status.unwrap_or(0),
        carrier_error: text_or_empty(change.carrier_error.as_deref()),
        corrects: change.corrects.map_or(0, number::<MessageState, _>),
        accepted_at_us: accepted_at.map_or(0, Timestamp::as_micros),
        error_code: change.error_code.map_or(0, number::<ErrorCode, _>),
        inferred: change.inferred,
    }
}

/// A reply as the client gets it. A text that cannot be read here (sealed, or not UTF-8) comes empty and flagged.
pub fn client_reply(reply: &Reply) -> wire::Reply {
    let answers = reply.answers.as_ref();
    let vote = reply.vote.as_ref();
    wire::Reply {
        reply_id: reply.arrival.to_string(),
        thread_id: reply.thread.to_string(),
        from: reply.subscriber.to_written(),
        to: reply.number.as_str().to_owned(),
        text: text_or_empty(reply.text.text()),
        received_at_us: reply.received_at.as_micros(),
        answers_message_id: answers.map(|(message, _)| message.to_string()).unwrap_or_default(),
        answers_request_id: text_or_empty(answers.map(|(_, request)| request.as_str())),
        evidence: number::<Evidence, _>(reply.evidence),
        confidence: reply.confidence.into(),
        candidate_message_ids: reply.candidates.iter().map(MessageId::to_string).collect(),
        keyword: text_or_empty(reply.keyword.as_ref().map(Keyword::as_str)),
        consent: reply.consent.map_or(0, number::<ConsentAction, _>),
        poll_id: text_or_empty(vote.map(|(poll, _)| poll.as_str())),
        vote: vote.map_or(0, |(_, verdict)| number::<VoteVerdict, _>(*verdict)),
        incomplete: reply.incomplete,
        possible_repeat: reply.possible_repeat,
        flagged: reply.flagged || reply.text.text().is_none(),
    }
}
