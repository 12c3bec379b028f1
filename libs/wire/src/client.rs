//! Records of `inbox`: what a client will read.

use volley_events::{ClientEvent, ClientEventBody, Reply, StatusChange};
use volley_types::{
    ArrivalId, Keyword, MessageId, NumberId, PollId, RequestId, SubscriptionId, TenantId, ThreadId, Timestamp,
};

use crate::{
    error::{At, Fault, WireError},
    fields::{id, message_id, octet, octets, octets_unless_empty, required, short, text_or_empty, unless_empty},
    proto::{
        internal::v1::{self as wire, client_event::Body},
        messaging::v1::{ConsentAction, ErrorCode, Evidence, MessageState, Reason, TrafficClass, VoteVerdict},
    },
    words::{number, word, word_unless_zero},
};

impl From<&ClientEvent> for wire::ClientEvent {
    fn from(event: &ClientEvent) -> Self {
        let body = match &event.body {
            ClientEventBody::Status(status) => Body::Status(status.into()),
            ClientEventBody::Reply(reply) => Body::Reply(reply.as_ref().into()),
            ClientEventBody::RequestConflict { message, request } => Body::RequestConflict(wire::RequestConflict {
                message_id: id(message.to_bytes()),
                tenant: event.tenant.as_str().to_owned(),
                request_id: request.as_str().to_owned(),
            }),
        };
        Self {
            tenant: event.tenant.as_str().to_owned(),
            subscription: event.subscription.as_str().to_owned(),
            shard: event.shard.into(),
            at_us: event.at.as_micros(),
            body: Some(body),
        }
    }
}

impl TryFrom<wire::ClientEvent> for ClientEvent {
    type Error = WireError;
    fn try_from(wire: wire::ClientEvent) -> Result<Self, WireError> {
        let body = match wire.body.ok_or(Fault::Missing).at("client_event.body")? {
            Body::Status(status) => ClientEventBody::Status(status.try_into()?),
            Body::Reply(reply) => ClientEventBody::Reply(Box::new(reply.try_into()?)),
            Body::RequestConflict(conflict) => ClientEventBody::RequestConflict {
                message: message_id(&conflict.message_id).at("request_conflict.message_id")?,
                request: RequestId::new(&conflict.request_id).at("request_conflict.request_id")?,
            },
        };
        Ok(Self {
            tenant: TenantId::new(&wire.tenant).at("client_event.tenant")?,
            subscription: SubscriptionId::new(&wire.subscription).at("client_event.subscription")?,
            shard: short(wire.shard).at("client_event.shard")?,
            at: Timestamp::from_micros(wire.at_us),
            body,
        })
    }
}

impl From<&StatusChange> for wire::StatusChange {
    fn from(status: &StatusChange) -> Self {
        Self {
            message_id: id(status.message.to_bytes()),
            request_id: status.request.as_str().to_owned(),
            sender: status.sender.as_str().to_owned(),
            subscriber: Some((&status.subscriber).into()),
            traffic_class: number::<TrafficClass, _>(status.class),
            state: number::<MessageState, _>(status.state),
            reason: number::<Reason, _>(status.reason),
            corrects: status.corrects.map_or(0, number::<MessageState, _>),
            segments: status.segments.into(),
            attempts: status.attempts.into(),
            ambiguous: status.ambiguous,
            carrier_status: status.carrier_status,
            carrier_error: status.carrier_error.clone(),
            error_code: status.error_code.map_or(0, number::<ErrorCode, _>),
            inferred: status.inferred,
        }
    }
}

