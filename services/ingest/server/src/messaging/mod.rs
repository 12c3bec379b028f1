//! The handlers of `volley.messaging.v1`: parse, act, answer.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, future, stream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};
use volley_ingest_core::Faults;
use volley_runtime::Drain;
use volley_types::{MessageId, TenantId};
use volley_wire::{
    TraceContext,
    proto::messaging::v1::{
        CancelMessageRequest, CancelMessageResponse, GetMessageRequest, GetMessageResponse, SendMessageRequest,
        SendMessageResponse, SendMessagesRequest, SendMessagesResponse, StreamEventsRequest, StreamEventsResponse,
        messaging_service_server::MessagingService, send_messages_response,
    },
};

use crate::{
    auth::caller,
    cancel::Cancellations,
    door::{Accepted, Answer, Door, Patience},
    events::EventStreams,
    refusal::Refusal,
};

/// Messages of one stream that are handed over together, at most: those that have come in already.
const BURST_MAX: usize = 256;

/// Bursts of one stream that may be on their way to the log.
const BURSTS_IN_FLIGHT_MAX: usize = 8;

/// What stands behind the service.
pub(crate) struct Messaging {
    pub(crate) door: Arc<Door>,
    pub(crate) events: EventStreams,
    pub(crate) cancellations: Cancellations,
    pub(crate) drain: Drain,
}

#[async_trait::async_trait]
impl MessagingService for Messaging {
    type SendMessagesStream = Pin<Box<dyn Stream<Item = Result<SendMessagesResponse, Status>> + Send>>;
    type StreamEventsStream = ReceiverStream<Result<StreamEventsResponse, Status>>;

    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let (caller, trace) = (caller(&request)?, trace_context(request.metadata()));
        let request = request.into_inner();

        let pending = self
            .door
            .hand_over(&caller.tenant, std::slice::from_ref(&request), trace, Patience::None)
            .await;
        let accepted = pending.answers().await.pop().unwrap_or(Err(Refusal::Internal))?;

        tracing::debug!(message = %accepted.message, "accepted");
        Ok(Response::new(response(accepted)))
    }

    async fn send_messages(
        &self,
        request: Request<Streaming<SendMessagesRequest>>,
    ) -> Result<Response<Self::SendMessagesStream>, Status> {
        let (caller, trace) = (caller(&request)?, trace_context(request.metadata()));
        let (door, drain) = (Arc::clone(&self.door), self.drain.clone());
        let (closing, closed) = (drain.clone(), drain);

        let answers = request
            .into_inner()
            .take_until(async move { closing.requested().await })
            .ready_chunks(BURST_MAX)
            .then(move |burst| hand_over(Arc::clone(&door), caller.tenant.clone(), trace, burst))
            .buffered(BURSTS_IN_FLIGHT_MAX)
            .flat_map(stream::iter)
            .chain(stream::once(async move { closing_word(&closed) }).filter_map(future::ready));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let caller = caller(&request)?;
        let message = message_id(&request.get_ref().message_id)?;

        let found = self.cancellations.find(&caller.tenant, message).await?;

        Ok(Response::new(GetMessageResponse { status: Some(found.status) }))
    }

    async fn cancel_message(
        &self,
        request: Request<CancelMessageRequest>,
    ) -> Result<Response<CancelMessageResponse>, Status> {
        let caller = caller(&request)?;
        let message = message_id(&request.get_ref().message_id)?;

        let outcome = self.cancellations.cancel(&caller.tenant, message).await?;

        tracing::debug!(%message, outcome = outcome.as_str_name(), "asked back");
        Ok(Response::new(CancelMessageResponse { outcome: outcome.into() }))
    }

    async fn stream_events(
        &self,
        request: Request<Streaming<StreamEventsRequest>>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let caller = caller(&request)?;
        let stream = self.events.open(caller, request.into_inner(), self.drain.clone()).await?;
        Ok(Response::new(stream))
    }
}

/// A message id as a client writes it.
pub(crate) fn message_id(written: &str) -> Result<MessageId, Refusal> {
    written.parse().map_err(|fault| Faults::one("message_id", fault).into())
}

/// The answers to one burst of a stream, to be awaited apart from handing it over.
async fn hand_over(
    door: Arc<Door>,
    tenant: TenantId,
    trace: Option<TraceContext>,
    burst: Vec<Result<SendMessagesRequest, Status>>,
) -> impl Future<Output = Vec<Result<SendMessagesResponse, Status>>> + Send {
    let (mut requests, mut broken) = (Vec::with_capacity(burst.len()), None);
    for request in burst {
        match request {
            Ok(request) => requests.push(request.message.unwrap_or_default()),
            Err(status) => broken = Some(Err(status)),
        }
    }
    let pending = door.hand_over(&tenant, &requests, trace, Patience::Stream).await;
    async move {
        let ids = requests.into_iter().map(|request| request.request_id);
        let answers = ids.zip(pending.answers().await).map(|(id, answer)| Ok(result(id, answer)));
        answers.chain(broken).collect()
    }
}

/// The last word on a stream that was cut off because this front door closes.
fn closing_word(drain: &Drain) -> Option<Result<SendMessagesResponse, Status>> {
    drain.is_requested().then(|| Err(Refusal::Closing.into()))
}

fn result(request_id: String, answer: Answer) -> SendMessagesResponse {
    use send_messages_response::Result as Outcome;
    let outcome = match answer {
        Ok(accepted) => Outcome::Accepted(response(accepted)),
        Err(refusal) => Outcome::Refused(refusal.to_wire()),
    };
    SendMessagesResponse { request_id, result: Some(outcome) }
}

fn response(accepted: Accepted) -> SendMessageResponse {
    SendMessageResponse {
        message_id: accepted.message.to_string(),
        segments: accepted.segments.into(),
        repeated: accepted.repeated,
    }
}

/// The W3C trace context of a call: `traceparent: 00-<trace>-<parent>-<flags>`. One that is not well formed counts as none.
fn trace_context(metadata: &MetadataMap) -> Option<TraceContext> {
    let mut parts = metadata.get("traceparent")?.to_str().ok()?.split('-');
    parts.next().filter(|version| *version == "00")?;
    let mut context = TraceContext { trace_id: [0; 16], parent: [0; 8], flags: 0 };
    hex::decode_to_slice(parts.next()?, &mut context.trace_id).ok()?;
    hex::decode_to_slice(parts.next()?, &mut context.parent).ok()?;
    context.flags = u8::from_str_radix(parts.next()?, 16).ok()?;
    Some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(traceparent: &'static str) -> Option<TraceContext> {
        let mut metadata = MetadataMap::new();
        metadata.insert("traceparent", traceparent.parse().unwrap());
        trace_context(&metadata)
    }

    #[test]
    fn a_trace_context_is_read_and_a_broken_one_ignored() {
        let context = read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!((context.trace_id[0], context.parent[1], context.flags), (0x4b, 0xf0, 1));
        for broken in ["", "00-4bf9-00f0-01", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-x"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
