//! The demo's client: what a backend does with the front door.

use anyhow::{Context, bail};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use volley_wire::proto::{
    admin::v1::{CountVotesRequest, CountVotesResponse, TraceMessageRequest, TraceStep},
    messaging::v1::{
        Event, MessageState, MessageStatus, Reply, SendMessageRequest, StreamEventsRequest, StreamEventsResponse,
        TrafficClass, event, stream_events_request, stream_events_response,
    },
};

use crate::{
    addresses::Addresses,
    client::{Messaging, Operator, keyed, read_key},
    failure::CallFailed,
    up::demo::PATIENCE,
};

/// Events that may wait in the demo's hands while it looks for another.
const EVENTS_HELD_MAX: usize = 1_024;

/// A backend with its stream open, and an operator beside it.
pub struct Client {
    messaging: Messaging,
    operator: Operator,
    events: Streaming<StreamEventsResponse>,
    held: Vec<Event>,
    /// Keeps the request half of the stream open.
    _requests: mpsc::Sender<StreamEventsRequest>,
}

impl Client {
    /// Connects, and opens the stream at its end.
    pub async fn connect(addresses: &Addresses) -> anyhow::Result<Self> {
        let key = read_key(&addresses.api_key_file)?;
        let mut messaging = Messaging::new(keyed(&addresses.grpc, &key).await?);
        let operator = Operator::new(keyed(&addresses.grpc, &read_key(&addresses.operator_key_file)?).await?);

        let (requests, stream) = mpsc::channel(1);
        let open = stream_events_request::Open { from_now: true, ..Default::default() };
        let request = StreamEventsRequest { request: Some(stream_events_request::Request::Open(open)) };
        requests.send(request).await.context("the stream has closed")?;
        let mut events = messaging
            .stream_events(ReceiverStream::new(stream))
            .await
            .map_err(CallFailed)?
            .into_inner();
        match next(&mut events).await? {
            stream_events_response::Response::Opened(_) => {}
            other => bail!("the stream began with {other:?}"),
        }
        Ok(Self { messaging, operator, events, held: Vec::new(), _requests: requests })
    }

    /// Sends a message; gives its id.
    pub async fn send(&mut self, from: &str, to: &str, text: &str, class: TrafficClass) -> anyhow::Result<String> {
        let request = SendMessageRequest {
            request_id: format!("demo-{:016x}", volley_runtime::random_u64()),
            from: from.into(),
            to: to.into(),
            text: text.into(),
            traffic_class: class.into(),
            ..Default::default()
        };
        Ok(self
            .messaging
            .send_message(request)
            .await
            .map_err(CallFailed)?
            .into_inner()
            .message_id)
    }

    /// The status event that ends a message.
    pub async fn final_state(&mut self, message_id: &str) -> anyhow::Result<MessageStatus> {
        let event = self.event("the final state", |event| match event {
            event::Event::Status(status) => {
                status.message_id == message_id && status.state >= MessageState::Delivered as i32
            }
            _ => false,
        });
        match event.await? {
            event::Event::Status(status) => Ok(status),
            other => bail!("not a status: {other:?}"),
        }
    }

    /// The next reply of a person.
    pub async fn reply_of(&mut self, handset: &str) -> anyhow::Result<Reply> {
        let event =
            self.event("the reply", |event| matches!(event, event::Event::Reply(reply) if reply.from == handset));
        match event.await? {
            event::Event::Reply(reply) => Ok(reply),
            other => bail!("not a reply: {other:?}"),
        }
    }

    /// The first event that fits; others are held for later questions.
    async fn event(&mut self, what: &str, fits: impl Fn(&event::Event) -> bool) -> anyhow::Result<event::Event> {
        let held = self.held.iter().position(|event| event.event.as_ref().is_some_and(&fits));
        if let Some(found) = held.and_then(|index| self.held.remove(index).event) {
            return Ok(found);
        }
        let search = async {
            loop {
                let stream_events_response::Response::Event(event) = next(&mut self.events).await? else {
                    continue;
                };
                match event.event {
                    Some(found) if fits(&found) => return Ok(found),
                    _ if self.held.len() < EVENTS_HELD_MAX => self.held.push(event),
                    _ => bail!("{EVENTS_HELD_MAX} other events came first"),
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.with_context(|| format!("{what} did not come within {} s", PATIENCE.as_secs()))?
    }

    /// Every record about a message.
    pub async fn trace(&mut self, message_id: &str) -> anyhow::Result<Vec<TraceStep>> {
        let request = TraceMessageRequest { message_id: message_id.into() };
        Ok(self
            .operator
            .trace_message(request)
            .await
            .map_err(CallFailed)?
            .into_inner()
            .steps)
    }

    /// The count of a poll.
    pub async fn votes(&mut self, keyword: &str) -> anyhow::Result<CountVotesResponse> {
        let request = CountVotesRequest { keyword_or_poll: keyword.into() };
        Ok(self.operator.count_votes(request).await.map_err(CallFailed)?.into_inner())
    }
}

async fn next(events: &mut Streaming<StreamEventsResponse>) -> anyhow::Result<stream_events_response::Response> {
    let message = tokio::time::timeout(PATIENCE, events.message())
        .await
        .context("the stream is silent")?;
    message
        .map_err(CallFailed)?
        .and_then(|message| message.response)
        .context("the stream has ended")
}