impl TryFrom<wire::StatusChange> for StatusChange {
    type Error = WireError;
    fn try_from(wire: wire::StatusChange) -> Result<Self, WireError> {
        Ok(Self {
            message: message_id(&wire.message_id).at("status.message_id")?,
            request: RequestId::new(&wire.request_id).at("status.request_id")?,
            sender: NumberId::new(&wire.sender).at("status.sender")?,
            subscriber: required(wire.subscriber).at("status.subscriber")?,
            class: word::<TrafficClass, _>(wire.traffic_class).at("status.traffic_class")?,
            state: word::<MessageState, _>(wire.state).at("status.state")?,
            reason: word::<Reason, _>(wire.reason).at("status.reason")?,
            corrects: word_unless_zero::<MessageState, _>(wire.corrects).at("status.corrects")?,
            segments: octet(wire.segments).at("status.segments")?,
            attempts: short(wire.attempts).at("status.attempts")?,
            ambiguous: wire.ambiguous,
            carrier_status: wire.carrier_status,
            carrier_error: wire.carrier_error,
            error_code: word_unless_zero::<ErrorCode, _>(wire.error_code).at("status.error_code")?,
            inferred: wire.inferred,
        })
    }
}

impl From<&Reply> for wire::ClientReply {
    fn from(reply: &Reply) -> Self {
        let answers = reply.answers.as_ref();
        let vote = reply.vote.as_ref();
        Self {
            arrival: id(reply.arrival.to_bytes()),
            thread: id(reply.thread.to_bytes()),
            number: reply.number.as_str().to_owned(),
            subscriber: Some((&reply.subscriber).into()),
            text: Some((&reply.text).into()),
            received_at_us: reply.received_at.as_micros(),
            answers_message_id: answers.map(|(message, _)| id(message.to_bytes())).unwrap_or_default(),
            answers_request_id: text_or_empty(answers.map(|(_, request)| request.as_str())),
            evidence: number::<Evidence, _>(reply.evidence),
            confidence: reply.confidence.into(),
            candidates: reply.candidates.iter().map(|message| id(message.to_bytes())).collect(),
            keyword: text_or_empty(reply.keyword.as_ref().map(Keyword::as_str)),
            consent: reply.consent.map_or(0, number::<ConsentAction, _>),
            poll: text_or_empty(vote.map(|(poll, _)| poll.as_str())),
            vote: vote.map_or(0, |(_, verdict)| number::<VoteVerdict, _>(*verdict)),
            incomplete: reply.incomplete,
            possible_repeat: reply.possible_repeat,
            flagged: reply.flagged,
        }
    }
}

impl TryFrom<wire::ClientReply> for Reply {
    type Error = WireError;
    fn try_from(wire: wire::ClientReply) -> Result<Self, WireError> {
        let answers = answers(&wire)?;
        let vote = vote(&wire)?;
        let candidates = wire
            .candidates
            .iter()
            .map(|message| message_id(message))
            .collect::<Result<_, _>>();
        Ok(Self {
            arrival: octets(&wire.arrival).map(ArrivalId::from_bytes).at("reply.arrival")?,
            thread: octets(&wire.thread).map(ThreadId::from_bytes).at("reply.thread")?,
            number: NumberId::new(&wire.number).at("reply.number")?,
            subscriber: required(wire.subscriber).at("reply.subscriber")?,
            text: required(wire.text).at("reply.text")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
            answers,
            evidence: word::<Evidence, _>(wire.evidence).at("reply.evidence")?,
            confidence: octet(wire.confidence).at("reply.confidence")?,
            candidates: candidates.at("reply.candidates")?,
            keyword: unless_empty(&wire.keyword, Keyword::new).at("reply.keyword")?,
            consent: word_unless_zero::<ConsentAction, _>(wire.consent).at("reply.consent")?,
            vote,
            incomplete: wire.incomplete,
            possible_repeat: wire.possible_repeat,
            flagged: wire.flagged,
        })
    }
}

fn answers(wire: &wire::ClientReply) -> Result<Option<(MessageId, RequestId)>, WireError> {
    let message = octets_unless_empty(&wire.answers_message_id).at("reply.answers_message_id")?;
    message
        .map(|message| {
            let request = RequestId::new(&wire.answers_request_id).at("reply.answers_request_id")?;
            Ok((MessageId::from_bytes(message), request))
        })
        .transpose()
}

fn vote(wire: &wire::ClientReply) -> Result<Option<(PollId, volley_events::VoteVerdict)>, WireError> {
    let poll = unless_empty(&wire.poll, PollId::new).at("reply.poll")?;
    poll.map(|poll| Ok((poll, word::<VoteVerdict, _>(wire.vote).at("reply.vote")?)))
        .transpose()
}
