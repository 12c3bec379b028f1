//! The handlers of `volley.messaging.v1`: parse, act, answer.

mod answers;
mod preview;
mod stream;

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, future};
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};
use volley_ingest_core::{Faults, NewText, PreviewRequest};
use volley_runtime::Drain;
use volley_types::MessageId;
use volley_wire::{
    TraceContext,
    proto::messaging::v1::{
        CancelMessageRequest, CancelMessageResponse, EditMessageRequest, EditMessageResponse, GetMessageRequest,
        GetMessageResponse, PreviewTextRequest, PreviewTextResponse, SendBatchRequest, SendBatchResponse,
        SendMessageRequest, SendMessageResponse, SendMessagesRequest, SendMessagesResponse, StreamEventsRequest,
        StreamEventsResponse, messaging_service_server::MessagingService,
    },
};

use self::stream::Sender;
use crate::{
    auth::caller,
    door::{Door, Patience, traffic_class_of},
    events::EventStreams,
    refusal::Refusal,
    wishes::Wishes,
};

/// Messages that may come in one request.
const MESSAGES_PER_REQUEST_MAX: usize = 1_000;

/// What stands behind the service.
pub(crate) struct Messaging {
    pub(crate) door: Arc<Door>,
    pub(crate) events: EventStreams,
    pub(crate) wishes: Wishes,
    pub(crate) drain: Drain,
    /// Streams of messages that may be open.
    pub(crate) streams: Arc<Semaphore>,
}

/// Streams of messages that may be open on this front door.
pub(crate) const STREAMS_MAX: usize = 1_024;

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
        Ok(Response::new(answers::response(accepted)))
    }

    async fn send_messages(
        &self,
        request: Request<Streaming<SendMessagesRequest>>,
    ) -> Result<Response<Self::SendMessagesStream>, Status> {
        let (caller, trace) = (caller(&request)?, trace_context(request.metadata()));
        let full = |_| Refusal::Overloaded(format!("{STREAMS_MAX} streams of messages are open here"));
        let room = Arc::clone(&self.streams).try_acquire_owned().map_err(full)?;
        let (closing, closed) = (self.drain.clone(), self.drain.clone());
        let sender = Sender { door: Arc::clone(&self.door), tenant: caller.tenant.clone(), trace };

        let requests = stream::until(request.into_inner(), async move { closing.requested().await });
        let last = futures::stream::once(async move { closing_word(&closed) }).filter_map(future::ready);
        let answers = stream::serve(requests, sender).chain(last).inspect(move |_| {
            // The stream has its room as long as it lives.
            let _ = &room;
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn send_batch(&self, request: Request<SendBatchRequest>) -> Result<Response<SendBatchResponse>, Status> {
        let (caller, trace) = (caller(&request)?, trace_context(request.metadata()));
        let messages = request.into_inner().messages;
        answers::fit(messages.len()).map_err(Refusal::from)?;

        let pending = self.door.hand_over(&caller.tenant, &messages, trace, Patience::None).await;
        let answered = messages
            .into_iter()
            .map(|message| message.request_id)
            .zip(pending.answers().await);

        let results = answered
            .zip(0..)
            .map(|((id, answer), index)| answers::result(index, id, answer));
        Ok(Response::new(SendBatchResponse { results: results.collect() }))
    }

    async fn preview_text(
        &self,
        request: Request<PreviewTextRequest>,
    ) -> Result<Response<PreviewTextResponse>, Status> {
        let caller = caller(&request)?;
        let PreviewTextRequest { text, traffic_class, verbatim, to } = request.get_ref();
        let class = traffic_class_of(*traffic_class);

        let asked = PreviewRequest { text, class, verbatim: *verbatim, to };
        let previewed = asked.weigh(&self.door.directory(), &caller.tenant).map_err(Refusal::from)?;

        Ok(Response::new(preview::response(previewed)))
    }

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let caller = caller(&request)?;
        let message = message_id(&request.get_ref().message_id)?;

        let found = self.wishes.find(&caller.tenant, message).await?;

        Ok(Response::new(GetMessageResponse { status: Some(found.status) }))
    }

    async fn cancel_message(
        &self,
        request: Request<CancelMessageRequest>,
    ) -> Result<Response<CancelMessageResponse>, Status> {
        let caller = caller(&request)?;
        let message = message_id(&request.get_ref().message_id)?;

        let outcome = self.wishes.cancel(&caller.tenant, message).await?;

        tracing::debug!(%message, outcome = outcome.as_str_name(), "asked back");
        Ok(Response::new(CancelMessageResponse { outcome: outcome.into() }))
    }

    async fn edit_message(
        &self,
        request: Request<EditMessageRequest>,
    ) -> Result<Response<EditMessageResponse>, Status> {
        let caller = caller(&request)?;
        let message = message_id(&request.get_ref().message_id)?;
        let new = NewText::check(&request.get_ref().text).map_err(Refusal::from)?;

        let outcome = self.wishes.edit(&caller.tenant, message, new).await?;

        tracing::debug!(%message, outcome = outcome.as_str_name(), "given another text");
        Ok(Response::new(EditMessageResponse { outcome: outcome.into() }))
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

/// The last word on a stream that was cut off because this front door closes.
fn closing_word(drain: &Drain) -> Option<Result<SendMessagesResponse, Status>> {
    drain.is_requested().then(|| Err(Refusal::Closing.into()))
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
