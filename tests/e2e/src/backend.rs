//! A company's backend: sends, and reads its stream.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
pub use tonic::Code;
use tonic::Streaming;
use volley_wire::proto::messaging::v1::{
    CancelMessageRequest, CancelOutcome, EditMessageRequest, EditOutcome, Event, GetMessageRequest, MessageState,
    MessageStatus, Reply, SendMessageRequest, SendMessagesRequest, StreamEventsRequest, StreamEventsResponse,
    TrafficClass, event, messaging_service_client::MessagingServiceClient, send_messages_response,
    stream_events_request, stream_events_response,
};

use crate::{
    client::{Keyed, keyed},
    volley::Volley,
};

/// How long each thing may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Requests on the stream that may wait: one to open it, and one acknowledgement.
const REQUESTS_MAX: usize = 2;

/// Messages that are sent in one request.
const MESSAGES_PER_REQUEST: usize = 500;

/// Octets of a message id.
const ID_OCTETS: usize = 16;

fn hex(id: &[u8]) -> String {
    id.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A backend with its stream open.
pub struct Backend {
    messaging: MessagingServiceClient<Keyed>,
    events: Streaming<StreamEventsResponse>,
    requests: mpsc::Sender<StreamEventsRequest>,
    held: Vec<Event>,
    newest: Vec<u8>,
}

impl Backend {
    /// Connects, and opens the stream at the durable cursor.
    ///
    /// # Errors
    /// When the front door refuses.
    pub async fn connect(volley: &impl Volley, key: &str) -> Result<Self> {
        Self::connect_to(&volley.front_door(), key).await
    }

    /// Connects to this front door, and opens the stream at the durable cursor.
    ///
    /// # Errors
    /// When the front door refuses.
    pub async fn connect_to(front_door: &str, key: &str) -> Result<Self> {
        let mut messaging = MessagingServiceClient::new(keyed(front_door, key).await?);
        let (requests, stream) = mpsc::channel(REQUESTS_MAX);
        let open = stream_events_request::Request::Open(stream_events_request::Open::default());
        requests.send(StreamEventsRequest { request: Some(open) }).await?;
        let events = messaging.stream_events(ReceiverStream::new(stream)).await?.into_inner();
        Ok(Self { messaging, events, requests, held: Vec::new(), newest: Vec::new() })
    }

    /// Sends a message; gives its id.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn send(
        &mut self,
        request: &str,
        from: &str,
        to: &str,
        text: &str,
        class: TrafficClass,
    ) -> Result<String> {
        let message = SendMessageRequest {
            request_id: request.into(),
            from: from.into(),
            to: format!("+{to}"),
            text: text.into(),
            traffic_class: class.into(),
            ..Default::default()
        };
        self.send_message(message).await
    }

    /// Sends a message as it is; gives its id.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn send_message(&mut self, message: SendMessageRequest) -> Result<String> {
        Ok(self.messaging.send_message(message).await?.into_inner().message_id)
    }

    /// Sends messages on one stream, many in a request; all must be accepted. Gives their ids, in their order.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn send_all(&mut self, messages: Vec<SendMessageRequest>) -> Result<Vec<String>> {
        let requests: Vec<_> = messages
            .chunks(MESSAGES_PER_REQUEST)
            .map(|messages| SendMessagesRequest { message: None, messages: messages.to_vec() })
            .collect();
        let mut answers = self.messaging.send_messages(tokio_stream::iter(requests)).await?.into_inner();
        let mut ids = Vec::with_capacity(messages.len());
        while let Some(answer) = answers.message().await? {
            use send_messages_response::Result as Outcome;
            match answer.result.context("an answer without a result")? {
                Outcome::Accepted(accepted) => ids.push(accepted.message_id),
                Outcome::AcceptedRange(range) => ids.extend(range.message_ids.chunks(ID_OCTETS).map(hex)),
                Outcome::Refused(refusal) => bail!("{}: {refusal:?}", answer.request_id),
            }
        }
        Ok(ids)
    }

    /// Where a message is now.
    ///
    /// # Errors
    /// When it is not known.
    pub async fn status(&mut self, message: &str) -> Result<MessageStatus> {
        let request = GetMessageRequest { message_id: message.into() };
        let answer = self.messaging.get_message(request).await?.into_inner();
        answer.status.context("no status in the answer")
    }

    /// Gives a message another text; says what came of it.
    ///
    /// # Errors
    /// When it is not known, or the text has a fault.
    pub async fn edit(&mut self, message: &str, text: &str) -> Result<EditOutcome> {
        let request = EditMessageRequest { message_id: message.into(), text: text.into() };
        Ok(self.messaging.edit_message(request).await?.into_inner().outcome())
    }

    /// Waits until the stream tells that a message is in a state.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn state(&mut self, message: &str, state: MessageState) -> Result<()> {
        let is_there = |event: &event::Event| match event {
            event::Event::Status(status) => status.message_id == message && status.state() == state,
            _ => false,
        };
        self.event("a state", is_there).await.map(drop)
    }

    /// Takes a message back; says where it was.
    ///
    /// # Errors
    /// When it is not known.
    pub async fn cancel(&mut self, message: &str) -> Result<CancelOutcome> {
        let request = CancelMessageRequest { message_id: message.into() };
        Ok(self.messaging.cancel_message(request).await?.into_inner().outcome())
    }

    /// The status that ends a message.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn final_state(&mut self, message: &str) -> Result<MessageStatus> {
        let ends = |event: &event::Event| match event {
            event::Event::Status(status) => status.message_id == message && is_final(status.state()),
            _ => false,
        };
        match self.event("a final state", ends).await? {
            event::Event::Status(status) => Ok(status),
            other => bail!("not a status: {other:?}"),
        }
    }

    /// The next reply of a handset.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn reply_of(&mut self, handset: &str) -> Result<Reply> {
        let from = format!("+{handset}");
        let is_his = |event: &event::Event| matches!(event, event::Event::Reply(reply) if reply.from == from);
        match self.event("a reply", is_his).await? {
            event::Event::Reply(reply) => Ok(reply),
            other => bail!("not a reply: {other:?}"),
        }
    }

    /// Acknowledges everything read so far, and waits until that is durable.
    ///
    /// # Errors
    /// When the answer does not come in time.
    pub async fn acknowledge(&mut self) -> Result<()> {
        let acknowledge = stream_events_request::Acknowledge { cursor: self.newest.clone().into() };
        let request = stream_events_request::Request::Acknowledge(acknowledge);
        self.requests.send(StreamEventsRequest { request: Some(request) }).await?;
        loop {
            match self.next().await? {
                stream_events_response::Response::Acknowledged(_) => return Ok(()),
                stream_events_response::Response::Event(event) => self.held.push(event),
                _ => {}
            }
        }
    }

    /// Events that came, and that nobody has asked for yet.
    pub fn held(&self) -> &[Event] {
        &self.held
    }

    /// Every event that comes within a span.
    ///
    /// # Errors
    /// When the stream fails.
    pub async fn events_within(&mut self, span: Duration) -> Result<Vec<Event>> {
        let deadline = tokio::time::Instant::now() + span;
        let mut events = std::mem::take(&mut self.held);
        while let Ok(response) = tokio::time::timeout_at(deadline, self.next()).await {
            if let stream_events_response::Response::Event(event) = response? {
                events.push(event);
            }
        }
        Ok(events)
    }

    async fn event(&mut self, what: &str, fits: impl Fn(&event::Event) -> bool) -> Result<event::Event> {
        let held = self.held.iter().position(|event| event.event.as_ref().is_some_and(&fits));
        if let Some(found) = held.and_then(|index| self.held.remove(index).event) {
            return Ok(found);
        }
        loop {
            let response = self.next().await.with_context(|| format!("{what} did not come"))?;
            let stream_events_response::Response::Event(event) = response else {
                continue;
            };
            match event.event {
                Some(found) if fits(&found) => return Ok(found),
                _ => self.held.push(event),
            }
        }
    }

    async fn next(&mut self) -> Result<stream_events_response::Response> {
        let message = tokio::time::timeout(PATIENCE, self.events.message())
            .await
            .context("the stream is silent")?;
        let response = message?.context("the stream has ended")?.response;
        let response = response.context("the stream says nothing that is known")?;
        if let stream_events_response::Response::Event(event) = &response {
            self.newest = event.cursor.to_vec();
        }
        Ok(response)
    }
}

/// The gRPC code of a refusal, if it is one.
pub fn code_of(error: &anyhow::Error) -> Option<Code> {
    error.downcast_ref::<tonic::Status>().map(tonic::Status::code)
}

/// Whether a state is an end.
pub fn is_final(state: MessageState) -> bool {
    state as i32 >= MessageState::Delivered as i32
}
