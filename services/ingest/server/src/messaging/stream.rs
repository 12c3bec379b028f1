//! A stream of messages in, and the answers out, in the order sent.
//!
//! ```text
//!   requests ──▶ bursts of what has come in ──room──▶ door ──▶ answers ──▶ client
//!                  (no more than the credit)    └──────◀──── given back ─┘
//! ```
//!
//! STR-1: every message gets one answer: its own, or its place in a range. What is refused never ends the stream.
//! STR-2: a stream holds at most [`STREAM_MESSAGES_MAX`] messages without an answer; a client hears how far it may go (G11).

use std::sync::Arc;

use futures::{FutureExt, Stream, StreamExt, future, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use volley_types::TenantId;
use volley_wire::{
    TraceContext,
    proto::messaging::v1::{SendMessageRequest, SendMessagesRequest, SendMessagesResponse},
};

use super::{
    MESSAGES_PER_REQUEST_MAX,
    answers::{Asked, answers},
};
use crate::door::{Door, Patience};

/// Messages of one stream that may be without an answer: what `credit` is counted from.
const STREAM_MESSAGES_MAX: u32 = 8_192;

/// Messages after which a burst takes no further request.
const BURST_MESSAGES: usize = 1_000;

/// Bursts of one stream that may be on their way to the log.
const BURSTS_IN_FLIGHT_MAX: usize = 8;

// The largest burst must have room, or the stream would wait for ever.
const _: () = assert!(BURST_MESSAGES + MESSAGES_PER_REQUEST_MAX <= STREAM_MESSAGES_MAX as usize);

/// Who sends, and where to.
pub(super) struct Sender {
    pub(super) door: Arc<Door>,
    pub(super) tenant: TenantId,
    pub(super) trace: Option<TraceContext>,
}

/// The answers to a stream of requests.
pub(super) fn serve<R>(requests: R, sender: Sender) -> impl Stream<Item = Result<SendMessagesResponse, Status>> + Send
where
    R: Stream<Item = Result<SendMessagesRequest, Status>> + Unpin + Send + 'static,
{
    let incoming = Incoming {
        requests,
        next: 0,
        room: Arc::new(Semaphore::new(STREAM_MESSAGES_MAX as usize)),
        ended: false,
    };
    let sender = Arc::new(sender);
    stream::unfold(incoming, Incoming::burst)
        .then(move |burst| burst.hand_over(Arc::clone(&sender)))
        .buffered(BURSTS_IN_FLIGHT_MAX)
        .flat_map(stream::iter)
}

/// What comes in on a stream.
struct Incoming<R> {
    requests: R,
    /// The place of the next message.
    next: u64,
    room: Arc<Semaphore>,
    ended: bool,
}

/// Requests that are handed over together.
struct Burst {
    messages: Vec<SendMessageRequest>,
    asked: Vec<Asked>,
    first: u64,
    /// How the stream broke, if it did.
    broken: Option<Status>,
    /// Given back when all are answered.
    room: Option<OwnedSemaphorePermit>,
}

impl<R> Incoming<R>
where
    R: Stream<Item = Result<SendMessagesRequest, Status>> + Unpin,
{
    /// What has come in, at least one request, once there is room for it.
    async fn burst(mut self) -> Option<(Burst, Self)> {
        if self.ended {
            return None;
        }
        let mut burst = Burst {
            messages: Vec::new(),
            asked: Vec::new(),
            first: self.next,
            broken: None,
            room: None,
        };
        let mut coming = self.requests.next().await;
        loop {
            match coming {
                Some(Ok(request)) => burst.take(request),
                Some(Err(status)) => {
                    (burst.broken, self.ended) = (Some(status), true);
                    break;
                }
                None => {
                    self.ended = true;
                    break;
                }
            }
            if burst.places() >= BURST_MESSAGES {
                break;
            }
            match self.requests.next().now_or_never() {
                Some(more) => coming = more,
                None => break,
            }
        }
        self.next += burst.places() as u64;
        let places = u32::try_from(burst.places()).unwrap_or(STREAM_MESSAGES_MAX);
        // The semaphore is never closed.
        burst.room = Arc::clone(&self.room).acquire_many_owned(places).await.ok();
        (!burst.is_empty()).then_some((burst, self))
    }
}

impl Burst {
    fn take(&mut self, request: SendMessagesRequest) {
        let asked = Asked::read(request, &mut self.messages);
        self.asked.push(asked);
    }

    /// The messages, and the requests that count as one.
    fn places(&self) -> usize {
        self.asked.iter().map(Asked::places).sum()
    }

    fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.broken.is_none()
    }

    /// The answers, to be awaited apart from handing it over.
    async fn hand_over(
        self,
        sender: Arc<Sender>,
    ) -> impl Future<Output = Vec<Result<SendMessagesResponse, Status>>> + Send + use<> {
        let Self { messages, asked, first, broken, room } = self;
        let Sender { door, tenant, trace } = &*sender;
        let pending = door.hand_over(tenant, &messages, *trace, Patience::Stream).await;
        async move {
            let places: usize = asked.iter().map(Asked::places).sum();
            let credit = first + places as u64 + u64::from(STREAM_MESSAGES_MAX);
            let told = answers(asked, messages, pending.answers().await, first, credit);
            drop(room);
            told.into_iter().map(Ok).chain(broken.map(Err)).collect()
        }
    }
}

/// Ends a stream of requests when this front door closes; what was taken is answered still.
pub(super) fn until<R>(
    requests: R,
    closing: impl Future<Output = ()> + Send + 'static,
) -> impl Stream<Item = R::Item> + Unpin + Send
where
    R: Stream + Unpin + Send,
{
    requests.take_until(Box::pin(closing.then(|()| future::ready(()))))
}
